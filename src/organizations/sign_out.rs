//! Signing people out who belong to an organization: one of them, or everybody.

use serde_json::json;

use super::{Ceiling, MembershipStatus, ceiling, find_membership, lock};
use crate::{
    access::{Catalogue, sessions},
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, MembershipId, OrganizationId, SessionId},
    },
};

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// There is no such organization, or no such member here.
    #[error("no such member")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

async fn check(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    organization: &OrganizationId,
) -> Result<(), SignOutError> {
    lock(tx, organization)
        .await?
        .ok_or(SignOutError::NotFound)?;
    if ceiling(tx, cx, catalogue, organization).await? == Ceiling::Nothing {
        return Err(SignOutError::NotAllowed);
    }
    Ok(())
}

/// Ends every session of a member, whichever organization they work for in it; how many there were.
///
/// # Errors
/// See [`SignOutError`].
pub async fn sign_out_member(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    (organization, membership): (&OrganizationId, &MembershipId),
) -> Result<u64, SignOutError> {
    check(tx, cx, catalogue, organization).await?;
    let member = find_membership(tx, organization, membership).await?;
    let member = member
        .filter(|member| member.status != MembershipStatus::Removed)
        .ok_or(SignOutError::NotFound)?;
    let ended = sessions::end_for_person(tx, cx, &member.person_id, "by_admin").await?;
    let event = audit::Event {
        action: "membership.signed_out",
        target: member.id.as_str(),
        organization: Some(organization),
        detail: json!({ "ended": ended, "person": member.person_id }),
    };
    audit::record(tx, cx, event).await?;
    Ok(ended)
}

/// Ends the sessions of everybody who belongs to an organization, but for the one in which this is
/// asked; how many there were.
///
/// # Errors
/// See [`SignOutError`].
pub async fn sign_out_everybody(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    (organization, kept): (&OrganizationId, &SessionId),
) -> Result<u64, SignOutError> {
    check(tx, cx, catalogue, organization).await?;
    Ok(sessions::end_for_organization(tx, cx, organization, Some(kept)).await?)
}
