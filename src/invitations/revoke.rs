//! Taking an invitation back.

use serde_json::json;

use super::{
    hold,
    model::{Invitation, State, StateWord},
    record,
};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{InvitationId, OrganizationId},
    },
};

/// Which invitation is taken back. Whether the author may is decided by the page's actor.
#[derive(Debug, Clone)]
pub struct Revoke {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Which.
    pub invitation_id: InvitationId,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revoked {
    /// Its link works no more.
    Revoked(Box<Invitation>),
    /// It was over already; nothing was changed.
    OverBefore(StateWord),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// There is no such invitation here.
    #[error("no such invitation")]
    NotFound,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Takes an invitation back.
///
/// # Errors
/// See [`RevokeError`].
pub async fn revoke(tx: &mut Tx, cx: &Cx, command: Revoke) -> Result<Revoked, RevokeError> {
    let held = hold::by_id(tx, &command.organization_id, &command.invitation_id).await?;
    let held = held.ok_or(RevokeError::NotFound)?;
    let live = match held.invitation.state_at(cx.now()) {
        State::Live(live) => live,
        State::Ended(ended) => return Ok(Revoked::OverBefore(ended.word())),
    };
    let invitation = record::ended(tx, held.invitation, live.revoked(cx.now())).await?;
    record::audited(tx, cx, &invitation, "invitation.revoked", json!({})).await?;
    record::told(tx, cx, &held.organization, &invitation).await?;
    Ok(Revoked::Revoked(Box::new(invitation)))
}
