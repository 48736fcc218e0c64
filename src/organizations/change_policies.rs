//! How people come into an organization: which account may accept an invitation, and who joins
//! without one.

use serde_json::json;

use super::{Ceiling, InvitePolicy, JoinPolicy, Organization, ceiling, lock, store};
use crate::{
    access::Catalogue,
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, OrganizationId},
    },
    on,
};

/// What an organization's admin decides.
#[derive(Debug, Clone)]
pub struct ChangePolicies {
    /// Where.
    pub organization_id: OrganizationId,
    /// Which account may accept an invitation.
    pub invite_policy: InvitePolicy,
    /// How people join without one.
    pub join_policy: JoinPolicy,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoliciesChanged {
    /// They are these now.
    Changed,
    /// They were these before.
    Unchanged,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ChangePoliciesError {
    /// There is no such organization.
    #[error("no such organization")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Sets both policies; each that changes leaves an audit event with its old and new value.
///
/// # Errors
/// See [`ChangePoliciesError`].
pub async fn change_policies(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: ChangePolicies,
) -> Result<PoliciesChanged, ChangePoliciesError> {
    let before = lock(tx, &command.organization_id).await?;
    let before = before.ok_or(ChangePoliciesError::NotFound)?;
    if ceiling(tx, cx, catalogue, &before.id).await? == Ceiling::Nothing {
        return Err(ChangePoliciesError::NotAllowed);
    }
    let (invite, join) = (command.invite_policy, command.join_policy);
    if (before.invite_policy, before.join_policy) == (invite, join) {
        return Ok(PoliciesChanged::Unchanged);
    }
    on!(tx, |c| sqlx::query(store::SET_POLICIES)
        .bind(&before.id)
        .bind(invite)
        .bind(join)
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    if before.invite_policy != invite {
        let event = audit::Event {
            action: "organization.invite_policy_changed",
            target: before.id.as_str(),
            organization: Some(&before.id),
            detail: json!({ "before": before.invite_policy, "after": invite }),
        };
        audit::record(tx, cx, event).await?;
    }
    if before.join_policy != join {
        join_changed(tx, cx, &before, join).await?;
    }
    Ok(PoliciesChanged::Changed)
}

async fn join_changed(
    tx: &mut Tx,
    cx: &Cx,
    before: &Organization,
    after: JoinPolicy,
) -> Result<(), Error> {
    let event = audit::Event {
        action: "organization.join_policy_changed",
        target: before.id.as_str(),
        organization: Some(&before.id),
        detail: json!({ "before": before.join_policy, "after": after }),
    };
    audit::record(tx, cx, event).await
}
