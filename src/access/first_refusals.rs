//! Noting the first request that an ended contract refused, for the receipt of its end.
//!
//! The answer does not wait for it: it is looked up and written beside the request, by a bounded
//! number of tasks. When all of them are busy, the next refused request notes it.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::Reason;
use crate::{
    app::AppState,
    contracts::receipts,
    db::Error,
    kernel::{Instant, ids::OrganizationId},
};

/// Tasks at once.
const AT_ONCE: usize = 4;

/// Bounds the tasks.
#[derive(Debug, Clone)]
pub struct FirstRefusals(Arc<Semaphore>);

impl Default for FirstRefusals {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Notes that `organization`'s contract refused a request at `at`, when a receipt waits for that.
/// Other reasons are none of its business.
pub fn note(state: &AppState, organization: &OrganizationId, reason: &Reason, at: Instant) {
    if !matches!(reason, Reason::ContractNotGranting { .. }) {
        return;
    }
    let Ok(permit) = state.first_refusals.0.clone().try_acquire_owned() else {
        return;
    };
    let (state, organization) = (state.clone(), organization.clone());
    let tasks = state.tasks.clone();
    tasks.spawn(async move {
        if let Err(error) = write(&state, organization, at).await {
            tracing::warn!(%error, "the first refused request was not noted");
        }
        drop(permit);
    });
}

async fn write(state: &AppState, organization: OrganizationId, at: Instant) -> Result<(), Error> {
    let mut conn = state.db.read().await?;
    let is_awaited = receipts::awaits_first_refusal(&mut conn, &organization).await?;
    drop(conn);
    if !is_awaited {
        return Ok(());
    }
    state
        .db
        .write(move |tx| {
            Box::pin(async move { receipts::note_first_refusal(tx, &organization, at).await })
        })
        .await
}
