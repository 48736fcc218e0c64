//! Operations: how the portal's deliveries stand and what a person has to decide about them.
//!
//! Pages for operators only, and the letter that calls them. They read and decide through `outbox`,
//! `tasks`, `audit` and `contracts`; nothing is stored here. Personal data in what is delivered is masked.

mod ask;
pub mod audit_log;
mod calls;
pub mod catalogue;
pub mod clients;
pub mod connections;
pub mod credential;
mod credential_form;
pub mod dead_letters;
pub mod decide;
pub mod deliveries;
pub mod delivery;
mod differences;
mod evidence;
pub mod held;
mod letter;
pub mod mapping;
pub(crate) mod mask;
pub mod matches;
pub mod metrics;
pub mod overview;
pub mod people;
mod receipt_files;
pub mod receipts;
pub mod reconciliation;
mod tabs;
mod task_rows;
pub mod webhook;
pub mod webhooks;
mod words;

pub use ask::ask_for_credentials;
pub use differences::write_of_differences;
pub use letter::write_to_operators;
