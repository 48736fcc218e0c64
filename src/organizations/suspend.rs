//! Suspending a member: kept with roles and history, but kept out.

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

/// The longest reason kept, in characters.
pub(super) const REASON_LIMIT: usize = 300;

/// Whom to suspend, and why.
#[derive(Debug, Clone)]
pub struct Suspend {
    /// Where.
    pub organization_id: OrganizationId,
    /// Whom.
    pub membership_id: MembershipId,
    /// Why, for other admins; never shown to the member. May be empty.
    pub reason: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suspended {
    /// Suspended now: the next request is refused.
    Suspended(Membership),
    /// Was suspended before.
    Already(Membership),
    /// A CRM asked for the last admin: nothing was changed, staff have a task.
    KeptForRescue(Membership),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum SuspendError {
    /// There is no such member here.
    #[error("no such member")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// Nobody else runs the organization (law 7).
    #[error("the organization would have no admin left")]
    LastAdmin,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Suspends a member. Sessions stay: the gate reads the membership at each request.
///
/// # Errors
/// See [`SuspendError`].
pub async fn suspend(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: Suspend,
) -> Result<Suspended, SuspendError> {
    let organization = lock(tx, &command.organization_id).await?;
    let organization = organization.ok_or(SuspendError::NotFound)?;
    let member = find_membership(tx, &organization.id, &command.membership_id).await?;
    let member = member.ok_or(SuspendError::NotFound)?;
    if ceiling(tx, cx, catalogue, &organization.id).await? == super::Ceiling::Nothing {
        return Err(SuspendError::NotAllowed);
    }
    match member.status {
        MembershipStatus::Active => {}
        MembershipStatus::Suspended => return Ok(Suspended::Already(member)),
        MembershipStatus::Removed => return Err(SuspendError::NotFound),
    }
    match last_admin_law(tx, cx, catalogue, &member).await? {
        LastAdminLaw::Allows => {}
        LastAdminLaw::Forbids => return Err(SuspendError::LastAdmin),
        LastAdminLaw::Rescue => return Ok(Suspended::KeptForRescue(member)),
    }
    let reason = text::one_line(&command.reason, REASON_LIMIT);
    on!(tx, |c| sqlx::query(store::SET_STATUS)
        .bind(&organization.id)
        .bind(&member.id)
        .bind(MembershipStatus::Suspended)
        .bind(&reason)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    let because = (
        "membership.suspended",
        json!({ "has_reason": !reason.is_empty() }),
    );
    let member = record::changed(tx, cx, &organization, &member, because).await?;
    Ok(Suspended::Suspended(member))
}
