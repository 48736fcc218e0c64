//! Sessions that a provider ended: here at once, and for whoever is still on the way in with them.
//!
//! What was said is remembered, so that a token works once and a sign-in that was under way does not
//! bring back what has ended meanwhile.

use std::time::Duration;

use serde_json::json;

use super::store;
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx, Instant, SecretHash,
        ids::{Id, PersonId},
    },
    on,
};

/// How long an ended session of a provider is remembered: longer than anybody is on the way in.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What a provider said about a session that has ended there.
#[derive(Debug, Clone)]
pub struct SignedOutElsewhere {
    /// The provider's issuer.
    pub issuer: String,
    /// The id of the message (`jti`), which counts once.
    pub token: String,
    /// The provider's session (`sid`); empty when all of the person's are meant.
    pub session: String,
    /// The subject there; empty when only the session is named.
    pub subject: String,
    /// Until when the message could be sent again.
    pub remember_until: Instant,
}

/// Ends the sessions that are meant and says how many there were; `None` when the message was used
/// before.
///
/// # Errors
/// When the database refuses.
pub async fn end_from_provider(
    tx: &mut Tx,
    cx: &Cx,
    told: &SignedOutElsewhere,
) -> Result<Option<usize>, Error> {
    let message = name("jti", &told.issuer, &told.token);
    if !remember(tx, cx, &message, told.remember_until).await? {
        return Ok(None);
    }
    let until = cx.now().plus(REMEMBERED);
    let place = if told.session.is_empty() {
        name("sub", &told.issuer, &told.subject)
    } else {
        name("sid", &told.issuer, &told.session)
    };
    remember(tx, cx, &place, until).await?;
    let ended: Vec<(PersonId,)> = on!(tx, |c| sqlx::query_as(store::END_FROM_PROVIDER)
        .bind(&told.issuer)
        .bind(&told.session)
        .bind(&told.subject)
        .fetch_all(c)
        .await)?;
    let mut people: Vec<&PersonId> = ended.iter().map(|(person,)| person).collect();
    people.sort();
    people.dedup();
    for person in people {
        let sessions = ended.iter().filter(|(of,)| of == person).count();
        let event = audit::Event {
            action: "session.ended",
            target: person.as_str(),
            organization: None,
            detail: json!({ "ended": sessions, "because": "provider" }),
        };
        audit::record(tx, cx, event).await?;
    }
    Ok(Some(ended.len()))
}

/// Whether a sign-in that was finished at `at` has been ended by its provider since.
///
/// # Errors
/// When the database refuses.
pub async fn is_ended(
    tx: &mut Tx,
    issuer: &str,
    (session, subject): (&str, &str),
    at: Instant,
) -> Result<bool, Error> {
    let found: Option<(i64,)> = on!(tx, |c| sqlx::query_as(store::ENDED_ELSEWHERE)
        .bind(name("sid", issuer, session))
        .bind(name("sub", issuer, subject))
        .bind(at)
        .fetch_optional(c)
        .await)?;
    Ok(found.is_some())
}

/// Forgets what nobody can bring any more, at most 1,000 a call.
///
/// # Errors
/// When the database refuses.
pub async fn forget(tx: &mut Tx, now: Instant) -> Result<u64, Error> {
    Ok(on!(tx, |c| sqlx::query(store::FORGET_ELSEWHERE)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

/// `false` when it was remembered before; it counts from the later moment then.
async fn remember(tx: &mut Tx, cx: &Cx, what: &SecretHash, until: Instant) -> Result<bool, Error> {
    let made: Option<(i64,)> = on!(tx, |c| sqlx::query_as(store::REMEMBER_ELSEWHERE)
        .bind(what)
        .bind(cx.now())
        .bind(until)
        .fetch_optional(c)
        .await)?;
    Ok(made.is_some())
}

fn name(kind: &str, issuer: &str, id: &str) -> SecretHash {
    SecretHash::of(format!("{kind} {issuer} {id}").as_bytes())
}
