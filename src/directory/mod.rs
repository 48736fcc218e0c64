//! Writing back to identity providers: who somebody is here, whether they may come in, and the end
//! of their sessions there.
//!
//! [`tell`] records, in the transaction of a change, that a directory must look at somebody again.
//! What it must hold then is read when the change is delivered ([`DirectoryDestination`]), so a late
//! delivery never brings an older state back. [`port`] is what an adapter offers: `keycloak`,
//! `scim`, `graph`. What time alone changes is noticed by [`clock`]. Where a directory says who may not
//! sign in there, [`watching`] and [`notices`] follow it.
//!
//! Not here: what a provider says at sign-in (`sign_in`), and what it asks for while it makes a
//! token (`api::claims`).

mod brake;
pub mod clock;
pub mod conformance;
mod destination;
pub mod graph;
pub mod keycloak;
pub mod memory;
pub mod notices;
mod oauth;
pub mod port;
mod registry;
pub mod scim;
mod several;
mod state;
pub mod store;
pub mod tell;
mod upstream;
pub mod watching;

pub use destination::DirectoryDestination;
pub use registry::{Configured, Directories, WrongDirectory, register, remote};
pub use upstream::{Source, Taken, Trouble, Upstream};
