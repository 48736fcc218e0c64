//! How often somebody may try a credential. Each try has the CRM say whether a value is right, so
//! without a limit the page would guess passwords.

use std::time::Duration;

use serde_json::json;

use super::store;
use crate::{
    audit,
    db::{Database, Error, Tx, dialect},
    kernel::{
        Cx, Instant,
        ids::{Id, PersonId},
    },
    on,
};

/// Values that the CRM does not accept, of one person.
const MOST: i64 = 5;
/// Within this time.
const WITHIN: Duration = Duration::from_secs(15 * 60);
/// Tries are counted by the minute.
const SLICE: i64 = 60 * 1_000_000;

/// A try that was counted, until it is taken back.
#[derive(Debug, Clone, Copy)]
pub struct Try(Instant);

fn slice_of(at: Instant) -> Instant {
    let micros = at.as_micros();
    Instant::from_micros(micros - micros.rem_euclid(SLICE))
}

fn key_of(person: &PersonId) -> String {
    format!("credential:{person}")
}

/// Counts a try before it is made; `None` when there were too many.
///
/// # Errors
/// When the database refuses; then nothing may be tried.
pub async fn count_try(tx: &mut Tx, cx: &Cx, person: &PersonId) -> Result<Option<Try>, Error> {
    let (key, now) = (key_of(person), slice_of(cx.now()));
    dialect::lock(tx, &format!("attempts:{key}")).await?;
    let tries: i64 = on!(tx, |c| sqlx::query_scalar(store::TRIES)
        .bind(&key)
        .bind(slice_of(cx.now().minus(WITHIN)))
        .fetch_one(c)
        .await)?;
    if tries >= MOST {
        return Ok(None);
    }
    on!(tx, |c| sqlx::query(store::COUNT_TRY)
        .bind(&key)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(Some(Try(now)))
}

/// Takes a try back that said nothing wrong of the value.
///
/// # Errors
/// When the database refuses.
pub async fn give_back(tx: &mut Tx, person: &PersonId, counted: Try) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::GIVE_TRY_BACK)
        .bind(key_of(person))
        .bind(counted.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Records that the CRM did not accept what somebody tried.
///
/// # Errors
/// When the database refuses.
pub async fn note_refused(
    tx: &mut Tx,
    cx: &Cx,
    (connection, person): (&str, &PersonId),
) -> Result<(), Error> {
    let event = audit::Event {
        action: "credential.refused",
        target: person.as_str(),
        organization: None,
        detail: json!({ "connection": connection }),
    };
    audit::record(tx, cx, event).await
}

/// Forgets tries that count no more.
///
/// # Errors
/// When the database refuses.
pub async fn forget_tries(db: &Database, now: Instant) -> Result<(), Error> {
    let before = slice_of(now.minus(WITHIN));
    db.write(move |tx| {
        Box::pin(async move {
            on!(tx, |c| sqlx::query(store::SWEEP_TRIES)
                .bind(before)
                .execute(c)
                .await
                .map(drop))?;
            Ok(())
        })
    })
    .await
}
