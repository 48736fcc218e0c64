//! Operations: how the portal's deliveries stand and what a person has to decide about them.
//!
//! Pages for operators only. They read and decide through `outbox`, `tasks`, `audit` and `contracts`;
//! nothing is stored here. Personal data in what is delivered is masked.

pub mod audit_log;
pub mod connections;
pub mod dead_letters;
pub mod decide;
pub mod deliveries;
pub mod delivery;
pub mod held;
mod mask;
pub mod matches;
pub mod overview;
mod tabs;
mod words;
