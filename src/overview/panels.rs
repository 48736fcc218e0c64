//! What a CRM says of a company, in words for a page.

use jiff::{civil::Date, tz::TimeZone};

use super::{Glance, Shown};
use crate::{
    app::AppState,
    crm::port::{Case, LeadStage, Manager, Order},
    kernel::{EmailAddress, Instant, text::number_key},
    settings::{Panel, PanelSettings},
    web::{Lang, Shell, dates, i18n},
};

/// The panels of one company.
#[derive(Debug, Clone, Default)]
pub struct Panels {
    /// In their order.
    pub cards: Vec<Card>,
}

/// One panel.
#[derive(Debug, Clone)]
pub struct Card {
    /// Names its heading on the page.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What it shows.
    pub pane: Pane,
    /// Since when that is known, in words and for machines; empty for what has no age.
    pub age: (String, String),
    /// Whether the CRM has failed to give something newer.
    pub is_stale: bool,
}

/// What a panel shows.
#[derive(Debug, Clone)]
pub enum Pane {
    /// It cannot be shown right now: the sentence that says so.
    Failed(String),
    /// There is nothing: the sentence that says so.
    Nothing(String),
    /// Somebody, with address and phone number, which may be empty.
    Somebody(Manager),
    /// Orders, cases, a stage.
    Lines(Vec<Line>),
    /// Words.
    Words(Vec<String>),
    /// A note of the portal's own: text, address and words of its link, which may be empty.
    Note(String, String, String),
}

/// One line of a list.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// The number people know, or what the line is about.
    pub head: String,
    /// What it says; may be empty.
    pub text: String,
    /// Where it stands, and the colour of that; may be empty.
    pub tag: (String, &'static str),
    /// Its day; may be empty.
    pub day: String,
}

/// Puts panels into words.
pub(super) struct Words<'a> {
    pub(super) shell: &'a Shell,
    pub(super) state: &'a AppState,
    /// Tells the panels of several companies on one page apart.
    pub(super) scope: &'a str,
    /// Whether the reader is staff and not one of the company's people.
    pub(super) is_staff: bool,
    pub(super) now: Instant,
}

impl Words<'_> {
    /// The panel, unless the CRM has nothing for it.
    pub(super) fn card(&self, panel: &PanelSettings, glance: &Glance) -> Option<Card> {
        match panel.panel {
            Panel::Manager => self.of("manager", &glance.manager, |it| self.manager(it.as_ref())),
            Panel::Orders => self.of("orders", &glance.orders, |it| self.orders(it)),
            Panel::Cases => self.of("cases", &glance.cases, |it| self.cases(it)),
            Panel::Lead => self.of("lead", &glance.lead, |it| self.lead(it.as_ref())),
            Panel::Segments => self.of("segments", &glance.segments, |it| self.segments(it)),
            Panel::Note => self.note(panel),
        }
    }

    fn of<T>(
        &self,
        name: &'static str,
        shown: &Shown<T>,
        pane: impl FnOnce(&T) -> Pane,
    ) -> Option<Card> {
        let (pane, age, is_stale) = match shown {
            Shown::Hidden => return None,
            Shown::Failed => {
                let sentence = if self.is_staff {
                    self.text("overview-failed")
                } else {
                    self.text(&format!("overview-{name}-failed"))
                };
                (Pane::Failed(sentence), Default::default(), false)
            }
            Shown::Known {
                value,
                at,
                is_stale,
            } => (pane(value), (self.age(*at), at.to_string()), *is_stale),
        };
        Some(Card {
            id: format!("panel-{name}-{}", self.scope),
            title: match (name, self.is_staff) {
                ("manager", true) => self.text("overview-owner"),
                _ => self.text(&format!("overview-{name}")),
            },
            pane,
            age,
            is_stale,
        })
    }

    fn text(&self, key: &str) -> String {
        self.shell.t(key).into_owned()
    }

    /// `as of 14:32`, with the day when it is not today's.
    fn age(&self, at: Instant) -> String {
        let zone = &self.shell.zone;
        let local = |at: Instant| at.to_jiff().to_zoned(zone.clone());
        let time = if local(at).date() == local(self.now).date() {
            local(at).strftime("%H:%M").to_string()
        } else {
            self.shell.moment(at)
        };
        self.shell.t1("overview-as-of", "time", time)
    }

    fn nothing(&self, key: &str) -> Pane {
        Pane::Nothing(self.text(key))
    }

    /// With the name and number that the portal has of its own staff, where the CRM gives none.
    fn manager(&self, manager: Option<&Manager>) -> Pane {
        let Some(manager) = manager else {
            return self.nothing(if self.is_staff {
                "overview-owner-nobody"
            } else {
                "overview-manager-nobody"
            });
        };
        let mut shown = manager.clone();
        let address = EmailAddress::parse(&manager.email).ok();
        let mut staff = self.state.settings.staff.iter();
        if let Some(staff) = staff.find(|staff| Some(&staff.email) == address.as_ref()) {
            if shown.name.is_empty() {
                shown.name.clone_from(&staff.name);
            }
            if shown.phone.is_empty() {
                shown.phone.clone_from(&staff.phone);
            }
        }
        if address.is_none() {
            // Nothing that a mail program could not use.
            shown.email.clear();
        }
        Pane::Somebody(shown)
    }

    fn orders(&self, orders: &[Order]) -> Pane {
        let line = |order: &Order| Line {
            head: order.number.clone(),
            text: money(self.shell.lang, &order.total, &order.currency),
            tag: self.state("order", &order.state),
            day: self.day(&order.date),
        };
        match orders {
            [] => self.nothing("overview-orders-none"),
            orders => Pane::Lines(orders.iter().map(line).collect()),
        }
    }

    fn cases(&self, cases: &[Case]) -> Pane {
        let line = |case: &Case| Line {
            head: case.number.clone(),
            text: case.subject.clone(),
            tag: self.state("case", &case.state),
            day: self.day(&case.date),
        };
        match cases {
            [] => self.nothing("overview-cases-none"),
            cases => Pane::Lines(cases.iter().map(line).collect()),
        }
    }

    fn lead(&self, lead: Option<&LeadStage>) -> Pane {
        let Some(lead) = lead else {
            return self.nothing("overview-lead-none");
        };
        let text = match lead.score.as_str() {
            "" | "0" => String::new(),
            score => self.shell.t1("overview-lead-score", "score", score),
        };
        Pane::Lines(vec![Line {
            text,
            tag: self.state("lead", &lead.stage),
            ..Line::default()
        }])
    }

    fn segments(&self, segments: &[String]) -> Pane {
        let word = |word: &String| self.word("segment", word);
        match segments {
            [] => self.nothing("overview-segments-none"),
            segments => Pane::Words(segments.iter().map(word).collect()),
        }
    }

    fn note(&self, panel: &PanelSettings) -> Option<Card> {
        let words = panel.words.get(self.shell.lang.as_str());
        let words = words.or_else(|| panel.words.get("en"))?;
        let href = words.url.as_ref().map(ToString::to_string);
        Some(Card {
            // Notes have no name of their own; their words are few and differ.
            id: format!("panel-note-{}-{}", number_key(&words.title), self.scope),
            title: words.title.clone(),
            pane: Pane::Note(
                words.text.clone(),
                href.unwrap_or_default(),
                if words.link.is_empty() {
                    self.text("overview-note-link")
                } else {
                    words.link.clone()
                },
            ),
            age: Default::default(),
            is_stale: false,
        })
    }

    /// Our words in the page's language; the CRM's own as they are.
    fn word(&self, kind: &str, word: &str) -> String {
        let key = format!("overview-{kind}-{}", word.replace('_', "-"));
        if i18n::has(self.shell.lang, &key) {
            self.text(&key)
        } else {
            word.replace('_', " ")
        }
    }

    fn state(&self, kind: &str, state: &str) -> (String, &'static str) {
        if state.is_empty() {
            return Default::default();
        }
        let tone = match state {
            "delivered" | "solved" | "qualified" | "converted" => "success",
            "confirmed" | "shipped" | "in_progress" | "working" => "info",
            "waiting" => "warning",
            "escalated" | "cancelled" | "lost" => "danger",
            _ => "",
        };
        (self.word(kind, state), tone)
    }

    fn day(&self, text: &str) -> String {
        let date = text.parse::<Date>();
        match date.and_then(|date| date.to_zoned(TimeZone::UTC)) {
            Ok(at) => {
                let at = Instant::from_jiff(at.timestamp());
                dates::day(self.shell.lang, &TimeZone::UTC, at)
            }
            Err(_) => text.to_owned(),
        }
    }
}

/// `1,250.50 EUR` or `1.250,50 EUR`; what is no plain number is shown as it is.
fn money(lang: Lang, total: &str, currency: &str) -> String {
    let (whole, cents) = total.split_once('.').unwrap_or((total, ""));
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", whole),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(cents) {
        return format!("{total} {currency}").trim().to_owned();
    }
    let (group, point) = match lang {
        Lang::De => ('.', ','),
        Lang::En => (',', '.'),
    };
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(group);
        }
        text.push(digit);
    }
    let cents = cents.trim_end_matches('0');
    if !cents.is_empty() {
        text.push(point);
        text.push_str(&format!("{cents:0<2}"));
    } else if !total.contains('.') || currency.is_empty() {
        // As whole as it came.
    } else {
        text.push(point);
        text.push_str("00");
    }
    format!("{text} {currency}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        for (total, english, german) in [
            ("1250.5", "1,250.50 EUR", "1.250,50 EUR"),
            ("1250.00", "1,250.00 EUR", "1.250,00 EUR"),
            ("999", "999 EUR", "999 EUR"),
            ("-1234567.891", "-1,234,567.891 EUR", "-1.234.567,891 EUR"),
            ("1e9", "1e9 EUR", "1e9 EUR"),
            ("", "EUR", "EUR"),
        ] {
            assert_eq!(money(Lang::En, total, "EUR"), english, "{total}");
            assert_eq!(money(Lang::De, total, "EUR"), german, "{total}");
        }
        assert_eq!(money(Lang::En, "12.50", ""), "12.50");
    }
}
