//! Who runs an organization.

use super::{find, store};
use crate::{
    access::Catalogue,
    db::{Conn, Error},
    kernel::{
        EmailAddress, Instant,
        ids::{MembershipId, OrganizationId, PersonId},
    },
    on,
    settings::{RoleSettings, RoleTier},
};

/// An active admin, with what a mail to them needs.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Admin {
    /// Their membership.
    pub membership_id: MembershipId,
    /// Who.
    pub person_id: PersonId,
    /// Name.
    pub display_name: String,
    /// Verified address.
    pub email: EmailAddress,
    /// `en`, `de`, or empty when not chosen.
    pub language: String,
}

/// The active admins: membership active and in its dates, person active, a role of the admin tier.
///
/// # Errors
/// When the database refuses.
pub async fn admins(
    conn: &mut Conn,
    catalogue: &Catalogue,
    organization: &OrganizationId,
    now: Instant,
) -> Result<Vec<Admin>, Error> {
    let mut found: Vec<Admin> = Vec::new();
    for role in running_roles(conn, catalogue, organization).await? {
        let holders: Vec<Admin> = on!(conn, |c| sqlx::query_as(store::ADMINS)
            .bind(organization)
            .bind(&role.key)
            .bind(now)
            .fetch_all(c)
            .await)?;
        for holder in holders {
            if !found.contains(&holder) {
                found.push(holder);
            }
        }
    }
    Ok(found)
}

/// Whether an active member has a role of the admin tier, also one that is over or for other kinds of
/// organization: somebody was given it to run, and whoever comes new does not take their place.
///
/// # Errors
/// When the database refuses.
pub async fn has_admin_by_name(
    conn: &mut Conn,
    catalogue: &Catalogue,
    organization: &OrganizationId,
    now: Instant,
) -> Result<bool, Error> {
    for role in catalogue.ever_of(RoleTier::Admin) {
        let holders: Vec<Admin> = on!(conn, |c| sqlx::query_as(store::ADMINS)
            .bind(organization)
            .bind(&role.key)
            .bind(now)
            .fetch_all(c)
            .await)?;
        if !holders.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The roles that run this organization: those of the admin tier that are for its kind.
pub(super) async fn running_roles<'c>(
    conn: &mut Conn,
    catalogue: &'c Catalogue,
    organization: &OrganizationId,
) -> Result<Vec<&'c RoleSettings>, Error> {
    let mut roles: Vec<_> = catalogue.roles_of(RoleTier::Admin).collect();
    // What it is decides nothing where every such role is for all.
    if roles.iter().any(|role| !role.kinds.is_empty()) {
        let organization = find(conn, organization).await?.ok_or(Error::Lost)?;
        roles.retain(|role| role.is_for(organization.kind));
    }
    Ok(roles)
}

/// Whether somebody who holds `keys` runs this organization by them.
pub(super) async fn runs(
    conn: &mut Conn,
    catalogue: &Catalogue,
    organization: &OrganizationId,
    keys: &[String],
) -> Result<bool, Error> {
    let running = running_roles(conn, catalogue, organization).await?;
    Ok(running.iter().any(|role| keys.contains(&role.key)))
}

/// Whether somebody besides `member` runs the organization: an active admin, without an end when
/// `without_end` asks for one.
///
/// # Errors
/// When the database refuses.
pub async fn has_another_admin(
    conn: &mut Conn,
    catalogue: &Catalogue,
    organization: &OrganizationId,
    member: &MembershipId,
    without_end: bool,
    now: Instant,
) -> Result<bool, Error> {
    for role in running_roles(conn, catalogue, organization).await? {
        let other: Option<(MembershipId,)> = on!(conn, |c| sqlx::query_as(store::ANOTHER_ADMIN)
            .bind(organization)
            .bind(member)
            .bind(&role.key)
            .bind(now)
            .bind(without_end)
            .fetch_optional(c)
            .await)?;
        if other.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
