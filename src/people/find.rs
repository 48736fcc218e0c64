//! Looking people up.

use super::{Identity, Person, store};
use crate::{
    db::{Conn, Error},
    kernel::{EmailAddress, ids::PersonId},
    on,
};

/// The person with this id.
///
/// # Errors
/// When the database refuses.
pub async fn find(conn: &mut Conn, person: &PersonId) -> Result<Option<Person>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(person)
        .fetch_optional(c)
        .await)?)
}

/// The person whose verified address this is. The address says who could be meant; it is never a
/// proof of who asks (law 6).
///
/// # Errors
/// When the database refuses.
pub async fn find_by_email(conn: &mut Conn, email: &EmailAddress) -> Result<Option<Person>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_BY_EMAIL)
        .bind(email.key())
        .fetch_optional(c)
        .await)?)
}

/// The person who holds this identity.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_identity(
    conn: &mut Conn,
    issuer: &str,
    subject: &str,
) -> Result<Option<Person>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_BY_IDENTITY)
        .bind(issuer)
        .bind(subject)
        .fetch_optional(c)
        .await)?)
}

/// A person's identities, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn identities_of(conn: &mut Conn, person: &PersonId) -> Result<Vec<Identity>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::IDENTITIES_OF)
        .bind(person)
        .fetch_all(c)
        .await)?)
}
