//! Systems that are told by webhook what happens here (Standard Webhooks).
//!
//! An operator makes a subscriber: an address, the topics it is told, a secret shown once. From then
//! on it is a destination of the outbox like a CRM: [`crate::audit::record`] has every event of its
//! topics recorded for it in the transaction of the action, the outbox keeps the order of each
//! subject, tries again, and keeps what could not be told as a dead letter. [`Subscribers`] gives
//! every node the lanes. Nothing is sent to an address that is not public, unless the configuration
//! allows its network (`guard`): that is decided when the connection is made, for the very address
//! that is connected to.

mod create;
mod deliver;
mod guard;
mod model;
mod remove;
mod rotate;
pub mod store;
mod try_out;

pub use create::{Create, CreateError, Made, create};
pub use deliver::{Subscribers, Wiring};
pub use guard::{Allowed, Lookup, SystemLookup, Unfit};
pub use model::{NAME_LIMIT, Subscriber, find, list};
pub use remove::{remove, sweep_removed};
pub use rotate::rotate;
pub use try_out::{TEST, try_out};
