//! The mirror of what the CRM says is agreed: contracts, and what they mean at an instant.
//!
//! The CRM is the master. A contract changes here only by [`apply`]ing a newer record of it
//! (law 10); what it means is computed from its dates each time somebody asks ([`Terms::standing`]).
//! Whether a person gets in is not decided here: see `access`.

mod apply;
mod find;
mod held;
mod model;
pub mod receipts;
mod rules;
mod steps;
pub mod store;
mod words;

pub use apply::{Applied, ApplyError, apply};
pub use find::{find, find_by_number_key, of_organization};
pub use held::{Held, discard_held, held, release_held};
pub use model::{Contract, ContractStatus, Products, Standing, Terms, seat_limit};
pub use rules::ContractRules;
pub use steps::{Step, StepDue, goes_on, note_step_told, steps_due};
pub use words::{StandingWords, standing_words};
