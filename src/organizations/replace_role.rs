//! Giving the holders of a role that goes another one.

use serde_json::json;

use super::{MembershipStatus, Roles, add_member::set_roles, find_membership, lock, record};
use crate::{
    access::Catalogue,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{MembershipId, OrganizationId},
    },
};

/// Whose role becomes which.
#[derive(Debug, Clone)]
pub struct ReplaceRole {
    /// Where.
    pub organization_id: OrganizationId,
    /// Whose.
    pub membership_id: MembershipId,
    /// The role that goes.
    pub from: String,
    /// The role in its place.
    pub to: String,
}

/// Replaces a role that the catalogue no longer has; `false` for somebody who has left, or in whose
/// organization the other role does not count. That nobody is left without an admin has been seen to
/// by whoever changes the catalogue.
///
/// # Errors
/// When the database refuses.
pub async fn replace_role(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: ReplaceRole,
) -> Result<bool, Error> {
    let Some(organization) = lock(tx, &command.organization_id).await? else {
        return Ok(false);
    };
    let fits = |role: &crate::settings::RoleSettings| role.is_for(organization.kind);
    let member = find_membership(tx, &organization.id, &command.membership_id).await?;
    let member = member.filter(|member| {
        member.status != MembershipStatus::Removed && member.roles.contains(&command.from)
    });
    let (Some(member), true) = (member, catalogue.role(&command.to).is_some_and(fits)) else {
        return Ok(false);
    };
    let kept = member.roles.iter().filter(|key| **key != command.from);
    let roles = Roles::new(kept.chain([&command.to]).cloned());
    let giver = cx.actor.reference();
    set_roles(tx, cx, (&organization, &member.id), &roles, giver).await?;
    let detail = json!({ "before": member.roles.to_list(), "after": roles.to_list() });
    let because = ("membership.roles_changed", detail);
    record::changed(tx, cx, &organization, &member, because).await?;
    Ok(true)
}
