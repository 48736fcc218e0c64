//! What the verdicts of a batch together mean for their destination: pauses, alerts, its allowance.

use super::{
    alert,
    allowance::Allowance,
    backoff, claim,
    settle::{REASON, Spent},
    store,
};
use crate::{
    crm::port::Verdict,
    db::{Error, Tx},
    kernel::{Cx, Instant, text},
    on,
};

/// What the verdicts of a batch together mean for their destination.
pub(super) async fn follow(
    tx: &mut Tx,
    cx: &Cx,
    destination: &str,
    (verdicts, spent): (&[&Verdict], Option<&Spent>),
) -> Result<(), Error> {
    let now = cx.now();
    let standing = claim::standing(tx, destination).await?;
    let strikes = standing.as_ref().map_or(0, |standing| standing.strikes);
    let mut waits = Vec::new();
    let (mut failed, mut died, mut refused) = (false, false, None);
    for verdict in verdicts {
        match verdict {
            Verdict::Done { .. } => {}
            Verdict::Throttled { retry_after } => waits.push(*retry_after),
            Verdict::AuthBroken { reason } => refused = Some(reason.as_str()),
            Verdict::Retry { .. } => failed = true,
            Verdict::Rejected { .. } => died = true,
            Verdict::NeedsReview { .. } | Verdict::Waits => {}
        }
    }
    if verdicts
        .iter()
        .any(|verdict| matches!(verdict, Verdict::Done { .. }))
    {
        mark(tx, store::SUCCEEDED, destination, now).await?;
        if strikes > 0 {
            alert::credentials_work(tx, cx, destination).await?;
        }
    }
    if failed || died || refused.is_some() {
        mark(tx, store::FAILED, destination, now).await?;
    }
    if died {
        alert::dead_letter(tx, cx, destination).await?;
    }
    // Calls that were under way together count as one refusal.
    let is_new = !standing.is_some_and(|standing| standing.is_paused(now));
    let throttled = waits.into_iter().max();
    let known = match spent {
        Some(spent) => {
            let refused = throttled.is_some() && is_new;
            Some(spend(tx, destination, spent, (refused, now)).await?)
        }
        None => None,
    };
    if let Some(asked) = throttled {
        let window = known.as_ref().and_then(Allowance::reported_window);
        let until = now.plus(backoff::throttled(asked, window));
        let reason = "The destination asked us to wait.";
        pause_until(tx, destination, (until, reason), strikes).await?;
    } else if let Some(pause) = known.and_then(|known| known.away()).filter(|_| is_new) {
        let reason = "The destination gives no answer.";
        pause_until(tx, destination, (now.plus(pause), reason), strikes).await?;
    }
    if let Some(reason) = refused.filter(|_| is_new) {
        let until = now.plus(backoff::refused(strikes));
        let reason = text::one_line(reason, REASON);
        pause_until(tx, destination, (until, &reason), strikes.saturating_add(1)).await?;
        alert::credentials_refused(tx, cx, destination, &reason).await?;
    }
    Ok(())
}

/// Takes what calls took into the destination's allowance, and what a refusal teaches.
async fn spend(
    tx: &mut Tx,
    destination: &str,
    spent: &Spent,
    (is_refused, now): (bool, Instant),
) -> Result<Allowance, Error> {
    let known = claim::allowance(tx, destination).await?;
    let mut allowance = known.unwrap_or_else(|| Allowance::new(now));
    allowance.settle(&spent.budget, spent.charged, &spent.usage, now);
    if is_refused {
        allowance.refused(now);
    }
    claim::keep(tx, destination, &allowance).await?;
    Ok(allowance)
}

async fn mark(
    tx: &mut Tx,
    text: &'static str,
    destination: &str,
    now: Instant,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(text)
        .bind(destination)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

async fn pause_until(
    tx: &mut Tx,
    destination: &str,
    (until, reason): (Instant, &str),
    strikes: i64,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::PAUSE_UNTIL)
        .bind(destination)
        .bind(until)
        .bind(reason)
        .bind(strikes)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
