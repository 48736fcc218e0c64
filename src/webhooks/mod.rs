//! Signed events, in and out.
//!
//! [`subscribers`] are told what happens here. The rest is what a CRM tells us without being asked:
//! [`verify`] proves sender and age, [`receive`] stores an event once and hands its records to the
//! same intake as the poll, [`api`] is the endpoint. [`notices`] takes the CRMs' own webhooks. The
//! poll stays on: it catches what a webhook lost.

pub mod api;
pub mod notices;
mod receive;
pub mod store;
pub mod subscribers;
mod verify;

pub use receive::{Event, Intake, ReceiveError, Received, forget_before, receive};
pub use verify::{Forged, Message, TOLERANCE, verify};
