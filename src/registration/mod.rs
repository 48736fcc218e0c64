//! Registration: being let in without an invitation.
//!
//! A visitor answers step by step ([`draft`], a sealed cookie), proves who they are at a provider,
//! and sends it ([`submit()`]). With a contract, the CRMs are asked ([`lookup`], a second at most);
//! what they say is weighed by a pure function ([`decide`]), and the answer for "unknown", "ended",
//! "another company's" and "too many tries" is one and the same. Otherwise the request waits: for the
//! CRM ([`retry`]), for the organization's administrators, or for staff, who [`approve()`] or
//! [`decline()`]. Signing in is not here (`sign_in`), and neither is what a member may do (`access`).

mod admit;
mod approve;
pub mod attempts;
pub mod consents;
pub mod decide;
mod deciders;
mod decline;
pub mod draft;
mod fields;
mod find;
mod join_request;
mod letters;
pub mod lookup;
mod mirror;
mod model;
pub mod pages;
pub mod retry;
mod role_choices;
pub mod send;
mod settle;
mod shared;
pub mod store;
mod submit;
pub mod visitor;

pub use admit::Admitted;
pub use approve::{Approve, ApproveError, Approved, Decider, approve};
pub use consents::{ConsentWithdrawal, OwnConsent, own_consents, withdraw_consent};
pub use deciders::Desk;
pub use decline::{Decline, DeclineError, Declined, Withdrawn, decline, withdraw};
pub use find::{
    At, ConsentGiven, consents_of, count, find, find_of_organization, find_sent, of_identity,
    of_state_after, of_state_before,
};
pub use join_request::join_requests;
pub use model::{Answer, Applicant, Evidence, Found, Kind, Registration, Said, State, Why};
pub use role_choices::{RoleChoice, role_choices};
pub use settle::Confirmed;
pub use shared::SharedRegistrations;
pub use submit::{Basis, CONSENT_PURPOSE, CONSENT_VERSION, Submit, Submitted, submit};

use crate::{
    access::Catalogue,
    app::AppState,
    db::{Error, inconsistent},
    kernel::ids::RegistrationId,
    settings::Settings,
};

/// What actions here need of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The roles there are.
    pub catalogue: &'a Catalogue,
}

impl<'a> Rules<'a> {
    /// Those of the running portal.
    #[must_use]
    pub fn of(state: &'a AppState) -> Self {
        Self {
            settings: &state.settings,
            catalogue: &state.catalogue,
        }
    }

    /// The CRM that new companies become leads in; empty when there is none.
    #[must_use]
    pub fn lead_connection(self) -> &'a str {
        let named = self.settings.registration.lead_connection.as_str();
        if named.is_empty() {
            let first = self.settings.connections.first();
            first.map_or("", |connection| connection.key.as_str())
        } else {
            named
        }
    }
}

fn evidence_text(id: &RegistrationId, evidence: &Evidence) -> Result<String, Error> {
    serde_json::to_string(evidence).map_err(inconsistent("registrations", "evidence", id))
}
