//! Settling: stores what became of a batch, if the lease is still ours.

use super::{
    alert,
    allowance::Budget,
    backoff,
    claim::{self, Unreadable},
    destination::{Destination, Parcel},
    follow, store,
};
use crate::{
    crm::port::{Usage, Verdict},
    db::{Error, Tx},
    kernel::{Cx, Instant, ids::DeliveryId, text},
    on,
};

/// Longest reason that is kept.
pub(super) const REASON: usize = 2_000;
/// Longest cause that is kept.
const CAUSE: usize = 60;

/// What a verdict makes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    state: &'static str,
    /// Attempts given back.
    refund: i64,
    next_attempt_at: Instant,
    cause: String,
    reason: String,
    remote_id: String,
    done_at: Option<Instant>,
}

/// The verdict as it counts after `attempt`: a retry with no attempt left is a rejection.
pub(super) fn effective(verdict: Verdict, attempt: i64) -> Verdict {
    match verdict {
        Verdict::Retry { reason, .. } if backoff::after_attempt(attempt, 0.0).is_none() => {
            Verdict::Rejected {
                cause: "gave_up".to_owned(),
                reason,
            }
        }
        other => other,
    }
}

fn outcome(verdict: &Verdict, attempt: i64, now: Instant, fraction: f64) -> Outcome {
    let base = Outcome {
        state: "waiting",
        refund: 0,
        next_attempt_at: now,
        cause: String::new(),
        reason: String::new(),
        remote_id: String::new(),
        done_at: None,
    };
    let said = |reason: &str| text::many_lines(reason, REASON);
    match verdict {
        Verdict::Done { remote_id } => Outcome {
            state: "done",
            remote_id: remote_id.clone().unwrap_or_default(),
            done_at: Some(now),
            ..base
        },
        Verdict::Retry { reason, after } => Outcome {
            next_attempt_at: now.plus(backoff::retry(attempt, fraction, *after)),
            reason: said(reason),
            ..base
        },
        Verdict::Throttled { .. } => Outcome {
            refund: 1,
            reason: "The destination asked us to wait.".to_owned(),
            ..base
        },
        Verdict::Waits => Outcome {
            refund: 1,
            reason: "Nobody lends the portal a credential for this CRM.".to_owned(),
            ..base
        },
        Verdict::AuthBroken { reason } => Outcome {
            refund: 1,
            reason: said(reason),
            ..base
        },
        Verdict::NeedsReview { reason, .. } => Outcome {
            state: "review",
            cause: "needs_review".to_owned(),
            reason: said(reason),
            ..base
        },
        Verdict::Rejected { cause, reason } => Outcome {
            state: "dead",
            cause: text::one_line(cause, CAUSE),
            reason: said(reason),
            ..base
        },
    }
}

/// Which lease of which destination is settled.
pub(super) struct Lease<'a> {
    pub(super) destination: &'a dyn Destination,
    pub(super) owner: &'a str,
}

/// What the calls of a batch took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    pub(super) budget: Budget,
    /// What was charged for them.
    pub(super) charged: u64,
    pub(super) usage: Usage,
}

/// Stores the verdicts of parcels and follows up on each in the same transaction. What another
/// worker holds by now is left alone. Returns how many rows were still ours.
pub(super) async fn settle(
    tx: &mut Tx,
    cx: &Cx,
    lease: &Lease<'_>,
    (settled, spent): (&[(Parcel, Verdict)], Option<&Spent>),
) -> Result<usize, Error> {
    let now = cx.now();
    let name = lease.destination.name();
    claim::lock(tx, name).await?;
    on!(tx, |c| sqlx::query(store::RELEASE_BEHIND_LEASE)
        .bind(name)
        .bind(lease.owner)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    let mut ours = Vec::new();
    for (parcel, verdict) in settled {
        let outcome = outcome(verdict, parcel.attempt, now, cx.random().fraction());
        let row = (&parcel.delivery_id, parcel.fence);
        let detail = serde_json::to_string(verdict).unwrap_or_default();
        if store_outcome(tx, lease.owner, row, &outcome).await? {
            finish_attempt(tx, row, now, word(verdict), &detail).await?;
            if let Verdict::Rejected { cause, .. } = verdict {
                let about = (name, parcel.kind.as_str(), parcel.organization_id.as_ref());
                alert::died(tx, cx, &parcel.delivery_id, about, cause).await?;
            }
            lease.destination.settled(tx, cx, parcel, verdict).await?;
            ours.push(verdict);
        }
    }
    follow::follow(tx, cx, name, (&ours, spent)).await?;
    Ok(ours.len())
}

/// Puts rows aside whose change cannot be read.
pub(super) async fn bury(
    tx: &mut Tx,
    cx: &Cx,
    lease: &Lease<'_>,
    unreadable: &[Unreadable],
) -> Result<(), Error> {
    for Unreadable {
        delivery_id,
        fence,
        reason,
    } in unreadable
    {
        let verdict = Verdict::Rejected {
            cause: "unreadable".to_owned(),
            reason: reason.clone(),
        };
        let outcome = outcome(&verdict, 1, cx.now(), 0.0);
        let row = (delivery_id, *fence);
        if store_outcome(tx, lease.owner, row, &outcome).await? {
            finish_attempt(tx, row, cx.now(), word(&verdict), reason).await?;
            let about = (lease.destination.name(), "", None);
            alert::died(tx, cx, delivery_id, about, "unreadable").await?;
            alert::dead_letter(tx, cx, lease.destination.name()).await?;
        }
    }
    Ok(())
}

/// The word by which an attempt's verdict is stored.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Done { .. } => "done",
        Verdict::Retry { .. } => "retry",
        Verdict::Throttled { .. } => "throttled",
        Verdict::Waits => "waits",
        Verdict::AuthBroken { .. } => "auth_broken",
        Verdict::NeedsReview { .. } => "needs_review",
        Verdict::Rejected { .. } => "rejected",
    }
}

async fn store_outcome(
    tx: &mut Tx,
    owner: &str,
    (delivery, fence): (&DeliveryId, i64),
    outcome: &Outcome,
) -> Result<bool, Error> {
    let stored = on!(tx, |c| sqlx::query(store::SETTLE)
        .bind(delivery)
        .bind(owner)
        .bind(fence)
        .bind(outcome.state)
        .bind(outcome.refund)
        .bind(outcome.next_attempt_at)
        .bind(&outcome.cause)
        .bind(&outcome.reason)
        .bind(&outcome.remote_id)
        .bind(outcome.done_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(stored == 1)
}

async fn finish_attempt(
    tx: &mut Tx,
    (delivery, fence): (&DeliveryId, i64),
    now: Instant,
    verdict: &str,
    detail: &str,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::FINISH_ATTEMPT)
        .bind(delivery)
        .bind(fence)
        .bind(now)
        .bind(verdict)
        .bind(detail)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
