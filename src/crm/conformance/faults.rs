//! Checks of an adapter against a CRM that misbehaves as its vendor's documents say it can.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Bench, Outcome, Violation, account, apply_one, broken, contact_write, done, expect, feed,
};
use crate::crm::port::{ActivityWrite, CrmError, Record, Verdict, Write};

/// How the CRM misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refuses the next call because there were too many, and says how long to wait.
    ThrottledWithHint(Duration),
    /// The same, without saying how long.
    Throttled,
    /// No longer takes the token that it gave; takes a new one.
    ExpiredToken,
    /// Refuses our credentials until [`Fault::None`].
    BrokenCredentials,
    /// Does what the next writing call says and cuts the connection before the answer.
    AnswerLost,
    /// Answers the next call with 503 or the like, nothing done.
    Unavailable,
    /// Shows the next record only after later ones: its transaction began first and ended last.
    LateCommit,
    /// Behaves again.
    None,
}

/// A bench whose CRM can be made to misbehave.
#[async_trait]
pub trait Faulty: Bench {
    /// Arms a fault; `false` when the vendor's API knows no such thing (a pause without a hint, say).
    async fn arm(&self, fault: Fault) -> bool;

    /// How many activities with this text the CRM holds.
    async fn activities(&self, text: &str) -> usize;
}

/// Runs all checks with faults; none comes back from an adapter that keeps the port's promises.
pub async fn check_faults(bench: &dyn Faulty) -> Vec<Violation> {
    let outcomes = [
        ("a pause with a hint is kept", hinted(bench).await),
        ("a pause without a hint is told", unhinted(bench).await),
        ("an expired token is renewed", expired(bench).await),
        ("broken credentials are told", credentials(bench).await),
        ("a lost answer does nothing twice", lost(bench).await),
        ("a CRM that is away is told", away(bench).await),
        ("a late commit is not missed", late(bench).await),
    ];
    bench.arm(Fault::None).await;
    outcomes.into_iter().filter_map(broken).collect()
}

/// A contact and what happened to it, under one key.
fn change(key: &str, account: &str) -> Write {
    let text = format!("Conformance {key}.");
    Write {
        activity: Some(ActivityWrite {
            kind: "joined".to_owned(),
            text,
            ..ActivityWrite::default()
        }),
        ..contact_write(key, account, &format!("{key}@faults.example"))
    }
}

/// What a whole call, or the only write in it, says.
async fn say(bench: &dyn Faulty, write: &Write) -> Result<Verdict, CrmError> {
    let mut verdicts = bench.crm().apply(std::slice::from_ref(write)).await?;
    verdicts
        .pop()
        .ok_or_else(|| CrmError::Protocol("no verdict".to_owned()))
}

/// The change gets through now, and is there once.
async fn gets_through(bench: &dyn Faulty, write: &Write) -> Outcome {
    done(bench, write).await?;
    done(bench, write).await?;
    let text = write.activity.as_ref().map(|it| it.text.as_str());
    let count = bench.activities(text.unwrap_or_default()).await;
    expect(count == 1, || format!("{count} activities"))?;
    let contact = write.contact.as_ref().map(|it| it.email.as_str());
    let (records, _) = feed::read(bench, "", 100).await?;
    let mut ids: Vec<&str> = records
        .iter()
        .filter_map(|record| match record {
            Record::Contact(it) if Some(it.email.as_str()) == contact => Some(it.id.as_str()),
            _ => None,
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    expect(ids.len() == 1, || format!("contacts {ids:?}"))
}

async fn hinted(bench: &dyn Faulty) -> Outcome {
    let write = change("hinted", &account(bench, "HINTED").await);
    let pause = Duration::from_secs(7);
    if !bench.arm(Fault::ThrottledWithHint(pause)).await {
        return Ok(());
    }
    let said = say(bench, &write).await;
    let hint = match said {
        Err(CrmError::Throttled { retry_after }) | Ok(Verdict::Throttled { retry_after }) => {
            retry_after
        }
        other => return Err(format!("{other:?}")),
    };
    expect(hint == Some(pause), || format!("the hint became {hint:?}"))?;
    bench.arm(Fault::None).await;
    gets_through(bench, &write).await
}

async fn unhinted(bench: &dyn Faulty) -> Outcome {
    let write = change("unhinted", &account(bench, "UNHINTED").await);
    if !bench.arm(Fault::Throttled).await {
        return Ok(());
    }
    let said = say(bench, &write).await;
    let is_throttled = matches!(
        said,
        Err(CrmError::Throttled { retry_after: None })
            | Ok(Verdict::Throttled { retry_after: None })
    );
    expect(is_throttled, || format!("{said:?}"))?;
    bench.arm(Fault::None).await;
    gets_through(bench, &write).await
}

async fn expired(bench: &dyn Faulty) -> Outcome {
    let write = change("expired", &account(bench, "EXPIRED").await);
    if !bench.arm(Fault::ExpiredToken).await {
        return Ok(());
    }
    gets_through(bench, &write).await
}

async fn credentials(bench: &dyn Faulty) -> Outcome {
    let write = change("credentials", &account(bench, "CREDENTIALS").await);
    if !bench.arm(Fault::BrokenCredentials).await {
        return Ok(());
    }
    let said = say(bench, &write).await;
    let is_told = matches!(
        said,
        Err(CrmError::AuthBroken(_)) | Ok(Verdict::AuthBroken { .. })
    );
    expect(is_told, || format!("{said:?}"))?;
    bench.arm(Fault::None).await;
    gets_through(bench, &write).await
}

async fn lost(bench: &dyn Faulty) -> Outcome {
    let write = change("lost", &account(bench, "LOST").await);
    bench.arm(Fault::AnswerLost).await;
    let said = say(bench, &write).await;
    let is_open = matches!(
        said,
        Err(CrmError::Unreachable(_)) | Ok(Verdict::Retry { .. })
    );
    expect(is_open, || format!("{said:?}"))?;
    bench.arm(Fault::None).await;
    gets_through(bench, &write).await
}

async fn away(bench: &dyn Faulty) -> Outcome {
    let write = change("away", &account(bench, "AWAY").await);
    bench.arm(Fault::Unavailable).await;
    let said = say(bench, &write).await;
    let is_open = matches!(
        said,
        Err(CrmError::Unreachable(_) | CrmError::Throttled { .. })
            | Ok(Verdict::Retry { .. } | Verdict::Throttled { .. })
    );
    expect(is_open, || format!("{said:?}"))?;
    bench.arm(Fault::Unavailable).await;
    let page = bench.crm().changes("", 10).await;
    let is_told = matches!(
        page,
        Err(CrmError::Unreachable(_) | CrmError::Throttled { .. })
    );
    expect(is_told, || format!("the feed said {page:?}"))?;
    bench.arm(Fault::None).await;
    gets_through(bench, &write).await
}

async fn late(bench: &dyn Faulty) -> Outcome {
    if !bench.arm(Fault::LateCommit).await {
        return Ok(());
    }
    let late = account(bench, "LATE").await;
    account(bench, "LATER").await;
    let (_, cursor) = feed::read(bench, "", 100).await?;
    bench.arm(Fault::None).await;
    let (records, _) = feed::read(bench, &cursor, 100).await?;
    let is_there = records
        .iter()
        .any(|record| matches!(record, Record::Account(it) if it.id == late));
    expect(is_there, || "the record was never seen".to_owned())?;
    let write = change("late", &late);
    apply_one(bench, &write).await.map(drop)
}
