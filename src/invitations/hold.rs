//! Holding what a secret belongs to, in the one order that all actions keep: organization, then
//! invitation.

use super::{find, model::Invitation};
use crate::{
    db::{Error, Tx},
    kernel::{
        LinkSecret,
        ids::{InvitationId, OrganizationId},
    },
    organizations::{self, Organization},
};

/// An invitation that nobody else changes until the transaction ends.
pub(super) struct Held {
    pub(super) organization: Organization,
    pub(super) invitation: Invitation,
    /// Whether the secret was replaced by a newer one.
    pub(super) replaced: bool,
}

/// Holds the invitation a secret belongs or belonged to.
pub(super) async fn by_secret(tx: &mut Tx, secret: &LinkSecret) -> Result<Option<Held>, Error> {
    let Some((found, _)) = find::by_secret(tx, secret).await? else {
        return Ok(None);
    };
    let Some(mut held) = by_id(tx, &found.organization_id, &found.id).await? else {
        return Ok(None);
    };
    // A reminder's secret stands beside the first one; whether an older one was replaced is read as
    // it stands under the lock.
    if held.invitation.secret_hash != secret.hash() {
        let stored = find::by_secret(tx, secret).await?;
        held.replaced = stored.is_none_or(|(_, replaced_at)| replaced_at.is_some());
    }
    Ok(Some(held))
}

/// Holds an invitation of this organization.
pub(super) async fn by_id(
    tx: &mut Tx,
    organization: &OrganizationId,
    invitation: &InvitationId,
) -> Result<Option<Held>, Error> {
    let Some(organization) = organizations::lock(tx, organization).await? else {
        return Ok(None);
    };
    let invitation = find::lock(tx, invitation).await?;
    Ok(invitation
        .filter(|invitation| invitation.organization_id == organization.id)
        .map(|invitation| Held {
            organization,
            invitation,
            replaced: false,
        }))
}
