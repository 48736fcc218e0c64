//! `vestibule demo`: everything on one machine, off unless asked for.
//!
//! A real OpenID provider on its own port, the built-in CRM, a mailbox page and sample data that
//! tells the story. Listens on loopback only; a restart keeps the data.

pub mod crm_data;
pub mod folder;
pub mod mailbox;
pub mod people;
pub mod provider;
pub mod seed;
pub mod start;
pub mod store;
