//! The first answer to an `Idempotency-Key`, given again (draft-ietf-httpapi-idempotency-key-header).
//!
//! A key is claimed before the work, and the answer kept in the transaction of the work: after a stop
//! between the two, either both happened or neither. A claim without an answer is taken over when its
//! node must have stopped. Only what was done or decided is remembered; after an error the same key
//! may be tried again.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};

use super::{Answer, store};
use crate::{
    db::{Database, Error, Tx, inconsistent},
    kernel::{Instant, SecretHash, ids::ApiClientId},
    on,
    web::Problem,
};

/// How long an answer is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 3_600);
/// A claim older than this has no node that works on it: a transaction ends within ten seconds, and
/// longer work renews its claim with each part.
const LEASE: Duration = Duration::from_secs(45);
const LONGEST_KEY: usize = 255;

/// A key that this request holds.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    client: ApiClientId,
    key: String,
    /// When it was claimed: tells this claim from one that was taken over.
    started_at: Instant,
}

/// What a key means for this request.
pub(super) enum Claimed {
    /// It is ours; what an earlier node had done, when it stopped in between.
    Ours(Claim, String),
    /// The answer that was given.
    Before(Answer),
    /// It was used with another request.
    OtherRequest,
    /// The same request is under way.
    UnderWay,
}

#[derive(sqlx::FromRow)]
struct Row {
    digest: String,
    started_at: Instant,
    status: Option<i64>,
    location: String,
    body: String,
}

/// The key of a request: a text in quotation marks, or the bare text that most programs send.
pub(super) fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let wrong = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "The Idempotency-Key cannot be read",
        )
        .detail("It stands once and has 1 to 255 visible ASCII characters, best a random UUID.")
    };
    let mut values = headers.get_all("idempotency-key").iter();
    let (value, more) = (values.next(), values.next());
    let Some(value) = value else { return Ok(None) };
    let text = value.to_str().map_err(|_| wrong())?.trim();
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    let fits = (1..=LONGEST_KEY).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"');
    if fits && more.is_none() {
        Ok(Some(key.to_owned()))
    } else {
        Err(wrong())
    }
}

/// What tells one request from another under the same key.
pub(super) fn digest(path: &str, body: &[u8]) -> String {
    let mut text = path.as_bytes().to_vec();
    text.push(b'\n');
    text.extend_from_slice(body);
    SecretHash::of(&text).as_str().to_owned()
}

/// Claims a key for a request.
pub(super) async fn claim(
    db: &Database,
    client: &ApiClientId,
    (key, digest): (String, String),
    now: Instant,
) -> Result<Claimed, Error> {
    let client = client.clone();
    db.write(move |tx| Box::pin(async move { claim_in(tx, client, (key, digest), now).await }))
        .await
}

async fn claim_in(
    tx: &mut Tx,
    client: ApiClientId,
    (key, digest): (String, String),
    now: Instant,
) -> Result<Claimed, Error> {
    let new: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::CLAIM)
        .bind(&client)
        .bind(&key)
        .bind(&digest)
        .bind(now)
        .fetch_optional(c)
        .await)?;
    let ours = |part: String| {
        let claim = Claim {
            client: client.clone(),
            key: key.clone(),
            started_at: now,
        };
        Claimed::Ours(claim, part)
    };
    if new.is_some() {
        return Ok(ours(String::new()));
    }
    let forgotten: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::CLAIM_OLD)
        .bind(&client)
        .bind(&key)
        .bind(&digest)
        .bind(now)
        .bind(now.minus(REMEMBERED))
        .fetch_optional(c)
        .await)?;
    if forgotten.is_some() {
        return Ok(ours(String::new()));
    }
    let row: Row = on!(tx, |c| sqlx::query_as(store::FIND)
        .bind(&client)
        .bind(&key)
        .fetch_one(c)
        .await)?;
    if row.digest != digest {
        return Ok(Claimed::OtherRequest);
    }
    if let Some(status) = row.status {
        return before(&key, status, row).map(Claimed::Before);
    }
    if row.started_at > now.minus(LEASE) {
        return Ok(Claimed::UnderWay);
    }
    let taken: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::TAKE_OVER)
        .bind(&client)
        .bind(&key)
        .bind(now)
        .bind(now.minus(LEASE))
        .fetch_optional(c)
        .await)?;
    Ok(taken.map_or(Claimed::UnderWay, |(part,)| ours(part)))
}

fn before(key: &str, status: i64, row: Row) -> Result<Answer, Error> {
    let status = u16::try_from(status).unwrap_or_default();
    Ok(Answer {
        status: StatusCode::from_u16(status).map_err(inconsistent(
            "api_idempotency",
            "status",
            key,
        ))?,
        body: serde_json::from_str(&row.body).map_err(inconsistent(
            "api_idempotency",
            "body",
            key,
        ))?,
        location: row.location,
    })
}

/// Keeps the answer, in the transaction of what it tells.
///
/// # Errors
/// When the database refuses, or the claim was taken over: then the work must not stand.
pub(super) async fn keep(tx: &mut Tx, claim: &Claim, answer: &Answer) -> Result<(), Error> {
    let kept: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::KEEP)
        .bind(&claim.client)
        .bind(&claim.key)
        .bind(claim.started_at)
        .bind(i64::from(answer.status.as_u16()))
        .bind(&answer.location)
        .bind(answer.body.to_string())
        .fetch_optional(c)
        .await)?;
    kept.map(drop).ok_or(Error::Busy)
}

/// Keeps the part that is done and renews the claim, which counts when the transaction is done.
///
/// # Errors
/// As [`keep`].
pub(super) async fn keep_part(
    tx: &mut Tx,
    claim: &Claim,
    part: &str,
    now: Instant,
) -> Result<Claim, Error> {
    let kept: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::KEEP_PART)
        .bind(&claim.client)
        .bind(&claim.key)
        .bind(claim.started_at)
        .bind(now)
        .bind(part)
        .fetch_optional(c)
        .await)?;
    kept.ok_or(Error::Busy)?;
    Ok(Claim {
        started_at: now,
        ..claim.clone()
    })
}

/// Gives a claim up: nothing was done, or only a part, with which somebody may go on at once.
pub(super) async fn release(db: &Database, claim: Claim) -> Result<(), Error> {
    db.write(move |tx| {
        Box::pin(async move {
            on!(tx, |c| sqlx::query(store::RELEASE)
                .bind(&claim.client)
                .bind(&claim.key)
                .bind(claim.started_at)
                .execute(c)
                .await
                .map(drop))?;
            Ok(on!(tx, |c| sqlx::query(store::GIVE_BACK)
                .bind(&claim.client)
                .bind(&claim.key)
                .bind(claim.started_at)
                .bind(claim.started_at.minus(LEASE))
                .execute(c)
                .await
                .map(drop))?)
        })
    })
    .await
}

/// Forgets answers that are too old, a part at a time; says how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget_answers(db: &Database, now: Instant) -> Result<u64, Error> {
    const PART: i64 = 1_000;
    db.write(move |tx| {
        Box::pin(async move {
            Ok(on!(tx, |c| sqlx::query(store::FORGET)
                .bind(now.minus(REMEMBERED))
                .bind(PART)
                .execute(c)
                .await
                .map(|done| done.rows_affected()))?)
        })
    })
    .await
}
