//! The steps ahead of contracts, and which of them have been told of.

use super::{Contract, store};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{ContractId, OrganizationId},
    },
    on,
};

/// Contracts of one question at most.
const BATCH: i64 = 20;
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

crate::text_enum! {
    /// A step of a contract.
    pub enum Step {
        /// Its first day.
        Begin = "begin",
        /// The end of its last day.
        End = "end",
        /// The end of its last day of grace.
        GraceEnd = "grace_end",
    }
}

/// A contract with a step ahead.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StepDue {
    /// The contract.
    pub id: ContractId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The first moment after the step; of a beginning, its first moment.
    pub at: Instant,
}

/// Contracts whose step is more than `nearer` and at most `day` days away, and untold of at this
/// distance.
///
/// # Errors
/// When the database refuses.
pub async fn steps_due(
    tx: &mut Tx,
    cx: &Cx,
    step: Step,
    (nearer, day): (u32, u32),
) -> Result<Vec<StepDue>, Error> {
    let statement = match step {
        Step::Begin => store::BEGINS_SOON,
        Step::End => store::ENDS_SOON,
        Step::GraceEnd => store::GRACE_ENDS_SOON,
    };
    let now = cx.now();
    Ok(on!(tx, |c| sqlx::query_as(statement)
        .bind(now.plus(DAY * nearer))
        .bind(now.plus(DAY * day))
        .bind(i64::from(day))
        .bind(BATCH)
        .fetch_all(c)
        .await)?)
}

/// Notes that a step is told of, `day` days before it; `false` when another worker was first.
///
/// # Errors
/// When the database refuses.
pub async fn note_step_told(
    tx: &mut Tx,
    cx: &Cx,
    step: Step,
    due: &StepDue,
    day: u32,
) -> Result<bool, Error> {
    let taken: Option<(ContractId,)> = on!(tx, |c| sqlx::query_as(store::NOTE_NOTICE)
        .bind(&due.id)
        .bind(step)
        .bind(due.at)
        .bind(i64::from(day))
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    Ok(taken.is_some())
}

/// Whether another contract gives access at the moment in which this one no longer does.
#[must_use]
pub fn goes_on(all: &[Contract], ending: &Contract, at: Instant) -> bool {
    let mut others = all.iter().filter(|other| other.id != ending.id);
    others.any(|other| {
        let covers = |product: &String| other.products.0.contains(product);
        other.terms().standing(at).grants() && ending.products.0.iter().all(covers)
    })
}
