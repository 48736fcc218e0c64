//! Keyed writes from the portal: each in one transaction, applied once, whoever calls how often.

mod contact;
mod lead;

use std::collections::HashMap;

use futures_util::{StreamExt, stream};

use super::{
    model::{Account, Activity, FieldChanges},
    records, store,
    stored::Stored,
};
use crate::{
    crm::port::{Verdict, Write},
    db::{Conn, Database, Error, Tx, inconsistent},
    kernel::{
        Cx, World,
        ids::{CrmRecordId, Id},
    },
    on,
};

/// Subjects worked on at once, so that SQLite's writer can commit several together.
const AT_ONCE: usize = 4;

/// Applies writes; one verdict for each, in the same order.
pub(super) async fn apply_all(db: &Database, world: &World, writes: &[Write]) -> Vec<Verdict> {
    let mut subjects: Vec<Vec<(usize, Write)>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, write) in writes.iter().enumerate() {
        let subject = *places.entry(&write.subject).or_insert(subjects.len());
        match subjects.get_mut(subject) {
            Some(known) => known.push((place, write.clone())),
            None => subjects.push(vec![(place, write.clone())]),
        }
    }
    let work = subjects
        .into_iter()
        .map(|subject| apply_in_order(db.clone(), world.clone(), subject));
    let mut verdicts: Vec<(usize, Verdict)> = stream::iter(work)
        .buffer_unordered(AT_ONCE)
        .flat_map(stream::iter)
        .collect()
        .await;
    verdicts.sort_by_key(|(place, _)| *place);
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}

/// Applies the writes of one subject; after one that has to be tried again the others wait too.
async fn apply_in_order(
    db: Database,
    world: World,
    writes: Vec<(usize, Write)>,
) -> Vec<(usize, Verdict)> {
    let mut verdicts: Vec<(usize, Verdict)> = Vec::with_capacity(writes.len());
    for (place, write) in writes {
        let verdict = match verdicts.last() {
            Some((_, Verdict::Retry { .. })) => Verdict::Retry {
                reason: "an earlier change of the same subject waits".to_owned(),
                after: None,
            },
            _ => apply_one(&db, &world, write).await,
        };
        verdicts.push((place, verdict));
    }
    verdicts
}

async fn apply_one(db: &Database, world: &World, write: Write) -> Verdict {
    let cx = world.system("crm");
    db.write(move |tx| Box::pin(async move { apply(tx, &cx, &write).await }))
        .await
        .unwrap_or_else(|error: Error| Verdict::Retry {
            reason: error.to_string(),
            after: None,
        })
}

/// A record before and after a write.
struct Change<R> {
    before: Option<R>,
    after: R,
}

/// What a part of a write is about, or why it cannot be applied.
type Target<R> = Result<Option<Change<R>>, Verdict>;

/// Finds everything first and stores only then, so that a refused write leaves nothing behind.
async fn apply(tx: &mut Tx, cx: &Cx, write: &Write) -> Result<Verdict, Error> {
    records::lock(tx).await?;
    if let Some(answer) = find_answer(tx, &write.key).await? {
        return Ok(answer);
    }
    let contact = match contact::target(tx, cx, write).await? {
        Ok(target) => target,
        Err(verdict) => return Ok(verdict),
    };
    let lead = match lead::target(tx, cx, write).await? {
        Ok(target) => target,
        Err(verdict) => return Ok(verdict),
    };
    let account = match find_account(tx, write).await? {
        Ok(account) => account,
        Err(verdict) => return Ok(verdict),
    };
    let mut remote_id = None;
    if let Some(change) = lead {
        remote_id = write.lead.as_ref().map(|_| change.after.id.to_string());
        store_change(tx, cx, write, change).await?;
    }
    if let Some(change) = contact {
        if write.contact.is_some() {
            remote_id = Some(change.after.id.to_string());
        }
        store_change(tx, cx, write, change).await?;
    }
    if let Some(account) = account {
        let entry = entry_of(cx, write, &account, "", FieldChanges::default());
        records::add_activities(tx, &[entry]).await?;
    }
    let verdict = Verdict::Done { remote_id };
    keep_answer(tx, cx, &write.key, &verdict).await?;
    Ok(verdict)
}

async fn store_change<R: Stored>(
    tx: &mut Tx,
    cx: &Cx,
    write: &Write,
    change: Change<R>,
) -> Result<(), Error> {
    let Change { before, mut after } = change;
    let (kind, changes) = match &before {
        None => ("created", FieldChanges::default()),
        Some(before) => ("portal_updated", records::differences(before, &after)),
    };
    let is_news = before.is_none() || !changes.0.is_empty();
    if is_news {
        let version = before.as_ref().map_or(0, Stored::version);
        after.set_version(version.saturating_add(1), cx.now());
        records::put(tx, cx, std::slice::from_ref(&after)).await?;
    } else if before.as_ref() != Some(&after) {
        records::put_quietly(tx, std::slice::from_ref(&after)).await?;
    }
    if is_news || write.activity.is_some() {
        let entry = entry_of(cx, write, &after, kind, changes);
        records::add_activities(tx, &[entry]).await?;
    }
    Ok(())
}

/// The entry in the record's history: the portal's own words when it gave some, its author always.
fn entry_of<R: Stored>(
    cx: &Cx,
    write: &Write,
    record: &R,
    kind: &str,
    changes: FieldChanges,
) -> Activity {
    let entry = records::activity(cx, &write.author, record, kind, changes);
    match &write.activity {
        Some(words) => Activity {
            kind: words.kind.clone(),
            text: words.text.clone(),
            at: write.at,
            ..entry
        },
        None => Activity {
            at: write.at,
            ..entry
        },
    }
}

/// The account an activity belongs to when it belongs to nobody there.
async fn find_account(
    conn: &mut Conn,
    write: &Write,
) -> Result<Result<Option<Account>, Verdict>, Error> {
    let Some(activity) = &write.activity else {
        return Ok(Ok(None));
    };
    let belongs_to_somebody = write.contact.is_some()
        || write.lead.is_some()
        || activity.contact_id.is_some()
        || activity.lead_id.is_some();
    match &activity.account_id {
        Some(id) if !belongs_to_somebody => match account_by(conn, id).await? {
            Some(account) => Ok(Ok(Some(account))),
            None => Ok(Err(not_found("account", id))),
        },
        _ => Ok(Ok(None)),
    }
}

/// The account with an id that came from outside.
async fn account_by(conn: &mut Conn, id: &str) -> Result<Option<Account>, Error> {
    match CrmRecordId::parse(id) {
        Ok(id) => records::find_account(conn, &id).await,
        Err(_) => Ok(None),
    }
}

fn not_found(kind: &str, id: &str) -> Verdict {
    Verdict::Rejected {
        cause: "not_found".to_owned(),
        reason: format!("there is no {kind} {id:?}"),
    }
}

fn needs_review<'a>(reason: &str, ids: impl IntoIterator<Item = &'a CrmRecordId>) -> Verdict {
    Verdict::NeedsReview {
        reason: reason.to_owned(),
        candidates: ids.into_iter().map(ToString::to_string).collect(),
    }
}

/// Takes a new value unless it is empty.
fn take(slot: &mut String, value: &str) {
    if !value.is_empty() {
        value.clone_into(slot);
    }
}

async fn find_answer(conn: &mut Conn, key: &str) -> Result<Option<Verdict>, Error> {
    let answer: Option<(String,)> = on!(conn, |c| sqlx::query_as(store::APPLIED)
        .bind(key)
        .fetch_optional(c)
        .await)?;
    answer
        .map(|(text,)| {
            serde_json::from_str(&text).map_err(inconsistent("builtin_applied", "answer", key))
        })
        .transpose()
}

/// Only what was applied is kept: a refused change can be tried again once its cause is gone.
async fn keep_answer(tx: &mut Tx, cx: &Cx, key: &str, verdict: &Verdict) -> Result<(), Error> {
    let answer =
        serde_json::to_string(verdict).map_err(inconsistent("builtin_applied", "answer", key))?;
    on!(tx, |c| sqlx::query(store::ADD_APPLIED)
        .bind(key)
        .bind(&answer)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
