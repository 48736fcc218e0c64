//! Restoring a suspended member.

use serde_json::json;

use super::{
    Membership, MembershipStatus, find_membership, lock, lock::ceiling, no_seat, record, store,
};
use crate::{
    access::Catalogue,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{MembershipId, OrganizationId},
    },
    on,
};

/// Whom to restore.
#[derive(Debug, Clone)]
pub struct Restore {
    /// Where.
    pub organization_id: OrganizationId,
    /// Whom.
    pub membership_id: MembershipId,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// Active again, with the roles held before.
    Restored(Membership),
    /// Was active before.
    Already(Membership),
    /// All seats are taken; nothing was changed.
    NoSeat {
        /// How many there are.
        seats: i64,
    },
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is no such member here, or it was removed.
    #[error("no such member")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Restores a suspended member if a seat is free.
///
/// # Errors
/// See [`RestoreError`].
pub async fn restore(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: Restore,
) -> Result<Restored, RestoreError> {
    let organization = lock(tx, &command.organization_id).await?;
    let organization = organization.ok_or(RestoreError::NotFound)?;
    let member = find_membership(tx, &organization.id, &command.membership_id).await?;
    let member = member.ok_or(RestoreError::NotFound)?;
    if ceiling(tx, cx, catalogue, &organization.id).await? == super::Ceiling::Nothing {
        return Err(RestoreError::NotAllowed);
    }
    match member.status {
        MembershipStatus::Active => return Ok(Restored::Already(member)),
        MembershipStatus::Suspended => {}
        MembershipStatus::Removed => return Err(RestoreError::NotFound),
    }
    if let Some(seats) = no_seat(tx, &organization.id, cx.now()).await? {
        return Ok(Restored::NoSeat { seats });
    }
    on!(tx, |c| sqlx::query(store::SET_STATUS)
        .bind(&organization.id)
        .bind(&member.id)
        .bind(MembershipStatus::Active)
        .bind("")
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    let because = ("membership.restored", json!({}));
    let member = record::changed(tx, cx, &organization, &member, because).await?;
    Ok(Restored::Restored(member))
}
