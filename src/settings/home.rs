//! `[[home.panels]]` and what a connection's pages may show: the panels of the home page that come
//! from the CRM, and who sees them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ConnectionSettings, Problem, RoleTier, Settings};

crate::text_enum! {
    /// A panel that shows what the CRM knows of a company.
    pub enum Panel {
        /// Who looks after the company.
        Manager = "manager",
        /// Its latest orders.
        Orders = "orders",
        /// Its open cases.
        Cases = "cases",
        /// How far a lead has come.
        Lead = "lead",
        /// What it counts as; only staff see it.
        Segments = "segments",
        /// A note of the portal's own, for some roles or segments.
        Note = "note",
    }
}

/// What pages show from one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Panels(Option<Vec<Panel>>);

impl Panels {
    /// What the settings of a connection say.
    #[must_use]
    pub fn of(connection: &ConnectionSettings) -> Self {
        Self(connection.overview.clone())
    }

    /// Whether pages may show this panel.
    #[must_use]
    pub fn shows(&self, panel: Panel) -> bool {
        self.0.as_ref().is_none_or(|shown| shown.contains(&panel))
    }

    /// Whether it was asked for, so that a right that is missing for it is a mistake.
    #[must_use]
    pub fn promises(&self, panel: Panel) -> bool {
        self.0.as_ref().is_some_and(|shown| shown.contains(&panel))
    }
}

/// What the home page shows beside the portal's own data.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HomeSettings {
    /// Panels and who sees them, in their order; without any, the usual ones.
    pub panels: Vec<PanelSettings>,
}

/// One panel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelSettings {
    /// Which.
    pub panel: Panel,
    /// Business roles that see it; empty for everybody.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Segments of the CRM that see it; empty for all. While the CRM cannot say which segments a
    /// company is in, the panel is not shown.
    #[serde(default)]
    pub segments: Vec<String>,
    /// What a note says, by language.
    #[serde(default)]
    pub words: BTreeMap<String, NoteWords>,
}

/// What a note says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteWords {
    /// Its heading.
    pub title: String,
    /// One or two sentences.
    pub text: String,
    /// Where it leads; nowhere when it is not given.
    pub url: Option<url::Url>,
    /// What the link says.
    #[serde(default)]
    pub link: String,
}

impl Settings {
    /// The panels of the home page: those of the settings, else the usual ones. Everybody sees who
    /// looks after the company and how far a lead has come; its administrators see orders and cases.
    #[must_use]
    pub fn home_panels(&self) -> Vec<PanelSettings> {
        if !self.home.panels.is_empty() {
            return self.home.panels.clone();
        }
        let of_admins: Vec<String> = self
            .roles
            .iter()
            .filter(|role| role.tier == RoleTier::Admin)
            .map(|role| role.key.clone())
            .collect();
        let usual = [
            (Panel::Manager, Vec::new()),
            (Panel::Lead, Vec::new()),
            (Panel::Orders, of_admins.clone()),
            (Panel::Cases, of_admins),
        ];
        let panel = |(panel, roles)| PanelSettings {
            panel,
            roles,
            segments: Vec::new(),
            words: BTreeMap::new(),
        };
        usual.into_iter().map(panel).collect()
    }
}

/// What is wrong with the panels.
pub(super) fn problems(settings: &Settings, problems: &mut Vec<Problem>) {
    for (index, panel) in settings.home.panels.iter().enumerate() {
        let mut say = |key: &str, message: String| {
            problems.push(Problem::new(format!("home.panels.{index}.{key}"), message));
        };
        let is_note = panel.panel == Panel::Note;
        if panel.panel == Panel::Segments {
            say(
                "panel",
                "`segments` are shown to staff only; say with `segments` of another panel who sees it"
                    .to_owned(),
            );
        }
        if is_note && !panel.words.contains_key("en") {
            say(
                "words.en",
                "is missing: a note needs its English words".to_owned(),
            );
        }
        if !is_note && !panel.words.is_empty() {
            say(
                "words",
                "has no meaning here: only a `note` has words".to_owned(),
            );
        }
        let leads_away = |note: &NoteWords| {
            note.url
                .as_ref()
                .is_some_and(|url| !matches!(url.scheme(), "https" | "http" | "mailto"))
        };
        if panel.words.values().any(leads_away) {
            say("words", "a note leads to an https address".to_owned());
        }
    }
    for (index, connection) in settings.connections.iter().enumerate() {
        let shown = connection.overview.iter().flatten();
        if shown.into_iter().any(|panel| *panel == Panel::Note) {
            problems.push(Problem::new(
                format!("connections.{index}.overview"),
                "`note` does not come from a CRM; there are manager, orders, cases, lead, segments",
            ));
        }
    }
}
