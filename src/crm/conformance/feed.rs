//! Checks of the change feed.

use std::collections::BTreeMap;

use super::{Bench, Outcome, account, contact, contract_record, expect};
use crate::crm::port::{Account, Record};

/// More pages than any bench has: a feed that gets here goes in circles.
const PAGES: usize = 10_000;

fn name_of(record: &Record) -> (&'static str, String, i64) {
    match record {
        Record::Account(it) => ("account", it.id.clone(), it.version),
        Record::Contact(it) => ("contact", it.id.clone(), it.version),
        Record::Contract(it) => ("contract", it.id.clone(), it.version),
        Record::Lead(it) => ("lead", it.id.clone(), it.version),
        Record::InvitationRequest(it) => ("invitation_request", it.id.clone(), it.version),
    }
}

/// Reads the feed from `cursor` to its end; the records in order and the new place.
pub(super) async fn read(
    bench: &dyn Bench,
    cursor: &str,
    limit: usize,
) -> Result<(Vec<Record>, String), String> {
    let (mut records, mut cursor) = (Vec::new(), cursor.to_owned());
    for _ in 0..PAGES {
        let page = bench
            .crm()
            .changes(&cursor, limit)
            .await
            .map_err(|error| error.to_string())?;
        expect(page.records.len() <= limit, || {
            format!("{} records on a page of {limit}", page.records.len())
        })?;
        expect(page.skipped.is_empty(), || {
            format!("skipped {:?}", page.skipped)
        })?;
        records.extend(page.records);
        cursor = page.cursor;
        if !page.more {
            return Ok((records, cursor));
        }
    }
    Err("the feed has no end".to_owned())
}

pub(super) async fn complete(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "FEED").await;
    let mut wanted = vec![("account", account.clone())];
    for number in 0..5 {
        let email = format!("feed{number}@conformance.example");
        wanted.push(("contact", contact(bench, &account, &email).await));
    }
    let contract = contract_record(&account, "CT-FEED-1");
    wanted.push(("contract", bench.put(Record::Contract(contract)).await));
    for limit in [2, 3, 100] {
        let (records, _) = read(bench, "", limit).await?;
        for (kind, id) in &wanted {
            let there = records
                .iter()
                .map(name_of)
                .any(|(its_kind, its_id, _)| its_kind == *kind && its_id == *id);
            expect(there, || {
                format!("{kind} {id} is missing in pages of {limit}")
            })?;
        }
    }
    Ok(())
}

pub(super) async fn forward(bench: &dyn Bench) -> Outcome {
    let id = account(bench, "FORWARD").await;
    let (_, end) = read(bench, "", 100).await?;
    let (nothing, same) = read(bench, &end, 100).await?;
    expect(nothing.is_empty(), || {
        format!("after the end came {nothing:?}")
    })?;
    let mut last = version_of(bench, &id).await?;
    let mut place = same;
    for number in 0..3 {
        let record = Account {
            id: id.clone(),
            number: "CONF-FORWARD".to_owned(),
            name: format!("Renamed {number}"),
            kind: "customer".to_owned(),
            ..Account::default()
        };
        bench.put(Record::Account(record)).await;
        let (news, next) = read(bench, &place, 100).await?;
        let found = news
            .iter()
            .map(name_of)
            .find(|(_, its_id, _)| *its_id == id);
        let (_, _, version) = found.ok_or_else(|| format!("change {number} was not told"))?;
        expect(version > last, || format!("version {version} after {last}"))?;
        (last, place) = (version, next);
    }
    let (records, _) = read(bench, "", 2).await?;
    let mut versions: BTreeMap<(&str, String), i64> = BTreeMap::new();
    for (kind, id, version) in records.iter().map(name_of) {
        let before = versions.insert((kind, id.clone()), version);
        expect(before.is_none_or(|before| before <= version), || {
            format!("{kind} {id}: version {version} after {before:?}")
        })?;
    }
    Ok(())
}

async fn version_of(bench: &dyn Bench, id: &str) -> Result<i64, String> {
    let (records, _) = read(bench, "", 100).await?;
    let found = records
        .iter()
        .map(name_of)
        .find(|(_, its_id, _)| its_id == id);
    found
        .map(|(_, _, version)| version)
        .ok_or_else(|| format!("{id} is not in the feed"))
}

/// A place from long ago still works: everything that changed since comes, nothing is lost.
pub(super) async fn stays_valid(bench: &dyn Bench) -> Outcome {
    let early = bench
        .crm()
        .changes("", 1)
        .await
        .map_err(|error| error.to_string())?
        .cursor;
    let account = account(bench, "PLACES").await;
    contact(bench, &account, "places@conformance.example").await;
    let (records, _) = read(bench, &early, 3).await?;
    let there = records.iter().map(name_of).any(|(_, id, _)| id == account);
    expect(there, || {
        "a change after an early place is missing".to_owned()
    })
}
