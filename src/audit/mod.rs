//! Who did what to whom: events in the transaction of the action, chained by keyed hashes.
//!
//! One chain per organization and one for the system, so that writers do not queue behind one
//! another and a customer's slice verifies alone. People appear by id only.
//!
//! What is recorded here is also what subscribers are told (`announce.rs`), in the same transaction:
//! an action that records its event has nothing else to do.

mod announce;
mod chain;
mod export;
mod feed;
mod read;
pub mod store;
mod verify;
mod words;

pub use announce::{ACCESS, Topic, told_events};
pub use chain::{Event, record};
pub use export::{chains, export};
pub use feed::{FeedEntry, Spot, feed, feed_of};
pub use read::{Entry, Filter, list, list_for_organization};
pub use verify::{Fault, Finding, verify};
pub use words::{actor_name, sentence};

/// The chain of events that belong to no organization.
pub const SYSTEM_CHAIN: &str = "system";
