//! The engine's reasons as sentences and pages: what happened, what it means, what to do.

use axum::http::StatusCode;
use fluent_bundle::FluentValue;

use super::{GateMembership, Reason};
use crate::{
    contracts::Standing,
    web::{Lang, Refusal, Visit, dates, i18n, urls},
};

/// A reason as one sentence in the reader's language, with dates in their zone.
#[must_use]
pub fn sentence(visit: &Visit, membership: &GateMembership, reason: &Reason) -> String {
    let say = Say {
        visit,
        organization: &membership.organization_name,
    };
    match reason {
        Reason::PersonNotActive { .. } => say.plain("access-person-not-active"),
        Reason::NotAMember => say.plain("access-not-a-member"),
        Reason::MembershipSuspended => say.plain("access-membership-suspended"),
        Reason::MembershipNotStarted { starts_at } => {
            say.day("access-membership-not-started", *starts_at)
        }
        Reason::MembershipEnded { at } => say.day("access-membership-ended", *at),
        Reason::NoContract => say.plain("access-no-contract"),
        Reason::ContractNotGranting { number, standing } => say.contract(number, standing),
        Reason::ProductMissing { product } => {
            say.word("access-product-missing", "product", product)
        }
        Reason::NoRole => say.plain("access-no-role"),
        Reason::NotAnAdmin => say.plain("access-not-an-admin"),
        Reason::RoleMissing { service } => {
            say.word("access-role-missing", "service", &say.service(service))
        }
        Reason::UnknownService { service } => {
            say.word("access-unknown-service", "service", service)
        }
    }
}

struct Say<'a> {
    visit: &'a Visit,
    organization: &'a str,
}

impl Say<'_> {
    fn lang(&self) -> Lang {
        self.visit.lang
    }

    fn with(&self, key: &str, more: &[(&str, &str)]) -> String {
        let mut arguments = vec![("organization", FluentValue::from(self.organization))];
        arguments.extend(
            more.iter()
                .map(|(name, value)| (*name, FluentValue::from(*value))),
        );
        i18n::text_with(self.lang(), key, &arguments)
    }

    fn plain(&self, key: &str) -> String {
        self.with(key, &[])
    }

    fn word(&self, key: &str, name: &str, value: &str) -> String {
        self.with(key, &[(name, value)])
    }

    fn written(&self, at: crate::kernel::Instant) -> String {
        dates::day(self.lang(), &self.visit.zone(), at)
    }

    fn day(&self, key: &str, at: crate::kernel::Instant) -> String {
        self.with(key, &[("date", &self.written(at))])
    }

    fn service(&self, key: &str) -> String {
        let card = self
            .visit
            .state
            .catalogue
            .service_card(key, self.lang().as_str());
        card.map_or(key, |card| card.name).to_owned()
    }

    fn contract(&self, number: &str, standing: &Standing) -> String {
        match standing {
            Standing::NotStarted {
                starts_at: Some(at),
            } => self.with(
                "access-contract-not-started",
                &[("number", number), ("date", &self.written(*at))],
            ),
            Standing::Ended { at } => self.with(
                "access-contract-ended",
                &[("number", number), ("date", &self.written(*at))],
            ),
            Standing::Suspended => self.word("access-contract-suspended", "number", number),
            Standing::NotStarted { starts_at: None } => {
                self.word("access-contract-draft", "number", number)
            }
            // A granting contract is never the reason; the sentence is still true.
            Standing::Active { .. } | Standing::Grace { .. } => self.plain("access-no-role"),
        }
    }
}

fn page(visit: &Visit, title: &str, text: Vec<String>, way_on: (String, String)) -> Refusal {
    Refusal::Explained {
        status: StatusCode::FORBIDDEN,
        title: visit.t(title),
        text,
        way_on: Some(way_on),
    }
}

/// The page for somebody whom the portal's staff suspended everywhere.
#[must_use]
pub fn suspended_person(visit: &Visit) -> Refusal {
    let text = vec![visit.t("access-person-not-active"), contact(visit)];
    page(
        visit,
        "access-refused-title",
        text,
        (urls::Root.to_string(), visit.t("refusal-home")),
    )
}

/// The page for a member whose access does not stand.
#[must_use]
pub fn refused(visit: &Visit, membership: &GateMembership, reason: &Reason) -> Refusal {
    let text = vec![
        sentence(visit, membership, reason),
        what_to_do(visit, reason),
    ];
    page(
        visit,
        "access-refused-title",
        text,
        (urls::Why.to_string(), visit.t("access-why")),
    )
}

/// The page for a change during a contract's grace.
#[must_use]
pub fn read_only(visit: &Visit, membership: &GateMembership) -> Refusal {
    let say = Say {
        visit,
        organization: &membership.organization_name,
    };
    let text = vec![say.plain("access-read-only"), contact(visit)];
    page(
        visit,
        "access-read-only-title",
        text,
        (urls::Home.to_string(), visit.t("refusal-home")),
    )
}

fn what_to_do(visit: &Visit, reason: &Reason) -> String {
    match reason {
        Reason::MembershipSuspended
        | Reason::MembershipEnded { .. }
        | Reason::NoRole
        | Reason::NotAnAdmin
        | Reason::RoleMissing { .. } => visit.t("access-ask-admin"),
        _ => contact(visit),
    }
}

fn contact(visit: &Visit) -> String {
    let support = visit.state.settings.portal.support_email.to_string();
    i18n::text_with(
        visit.lang,
        "access-ask-support",
        &[("email", support.into())],
    )
}
