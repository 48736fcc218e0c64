//! The customer-relationship systems: one port, several adapters, connections side by side.
//!
//! [`port`] is what an adapter offers. [`Connections`] holds the configured ones. What the portal
//! tells a CRM goes through the outbox to [`CrmDestination`] and [`mapping`]; what a CRM says comes
//! through [`Intake`], by the feed that [`poll`] follows or as records it sends, into the mirror.
//! CRM words (account, contact, lead) appear here and nowhere else.

pub mod borrowed;
pub mod builtin;
pub mod conformance;
mod destination;
pub mod dynamics365;
pub mod http;
pub mod hubspot;
mod intake;
mod leaver;
pub mod mapping;
pub mod matching;
pub mod mirror;
pub mod odoo;
pub mod poll;
pub mod port;
pub mod preview;
pub mod reconcile;
mod record_link;
mod registry;
pub mod rest;
pub mod salesforce;
mod silence;
pub mod store;
mod take;
mod transforms;

pub use destination::CrmDestination;
pub use intake::{FeedState, Intake, IntakeError, Polled, count_waiting, feed_state, read_again};
pub use record_link::record_link;
pub use registry::{Connection, Connections, RegistryError, remote};
pub use silence::notice_silence;
pub use take::{Asked, InvitationRequests, NoInvitations, Taken};
pub use transforms::Transforms;
