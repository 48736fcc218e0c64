//! Removing what was finished long ago, in small transactions.

use std::time::Duration;

use super::store;
use crate::{
    db::{Database, Error, Tx},
    kernel::{
        Instant, World,
        ids::{ChangeId, Id},
    },
    on,
};

/// How long finished deliveries are kept for people to look up.
const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Rows of each table removed in one transaction at most.
const AT_ONCE: i64 = 1_000;
/// How often.
const EVERY: Duration = Duration::from_secs(3_600);

/// Removes deliveries finished more than 30 days ago, with their attempts and changes; returns how
/// many.
///
/// # Errors
/// When the database refuses; what was removed before stays removed.
pub async fn sweep(db: &Database, now: Instant) -> Result<u64, Error> {
    let before = now.minus(KEPT);
    let mut total = 0;
    loop {
        let (deliveries, changes) = db
            .write(move |tx| Box::pin(async move { sweep_some(tx, before).await }))
            .await?;
        total += deliveries;
        if deliveries == 0 && changes == 0 {
            return Ok(total);
        }
    }
}

async fn sweep_some(tx: &mut Tx, before: Instant) -> Result<(u64, u64), Error> {
    let mut deliveries = 0;
    for text in [store::SWEEP_ATTEMPTS, store::SWEEP_DELIVERIES] {
        deliveries = on!(tx, |c| sqlx::query(text)
            .bind(before)
            .bind(AT_ONCE)
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
    }
    let changes = on!(tx, |c| sqlx::query(store::SWEEP_CHANGES)
        .bind(first_id_at(before))
        .bind(AT_ONCE)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok((deliveries, changes))
}

/// The smallest id of a change made at `at`: ids begin with their time.
fn first_id_at(at: Instant) -> ChangeId {
    let millis = u128::try_from(at.as_micros() / 1_000).unwrap_or(0);
    ChangeId::from_bits(millis << 80)
}

/// Sweeps now and then, for ever.
pub(super) async fn keep_sweeping(db: Database, world: World) {
    loop {
        tokio::time::sleep(EVERY).await;
        match sweep(&db, world.clock.now()).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "old deliveries were removed"),
            Err(error) => tracing::warn!(%error, "old deliveries could not be removed"),
        }
    }
}
