//! The steps of a registration, one thing a page, and what became of it.

pub mod check;
pub mod company;
pub mod consent;
pub mod consents;
pub mod contract;
pub mod invitation;
pub mod requests;
pub mod staff;
pub mod staff_one;
pub mod start;
pub mod status;
pub mod unconfirmed;
pub mod you;

use super::draft::{Draft, Step};
use crate::web::{Shell, urls};

/// "Step 2 of 3" with its numbers.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) text: String,
    pub(super) now: usize,
    pub(super) total: usize,
}

impl Progress {
    fn of(shell: &Shell, draft: &Draft, step: Step) -> Self {
        let (now, total) = draft.place_of(step).unwrap_or((1, 1));
        Self {
            text: shell.t2("registration-step", ("now", now), ("total", total)),
            now,
            total,
        }
    }
}

/// Where "back" leads from a step: to the step before it.
fn back_from(draft: &Draft, step: Step) -> &'static str {
    let way = draft.way();
    let at = way.iter().position(|known| *known == step).unwrap_or(0);
    let before = at.checked_sub(1).and_then(|before| way.get(before));
    before.map_or(urls::Register::PATH, |step| step.path())
}
