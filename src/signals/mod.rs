//! Telling services by signed tokens that a session, or the access to them, has ended.
//!
//! What the log records as an end ([`crate::audit::ACCESS`]) is recorded for every receiver of
//! `[[signals]]` in the same transaction, and the outbox brings it: a logout token of OpenID Connect
//! Back-Channel Logout 1.0, or CAEP's session-revoked as a Security Event Token, pushed as RFC 8935
//! has it. What concerns a whole organization, or whoever holds a role that gives less now, is one
//! change until a worker spreads it, person by person. An end of access is weighed when it is told:
//! who still has access by another way is left alone, and so is who never had a role that reaches the
//! service. Keys are the portal's own, sealed in the database, rotated with overlap, and published.
//!
//! Start reading at `destination.rs`; `weigh.rs` says who is told of, `token.rs`
//! what is in a token, `keys.rs` which key signs.

mod destination;
mod keys;
mod meaning;
mod pages;
mod passed;
mod spread;
pub mod store;
mod subscribe;
mod token;
mod weigh;

pub use destination::{NAME, destinations};
pub use keys::{AFTER, AHEAD, Keys, LIFE};
pub use pages::routes;
pub use passed::look_at_dates;
pub use subscribe::{FORGOTTEN_AFTER, prepare, subscribe};
