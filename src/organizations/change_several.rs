//! One change for several members at once, all in one transaction.

use super::{
    ChangeRoles, ChangeRolesError, Membership, MembershipStatus, Restore, RestoreError, Restored,
    RolesChanged, Suspend, SuspendError, Suspended, change_roles, find_membership, restore,
    suspend,
};
use crate::{
    access::Catalogue,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{MembershipId, OrganizationId},
    },
};

/// What to do with each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Suspend.
    Suspend {
        /// Why, for other admins; may be empty.
        reason: String,
    },
    /// Restore.
    Restore,
    /// Give a role beside those they hold.
    GiveRole {
        /// Its key.
        role: String,
    },
}

/// Whom to change, and how.
#[derive(Debug, Clone)]
pub struct ChangeSeveral {
    /// Where.
    pub organization_id: OrganizationId,
    /// Whom; each must be a member there.
    pub membership_ids: Vec<MembershipId>,
    /// How.
    pub deed: Deed,
}

/// What came of it for one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// Done.
    Done,
    /// Was so before.
    Already,
    /// Left out: nobody suspends themselves together with others.
    Oneself,
    /// Left out: nobody else runs the organization.
    LastAdmin,
    /// Left out: all seats are taken.
    NoSeat,
    /// Left out: the author may not give this role.
    AboveCeiling,
    /// Left out: the role is not for this organization, or not for its administrators to give.
    NotGivable,
}

/// Why nothing was done for anybody.
#[derive(Debug, thiserror::Error)]
pub enum ChangeSeveralError {
    /// One of them is no member here.
    #[error("no such member")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// The catalogue has no such role.
    #[error("there is no such role")]
    UnknownRole,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Changes each of them, in the order given, or nobody when one of them is not a member here.
///
/// # Errors
/// See [`ChangeSeveralError`].
pub async fn change_several(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: ChangeSeveral,
) -> Result<Vec<(Membership, Applied)>, ChangeSeveralError> {
    let mut outcomes = Vec::with_capacity(command.membership_ids.len());
    for id in &command.membership_ids {
        let member = find_membership(tx, &command.organization_id, id).await?;
        let member = member
            .filter(|member| member.status != MembershipStatus::Removed)
            .ok_or(ChangeSeveralError::NotFound)?;
        let applied = match &command.deed {
            Deed::Suspend { reason } => suspend_one(tx, cx, catalogue, &member, reason).await?,
            Deed::Restore => restore_one(tx, cx, catalogue, &member).await?,
            Deed::GiveRole { role } => give_role(tx, cx, catalogue, &member, role).await?,
        };
        outcomes.push((member, applied));
    }
    Ok(outcomes)
}

async fn suspend_one(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    member: &Membership,
    reason: &str,
) -> Result<Applied, ChangeSeveralError> {
    if cx.actor.person_id() == Some(&member.person_id) {
        return Ok(Applied::Oneself);
    }
    let command = Suspend {
        organization_id: member.organization_id.clone(),
        membership_id: member.id.clone(),
        reason: reason.to_owned(),
    };
    match suspend(tx, cx, catalogue, command).await {
        Ok(Suspended::Suspended(_)) => Ok(Applied::Done),
        Ok(Suspended::Already(_)) => Ok(Applied::Already),
        Ok(Suspended::KeptForRescue(_)) | Err(SuspendError::LastAdmin) => Ok(Applied::LastAdmin),
        Err(SuspendError::NotFound) => Err(ChangeSeveralError::NotFound),
        Err(SuspendError::NotAllowed) => Err(ChangeSeveralError::NotAllowed),
        Err(SuspendError::Db(error)) => Err(error.into()),
    }
}

async fn restore_one(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    member: &Membership,
) -> Result<Applied, ChangeSeveralError> {
    let command = Restore {
        organization_id: member.organization_id.clone(),
        membership_id: member.id.clone(),
    };
    match restore(tx, cx, catalogue, command).await {
        Ok(Restored::Restored(_)) => Ok(Applied::Done),
        Ok(Restored::Already(_)) => Ok(Applied::Already),
        Ok(Restored::NoSeat { .. }) => Ok(Applied::NoSeat),
        Err(RestoreError::NotFound) => Err(ChangeSeveralError::NotFound),
        Err(RestoreError::NotAllowed) => Err(ChangeSeveralError::NotAllowed),
        Err(RestoreError::Db(error)) => Err(error.into()),
    }
}

async fn give_role(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    member: &Membership,
    role: &str,
) -> Result<Applied, ChangeSeveralError> {
    let mut roles = member.roles.to_list();
    roles.push(role.to_owned());
    let command = ChangeRoles {
        organization_id: member.organization_id.clone(),
        membership_id: member.id.clone(),
        roles,
    };
    match change_roles(tx, cx, catalogue, command).await {
        Ok(RolesChanged::Changed(_)) => Ok(Applied::Done),
        Ok(RolesChanged::Unchanged(_)) => Ok(Applied::Already),
        Ok(RolesChanged::KeptForRescue(_)) | Err(ChangeRolesError::LastAdmin) => {
            Ok(Applied::LastAdmin)
        }
        Err(ChangeRolesError::AboveCeiling(_)) => Ok(Applied::AboveCeiling),
        Err(ChangeRolesError::NotGivable(_)) => Ok(Applied::NotGivable),
        Err(ChangeRolesError::NotFound) => Err(ChangeSeveralError::NotFound),
        Err(ChangeRolesError::NotAllowed) => Err(ChangeSeveralError::NotAllowed),
        Err(ChangeRolesError::UnknownRole(_) | ChangeRolesError::NoRole) => {
            Err(ChangeSeveralError::UnknownRole)
        }
        Err(ChangeRolesError::Db(error)) => Err(error.into()),
    }
}
