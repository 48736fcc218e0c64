//! Removing a member. The row stays, so that a return is the same member and the CRM the same contact.

use serde_json::json;

use super::{
    Membership, MembershipStatus, find_membership, lock,
    lock::{LastAdminLaw, ceiling, last_admin_law},
    record, store,
};
use crate::{
    access::Catalogue,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{MembershipId, OrganizationId},
        text,
    },
    on,
};

/// Whom to remove, and why.
#[derive(Debug, Clone)]
pub struct Remove {
    /// Where.
    pub organization_id: OrganizationId,
    /// Whom. A member may remove themselves.
    pub membership_id: MembershipId,
    /// Why, for other admins. May be empty.
    pub reason: String,
    /// Who shall take over their open cases in the CRM, when the connection's rule lets one say so.
    pub successor: Option<MembershipId>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// Removed now: the next request is refused.
    Removed(Membership),
    /// Was removed before.
    Already(Membership),
    /// A CRM asked for the last admin: nothing was changed, staff have a task.
    KeptForRescue(Membership),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// There is no such member here.
    #[error("no such member")]
    NotFound,
    /// The author neither runs this organization (any more) nor is the member.
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// Nobody else runs the organization (law 7).
    #[error("the organization would have no admin left")]
    LastAdmin,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Removes a member and frees the seat. Sessions stay: the gate reads the membership at each
/// request.
///
/// # Errors
/// See [`RemoveError`].
pub async fn remove(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: Remove,
) -> Result<Removed, RemoveError> {
    let organization = lock(tx, &command.organization_id).await?;
    let organization = organization.ok_or(RemoveError::NotFound)?;
    let member = find_membership(tx, &organization.id, &command.membership_id).await?;
    let member = member.ok_or(RemoveError::NotFound)?;
    let is_own = cx.actor.person_id() == Some(&member.person_id);
    if !is_own && ceiling(tx, cx, catalogue, &organization.id).await? == super::Ceiling::Nothing {
        return Err(RemoveError::NotAllowed);
    }
    if member.status == MembershipStatus::Removed {
        return Ok(Removed::Already(member));
    }
    match last_admin_law(tx, cx, catalogue, &member).await? {
        LastAdminLaw::Allows => {}
        LastAdminLaw::Forbids => return Err(RemoveError::LastAdmin),
        LastAdminLaw::Rescue => return Ok(Removed::KeptForRescue(member)),
    }
    let reason = text::one_line(&command.reason, super::suspend::REASON_LIMIT);
    on!(tx, |c| sqlx::query(store::SET_STATUS)
        .bind(&organization.id)
        .bind(&member.id)
        .bind(MembershipStatus::Removed)
        .bind(&reason)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    let detail = json!({ "own_wish": is_own, "has_reason": !reason.is_empty() });
    let successor = colleague(tx, &organization.id, command.successor.as_ref()).await?;
    let because = ("membership.removed", detail, successor);
    let member = record::removed(tx, cx, &organization, &member, because).await?;
    Ok(Removed::Removed(member))
}

/// Somebody who takes over is an active member of the same organization; anybody else does not exist
/// (law 8), and the connection's rule decides.
async fn colleague(
    tx: &mut Tx,
    organization: &OrganizationId,
    named: Option<&MembershipId>,
) -> Result<Option<MembershipId>, Error> {
    let Some(named) = named else {
        return Ok(None);
    };
    let found = find_membership(tx, organization, named).await?;
    let is_active = |member: &Membership| member.status == MembershipStatus::Active;
    Ok(found.filter(is_active).map(|member| member.id))
}
