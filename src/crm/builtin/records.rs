//! Writing records: the one way by which a record, its version and its place in the feed change.
//!
//! Every transaction that writes takes one lock first. So the order of the feed's numbers is the
//! order of the commits (a reader that asks for what came after its last number misses nothing),
//! and looking for a record before making it cannot race.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use super::{
    model::{Account, Activity, Contact, Contract, FieldChange, FieldChanges, Lead, Saved},
    store,
    stored::Stored,
};
use crate::{
    crm::port::Author,
    db::{Conn, Error, Tx, dialect, inconsistent},
    kernel::{Cx, ids::CrmRecordId},
    on,
};

/// Rows given to one statement at most.
const CHUNK: usize = 500;

/// Waits until no other transaction writes records.
pub(super) async fn lock(tx: &mut Tx) -> Result<(), Error> {
    dialect::lock(tx, "builtin_feed").await
}

/// Many rows as one JSON object, numbered in order.
pub(super) fn as_rows<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<String, Error> {
    let mut object = String::from("{");
    for (number, row) in rows.into_iter().enumerate() {
        let row = serde_json::to_string(&row).map_err(inconsistent("builtin", "row", number))?;
        let comma = if number == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(object, "{comma}\"{number}\":{row}");
    }
    object.push('}');
    Ok(object)
}

/// Texts to look up, as [`as_rows`] gives them.
pub(super) fn as_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<String, Error> {
    as_rows(keys.into_iter().map(|key| Key { key }))
}

#[derive(Serialize)]
struct Key<'a> {
    key: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    id: &'a CrmRecordId,
}

/// A record with its computed columns.
#[derive(Serialize)]
struct Row<'a, R> {
    #[serde(flatten)]
    record: &'a R,
    #[serde(flatten)]
    derived: BTreeMap<&'static str, String>,
}

/// Stores records as given and moves them to the end of the feed. Versions are the caller's.
pub(super) async fn put<R: Stored>(tx: &mut Tx, cx: &Cx, records: &[R]) -> Result<(), Error> {
    for chunk in records.chunks(CHUNK) {
        put_quietly(tx, chunk).await?;
        move_to_the_end(tx, cx, chunk).await?;
    }
    Ok(())
}

/// Stores what no reader of the feed has to know: marks that only the CRM's own screen shows.
pub(super) async fn put_quietly<R: Stored>(tx: &mut Tx, records: &[R]) -> Result<(), Error> {
    let rows = as_rows(records.iter().map(|record| Row {
        record,
        derived: record.derived().into_iter().collect(),
    }))?;
    on!(tx, |c| sqlx::query(R::PUT)
        .bind(&rows)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

async fn move_to_the_end<R: Stored>(tx: &mut Tx, cx: &Cx, records: &[R]) -> Result<(), Error> {
    let ids = as_rows(records.iter().map(|record| Place { id: record.id() }))?;
    // A new record has no place to leave.
    if records.iter().any(|record| record.version() > 1) {
        on!(tx, |c| sqlx::query(store::FEED_LEAVE)
            .bind(R::KIND)
            .bind(&ids)
            .execute(c)
            .await
            .map(drop))?;
    }
    on!(tx, |c| sqlx::query(store::FEED_JOIN)
        .bind(R::KIND)
        .bind(&ids)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Appends to histories.
pub(super) async fn add_activities(tx: &mut Tx, activities: &[Activity]) -> Result<(), Error> {
    for chunk in activities.chunks(CHUNK) {
        let rows = as_rows(chunk)?;
        on!(tx, |c| sqlx::query(store::ADD_ACTIVITIES)
            .bind(&rows)
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// The fields in which two states of a record differ.
pub(super) fn differences<R: Stored>(before: &R, after: &R) -> FieldChanges {
    let fields = before.shown_fields().into_iter().zip(after.shown_fields());
    FieldChanges(
        fields
            .filter(|((_, from), (_, to))| from != to)
            .map(|((field, from), (_, to))| FieldChange {
                field: field.to_owned(),
                from,
                to,
            })
            .collect(),
    )
}

/// The entry of a record's history for something that was done to it.
pub(super) fn activity<R: Stored>(
    cx: &Cx,
    author: &Author,
    record: &R,
    kind: &str,
    changes: FieldChanges,
) -> Activity {
    Activity {
        id: cx.new_id(),
        record_id: record.id().to_string(),
        account_id: record.account(),
        kind: kind.to_owned(),
        text: String::new(),
        changes,
        author_kind: author.kind.clone(),
        author_ref: author.reference.clone(),
        author_name: author.name.clone(),
        author_email: author.email.clone(),
        at: cx.now(),
    }
}

/// Stores a new record with the first entry of its history.
pub(super) async fn create<R: Stored>(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    mut record: R,
) -> Result<Saved<R>, Error> {
    record.set_version(1, cx.now());
    put(tx, cx, std::slice::from_ref(&record)).await?;
    let entry = activity(cx, author, &record, "created", FieldChanges::default());
    add_activities(tx, &[entry]).await?;
    Ok(Saved::Created(record))
}

/// Stores a changed record, unless somebody changed it after `from_version`.
pub(super) async fn change<R: Stored>(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    from_version: i64,
    (before, mut after): (R, R),
) -> Result<Saved<R>, Error> {
    let changes = differences(&before, &after);
    if changes.0.is_empty() {
        return Ok(Saved::Unchanged(before));
    }
    if before.version() != from_version {
        return Ok(Saved::Newer(before));
    }
    after.set_version(before.version().saturating_add(1), cx.now());
    put(tx, cx, std::slice::from_ref(&after)).await?;
    let entry = activity(cx, author, &after, "edited", changes);
    add_activities(tx, &[entry]).await?;
    Ok(Saved::Changed(after))
}

/// An account by its id.
///
/// # Errors
/// When the database refuses.
pub async fn find_account(conn: &mut Conn, id: &CrmRecordId) -> Result<Option<Account>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::ACCOUNT)
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// A contact by its id.
///
/// # Errors
/// When the database refuses.
pub async fn find_contact(conn: &mut Conn, id: &CrmRecordId) -> Result<Option<Contact>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::CONTACT)
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// A contract by its id.
///
/// # Errors
/// When the database refuses.
pub async fn find_contract(conn: &mut Conn, id: &CrmRecordId) -> Result<Option<Contract>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::CONTRACT)
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// A lead by its id.
///
/// # Errors
/// When the database refuses.
pub async fn find_lead(conn: &mut Conn, id: &CrmRecordId) -> Result<Option<Lead>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::LEAD)
        .bind(id)
        .fetch_optional(c)
        .await)?)
}
