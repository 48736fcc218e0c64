//! Mending what a comparison found, and undoing it.

use axum::{extract::Path, response::Response};

use crate::{
    access::actors::Operator,
    crm::reconcile::{self, Mended, Undone},
    kernel::ids::{FindingId, Id, RunId},
    web::{Flash, Refusal, Visit, urls},
};

/// Findings mended or undone by one press of the button, so that the answer comes in time.
const AT_ONCE: u64 = 500;

/// The run that a finding of the address belongs to.
async fn run_of(visit: &Visit, id: &str) -> Result<(FindingId, RunId), Refusal> {
    let id = FindingId::parse(id).map_err(|_| Refusal::NotFound)?;
    let mut conn = visit.state.db.read().await?;
    let finding = reconcile::finding(&mut conn, &id).await?;
    Ok((id, finding.ok_or(Refusal::NotFound)?.run_id))
}

/// The run of the address, when there is one.
async fn known_run(visit: &Visit, id: &str) -> Result<RunId, Refusal> {
    let id = RunId::parse(id).map_err(|_| Refusal::NotFound)?;
    let mut conn = visit.state.db.read().await?;
    let run = reconcile::find_run(&mut conn, &id).await?;
    run.map(|run| run.id).ok_or(Refusal::NotFound)
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Mends one finding.
///
/// # Errors
/// When there is no such finding, or the database refuses.
pub(super) async fn mend(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let (id, run) = run_of(visit, &id).await?;
    let state = &visit.state;
    let flash = match reconcile::mend(&state.db, &state.crm, &visit.cx, &id).await? {
        Mended::Now => Flash::success(visit.t("operations-reconciliation-mended")),
        Mended::Before => Flash::info(visit.t("operations-reconciliation-mended-before")),
        Mended::Waits => Flash::warning(visit.t("operations-reconciliation-waits")),
        Mended::NotByUs => Flash::warning(visit.t("operations-reconciliation-not-by-us")),
        Mended::NotFound => return Err(Refusal::NotFound),
    };
    state.outbox.wake();
    Ok(visit.go(urls::ReconciliationRun { run: &run }, Some(flash)))
}

/// Mends what has an owner, at most five hundred of a run at once.
///
/// # Errors
/// When there is no such run, or the database refuses.
pub(super) async fn mend_all(
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let id = known_run(visit, &id).await?;
    let state = &visit.state;
    let all = reconcile::mend_all(&state.db, &state.crm, &visit.cx, &id, AT_ONCE).await?;
    state.outbox.wake();
    let shell = operator.shell("");
    let mended = shell.t1(
        "operations-reconciliation-mended-all",
        "count",
        count(all.mended),
    );
    let flash = if all.waits > 0 {
        let waits = shell.t1(
            "operations-reconciliation-waits-all",
            "count",
            count(all.waits),
        );
        Flash::warning(format!("{mended} {waits}"))
    } else {
        Flash::success(mended)
    };
    Ok(visit.go(urls::ReconciliationRun { run: &id }, Some(flash)))
}

/// Sets back what mending one finding set.
///
/// # Errors
/// When there is no such finding, or the database refuses.
pub(super) async fn undo(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let (id, run) = run_of(visit, &id).await?;
    let flash = match reconcile::undo(&visit.state.db, &visit.cx, &id).await? {
        Undone::Now => Flash::success(visit.t("operations-reconciliation-undone")),
        Undone::ChangedSince => Flash::warning(visit.t("operations-reconciliation-changed-since")),
        Undone::NotPossible => Flash::warning(visit.t("operations-reconciliation-no-way-back")),
        Undone::NotMended => Flash::info(visit.t("operations-reconciliation-not-mended")),
        Undone::NotFound => return Err(Refusal::NotFound),
    };
    visit.state.outbox.wake();
    Ok(visit.go(urls::ReconciliationRun { run: &run }, Some(flash)))
}

/// Sets back what was mended, at most five hundred of a run at once.
///
/// # Errors
/// When there is no such run, or the database refuses.
pub(super) async fn undo_all(
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let id = known_run(visit, &id).await?;
    let all = reconcile::undo_all(&visit.state.db, &visit.cx, &id, AT_ONCE).await?;
    visit.state.outbox.wake();
    let shell = operator.shell("");
    let undone = shell.t1(
        "operations-reconciliation-undone-all",
        "count",
        count(all.undone),
    );
    let kept = all.changed.saturating_add(all.left);
    let flash = if kept > 0 {
        let kept = shell.t2(
            "operations-reconciliation-kept-all",
            ("changed", count(all.changed)),
            ("left", count(all.left)),
        );
        Flash::warning(format!("{undone} {kept}"))
    } else {
        Flash::success(undone)
    };
    Ok(visit.go(urls::ReconciliationRun { run: &id }, Some(flash)))
}
