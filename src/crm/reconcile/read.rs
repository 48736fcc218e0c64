//! Runs and findings for the pages, the command line and the report.

use super::{
    model::{Class, Finding, Run},
    store,
};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{
        Cx,
        ids::{FindingId, RunId},
    },
    on,
};

/// How much of one class a run found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Count {
    /// The class.
    pub class: Class,
    /// Found.
    pub found: i64,
    /// Of these, mended.
    pub mended: i64,
}

/// One run.
///
/// # Errors
/// When the database refuses.
pub async fn find_run(conn: &mut Conn, run: &RunId) -> Result<Option<Run>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_RUN)
        .bind(run)
        .fetch_optional(c)
        .await)?)
}

/// The newest runs of a connection, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn runs(conn: &mut Conn, connection: &str, limit: i64) -> Result<Vec<Run>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::RUNS)
        .bind(connection)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// The newest run of a connection.
///
/// # Errors
/// When the database refuses.
pub async fn latest(conn: &mut Conn, connection: &str) -> Result<Option<Run>, Error> {
    Ok(runs(conn, connection, 1).await?.pop())
}

/// What a run found, by class.
///
/// # Errors
/// When the database refuses.
pub async fn counts(conn: &mut Conn, run: &RunId) -> Result<Vec<Count>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::COUNTS)
        .bind(run)
        .fetch_all(c)
        .await)?)
}

/// Findings of a run after a place in the list, of one class or of all.
///
/// # Errors
/// When the database refuses.
pub async fn findings(
    conn: &mut Conn,
    run: &RunId,
    after: &str,
    class: Option<Class>,
    limit: i64,
) -> Result<Vec<Finding>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FINDINGS)
        .bind(run)
        .bind(after)
        .bind(class.map_or("", Class::as_str))
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Findings of a run that can be mended, after a place in the list.
///
/// # Errors
/// When the database refuses.
pub(super) async fn to_mend(
    conn: &mut Conn,
    run: &RunId,
    after: &str,
    limit: i64,
) -> Result<Vec<Finding>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::TO_MEND)
        .bind(run)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Findings of a run that were mended, after a place in the list.
///
/// # Errors
/// When the database refuses.
pub(super) async fn to_undo(
    conn: &mut Conn,
    run: &RunId,
    after: &str,
    limit: i64,
) -> Result<Vec<Finding>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::TO_UNDO)
        .bind(run)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Takes a finished run of the schedule that found something and that nobody was written to about;
/// from now on it counts as told.
///
/// # Errors
/// When the database refuses.
pub async fn take_untold(tx: &mut Tx, cx: &Cx) -> Result<Option<Run>, Error> {
    Ok(on!(tx, |c| sqlx::query_as(store::TAKE_UNTOLD)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?)
}

/// One finding.
///
/// # Errors
/// When the database refuses.
pub async fn finding(conn: &mut Conn, id: &FindingId) -> Result<Option<Finding>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(id)
        .fetch_optional(c)
        .await)?)
}
