//! Checks of what the portal hears: an event is only a hint to look, so it may come late, twice or
//! never, and the feed must say the same whenever and however often it is read.

use super::{Bench, Outcome, account, expect, feed};
use crate::crm::port::{Account, Record};

async fn rename(bench: &dyn Bench, (id, mark): (&str, &str), name: &str) {
    let record = Account {
        id: id.to_owned(),
        number: format!("CONF-{mark}"),
        name: name.to_owned(),
        kind: "customer".to_owned(),
        ..Account::default()
    };
    bench.put(Record::Account(record)).await;
}

/// Name and version of an account, each time that the feed tells of it after `cursor`.
async fn told(
    bench: &dyn Bench,
    id: &str,
    cursor: &str,
) -> Result<(Vec<(String, i64)>, String), String> {
    let (records, end) = feed::read(bench, cursor, 100).await?;
    let accounts = records.into_iter().filter_map(|record| match record {
        Record::Account(it) if it.id == id => Some((it.name, it.version)),
        _ => None,
    });
    Ok((accounts.collect(), end))
}

async fn end(bench: &dyn Bench) -> Result<String, String> {
    feed::read(bench, "", 100).await.map(|(_, end)| end)
}

/// Two changes of which nobody was told: the next look has the last of them.
pub(super) async fn lost(bench: &dyn Bench, mark: &str) -> Outcome {
    let mark = format!("{mark}-LOST");
    let id = account(bench, &mark).await;
    let place = end(bench).await?;
    rename(bench, (&id, &mark), "Renamed once").await;
    rename(bench, (&id, &mark), "Renamed twice").await;
    let (seen, _) = told(bench, &id, &place).await?;
    let last = seen.last().map(|(name, _)| name.as_str());
    expect(last == Some("Renamed twice"), || format!("{seen:?}"))
}

/// Told twice, the feed is read twice from one place: the same record comes under the same version,
/// so that the second time changes nothing.
pub(super) async fn twice(bench: &dyn Bench, mark: &str) -> Outcome {
    let mark = format!("{mark}-TWICE");
    let id = account(bench, &mark).await;
    let place = end(bench).await?;
    rename(bench, (&id, &mark), "Told twice").await;
    let (first, _) = told(bench, &id, &place).await?;
    let (second, _) = told(bench, &id, &place).await?;
    expect(!first.is_empty() && first == second, || {
        format!("{first:?}, then {second:?}")
    })
}

/// An older place read after a newer one tells nothing older under a newer version: versions grow
/// with what they stand for.
pub(super) async fn out_of_order(bench: &dyn Bench, mark: &str) -> Outcome {
    let mark = format!("{mark}-ORDER");
    let id = account(bench, &mark).await;
    let early = end(bench).await?;
    rename(bench, (&id, &mark), "First").await;
    let (first, later) = told(bench, &id, &early).await?;
    rename(bench, (&id, &mark), "Second").await;
    let (second, _) = told(bench, &id, &later).await?;
    let (again, _) = told(bench, &id, &early).await?;
    let (Some((_, old)), Some((name, new))) = (first.last(), second.last()) else {
        return Err(format!("first {first:?}, then {second:?}"));
    };
    expect(name == "Second" && new > old, || {
        format!("{second:?} after {first:?}")
    })?;
    // The same content may come under a smaller number: it changes nothing then.
    let is_true = |(name, version): &(String, i64)| name == "Second" || version < new;
    expect(!again.is_empty() && again.iter().all(is_true), || {
        format!("read again: {again:?}, known: {second:?}")
    })
}
