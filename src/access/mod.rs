//! Who may do what: the gate that each request passes, the one decision function, the actors.
//!
//! [`gate`] reads session, person, memberships and contracts in one statement, on every request and
//! without a cache, so that what the CRM ended is refused at the next request. [`actors`] are the
//! extractor types: a handler that did not ask for one has no organization id to work with.

pub mod gate;
pub mod session_store;
pub mod store;

pub use gate::{Gate, GateContract, GateMembership};
