//! What a destination offers, and what it is given.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Budget, Fact};
use crate::{
    crm::port::{Usage, Verdict},
    db::{Conn, Error, Tx},
    kernel::{
        Actor, Cx, Instant,
        ids::{ChangeId, DeliveryId, OrganizationId},
    },
};

/// A change on its way to one destination.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// This delivery.
    pub delivery_id: DeliveryId,
    /// The change. Names what is applied and not the attempt, so it is the idempotency key.
    pub change_id: ChangeId,
    /// Its place: parcels of one subject arrive in this order.
    pub seq: i64,
    /// What it is about.
    pub subject: String,
    /// The kind of fact.
    pub kind: String,
    /// When it happened in the portal.
    pub at: Instant,
    /// Who did it.
    pub author: Actor,
    /// Where it happened.
    pub organization_id: Option<OrganizationId>,
    /// What to tell.
    pub payload: Fact,
    /// Which attempt this is, from 1; a pause that the destination asked for does not count.
    pub attempt: i64,
    /// What a person decided when this parcel was in review.
    pub choice: Option<Choice>,
    /// Grows with each claim: who holds an older one no longer decides anything.
    pub(super) fence: i64,
}

/// What a person decides about a parcel in review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum Choice {
    /// It is this record.
    Candidate {
        /// The destination's id of the record.
        id: String,
    },
    /// It is none of them: make a new one.
    CreateNew,
}

/// A system that is told changes.
#[async_trait]
pub trait Destination: Send + Sync {
    /// The name under which changes are recorded for it: [`super::MAIL`], [`super::crm_destination`].
    fn name(&self) -> &str;

    /// What people call it, when the configuration does not say so.
    fn title(&self) -> Option<&str> {
        None
    }

    /// Parcels taken by one call of [`Destination::deliver`] at most.
    fn batch_limit(&self) -> usize;

    /// Delivers a batch, outside any transaction; one verdict for each parcel, in the same order.
    ///
    /// No two parcels of a batch, nor of batches under way, have the same subject. A batch may have
    /// been delivered before without our knowing it, so applying must be keyed by
    /// [`Parcel::change_id`]. An answer of another length, and a panic, count as
    /// [`Verdict::Retry`] for every parcel.
    async fn deliver(&self, batch: &[Parcel]) -> Vec<Verdict>;

    /// Whether nothing can be sent until a person gives what is missing: then nothing is claimed, and
    /// what waits waits without an attempt.
    ///
    /// # Errors
    /// When the database refuses.
    async fn waits(&self, conn: &mut Conn, now: Instant) -> Result<bool, Error> {
        let _ = (conn, now);
        Ok(false)
    }

    /// Whether a person may decide that a parcel in review means none of the records offered, so that a
    /// new one is made.
    fn makes_new(&self) -> bool {
        true
    }

    /// How calls are paced; `None` for as fast as they go.
    fn budget(&self) -> Option<Budget> {
        None
    }

    /// Calls and limits since the last look; `None` where calls are not counted: then a batch is one.
    fn usage(&self) -> Option<Usage> {
        None
    }

    /// Follows up on a verdict in the transaction that stores it. A parcel that ran out of attempts
    /// comes here as [`Verdict::Rejected`]. Does nothing unless overridden.
    ///
    /// # Errors
    /// Then the verdict is not stored and the parcel is tried again.
    fn settled<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        parcel: &'t Parcel,
        verdict: &'t Verdict,
    ) -> BoxFuture<'t, Result<(), Error>> {
        let _ = (tx, cx, parcel, verdict);
        Box::pin(async { Ok(()) })
    }

    /// Takes over what a person decided in review, in the transaction of that decision; afterwards
    /// the parcel is delivered again with [`Parcel::choice`]. Does nothing unless overridden.
    ///
    /// # Errors
    /// Then the decision does not stand.
    fn choose<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        parcel: &'t Parcel,
        choice: &'t Choice,
    ) -> BoxFuture<'t, Result<(), Error>> {
        let _ = (tx, cx, parcel, choice);
        Box::pin(async { Ok(()) })
    }
}

/// Destinations that come and go while the portal runs.
#[async_trait]
pub trait Source: Send + Sync {
    /// Those there are now. One that was there before keeps the lane and the value it came with, so
    /// what may change about it is looked up when it delivers.
    ///
    /// # Errors
    /// When they cannot be read; then those known stay.
    async fn destinations(&self) -> Result<Vec<Arc<dyn Destination>>, Error>;
}
