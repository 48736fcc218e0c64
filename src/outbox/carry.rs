//! Carrying one claimed batch: the call, the lease kept meanwhile, the verdicts stored.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::time::sleep;

use super::{
    backoff,
    claim::{self, Claimed, Unreadable},
    destination::Parcel,
    lanes::Lane,
    settle::{self, Lease, Spent},
    worker::Shared,
};
use crate::{
    crm::port::{Usage, Verdict},
    db::Error,
};

/// Delivers one batch and stores what became of it.
pub(super) async fn carry(shared: &Shared, lane: &Lane, claimed: Claimed) {
    let Claimed {
        owner,
        charged,
        parcels,
        unreadable,
        ..
    } = claimed;
    if !unreadable.is_empty() {
        bury(shared, lane, owner.clone(), unreadable).await;
    }
    let (beyond, parcels): (Vec<_>, Vec<_>) = parcels
        .into_iter()
        .partition(|parcel| backoff::is_beyond_last(parcel.attempt));
    // Workers keep going away while they hold these: better a person looks.
    let mut settled: Vec<(Parcel, Verdict)> = beyond
        .into_iter()
        .map(|parcel| (parcel, worker_lost()))
        .collect();
    if !parcels.is_empty() {
        let Some(verdicts) = deliver(shared, lane, &owner, &parcels).await else {
            return;
        };
        settled.extend(parcels.into_iter().zip(verdicts));
    }
    let spent = spent(lane, charged);
    store(shared, lane, owner, (settled, spent)).await;
}

/// What the calls since the last batch took; a destination that does not count takes one for a batch.
fn spent(lane: &Lane, charged: u64) -> Option<Spent> {
    let budget = lane.destination.budget()?;
    let usage = lane.destination.usage();
    if let Some(usage) = &usage {
        lane.took(usage.calls);
    }
    let usage = usage.unwrap_or(Usage {
        calls: charged,
        ..Usage::default()
    });
    Some(Spent {
        budget,
        charged,
        usage,
    })
}

async fn bury(shared: &Shared, lane: &Lane, owner: String, unreadable: Vec<Unreadable>) {
    let cx = shared.world.system("outbox");
    let destination = lane.destination.clone();
    let buried = shared
        .db
        .write(move |tx| {
            Box::pin(async move {
                let lease = Lease {
                    destination: destination.as_ref(),
                    owner: &owner,
                };
                settle::bury(tx, &cx, &lease, &unreadable).await
            })
        })
        .await;
    log_lost(lane, buried);
}

fn worker_lost() -> Verdict {
    Verdict::Rejected {
        cause: "worker_lost".to_owned(),
        reason: "Each worker that held it went away without an answer.".to_owned(),
    }
}

/// Calls the destination while keeping the lease; `None` when the lease was lost meanwhile, so that
/// the answer counts for nothing any more.
async fn deliver(
    shared: &Shared,
    lane: &Lane,
    owner: &str,
    parcels: &[Parcel],
) -> Option<Vec<Verdict>> {
    let call = AssertUnwindSafe(lane.destination.deliver(parcels)).catch_unwind();
    let mut call = std::pin::pin!(tokio::time::timeout(shared.pace.call, call));
    let answer = loop {
        tokio::select! {
            answer = &mut call => break answer,
            () = sleep(shared.pace.heartbeat) => {
                if !renew(shared, lane, owner).await {
                    tracing::warn!(destination = lane.name(), "a lease was lost during a call");
                    return None;
                }
            }
        }
    };
    let retry_all = |reason: &str| {
        let retry = Verdict::Retry {
            reason: reason.to_owned(),
            after: None,
        };
        vec![retry; parcels.len()]
    };
    let verdicts = match answer {
        Err(_elapsed) => retry_all("The call took too long."),
        Ok(Err(_panic)) => {
            tracing::error!(destination = lane.name(), "delivering panicked");
            retry_all("A defect in the portal: delivering ended unexpectedly.")
        }
        Ok(Ok(verdicts)) if verdicts.len() != parcels.len() => {
            retry_all("The destination did not answer for every record.")
        }
        Ok(Ok(verdicts)) => verdicts,
    };
    let counted = parcels.iter().zip(verdicts);
    Some(
        counted
            .map(|(parcel, verdict)| settle::effective(verdict, parcel.attempt))
            .collect(),
    )
}

/// A failed renewal is no reason to give up: the lease lasts longer than several of them.
async fn renew(shared: &Shared, lane: &Lane, owner: &str) -> bool {
    let (destination, owner) = (lane.name().to_owned(), owner.to_owned());
    let until = shared.world.clock.now().plus(shared.pace.lease);
    let renewed = shared
        .db
        .write(move |tx| {
            Box::pin(async move { claim::renew(tx, &destination, &owner, until).await })
        })
        .await;
    renewed.unwrap_or_else(|error: Error| {
        tracing::warn!(%error, "a lease could not be renewed");
        true
    })
}

/// Stores verdicts, together when that works and one by one when it does not, so that a parcel
/// whose follow-up fails holds up no other. What cannot be stored is delivered again when the lease
/// has run out.
async fn store(
    shared: &Shared,
    lane: &Lane,
    owner: String,
    (settled, spent): (Vec<(Parcel, Verdict)>, Option<Spent>),
) {
    const PAUSES: [Duration; 3] = [
        Duration::from_millis(100),
        Duration::from_secs(1),
        Duration::from_secs(5),
    ];
    let owner: Arc<str> = owner.into();
    let settled = Arc::new(settled);
    let mut result = write(shared, lane, &owner, (settled.clone(), spent)).await;
    for pause in PAUSES {
        if !result.as_ref().is_err_and(Error::is_temporary) {
            break;
        }
        sleep(pause).await;
        result = write(shared, lane, &owner, (settled.clone(), spent)).await;
    }
    if result.is_err() && settled.len() > 1 {
        for one in settled.iter() {
            let one = Arc::new(vec![one.clone()]);
            log_lost(lane, write(shared, lane, &owner, (one, None)).await);
        }
    } else {
        log_lost(lane, result);
    }
}

async fn write(
    shared: &Shared,
    lane: &Lane,
    owner: &Arc<str>,
    (settled, spent): (Arc<Vec<(Parcel, Verdict)>>, Option<Spent>),
) -> Result<(), Error> {
    let destination = lane.destination.clone();
    let owner = owner.clone();
    let cx = shared.world.system("outbox");
    shared
        .db
        .write(move |tx| {
            Box::pin(async move {
                let lease = Lease {
                    destination: destination.as_ref(),
                    owner: &owner,
                };
                settle::settle(tx, &cx, &lease, (&settled, spent.as_ref()))
                    .await
                    .map(drop)
            })
        })
        .await
}

fn log_lost(lane: &Lane, result: Result<(), Error>) {
    if let Err(error) = result {
        let destination = lane.name();
        tracing::error!(%error, destination, "a verdict could not be stored; it will be delivered again");
    }
}
