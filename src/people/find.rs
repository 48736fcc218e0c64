//! Looking people up.

use super::{Identity, Person, store};
use crate::{
    db::{Conn, Error},
    kernel::{EmailAddress, ids::PersonId},
    on,
    settings::PortalSettings,
    web::Lang,
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

/// The language in which to write to an address: the one its person has chosen, else the portal's.
///
/// # Errors
/// When the database refuses.
pub async fn language_of(
    conn: &mut Conn,
    email: &EmailAddress,
    portal: &PortalSettings,
) -> Result<Lang, Error> {
    let person = find_by_email(conn, email).await?;
    let code = person.map(|person| person.language).unwrap_or_default();
    Ok(Lang::chosen(&code, portal))
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

/// Whether an identity of this issuer may be given to a person on the strength of their address.
///
/// An address passes from one human to another within a company; a provider then knows both under
/// different subjects. So one issuer adds no second subject to a person by address alone.
///
/// # Errors
/// When the database refuses.
pub async fn may_take_identity_of(
    conn: &mut Conn,
    person: &PersonId,
    issuer: &str,
) -> Result<bool, Error> {
    let held = identities_of(conn, person).await?;
    Ok(held.iter().all(|identity| identity.issuer != issuer))
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
