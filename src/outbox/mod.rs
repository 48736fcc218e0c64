//! Changes that other systems must learn of, recorded in the transaction that makes them.
//!
//! [`record`] writes a change and one delivery for each destination. Workers claim deliveries with
//! a lease and a fence, merge, batch, hand them to a [`Destination`] outside any transaction, and
//! settle each by its verdict: done, tried again, dead letter, review. Order is kept per destination
//! and subject: a delivery waits while an earlier one of its subject is unfinished.

mod fact;
mod record;
pub mod store;

pub use fact::{Fact, InvitationFact, LeadFact, MembershipFact, SealedMail};
pub use record::{NewChange, record};

/// The destination of mail.
pub const MAIL: &str = "mail";

/// The destination of a CRM connection.
#[must_use]
pub fn crm_destination(connection: &str) -> String {
    format!("crm:{connection}")
}
