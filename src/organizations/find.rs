//! Looking up organizations and memberships. A membership is always asked for within its
//! organization or for its own person (law 8).

use super::{Membership, Organization, store};
use crate::{
    db::{Conn, Error, Tx},
    directory::tell,
    kernel::{
        Cx,
        ids::{MembershipId, OrganizationId, PersonId},
    },
    on,
};

/// The organization with this id.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    conn: &mut Conn,
    organization: &OrganizationId,
) -> Result<Option<Organization>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(organization)
        .fetch_optional(c)
        .await)?)
}

/// The organization that is this account of this connection.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_crm_account(
    conn: &mut Conn,
    connection: &str,
    account_id: &str,
) -> Result<Option<Organization>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_BY_CRM_ACCOUNT)
        .bind(connection)
        .bind(account_id)
        .fetch_optional(c)
        .await)?)
}

/// A membership of this organization, whatever its status.
///
/// # Errors
/// When the database refuses.
pub async fn find_membership(
    conn: &mut Conn,
    organization: &OrganizationId,
    membership: &MembershipId,
) -> Result<Option<Membership>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_MEMBERSHIP)
        .bind(organization)
        .bind(membership)
        .fetch_optional(c)
        .await)?)
}

/// A person's membership of this organization, whatever its status.
///
/// # Errors
/// When the database refuses.
pub async fn find_membership_of(
    conn: &mut Conn,
    organization: &OrganizationId,
    person: &PersonId,
) -> Result<Option<Membership>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_MEMBERSHIP_OF)
        .bind(organization)
        .bind(person)
        .fetch_optional(c)
        .await)?)
}

/// All memberships of a person, oldest first, whatever their status.
///
/// # Errors
/// When the database refuses.
pub async fn memberships_of_person(
    conn: &mut Conn,
    person: &PersonId,
) -> Result<Vec<Membership>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::MEMBERSHIPS_OF_PERSON)
        .bind(person)
        .fetch_all(c)
        .await)?)
}

/// Remembers the CRM contact of a membership that has none yet; `false` when it had one.
///
/// # Errors
/// When the database refuses.
pub async fn link_contact(
    tx: &mut Tx,
    cx: &Cx,
    membership: &MembershipId,
    contact_id: &str,
) -> Result<bool, Error> {
    let linked: Option<(PersonId,)> = on!(tx, |c| sqlx::query_as(store::LINK_CONTACT)
        .bind(membership)
        .bind(contact_id)
        .fetch_optional(c)
        .await)?;
    if let Some((person,)) = &linked {
        tell::person(tx, cx, person, "membership.contact_linked").await?;
    }
    Ok(linked.is_some())
}

/// The member who is linked to a contact of a connection, with the name that lists show.
///
/// # Errors
/// When the database refuses.
pub async fn linked_to(
    conn: &mut Conn,
    connection: &str,
    contact: &str,
) -> Result<Option<(MembershipId, String)>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::LINKED_TO)
        .bind(connection)
        .bind(contact)
        .fetch_optional(c)
        .await)?)
}

/// Sets the CRM contact of a membership, or takes it away: a person has decided who is meant.
///
/// # Errors
/// When the database refuses.
pub async fn set_contact(
    tx: &mut Tx,
    cx: &Cx,
    membership: &MembershipId,
    contact_id: Option<&str>,
) -> Result<(), Error> {
    let set: Option<(PersonId,)> = on!(tx, |c| sqlx::query_as(store::SET_CONTACT)
        .bind(membership)
        .bind(contact_id)
        .fetch_optional(c)
        .await)?;
    if let Some((person,)) = &set {
        tell::person(tx, cx, person, "membership.contact_linked").await?;
    }
    Ok(())
}
