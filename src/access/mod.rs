//! Who may do what: the catalogue of duties and services, the one decision function and its reasons,
//! the gate that each request passes, the actors.
//!
//! [`decide`] is pure: it reads [`Facts`] and the [`Catalogue`] and nothing else, so pages, API,
//! forward-auth and the page `/why` cannot disagree (law 1). [`gate`] reads session, person,
//! memberships and contracts in one statement, on every request and without a cache, so that what
//! the CRM ended is refused at the next request. `actors` are the extractor types: a handler that
//! did not ask for one has no organization id to work with.

pub mod actors;
mod catalogue;
mod catalogues;
mod ended_elsewhere;
mod ends;
mod engine;
mod explanation;
pub mod first_refusals;
pub mod forward_auth;
pub mod front_door;
pub mod gate;
mod losses;
mod names;
pub mod nav;
pub mod outage;
pub mod pages;
mod reason;
pub mod refusals;
pub mod session_store;
pub mod sessions;
pub mod store;
pub mod subject;
#[cfg(test)]
mod tests;
mod unfit;
mod why;

pub use catalogue::{Catalogue, CatalogueBody, RoleCard, ServiceCard};
pub use catalogues::{Catalogues, hold as hold_catalogue};
pub use engine::{ContractFacts, Decision, Facts, Grant, MembershipFacts, Wanted, decide};
pub use explanation::{About, Explanation, StepWords};
pub use gate::Gate;
pub use losses::announce_losses;
pub use names::unknown_names;
pub use reason::Reason;
pub use subject::{GateMembership, Named, Subject};
pub use why::{Check, Finding, Step, explain};
