//! Noting the first request that an ended contract refused, for the receipt of its end.
//!
//! The answer does not wait for it: it is looked up and written beside the request, by a bounded
//! number of tasks and at most once a second for an organization, so that whoever is refused again
//! and again costs next to nothing.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

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

/// How long an organization is not looked up again.
const PAUSE: Duration = Duration::from_secs(1);
/// Organizations remembered at most; beyond that all are forgotten and looked up again.
const REMEMBERED: usize = 10_000;

/// Bounds the tasks, and remembers whom they have looked up.
#[derive(Debug)]
pub struct FirstRefusals {
    tasks: Arc<Semaphore>,
    asked: Mutex<BTreeMap<OrganizationId, Instant>>,
}

impl Default for FirstRefusals {
    fn default() -> Self {
        Self {
            tasks: Arc::new(Semaphore::new(AT_ONCE)),
            asked: Mutex::default(),
        }
    }
}

impl FirstRefusals {
    /// Whether an organization is to be looked up now; from now on it has been.
    fn is_due(&self, organization: &OrganizationId, at: Instant) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked
            .get(organization)
            .is_some_and(|last| at < last.plus(PAUSE))
        {
            return false;
        }
        if asked.len() >= REMEMBERED {
            asked.clear();
        }
        asked.insert(organization.clone(), at);
        true
    }
}

/// Notes that `organization`'s contract refused a request at `at`, when a receipt waits for that.
/// Other reasons are none of its business.
pub fn note(state: &AppState, organization: &OrganizationId, reason: &Reason, at: Instant) {
    if !matches!(reason, Reason::ContractNotGranting { .. }) {
        return;
    }
    let notes = &state.first_refusals;
    let Ok(permit) = notes.tasks.clone().try_acquire_owned() else {
        return;
    };
    if !notes.is_due(organization, at) {
        return;
    }
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
