//! Checks of an adapter against a CRM that misbehaves as its vendor's documents say it can.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    Bench, Outcome, Violation, account, apply_one, broken, contact_write, done, events, expect,
    feed,
};
use crate::crm::port::{ActivityWrite, CrmError, Record, Verdict, Write};

/// How far a CRM's clock is off.
const DAY: Duration = Duration::from_secs(86_400);

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
    /// Answers the next call this much later.
    Slow(Duration),
    /// Its clock is this far ahead of ours from now on.
    ClockAhead(Duration),
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
        ("a slow answer counts", slow(bench).await),
        ("a late commit is not missed", late(bench).await),
        ("another clock changes nothing", skew(bench).await),
    ];
    bench.arm(Fault::None).await;
    let outcomes = outcomes.into_iter();
    outcomes
        .filter_map(|(check, seen)| broken((check, seen.map(drop))))
        .collect()
}

/// Whether the vendor's API knows such a thing at all, when the law holds.
pub(super) type Seen = Result<bool, String>;

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

pub(super) async fn hinted(bench: &dyn Faulty) -> Seen {
    let write = change("hinted", &account(bench, "HINTED").await);
    let pause = Duration::from_secs(7);
    if !bench.arm(Fault::ThrottledWithHint(pause)).await {
        return Ok(false);
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
    gets_through(bench, &write).await?;
    Ok(true)
}

pub(super) async fn unhinted(bench: &dyn Faulty) -> Seen {
    let write = change("unhinted", &account(bench, "UNHINTED").await);
    if !bench.arm(Fault::Throttled).await {
        return Ok(false);
    }
    let said = say(bench, &write).await;
    let is_throttled = matches!(
        said,
        Err(CrmError::Throttled { retry_after: None })
            | Ok(Verdict::Throttled { retry_after: None })
    );
    expect(is_throttled, || format!("{said:?}"))?;
    bench.arm(Fault::None).await;
    gets_through(bench, &write).await?;
    Ok(true)
}

pub(super) async fn expired(bench: &dyn Faulty) -> Seen {
    let write = change("expired", &account(bench, "EXPIRED").await);
    if !bench.arm(Fault::ExpiredToken).await {
        return Ok(false);
    }
    gets_through(bench, &write).await?;
    Ok(true)
}

pub(super) async fn credentials(bench: &dyn Faulty) -> Seen {
    let write = change("credentials", &account(bench, "CREDENTIALS").await);
    if !bench.arm(Fault::BrokenCredentials).await {
        return Ok(false);
    }
    let said = say(bench, &write).await;
    let is_told = matches!(
        said,
        Err(CrmError::AuthBroken(_)) | Ok(Verdict::AuthBroken { .. })
    );
    expect(is_told, || format!("{said:?}"))?;
    bench.arm(Fault::None).await;
    gets_through(bench, &write).await?;
    Ok(true)
}

pub(super) async fn lost(bench: &dyn Faulty) -> Seen {
    let write = change("lost", &account(bench, "LOST").await);
    if !bench.arm(Fault::AnswerLost).await {
        return Ok(false);
    }
    let said = say(bench, &write).await;
    let is_open = matches!(
        said,
        Err(CrmError::Unreachable(_)) | Ok(Verdict::Retry { .. })
    );
    expect(is_open, || format!("{said:?}"))?;
    bench.arm(Fault::None).await;
    gets_through(bench, &write).await?;
    Ok(true)
}

pub(super) async fn away(bench: &dyn Faulty) -> Seen {
    let write = change("away", &account(bench, "AWAY").await);
    if !bench.arm(Fault::Unavailable).await {
        return Ok(false);
    }
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
    gets_through(bench, &write).await?;
    Ok(true)
}

pub(super) async fn late(bench: &dyn Faulty) -> Seen {
    if !bench.arm(Fault::LateCommit).await {
        return Ok(false);
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
    apply_one(bench, &write).await.map(|_| true)
}

/// A call that takes its time is not given up, and nothing is done twice.
pub(super) async fn slow(bench: &dyn Faulty) -> Seen {
    let write = change("slow", &account(bench, "SLOW").await);
    if !bench.arm(Fault::Slow(Duration::from_millis(300))).await {
        return Ok(false);
    }
    gets_through(bench, &write).await?;
    Ok(true)
}

/// A CRM whose clock is a day ahead of ours: writes get through, and its feed misses nothing.
pub(super) async fn skew(bench: &dyn Faulty) -> Seen {
    if !bench.arm(Fault::ClockAhead(DAY)).await {
        return Ok(false);
    }
    let write = change("skew", &account(bench, "SKEW").await);
    gets_through(bench, &write).await?;
    events::lost(bench, "SKEW").await?;
    events::out_of_order(bench, "SKEW").await?;
    Ok(true)
}
