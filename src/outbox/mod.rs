//! Changes that other systems must learn of, recorded in the transaction that makes them.
//!
//! [`record`] writes a change and one delivery for each destination. [`Outbox`] claims deliveries
//! with a lease and a fence, merges and batches them, hands them to a [`Destination`] outside any
//! transaction, and settles each by its verdict: done, tried again, dead letter, review. Order is
//! kept per destination and subject: a delivery waits while an earlier one of its subject is
//! unfinished. A destination may be handed the same change twice (a worker that dies after the call
//! leaves no trace of it), never out of order.
//!
//! | state | unfinished | leaves it |
//! |---|---|---|
//! | `waiting` | yes | by a claim, when due and free; `merged` when a newer one says all it does |
//! | `claimed` | yes | by its verdict; back to `waiting` when the lease runs out |
//! | `dead` | yes | by a person: [`replay()`], [`park`], [`skip`] |
//! | `review` | yes | by a person: [`resolve`], [`replay()`], [`park`], [`skip`] |
//! | `parked` | yes | by a person: [`replay()`], [`skip`] |
//! | `done` `merged` `skipped` | no | removed after 30 days ([`sweep()`]) |
//!
//! What is urgent goes first, and where a destination has a [`Budget`], `allowance.rs` says how many
//! calls it may be sent and when.
//!
//! Start reading at `claim.rs`, then `carry.rs` and `settle.rs`.

mod alert;
mod allowance;
mod announce;
mod backoff;
mod carry;
mod claim;
mod destination;
mod fact;
mod find;
mod follow;
mod hold;
mod lanes;
mod pause;
pub mod read;
mod record;
mod replay;
mod review;
mod row;
mod settle;
mod several;
pub mod store;
mod sweep;
mod told;
mod worker;

pub use allowance::{Allowance, Budget, LimitSource};
pub use announce::{
    Announcement, Subscribed, abandon, announce, subscribe, subscribed, subscribed_since, topics,
    unsubscribe,
};
pub use destination::{Choice, Destination, Parcel, Source};
pub use fact::{
    ConsentFact, EventFact, Fact, InvitationFact, LeadFact, MembershipFact, PersonFact, SealedMail,
    SeatsFact, Urgency,
};
pub use hold::{park, skip};
pub use pause::{pause, resume, try_again};
pub use record::{NewChange, deliver_to_many, erase, record};
pub use replay::{Decided, replay, replay_all};
pub use review::{Attempt, resolve};
pub use several::{Several, record_several};
pub use sweep::sweep;
pub use told::{Told, told};
pub use worker::{Outbox, Pace};

use crate::kernel::ids::WebhookId;

/// The destination of mail.
pub const MAIL: &str = "mail";

/// What the name of a webhook subscriber's destination begins with.
pub const WEBHOOK: &str = "webhook:";

/// The destination of a webhook subscriber.
#[must_use]
pub fn webhook_destination(subscriber: &WebhookId) -> String {
    format!("{WEBHOOK}{subscriber}")
}

/// The destination of a CRM connection.
#[must_use]
pub fn crm_destination(connection: &str) -> String {
    format!("crm:{connection}")
}

/// What the name of a directory's destination begins with.
pub const DIRECTORY: &str = "directory:";

/// The destination of an identity directory.
#[must_use]
pub fn directory_destination(directory: &str) -> String {
    format!("{DIRECTORY}{directory}")
}
