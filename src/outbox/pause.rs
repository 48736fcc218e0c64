//! Pausing a whole destination by hand.

use serde_json::json;

use super::{claim, store};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{Cx, text},
    on,
};

/// Longest reason that is kept.
const REASON: usize = 500;

/// Sends nothing to a destination until [`resume`]; calls under way are finished.
///
/// # Errors
/// When the database refuses.
pub async fn pause(tx: &mut Tx, cx: &Cx, destination: &str, reason: &str) -> Result<(), Error> {
    claim::lock(tx, destination).await?;
    let reason = text::one_line(reason, REASON);
    on!(tx, |c| sqlx::query(store::PAUSE_BY_PERSON)
        .bind(destination)
        .bind(&reason)
        .execute(c)
        .await
        .map(drop))?;
    let detail = json!({ "reason": reason });
    record(tx, cx, "destination.paused", destination, detail).await
}

/// Ends a pause, whoever began it.
///
/// # Errors
/// When the database refuses.
pub async fn resume(tx: &mut Tx, cx: &Cx, destination: &str) -> Result<(), Error> {
    claim::lock(tx, destination).await?;
    on!(tx, |c| sqlx::query(store::RESUME)
        .bind(destination)
        .execute(c)
        .await
        .map(drop))?;
    record(tx, cx, "destination.resumed", destination, json!({})).await
}

/// Has a destination tried again at once that refused our rights: they are others now. A pause that a
/// person began stays.
///
/// # Errors
/// When the database refuses.
pub async fn try_again(tx: &mut Tx, destination: &str) -> Result<(), Error> {
    claim::lock(tx, destination).await?;
    on!(tx, |c| sqlx::query(store::TRY_AGAIN)
        .bind(destination)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

async fn record(
    tx: &mut Tx,
    cx: &Cx,
    action: &'static str,
    destination: &str,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let event = audit::Event {
        action,
        target: destination,
        organization: None,
        detail,
    };
    audit::record(tx, cx, event).await
}
