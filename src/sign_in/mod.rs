//! Sign-in: the portal as a relying party of any number of OpenID providers.
//!
//! A sign-in is an [`Attempt`](attempt::Attempt) in a cookie of the browser that began it
//! ([`begin`]), an answer that is checked in every respect ([`callback`], `verify`), and the
//! question who this is to us (`resolve`): a person comes in under a new session, somebody unknown
//! goes on to an invitation or a registration as a [`PendingIdentity`](crate::people::PendingIdentity),
//! and everything else ends on a page that says what to do (`trouble`). What an address proves is
//! decided in [`trust`] and nowhere else. No page of the portal asks for a password.

mod attempt;
pub mod back_channel;
mod begin;
mod callback;
mod calls;
mod claims;
mod client;
mod link;
mod metadata;
pub mod pages;
mod providers;
mod resolve;
pub mod sign_out;
pub mod signed;
mod start_session;
mod trouble;
pub mod trust;
mod verify;

pub use begin::{Wish, begin};
pub use callback::callback;
pub use link::{How, Link};
pub use metadata::Metadata;
pub use providers::{Checked, Known, NotKnown, Provider, Providers};
pub use start_session::start_session;
