//! Giving and taking business roles.

use serde_json::json;

use super::{
    Membership, MembershipStatus, NotGivable, Offer, Roles,
    add_member::set_roles,
    find_membership, lock,
    lock::{LastAdminLaw, ceiling, last_admin_law},
    record,
};
use crate::{
    access::Catalogue,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{MembershipId, OrganizationId},
    },
};

/// The roles a member shall hold from now on.
#[derive(Debug, Clone)]
pub struct ChangeRoles {
    /// Where.
    pub organization_id: OrganizationId,
    /// Whose.
    pub membership_id: MembershipId,
    /// All roles, not only new ones.
    pub roles: Vec<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolesChanged {
    /// The roles are these now.
    Changed(Membership),
    /// They were these before.
    Unchanged(Membership),
    /// A CRM asked for the last admin's role: nothing was changed, staff have a task.
    KeptForRescue(Membership),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRolesError {
    /// There is no such member here.
    #[error("no such member")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// No role was named.
    #[error("a member needs a role")]
    NoRole,
    /// The catalogue has no such role.
    #[error("there is no role {0:?}")]
    UnknownRole(String),
    /// The author may not give this role.
    #[error("the role {0:?} is above what you may give")]
    AboveCeiling(String),
    /// The role is not for this organization, or not for its administrators to give.
    #[error(transparent)]
    NotGivable(NotGivable),
    /// Nobody else runs the organization (law 7).
    #[error("the organization would have no admin left")]
    LastAdmin,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

impl From<NotGivable> for ChangeRolesError {
    fn from(why: NotGivable) -> Self {
        match why {
            NotGivable::Unknown(role) => Self::UnknownRole(role),
            NotGivable::AboveCeiling(role) => Self::AboveCeiling(role),
            why => Self::NotGivable(why),
        }
    }
}

/// Replaces a member's roles. What is held already may be kept; what is new must be givable.
///
/// # Errors
/// See [`ChangeRolesError`].
pub async fn change_roles(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: ChangeRoles,
) -> Result<RolesChanged, ChangeRolesError> {
    let roles = Roles::new(command.roles);
    if roles.is_empty() {
        return Err(ChangeRolesError::NoRole);
    }
    let organization = lock(tx, &command.organization_id).await?;
    let organization = organization.ok_or(ChangeRolesError::NotFound)?;
    let member = find_membership(tx, &organization.id, &command.membership_id).await?;
    let member = member
        .filter(|member| member.status != MembershipStatus::Removed)
        .ok_or(ChangeRolesError::NotFound)?;
    let ceiling = ceiling(tx, cx, catalogue, &organization.id).await?;
    if ceiling == super::Ceiling::Nothing {
        return Err(ChangeRolesError::NotAllowed);
    }
    if member.roles == roles {
        return Ok(RolesChanged::Unchanged(member));
    }
    let given = Roles::new(
        roles
            .iter()
            .filter(|role| !member.roles.contains(role))
            .cloned(),
    );
    let offer = Offer::read(tx, &organization, ceiling, cx.now()).await?;
    offer.check_all(catalogue, given.iter())?;
    if !catalogue.runs(organization.kind, &roles) {
        match last_admin_law(tx, cx, catalogue, &member).await? {
            LastAdminLaw::Allows => {}
            LastAdminLaw::Forbids => return Err(ChangeRolesError::LastAdmin),
            LastAdminLaw::Rescue => return Ok(RolesChanged::KeptForRescue(member)),
        }
    }
    let giver = cx.actor.reference();
    set_roles(tx, cx, (&organization, &member.id), &roles, giver).await?;
    let detail = json!({ "before": member.roles.to_list(), "after": roles.to_list() });
    let because = ("membership.roles_changed", detail);
    let member = record::changed(tx, cx, &organization, &member, because).await?;
    Ok(RolesChanged::Changed(member))
}
