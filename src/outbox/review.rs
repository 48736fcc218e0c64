//! Deciding a review: which record is meant, or none of them.

use serde_json::json;

use super::{
    Choice, Decided, Destination, Parcel,
    find::{self, Found},
    store,
};
use crate::{
    crm::port::Verdict,
    db::{Error, Tx, inconsistent},
    kernel::{Cx, Instant, ids::DeliveryId},
    on,
};

/// One attempt, as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Attempt {
    /// Its number; grows with each attempt of a delivery, gaps mean nothing.
    pub attempt: i64,
    /// When it began.
    pub started_at: Instant,
    /// When it ended; `None` while it is under way.
    pub finished_at: Option<Instant>,
    /// `done`, `retry`, `throttled`, `auth_broken`, `needs_review`, `rejected`, or `lost` when the
    /// worker went away.
    pub verdict: String,
    /// The whole verdict as JSON, for people who want to see what was answered.
    pub detail: String,
}

impl Attempt {
    /// The records that could be meant, when this attempt asked for a review.
    #[must_use]
    pub fn candidates(&self) -> Vec<String> {
        match serde_json::from_str(&self.detail) {
            Ok(Verdict::NeedsReview { candidates, .. }) => candidates,
            _ => Vec::new(),
        }
    }
}

/// Stores a person's decision and sends the delivery again with it. The destination is asked first
/// ([`Destination::choose`]), in the same transaction. A candidate that was not offered is
/// [`Decided::NotPossible`], and so is a new record where none can be made.
///
/// # Errors
/// When the database refuses, or the destination cannot take the decision over.
pub async fn resolve(
    tx: &mut Tx,
    cx: &Cx,
    destination: &dyn Destination,
    delivery: &DeliveryId,
    choice: &Choice,
) -> Result<Decided, Error> {
    let Some(found) = Found::lock(tx, delivery)
        .await?
        .filter(|found| found.destination == destination.name())
    else {
        return Ok(Decided::NotFound);
    };
    let is_new = matches!(choice, Choice::CreateNew);
    if (is_new && !destination.makes_new()) || !is_offered(tx, delivery, choice).await? {
        return Ok(Decided::NotPossible);
    }
    let stored =
        serde_json::to_string(choice).map_err(inconsistent("deliveries", "choice", delivery))?;
    let changed = on!(tx, |c| sqlx::query(store::RESOLVE)
        .bind(delivery)
        .bind(cx.now())
        .bind(&stored)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Ok(Decided::NotPossible);
    }
    if let Some(parcel) = find::parcel(tx, delivery).await? {
        let parcel: Parcel = parcel;
        destination.choose(tx, cx, &parcel, choice).await?;
    }
    let detail = json!({ "choice": choice });
    found.record(tx, cx, "review.resolved", detail).await?;
    Ok(Decided::Done)
}

async fn is_offered(tx: &mut Tx, delivery: &DeliveryId, choice: &Choice) -> Result<bool, Error> {
    let Choice::Candidate { id } = choice else {
        return Ok(true);
    };
    let last: Option<Attempt> = on!(tx, |c| sqlx::query_as(store::LAST_ATTEMPT)
        .bind(delivery)
        .fetch_optional(c)
        .await)?;
    Ok(last.is_some_and(|attempt| attempt.candidates().contains(id)))
}
