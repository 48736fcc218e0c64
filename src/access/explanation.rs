//! The engine's answer about one service, in words: to the person it is about (`/services`, `/why`)
//! and to who runs their organization.

use super::{Catalogue, Check, Facts, Finding, Grant, Reason, Wanted, explain, refusals::Say};
use crate::{
    contracts::standing_words,
    web::{Shell, Visit},
};

/// What somebody may do with one service, and why.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The service's name.
    pub title: String,
    /// One sentence about the service; may be empty.
    pub about: String,
    /// Where it is; empty when there is no way in.
    pub href: String,
    /// Whether there is a way in.
    pub granted: bool,
    /// Whether it is only for reading.
    pub read_only: bool,
    /// Why not; empty when there is a way in.
    pub reason: String,
    /// Whether an admin of the organization could change that.
    pub admin_can_help: bool,
    /// What the service calls the roles that one has there; empty for none.
    pub application_roles: String,
    /// Who can change that, as a sentence; empty when there is a way in.
    pub mended_by: String,
    /// The four conditions, in order.
    pub steps: Vec<StepWords>,
}

/// One condition with what was found.
#[derive(Debug, Clone)]
pub struct StepWords {
    /// Which condition.
    pub title: String,
    /// What was found.
    pub text: String,
    /// How it looks: `success`, `danger` or `waiting`.
    pub tone: &'static str,
    /// A symbol.
    pub icon: &'static str,
}

/// Who is asked about, and by whom.
pub struct About<'a> {
    /// The reader's visit.
    pub visit: &'a Visit,
    /// The page's frame.
    pub shell: &'a Shell,
    /// The organization's name.
    pub organization: &'a str,
    /// The person's name when the reader is somebody else.
    pub name: Option<&'a str>,
    /// What is known about the person there.
    pub facts: &'a Facts,
}

impl About<'_> {
    /// Every service of the catalogue, explained.
    #[must_use]
    pub fn services(&self) -> Vec<Explanation> {
        let catalogue = &self.visit.state.catalogue;
        let each = catalogue.services().iter();
        each.filter_map(|service| self.service(catalogue, &service.key))
            .collect()
    }

    fn service(&self, catalogue: &Catalogue, key: &str) -> Option<Explanation> {
        let card = catalogue.service_card(key, self.shell.lang.as_str())?;
        let now = self.visit.cx.now();
        let steps = explain(self.facts, catalogue, Wanted::Service(key), now);
        let say = self.say();
        let fails = steps.iter().find_map(|step| match &step.finding {
            Finding::Fails(reason) => Some(reason),
            _ => None,
        });
        let grant = steps.iter().find_map(|step| match &step.finding {
            Finding::HoldsWith(grant) if fails.is_none() => Some(grant),
            _ => None,
        });
        Some(Explanation {
            title: card.name.to_owned(),
            about: card.about.to_owned(),
            href: grant.map(|_| card.url.to_string()).unwrap_or_default(),
            granted: grant.is_some(),
            read_only: grant.is_some_and(|grant| grant.read_only),
            reason: fails.map(|reason| say.reason(reason)).unwrap_or_default(),
            admin_can_help: fails.is_some_and(Reason::an_admin_can_help),
            application_roles: grant
                .map_or_else(String::new, |grant| grant.application_roles.join(", ")),
            mended_by: fails.map_or_else(String::new, |reason| self.mended_by(reason)),
            steps: steps
                .iter()
                .map(|step| self.step(step.check, &step.finding, key))
                .collect(),
        })
    }

    fn mended_by(&self, reason: &Reason) -> String {
        let shell = self.shell;
        match reason {
            Reason::ContractUnheard { .. } => shell.t("why-mended-by-itself").into_owned(),
            Reason::PersonNotActive { .. } => {
                shell.t1("why-mended-by-operator", "brand", shell.brand.as_str())
            }
            reason if reason.an_admin_can_help() => {
                shell.t1("why-mended-by-admin", "organization", self.organization)
            }
            _ => shell.t1("why-mended-by-sales", "brand", shell.brand.as_str()),
        }
    }

    fn say(&self) -> Say<'_> {
        Say {
            visit: self.visit,
            organization: self.organization,
            name: self.name,
        }
    }

    fn step(&self, check: Check, finding: &Finding, service: &str) -> StepWords {
        let (word, holds) = match check {
            Check::Person => ("why-person", "step-person"),
            Check::Membership => ("why-membership", "step-membership"),
            Check::Contract => ("why-contract", "step-no-contract-needed"),
            Check::Role => ("why-role", "step-role"),
        };
        let say = self.say();
        let (text, tone, icon) = match finding {
            Finding::Holds => (say.plain(holds), "success", "check"),
            Finding::HoldsBy { number, standing } => {
                let reads = self.visit.state.catalogue.grace_read_only();
                let now = self.visit.cx.now();
                let words = standing_words(self.shell, number, standing, reads, now);
                (words.sentence, "success", "check")
            }
            Finding::HoldsWith(grant) => (self.role(grant, service), "success", "check"),
            Finding::Fails(reason) => (say.reason(reason), "danger", "cross"),
            Finding::NotAsked => (
                self.shell.t("why-not-asked").into_owned(),
                "waiting",
                "clock",
            ),
        };
        StepWords {
            title: self.shell.t(word).into_owned(),
            text,
            tone,
            icon,
        }
    }

    /// Which of the held roles open the service.
    fn role(&self, grant: &Grant, service: &str) -> String {
        let catalogue = &self.visit.state.catalogue;
        let held = self.facts.membership.as_ref();
        let opens = |key: &&String| {
            let role = catalogue.role(key);
            role.is_some_and(|role| role.grants.contains_key(service))
        };
        let names: Vec<&str> = held
            .iter()
            .flat_map(|membership| membership.roles.iter())
            .filter(opens)
            .map(|key| catalogue.role_name(key, self.shell.lang.as_str()))
            .collect();
        let key = if grant.read_only {
            "step-role-reading"
        } else {
            "step-role"
        };
        let names = names.join(", ");
        let say = self.say();
        let arguments = [
            ("roles", names.as_str()),
            ("service", &say.service(service)),
        ];
        say.with(key, &arguments)
    }
}
