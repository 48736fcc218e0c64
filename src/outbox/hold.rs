//! Setting a delivery aside: parked for later, or skipped for good.

use serde_json::json;

use super::{Decided, Fact, alert, erase, find, find::Found, store};
use crate::{
    db::{Error, Tx},
    kernel::{Cx, ids::DeliveryId, text},
    on,
};

/// Longest reason that is kept.
const REASON: usize = 500;

/// Sets a delivery aside. It stays unfinished, so later ones of its subject wait behind it, until
/// [`super::replay()`] or [`skip`].
///
/// # Errors
/// When the database refuses.
pub async fn park(tx: &mut Tx, cx: &Cx, delivery: &DeliveryId) -> Result<Decided, Error> {
    let Some(found) = Found::lock(tx, delivery).await? else {
        return Ok(Decided::NotFound);
    };
    let changed = on!(tx, |c| sqlx::query(store::PARK)
        .bind(delivery)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Ok(Decided::NotPossible);
    }
    found.record(tx, cx, "delivery.parked", json!({})).await?;
    alert::dead_letters_worked_off(tx, cx, &found.destination).await?;
    Ok(Decided::Done)
}

/// Gives a delivery up for good, with a reason for the record: the destination never learns of
/// this change, and later ones of its subject go on.
///
/// # Errors
/// When the database refuses.
pub async fn skip(
    tx: &mut Tx,
    cx: &Cx,
    delivery: &DeliveryId,
    reason: &str,
) -> Result<Decided, Error> {
    let Some(found) = Found::lock(tx, delivery).await? else {
        return Ok(Decided::NotFound);
    };
    let reason = text::one_line(reason, REASON);
    let changed = on!(tx, |c| sqlx::query(store::SKIP)
        .bind(delivery)
        .bind(cx.now())
        .bind(&reason)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Ok(Decided::NotPossible);
    }
    on!(tx, |c| sqlx::query(store::RELEASE_BEHIND)
        .bind(delivery)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    // A change that cannot be read has nothing that could be erased.
    if let Ok(Some(parcel)) = find::parcel(tx, delivery).await
        && matches!(parcel.payload, Fact::Mail(_))
    {
        erase(tx, &parcel).await?;
    }
    found
        .record(tx, cx, "delivery.skipped", json!({ "reason": reason }))
        .await?;
    alert::dead_letters_worked_off(tx, cx, &found.destination).await?;
    Ok(Decided::Done)
}
