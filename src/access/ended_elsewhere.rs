//! Sessions that a provider ended: here at once, and for whoever is still on the way in with them.
//!
//! What was said is remembered, so that a token works once and a sign-in that was under way does not
//! bring back what has ended meanwhile.

use std::time::Duration;

use super::{ends, store};
use crate::{
    db::{Error, Tx, dialect},
    kernel::{
        Cx, Instant, SecretHash,
        ids::{PersonId, SessionId},
    },
    on, people,
};

/// How long an ended session of a provider is remembered: longer than anybody is on the way in.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);
/// Why these sessions end.
const BECAUSE: &str = "provider";

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
    /// When it was made, to the second (`iat`).
    pub made_at: Instant,
    /// Until when the message could be sent again.
    pub remember_until: Instant,
}

/// What a sign-in and the end of it hold while one of them is decided: each sees what the other has
/// done.
#[derive(Debug)]
pub struct Held {
    session: SecretHash,
    subject: SecretHash,
}

/// Lets nobody else sign in with, or end, a provider's session or subject until the transaction
/// ends. It is the first thing that a transaction does which decides about either, so that no two
/// wait for each other.
///
/// # Errors
/// When the database refuses.
pub async fn hold(
    tx: &mut Tx,
    issuer: &str,
    (session, subject): (&str, &str),
) -> Result<Held, Error> {
    for (kind, id) in [("sid", session), ("sub", subject)] {
        if !id.is_empty() {
            dialect::lock(tx, &format!("ended-elsewhere:{kind} {issuer} {id}")).await?;
        }
    }
    Ok(Held {
        session: name("sid", issuer, session),
        subject: name("sub", issuer, subject),
    })
}

/// Ends the sessions that are meant and says how many there were; `None` when the message was used
/// before. The services are told even when there was none: they may still have one.
///
/// # Errors
/// When the database refuses.
pub async fn end_from_provider(
    tx: &mut Tx,
    cx: &Cx,
    told: &SignedOutElsewhere,
) -> Result<Option<usize>, Error> {
    let names = (told.session.as_str(), told.subject.as_str());
    let held = hold(tx, &told.issuer, names).await?;
    if !is_new(tx, cx, told).await? {
        return Ok(None);
    }
    // `iat` is cut to the second: what began in it may have begun before.
    let before = told.made_at.plus(SECOND);
    let place = if told.session.is_empty() {
        &held.subject
    } else {
        &held.session
    };
    remember(tx, cx, place, before.min(cx.now())).await?;
    let ended: Vec<(SessionId, PersonId)> = on!(tx, |c| sqlx::query_as(store::END_FROM_PROVIDER)
        .bind(&told.issuer)
        .bind(&told.session)
        .bind(&told.subject)
        .bind(before)
        .fetch_all(c)
        .await)?;
    let count = ended.len();
    note(tx, cx, told, ended).await?;
    Ok(Some(count))
}

/// Records what ended. Where nothing is open here, all is meant that services still have of the
/// person: which of it belonged to the provider's session nobody knows any more.
async fn note(
    tx: &mut Tx,
    cx: &Cx,
    told: &SignedOutElsewhere,
    ended: Vec<(SessionId, PersonId)>,
) -> Result<(), Error> {
    if ended.is_empty() {
        let person = people::find_by_identity(tx, &told.issuer, &told.subject).await?;
        return match person {
            Some(person) => ends::note_all(tx, cx, &person.id, 0, BECAUSE).await,
            None => Ok(()),
        };
    }
    for (person, sessions) in ends::by_person(ended) {
        if told.session.is_empty() && !ends::has_session(tx, &person).await? {
            let count = u64::try_from(sessions.len()).unwrap_or(u64::MAX);
            ends::note_all(tx, cx, &person, count, BECAUSE).await?;
        } else {
            ends::note_each(tx, cx, &person, &sessions, BECAUSE).await?;
        }
    }
    Ok(())
}

/// Whether a sign-in that was finished at `at` has been ended by its provider since.
///
/// # Errors
/// When the database refuses.
pub async fn is_ended(tx: &mut Tx, held: &Held, at: Instant) -> Result<bool, Error> {
    let found: Option<(i64,)> = on!(tx, |c| sqlx::query_as(store::ENDED_ELSEWHERE)
        .bind(&held.session)
        .bind(&held.subject)
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

/// `false` when the message was used before.
async fn is_new(tx: &mut Tx, cx: &Cx, told: &SignedOutElsewhere) -> Result<bool, Error> {
    let made: Option<(i64,)> = on!(tx, |c| sqlx::query_as(store::REMEMBER_MESSAGE)
        .bind(name("jti", &told.issuer, &told.token))
        .bind(cx.now())
        .bind(told.remember_until)
        .fetch_optional(c)
        .await)?;
    Ok(made.is_some())
}

async fn remember(tx: &mut Tx, cx: &Cx, what: &SecretHash, ended_at: Instant) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::REMEMBER_END)
        .bind(what)
        .bind(ended_at)
        .bind(cx.now().plus(REMEMBERED))
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

fn name(kind: &str, issuer: &str, id: &str) -> SecretHash {
    SecretHash::of(format!("{kind} {issuer} {id}").as_bytes())
}
