//! Sending again: one delivery, or all dead letters with one cause.

use serde_json::json;

use super::{alert, claim, find::Found, store};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{Cx, ids::DeliveryId, ids::Id},
    on,
};

/// What became of a person's decision about a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It stands.
    Done,
    /// There is no such delivery.
    NotFound,
    /// The delivery is not in a state for that (any more): a worker holds it, or it is finished.
    NotPossible,
}

/// Sends one delivery again, as if for the first time: a dead letter, a parked one, one in review
/// (after the cause was mended elsewhere), or one that waits for its next attempt.
///
/// # Errors
/// When the database refuses.
pub async fn replay(tx: &mut Tx, cx: &Cx, delivery: &DeliveryId) -> Result<Decided, Error> {
    let Some(found) = Found::lock(tx, delivery).await? else {
        return Ok(Decided::NotFound);
    };
    let changed = on!(tx, |c| sqlx::query(store::REPLAY)
        .bind(delivery)
        .bind(cx.now())
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Ok(Decided::NotPossible);
    }
    found.record(tx, cx, "delivery.replayed", json!({})).await?;
    alert::dead_letters_worked_off(tx, cx, &found.destination).await?;
    Ok(Decided::Done)
}

/// Sends all dead letters of a destination that have one cause again; returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn replay_all(
    tx: &mut Tx,
    cx: &Cx,
    destination: &str,
    cause: &str,
) -> Result<u64, Error> {
    claim::lock(tx, destination).await?;
    let count = on!(tx, |c| sqlx::query(store::REPLAY_ALL)
        .bind(destination)
        .bind(cause)
        .bind(cx.now())
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if count > 0 {
        let event = audit::Event {
            action: "deliveries.replayed",
            target: destination,
            organization: None,
            detail: json!({ "cause": cause, "count": count }),
        };
        audit::record(tx, cx, event).await?;
        alert::dead_letters_worked_off(tx, cx, destination).await?;
    }
    Ok(count)
}

impl Found {
    /// Records what a person decided about this delivery, in the chain of its organization.
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        action: &'static str,
        mut detail: serde_json::Value,
    ) -> Result<(), Error> {
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("destination".to_owned(), json!(self.destination));
            detail.insert("kind".to_owned(), json!(self.kind));
            detail.insert("was".to_owned(), json!(self.state));
        }
        let event = audit::Event {
            action,
            target: self.id.as_str(),
            organization: self.organization_id.as_ref(),
            detail,
        };
        audit::record(tx, cx, event).await
    }
}
