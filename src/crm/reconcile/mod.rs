//! Reconciliation: both sides read in pages and compared, so that what an event lost, a person typed
//! or a restore undid is found, named and mended.
//!
//! [`start`] opens a run, [`advance`] reads one page of the CRM or of ours and compares it, each page
//! with its findings and its place in one transaction, so that a run that is killed goes on where it
//! was. [`mend`] mends one finding by the owner of what differs: what the portal owns is told again
//! through the outbox, what the CRM owns is taken again through the intake (and its brake).
//! [`undo`] sets back what a mend set, unless it was changed since. Nothing is deleted in a CRM, and a
//! finding without an owner waits for a person.

mod advance;
mod compare;
mod mend;
mod missing;
mod model;
mod read;
mod start;
pub mod store;
mod undo;

pub use advance::{Advanced, advance, run_open};
pub use mend::{Mended, MendedAll, mend, mend_all};
pub use model::{Change, Class, Finding, Kind, LINK, Owner, Phase, RECORD, Run, Side};
pub use read::{Count, counts, find_run, finding, findings, latest, runs, take_untold};
pub use start::{COMMAND_LINE, Started, start, start_due};
pub use undo::{Undone, UndoneAll, undo, undo_all};
