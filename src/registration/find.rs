//! Looking registrations up. Who runs an organization sees only what waits for it (law 8).

use super::{
    deciders::Desk,
    model::{Applicant, Kind, Registration, State},
    store,
};
use crate::{
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{OrganizationId, RegistrationId},
    },
    on,
};

/// A registration, for staff and workers.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    conn: &mut Conn,
    registration: &RegistrationId,
) -> Result<Option<Registration>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(registration)
        .fetch_optional(c)
        .await)?)
}

/// A registration that waits for this organization or was decided by it; one that staff decide does
/// not exist for it.
///
/// # Errors
/// When the database refuses.
pub async fn find_of_organization(
    conn: &mut Conn,
    organization: &OrganizationId,
    registration: &RegistrationId,
) -> Result<Option<Registration>, Error> {
    let found: Option<Registration> = on!(conn, |c| sqlx::query_as(store::FIND_OF_ORGANIZATION)
        .bind(organization)
        .bind(registration)
        .fetch_optional(c)
        .await)?;
    Ok(found.filter(|found| {
        !matches!(found.state, State::WaitingStaff | State::WaitingCrm)
            && found.kind == Kind::Contract
    }))
}

/// The registration with this id, if this identity sent it.
///
/// # Errors
/// When the database refuses.
pub async fn find_sent(
    conn: &mut Conn,
    registration: &RegistrationId,
    applicant: &Applicant,
) -> Result<Option<Registration>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_SENT)
        .bind(registration)
        .bind(&applicant.issuer)
        .bind(&applicant.subject)
        .fetch_optional(c)
        .await)?)
}

/// The open registration by which this identity asks the same.
pub(super) async fn open_same(
    conn: &mut Conn,
    applicant: &Applicant,
    kind: Kind,
    number_key: &str,
) -> Result<Option<Registration>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OPEN_SAME)
        .bind(&applicant.issuer)
        .bind(&applicant.subject)
        .bind(kind)
        .bind(number_key)
        .fetch_optional(c)
        .await)?)
}

/// What an identity has sent, newest first, at most twenty.
///
/// # Errors
/// When the database refuses.
pub async fn of_identity(
    conn: &mut Conn,
    issuer: &str,
    subject: &str,
) -> Result<Vec<Registration>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OF_IDENTITY)
        .bind(issuer)
        .bind(subject)
        .fetch_all(c)
        .await)?)
}

/// A place in a list sorted by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// When the row was made.
    pub created_at: Instant,
    /// Which row.
    pub id: String,
}

impl At {
    /// Before everything.
    #[must_use]
    pub fn start() -> Self {
        Self {
            created_at: Instant::from_micros(i64::MIN),
            id: String::new(),
        }
    }

    /// After everything.
    #[must_use]
    pub fn end() -> Self {
        Self {
            created_at: Instant::from_micros(i64::MAX),
            id: String::new(),
        }
    }
}

/// Registrations in a state that this desk decides, oldest first, after a place.
///
/// # Errors
/// When the database refuses.
pub async fn of_state_after(
    conn: &mut Conn,
    state: State,
    after: &At,
    (desk, limit): (&Desk, i64),
) -> Result<Vec<Registration>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OF_STATE_AFTER)
        .bind(state)
        .bind(after.created_at)
        .bind(&after.id)
        .bind(limit)
        .bind(desk.owner())
        .fetch_all(c)
        .await)?)
}

/// Registrations in a state that this desk decides, newest first, before a place.
///
/// # Errors
/// When the database refuses.
pub async fn of_state_before(
    conn: &mut Conn,
    state: State,
    before: &At,
    (desk, limit): (&Desk, i64),
) -> Result<Vec<Registration>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OF_STATE_BEFORE)
        .bind(state)
        .bind(before.created_at)
        .bind(&before.id)
        .bind(limit)
        .bind(desk.owner())
        .fetch_all(c)
        .await)?)
}

/// How many registrations that this desk decides are in a state; 100 stands for that many or more.
///
/// # Errors
/// When the database refuses.
pub async fn count(conn: &mut Conn, state: State, desk: &Desk) -> Result<i64, Error> {
    let (count,): (i64,) = on!(conn, |c| sqlx::query_as(store::COUNT_STATE)
        .bind(state)
        .bind(desk.owner())
        .fetch_one(c)
        .await)?;
    Ok(count)
}

/// A consent that came with a registration.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ConsentGiven {
    /// What for.
    pub purpose: String,
    /// Which wording.
    pub text_version: String,
    /// In which language.
    pub language: String,
    /// When.
    pub given_at: Instant,
}

/// The consents that came with a registration.
///
/// # Errors
/// When the database refuses.
pub async fn consents_of(
    conn: &mut Conn,
    registration: &RegistrationId,
) -> Result<Vec<ConsentGiven>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::CONSENTS_OF)
        .bind(registration)
        .fetch_all(c)
        .await)?)
}
