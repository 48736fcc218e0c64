//! Forgetting the keys of changes that were applied long ago.

use std::time::Duration;

use super::store;
use crate::{
    db::{Database, Error},
    kernel::Instant,
    on,
};

/// Three times as long as the contract of docs/crm/http.md asks of others: a dead letter may be sent
/// again weeks later, under its old key.
const KEPT: Duration = Duration::from_secs(90 * 86_400);
/// Rows removed in one transaction at most.
const AT_ONCE: i64 = 1_000;

/// Removes keys that were applied more than 90 days ago; returns how many.
///
/// # Errors
/// When the database refuses; what was removed before stays removed.
pub async fn forget_applied(db: &Database, now: Instant) -> Result<u64, Error> {
    let before = now.minus(KEPT);
    let mut total = 0;
    loop {
        let removed: Result<u64, Error> = db
            .write(move |tx| {
                Box::pin(async move {
                    Ok(on!(tx, |c| sqlx::query(store::FORGET_APPLIED)
                        .bind(before)
                        .bind(AT_ONCE)
                        .execute(c)
                        .await
                        .map(|done| done.rows_affected()))?)
                })
            })
            .await;
        match removed? {
            0 => return Ok(total),
            some => total += some,
        }
    }
}
