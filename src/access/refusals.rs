//! The engine's reasons as sentences and pages: what happened, what it means, what to do.

use axum::http::StatusCode;
use fluent_bundle::FluentValue;

use super::{GateMembership, Reason};
use crate::{
    contracts::Standing,
    web::{Lang, Refusal, Visit, dates, i18n, urls},
};

/// A reason as one sentence to the person it is about, in their language, with dates in their zone.
#[must_use]
pub fn sentence(visit: &Visit, membership: &GateMembership, reason: &Reason) -> String {
    Say {
        visit,
        organization: &membership.organization_name,
        name: None,
    }
    .reason(reason)
}

/// Says it to the person (`access-…`) or about them (`access-of-…`).
pub(super) struct Say<'a> {
    pub(super) visit: &'a Visit,
    pub(super) organization: &'a str,
    pub(super) name: Option<&'a str>,
}

impl Say<'_> {
    pub(super) fn reason(&self, reason: &Reason) -> String {
        match reason {
            Reason::PersonNotActive { .. } => self.plain("person-not-active"),
            Reason::NotAMember => self.plain("not-a-member"),
            Reason::MembershipSuspended => self.plain("membership-suspended"),
            Reason::MembershipNotStarted { starts_at } => {
                let day = self.day(*starts_at);
                self.with("membership-not-started", &[("date", &day)])
            }
            Reason::MembershipEnded { at } => {
                let day = self.last_day(*at);
                self.with("membership-ended", &[("date", &day)])
            }
            Reason::NoContract => self.plain("no-contract"),
            Reason::ContractNotGranting { number, standing } => self.contract(number, standing),
            Reason::ContractUnheard { since } => {
                let moment = dates::moment(self.lang(), &self.visit.zone(), *since);
                self.with("contract-unheard", &[("moment", &moment)])
            }
            Reason::ProductMissing { product } => {
                let catalogue = &self.visit.state.catalogue;
                let name = catalogue.product_name(product, self.lang().as_str());
                self.with("product-missing", &[("product", name)])
            }
            Reason::NoRole => self.plain("no-role"),
            Reason::RoleNotForKind { role } => {
                self.with("role-not-for-kind", &[("role", self.role(role))])
            }
            Reason::RoleRetired { role } => self.with("role-retired", &[("role", self.role(role))]),
            Reason::NotAnAdmin => self.plain("not-an-admin"),
            Reason::RoleMissing { service } => {
                self.with("role-missing", &[("service", &self.service(service))])
            }
            Reason::UnknownService { service } => {
                self.with("unknown-service", &[("service", service)])
            }
        }
    }

    fn role<'k>(&'k self, key: &'k str) -> &'k str {
        let catalogue = &self.visit.state.catalogue;
        catalogue.role_name(key, self.lang().as_str())
    }

    fn lang(&self) -> Lang {
        self.visit.lang
    }

    pub(super) fn with(&self, key: &str, more: &[(&str, &str)]) -> String {
        let mut arguments = vec![
            ("organization", FluentValue::from(self.organization)),
            ("name", FluentValue::from(self.name.unwrap_or_default())),
        ];
        arguments.extend(
            more.iter()
                .map(|(name, value)| (*name, FluentValue::from(*value))),
        );
        let person = if self.name.is_some() {
            "access-of"
        } else {
            "access"
        };
        i18n::text_with(self.lang(), &format!("{person}-{key}"), &arguments)
    }

    pub(super) fn plain(&self, key: &str) -> String {
        self.with(key, &[])
    }

    fn day(&self, at: crate::kernel::Instant) -> String {
        dates::day(self.lang(), &self.visit.zone(), at)
    }

    /// The first day of a contract, the same for every reader.
    fn contract_day(&self, start: crate::kernel::Instant) -> String {
        dates::day(self.lang(), &self.visit.home_zone(), start)
    }

    /// The last day of a contract, the same for every reader.
    fn contract_last_day(&self, end: crate::kernel::Instant) -> String {
        dates::last_day(self.lang(), &self.visit.home_zone(), end)
    }

    /// The last day that counts, of an end that is the first moment that no longer does.
    pub(super) fn last_day(&self, end: crate::kernel::Instant) -> String {
        dates::last_day(self.lang(), &self.visit.zone(), end)
    }

    pub(super) fn service(&self, key: &str) -> String {
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
            } => {
                let day = self.contract_day(*at);
                self.with(
                    "contract-not-started",
                    &[("number", number), ("date", &day)],
                )
            }
            Standing::Ended { at } => {
                let day = self.contract_last_day(*at);
                self.with("contract-ended", &[("number", number), ("date", &day)])
            }
            Standing::Suspended => self.with("contract-suspended", &[("number", number)]),
            Standing::NotStarted { starts_at: None } => {
                self.with("contract-draft", &[("number", number)])
            }
            // A granting contract is never the reason; the sentence is still true.
            Standing::Active { .. } | Standing::Grace { .. } => self.plain("no-role"),
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
        name: None,
    };
    let text = vec![say.plain("read-only"), contact(visit)];
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
        | Reason::RoleNotForKind { .. }
        | Reason::RoleRetired { .. }
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
