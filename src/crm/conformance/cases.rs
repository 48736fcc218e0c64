//! The cases that every adapter is put through, as one table: what an issue or an operator asks for,
//! in their words, and the checks that answer.

use super::{
    Bench, Fault, Faulty, Outcome, events, faults, feed, known_contract, unknown_contract, writes,
};

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The adapter keeps its promise.
    Yes,
    /// This CRM knows no such thing.
    Unknown,
    /// It does not; what was seen.
    No(String),
}

/// Runs every case; name and result, in the order of the table. Runs on a bench of its own: the
/// checks leave records behind.
pub async fn cases(bench: &dyn Faulty) -> Vec<(&'static str, Held)> {
    let duplicate = if bench.keeps_addresses_unique() {
        Ok(false)
    } else {
        writes::candidates(bench).await.map(|()| true)
    };
    let seen = vec![
        ("matching", whole(matching(bench).await)),
        ("paging", whole(paging(bench).await)),
        ("throttled, with a hint", faults::hinted(bench).await),
        ("throttled, without a hint", faults::unhinted(bench).await),
        ("expired token", faults::expired(bench).await),
        ("refused credentials", faults::credentials(bench).await),
        ("duplicate", duplicate),
        ("partial failure", whole(writes::in_order(bench).await)),
        ("applied, answer lost", faults::lost(bench).await),
        ("away", faults::away(bench).await),
        ("slow", faults::slow(bench).await),
        ("idempotent replay", whole(replay(bench).await)),
        (
            "event out of order",
            whole(events::out_of_order(bench, "EVENTS").await),
        ),
        ("event twice", whole(events::twice(bench, "EVENTS").await)),
        ("event lost", whole(events::lost(bench, "EVENTS").await)),
        ("late commit", faults::late(bench).await),
        ("clock skew", faults::skew(bench).await),
    ];
    bench.arm(Fault::None).await;
    let held = |seen: faults::Seen| match seen {
        Ok(true) => Held::Yes,
        Ok(false) => Held::Unknown,
        Err(detail) => Held::No(detail),
    };
    seen.into_iter()
        .map(|(case, seen)| (case, held(seen)))
        .collect()
}

fn whole(outcome: Outcome) -> faults::Seen {
    outcome.map(|()| true)
}

async fn matching(bench: &dyn Bench) -> Outcome {
    unknown_contract(bench).await?;
    known_contract(bench).await?;
    writes::found_by_membership(bench).await?;
    writes::empty_leaves(bench).await?;
    writes::lead_by_key(bench).await
}

async fn paging(bench: &dyn Bench) -> Outcome {
    feed::complete(bench).await?;
    feed::forward(bench).await?;
    feed::stays_valid(bench).await
}

async fn replay(bench: &dyn Bench) -> Outcome {
    writes::applied_once(bench).await?;
    writes::empty_batch(bench).await?;
    writes::last_stands(bench).await
}
