//! Sessions as people and their administrators see them: opening, listing; ending is in `ends.rs`.
//!
//! A session is a row; the cookie only names it by an id that is stored hashed. Ending deletes the
//! row, so the next request of whoever holds the cookie is a stranger's.

use serde_json::json;
use tower_sessions::{Session, session};

pub use super::{
    ended_elsewhere::{Held, SignedOutElsewhere, end_from_provider, hold, is_ended},
    ends::{end, end_for_organization, end_for_person, end_others},
};
use super::{
    ends,
    session_store::{self, OPENED_KEY},
    store,
};
use crate::{
    audit,
    db::{Conn, Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{Id, MembershipId, OrganizationId, PersonId, SessionId},
    },
    on,
};

/// What a sign-in stores with its session.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Who signed in.
    pub person_id: PersonId,
    /// Through which provider.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// The subject there.
    pub subject: String,
    /// The provider's own session (`sid`), empty when it sends none.
    pub provider_session: String,
    /// The encrypted ID token, for the provider's logout.
    pub id_token_sealed: String,
    /// Authentication context (`acr`).
    pub acr: String,
    /// Authentication methods (`amr`), joined by spaces.
    pub amr: String,
    /// The browser's own description.
    pub user_agent: String,
    /// When it ends in any case.
    pub expires_at: Instant,
    /// The session of the same browser that it replaces, if there is one.
    pub replaces: Option<session::Id>,
}

/// A session that exists and waits for its cookie; see [`hand_over`].
#[derive(Debug)]
pub struct Opened {
    /// As lists and audit name it.
    pub id: SessionId,
    secret: session::Id,
}

/// Opens a session under a new id and ends the one it replaces, in the transaction of the sign-in.
///
/// # Errors
/// When the database refuses.
pub async fn open(tx: &mut Tx, cx: &Cx, new: NewSession) -> Result<Opened, Error> {
    if let Some(old) = &new.replaces {
        ends::replace(tx, cx, &session_store::hash_of(old)).await?;
    }
    let id: SessionId = cx.new_id();
    let secret = session::Id(i128::from_le_bytes(cx.random().bytes::<16>()));
    let made: Option<(SessionId,)> = on!(tx, |c| sqlx::query_as(store::CREATE_SESSION)
        .bind(&id)
        .bind(session_store::hash_of(&secret))
        .bind(&new.person_id)
        .bind(&new.provider)
        .bind(&new.issuer)
        .bind(&new.subject)
        .bind(&new.provider_session)
        .bind(&new.id_token_sealed)
        .bind(&new.acr)
        .bind(&new.amr)
        .bind(&new.user_agent)
        .bind(cx.now())
        .bind(new.expires_at)
        .fetch_optional(c)
        .await)?;
    // Two equal 128-bit numbers: the random source is broken, and nothing may go on.
    made.ok_or(Error::Lost)?;
    let event = audit::Event {
        action: "session.started",
        target: new.person_id.as_str(),
        organization: None,
        detail: json!({ "session": id, "provider": new.provider, "acr": new.acr }),
    };
    audit::record(tx, cx, event).await?;
    Ok(Opened { id, secret })
}

/// Makes an opened session the one of this answer: its cookie is set when the handler returns.
///
/// # Errors
/// When the session before it cannot be let go.
pub async fn hand_over(session: &Session, opened: &Opened) -> Result<(), session::Error> {
    if session.id().is_some() {
        session.cycle_id().await?;
    }
    session.clear().await;
    session.insert(OPENED_KEY, opened.secret.to_string()).await
}

/// A session as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ListedSession {
    /// Which.
    pub id: SessionId,
    /// Through which provider.
    pub provider: String,
    /// The browser's own description.
    pub user_agent: String,
    /// When it began.
    pub created_at: Instant,
    /// When it was last used, to the minute.
    pub last_seen_at: Instant,
    /// When it ends in any case.
    pub expires_at: Instant,
}

/// The live sessions of a person, the last used first, at most 100.
///
/// # Errors
/// When the database refuses.
pub async fn list_for_person(
    conn: &mut Conn,
    person: &PersonId,
    now: Instant,
    seen_since: Instant,
) -> Result<Vec<ListedSession>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::SESSIONS_OF_PERSON)
        .bind(person)
        .bind(now)
        .bind(seen_since)
        .fetch_all(c)
        .await)?)
}

/// What the provider must hear about a session that has ended.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EndedSession {
    /// Which.
    pub id: SessionId,
    /// Through which provider it began.
    pub provider: String,
    /// The issuer.
    pub issuer: String,
    /// The subject there.
    pub subject: String,
    /// The encrypted ID token.
    pub id_token_sealed: String,
}

/// Somebody of an organization who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SignedInMember {
    /// Their membership there.
    pub membership_id: MembershipId,
    /// Name.
    pub display_name: String,
    /// Address.
    pub email: String,
    /// When they were seen last, to the minute.
    pub seen_at: Instant,
    /// In how many browsers.
    pub sessions: i64,
}

/// Who of an organization is signed in, the last seen first.
///
/// # Errors
/// When the database refuses.
pub async fn list_for_organization(
    conn: &mut Conn,
    organization: &OrganizationId,
    (now, seen_since): (Instant, Instant),
    limit: i64,
) -> Result<Vec<SignedInMember>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(
        store::SESSIONS_OF_ORGANIZATION
    )
    .bind(organization)
    .bind(now)
    .bind(seen_since)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// How many sessions are open, by their absolute limit.
///
/// # Errors
/// When the database refuses.
pub async fn count_open(conn: &mut Conn, now: Instant) -> Result<i64, Error> {
    Ok(on!(conn, |c| sqlx::query_scalar(store::COUNT_SESSIONS)
        .bind(now)
        .fetch_one(c)
        .await)?)
}
