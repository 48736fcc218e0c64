//! Ending sessions, and saying which: whoever is told of an end is told of those that ended and of
//! no others.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use super::{sessions::EndedSession, store};
use crate::{
    audit,
    db::{Conn, Error, Tx},
    kernel::{
        Cx, Instant, SecretHash,
        ids::{Id, OrganizationId, PersonId, SessionId},
    },
    on,
};

/// Sessions of one person that are told one by one; more than these are told as the end of all.
const ONE_BY_ONE: usize = 20;
/// Why the sessions of somebody end who is kept out: the event about the person says it too.
const KEPT_OUT: &str = "kept_out";
/// Sessions removed in one transaction.
pub(super) const PART: i64 = 100;

/// Ends one session of a person; `None` when it is none of theirs or has ended already.
///
/// # Errors
/// When the database refuses.
pub async fn end(
    tx: &mut Tx,
    cx: &Cx,
    person: &PersonId,
    session: &SessionId,
    because: &'static str,
) -> Result<Option<EndedSession>, Error> {
    let ended: Option<EndedSession> = on!(tx, |c| sqlx::query_as(store::END_SESSION)
        .bind(person)
        .bind(session)
        .fetch_optional(c)
        .await)?;
    if ended.is_some() {
        note_each(tx, cx, person, std::slice::from_ref(session), because).await?;
    }
    Ok(ended)
}

/// Ends the session that a sign-in in the same browser replaces.
pub(super) async fn replace(tx: &mut Tx, cx: &Cx, secret: &SecretHash) -> Result<(), Error> {
    let ended: Option<(SessionId, PersonId)> = on!(tx, |c| sqlx::query_as(store::DELETE_SESSION)
        .bind(secret)
        .fetch_optional(c)
        .await)?;
    match ended {
        Some((session, person)) => note_each(tx, cx, &person, &[session], "replaced").await,
        None => Ok(()),
    }
}

/// Ends every session of a person but one; how many there were.
///
/// # Errors
/// When the database refuses.
pub async fn end_others(
    tx: &mut Tx,
    cx: &Cx,
    person: &PersonId,
    kept: &SessionId,
) -> Result<u64, Error> {
    let ended: Vec<SessionId> = on!(tx, |c| sqlx::query_scalar(store::END_OTHER_SESSIONS)
        .bind(person)
        .bind(kept)
        .fetch_all(c)
        .await)?;
    note_each(tx, cx, person, &ended, "others").await?;
    Ok(counted(ended.len()))
}

/// Ends every session of a person: they are kept out, erased, or somebody else holds a device. It is
/// told even when none was open here: a service may still have one.
///
/// # Errors
/// When the database refuses.
pub async fn end_for_person(
    tx: &mut Tx,
    cx: &Cx,
    person: &PersonId,
    because: &'static str,
) -> Result<u64, Error> {
    let ended = on!(tx, |c| sqlx::query(store::END_SESSIONS_OF_PERSON)
        .bind(person)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if ended > 0 || because != KEPT_OUT {
        note_all(tx, cx, person, ended, because).await?;
    }
    Ok(ended)
}

/// Ends the sessions of everybody who belongs to an organization, suspended members too, except
/// `kept`; how many there were.
///
/// # Errors
/// When the database refuses.
pub async fn end_for_organization(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    kept: Option<&SessionId>,
) -> Result<u64, Error> {
    let ended: Vec<(SessionId, PersonId)> =
        on!(tx, |c| sqlx::query_as(store::END_SESSIONS_OF_ORGANIZATION)
            .bind(organization)
            .bind(kept.map_or("", Id::as_str))
            .fetch_all(c)
            .await)?;
    let spared: Option<PersonId> = match kept {
        Some(kept) => on!(tx, |c| sqlx::query_scalar(store::PERSON_OF_SESSION)
            .bind(kept)
            .fetch_optional(c)
            .await)?,
        None => None,
    };
    let event = audit::Event {
        action: "organization.signed_out",
        target: organization.as_str(),
        organization: Some(organization),
        detail: json!({ "ended": ended.len(), "spared": spared }),
    };
    audit::record(tx, cx, event).await?;
    // Whose session goes on is told of their other ones.
    if let Some(spared) = spared {
        let of_theirs = ended.iter().filter(|(_, person)| *person == spared);
        let others: Vec<SessionId> = of_theirs.map(|(session, _)| session.clone()).collect();
        note_each(tx, cx, &spared, &others, "others").await?;
    }
    Ok(counted(ended.len()))
}

/// Removes sessions past their absolute limit, [`PART`] at most; returns how many. Those that were
/// in use until then are told; the others had ended before, because nobody used them.
pub(super) async fn sweep(tx: &mut Tx, cx: &Cx, idle: Duration) -> Result<usize, Error> {
    let swept: Vec<(SessionId, PersonId, Instant, Instant)> =
        on!(tx, |c| sqlx::query_as(store::SWEEP_SESSIONS)
            .bind(cx.now())
            .bind(PART)
            .fetch_all(c)
            .await)?;
    let count = swept.len();
    let in_use = swept
        .into_iter()
        .filter(|(_, _, seen, end)| seen.plus(idle) > *end);
    let in_use: Vec<_> = in_use
        .map(|(session, person, ..)| (session, person))
        .collect();
    for (person, sessions) in by_person(in_use) {
        note_each(tx, cx, &person, &sessions, "expired").await?;
    }
    Ok(count)
}

/// Sessions by whose they are.
pub(super) fn by_person(
    sessions: Vec<(SessionId, PersonId)>,
) -> BTreeMap<PersonId, Vec<SessionId>> {
    let mut people: BTreeMap<PersonId, Vec<SessionId>> = BTreeMap::new();
    for (session, person) in sessions {
        people.entry(person).or_default().push(session);
    }
    people
}

/// Whether somebody has a session.
pub(super) async fn has_session(conn: &mut Conn, person: &PersonId) -> Result<bool, Error> {
    let one: Option<SessionId> = on!(conn, |c| sqlx::query_scalar(store::ONE_SESSION)
        .bind(person)
        .fetch_optional(c)
        .await)?;
    Ok(one.is_some())
}

/// Records which sessions of a person ended, while others may go on.
pub(super) async fn note_each(
    tx: &mut Tx,
    cx: &Cx,
    person: &PersonId,
    sessions: &[SessionId],
    because: &str,
) -> Result<(), Error> {
    if sessions.len() > ONE_BY_ONE {
        return note_all(tx, cx, person, counted(sessions.len()), because).await;
    }
    for session in sessions {
        let detail = json!({ "session": session, "because": because });
        note(tx, cx, person, detail).await?;
    }
    Ok(())
}

/// Records that all sessions of a person ended.
pub(super) async fn note_all(
    tx: &mut Tx,
    cx: &Cx,
    person: &PersonId,
    ended: u64,
    because: &str,
) -> Result<(), Error> {
    let detail = json!({ "ended": ended, "because": because });
    note(tx, cx, person, detail).await
}

async fn note(tx: &mut Tx, cx: &Cx, person: &PersonId, detail: Value) -> Result<(), Error> {
    let event = audit::Event {
        action: "session.ended",
        target: person.as_str(),
        organization: None,
        detail,
    };
    audit::record(tx, cx, event).await
}

fn counted(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
