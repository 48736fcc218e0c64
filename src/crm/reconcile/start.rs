//! Opening a run.

use std::time::Duration;

use serde_json::json;

use super::store;
use crate::{
    audit,
    crm::registry::Connection,
    db::{Database, Error, Tx},
    kernel::{
        Cx, Instant, World,
        ids::{Id, RunId},
    },
    on,
};

/// How long what was found is kept.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);
/// Old runs forgotten at once.
const FORGOTTEN: i64 = 5;

/// Who asked for a run that `vestibule reconcile` opened.
pub const COMMAND_LINE: &str = "command line";

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// It begins.
    Run(RunId),
    /// One is under way.
    UnderWay,
}

/// Opens a run of a connection, unless one is under way. Runs that ended 90 days ago are forgotten.
///
/// # Errors
/// When the database refuses.
pub async fn start(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    started_by: &str,
) -> Result<Started, Error> {
    forget_old(tx, connection, cx.now().minus(KEPT)).await?;
    let id: RunId = cx.new_id();
    let opened: Option<(RunId,)> = on!(tx, |c| sqlx::query_as(store::OPEN)
        .bind(&id)
        .bind(connection)
        .bind(started_by)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    if opened.is_none() {
        return Ok(Started::UnderWay);
    }
    let event = audit::Event {
        action: "reconciliation.started",
        target: id.as_str(),
        organization: None,
        detail: json!({ "connection": connection }),
    };
    audit::record(tx, cx, event).await?;
    Ok(Started::Run(id))
}

async fn forget_old(tx: &mut Tx, connection: &str, before: Instant) -> Result<(), Error> {
    let old: Vec<RunId> = on!(tx, |c| sqlx::query_scalar(store::OLD_RUNS)
        .bind(connection)
        .bind(before)
        .bind(FORGOTTEN)
        .fetch_all(c)
        .await)?;
    for run in old {
        for statement in [
            store::FORGET_SEEN,
            store::FORGET_FINDINGS,
            store::FORGET_RUN,
        ] {
            on!(tx, |c| sqlx::query(statement)
                .bind(&run)
                .execute(c)
                .await
                .map(drop))?;
        }
    }
    Ok(())
}

/// Opens a run where the schedule says so (`reconcile_hours` of the connection).
///
/// # Errors
/// When the database refuses.
pub async fn start_due(db: &Database, world: &World, connection: &Connection) -> Result<(), Error> {
    let hours = u64::from(connection.settings.reconcile_hours);
    if hours == 0 {
        return Ok(());
    }
    let (cx, key) = (world.system("reconciliation"), connection.key().to_owned());
    let latest: Option<Instant> = {
        let mut conn = db.read().await?;
        on!(conn, |c| sqlx::query_scalar(store::LATEST_START)
            .bind(&key)
            .fetch_optional(c)
            .await)?
    };
    let pause = Duration::from_secs(hours * 3_600);
    if latest.is_some_and(|latest| cx.now().since(latest) < pause) {
        return Ok(());
    }
    db.write(move |tx| Box::pin(async move { start(tx, &cx, &key, "").await }))
        .await
        .map(drop)
}
