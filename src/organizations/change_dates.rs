//! Giving a membership a start or an end, or taking them away.

use serde_json::json;

use super::{
    Membership, MembershipStatus, find_membership, lock,
    lock::{LastAdminLaw, ceiling, last_admin_law},
    model::Dates,
    no_seat, record, store,
};
use crate::{
    access::Catalogue,
    db::{Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{MembershipId, OrganizationId},
    },
    on,
};

/// The dates a membership shall have.
#[derive(Debug, Clone)]
pub struct ChangeDates {
    /// Where.
    pub organization_id: OrganizationId,
    /// Whose.
    pub membership_id: MembershipId,
    /// The first moment it counts; `None` for at once.
    pub starts_at: Option<Instant>,
    /// The first moment it no longer counts; `None` for no end.
    pub ends_at: Option<Instant>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatesChanged {
    /// The dates are these now.
    Changed(Membership),
    /// They were these before.
    Unchanged(Membership),
    /// The membership had run out and all seats are taken; nothing was changed.
    NoSeat {
        /// How many there are.
        seats: i64,
    },
    /// A CRM asked for the last admin: nothing was changed, staff have a task.
    KeptForRescue(Membership),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ChangeDatesError {
    /// There is no such member here.
    #[error("no such member")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// The end is not after the start.
    #[error("the end is not after the start")]
    ImpossibleDates,
    /// Nobody else runs the organization without an end (law 7).
    #[error("the organization would have no admin left")]
    LastAdmin,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Sets the dates of a membership. An admin gets an end or a later start only while somebody else
/// runs the organization without one.
///
/// # Errors
/// See [`ChangeDatesError`].
pub async fn change_dates(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: ChangeDates,
) -> Result<DatesChanged, ChangeDatesError> {
    let dates = Dates {
        starts_at: command.starts_at,
        ends_at: command.ends_at,
    };
    if !dates.is_possible() {
        return Err(ChangeDatesError::ImpossibleDates);
    }
    let organization = lock(tx, &command.organization_id).await?;
    let organization = organization.ok_or(ChangeDatesError::NotFound)?;
    let member = find_membership(tx, &organization.id, &command.membership_id).await?;
    let member = member
        .filter(|member| member.status != MembershipStatus::Removed)
        .ok_or(ChangeDatesError::NotFound)?;
    if ceiling(tx, cx, catalogue, &organization.id).await? == super::Ceiling::Nothing {
        return Err(ChangeDatesError::NotAllowed);
    }
    let after = Membership {
        starts_at: dates.starts_at,
        ends_at: dates.ends_at,
        ..member.clone()
    };
    if after == member {
        return Ok(DatesChanged::Unchanged(member));
    }
    if shortens(&member, &after, cx.now()) {
        match last_admin_law(tx, cx, catalogue, &member).await? {
            LastAdminLaw::Allows => {}
            LastAdminLaw::Forbids => return Err(ChangeDatesError::LastAdmin),
            LastAdminLaw::Rescue => return Ok(DatesChanged::KeptForRescue(member)),
        }
    }
    if after.takes_seat(cx.now())
        && !member.takes_seat(cx.now())
        && let Some(seats) = no_seat(tx, &organization.id, cx.now()).await?
    {
        return Ok(DatesChanged::NoSeat { seats });
    }
    store_dates(tx, cx, &after).await?;
    let detail = json!({ "starts_at": dates.starts_at, "ends_at": dates.ends_at });
    let because = ("membership.dates_changed", detail);
    let member = record::changed(tx, cx, &organization, &member, because).await?;
    Ok(DatesChanged::Changed(member))
}

/// Whether a member who counts now would stop counting, now or at an earlier moment than before.
fn shortens(before: &Membership, after: &Membership, now: Instant) -> bool {
    let end =
        |membership: &Membership| membership.ends_at.unwrap_or(Instant::from_micros(i64::MAX));
    !after.is_current(now) || end(after) < end(before)
}

async fn store_dates(tx: &mut Tx, cx: &Cx, after: &Membership) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SET_DATES)
        .bind(&after.organization_id)
        .bind(&after.id)
        .bind(after.starts_at)
        .bind(after.ends_at)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
