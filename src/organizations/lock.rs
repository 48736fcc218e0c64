//! The organization's lock, and what is checked under it.

use super::{
    Ceiling, Membership, Organization, admins::runs, find_membership_of, has_another_admin,
    memberships_of_person, store,
};
use crate::{
    access::Catalogue,
    db::{Conn, Error, Tx},
    kernel::{
        Actor, Cx, Instant,
        ids::{OrganizationId, PersonId},
    },
    on, people,
    people::PersonStatus,
    tasks::{self, NewTask, TaskKind},
};

/// Locks an organization until the transaction ends, by counting up its generation; `None` when it
/// does not exist.
///
/// Everything that counts seats or admins and then writes goes through here, so on PostgreSQL a
/// second transaction waits at this row, and sees the first one's effects afterwards.
///
/// # Errors
/// When the database refuses.
pub async fn lock(
    tx: &mut Tx,
    organization: &OrganizationId,
) -> Result<Option<Organization>, Error> {
    Ok(on!(tx, |c| sqlx::query_as(store::LOCK)
        .bind(organization)
        .fetch_optional(c)
        .await)?)
}

/// What the author of an action may give to members of this organization, read under the lock: an
/// admin who has just been demoted by somebody else may give nothing.
///
/// # Errors
/// When the database refuses.
pub async fn ceiling(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    organization: &OrganizationId,
) -> Result<Ceiling, Error> {
    let person_id = match &cx.actor {
        Actor::Person { person_id } => person_id,
        Actor::Visitor => return Ok(Ceiling::Nothing),
        Actor::Staff { .. }
        | Actor::Crm { .. }
        | Actor::Client { .. }
        | Actor::Provider { .. }
        | Actor::System { .. } => return Ok(Ceiling::Unlimited),
    };
    ceiling_of_person(tx, catalogue, organization, person_id, cx.now()).await
}

/// What a person may give in this organization as one of those who run it; somebody who is kept out,
/// has left, or does not run it may give nothing.
///
/// # Errors
/// When the database refuses.
pub async fn ceiling_of_person(
    conn: &mut Conn,
    catalogue: &Catalogue,
    organization: &OrganizationId,
    person_id: &PersonId,
    now: Instant,
) -> Result<Ceiling, Error> {
    let own = find_membership_of(conn, organization, person_id).await?;
    let Some(own) = own.filter(|own| own.is_current(now)) else {
        return Ok(Ceiling::Nothing);
    };
    if !runs(conn, catalogue, organization, &own.roles).await? {
        return Ok(Ceiling::Nothing);
    }
    let person = people::find(conn, person_id).await?;
    Ok(match person {
        Some(person) if person.status == PersonStatus::Active => Ceiling::of(catalogue, &own.roles),
        _ => Ceiling::Nothing,
    })
}

/// The organizations that would have nobody left to run them if this person were kept out (law 7);
/// each is locked, in the order of their ids.
///
/// # Errors
/// When the database refuses.
pub async fn would_lose_last_admin(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    person: &PersonId,
) -> Result<Vec<Organization>, Error> {
    let now = cx.now();
    let mut own = memberships_of_person(tx, person).await?;
    own.retain(|member| member.is_current(now));
    own.sort_by(|one, other| one.organization_id.cmp(&other.organization_id));
    let mut lost = Vec::new();
    for member in own {
        if !runs(tx, catalogue, &member.organization_id, &member.roles).await? {
            continue;
        }
        let organization = lock(tx, &member.organization_id).await?;
        let without_end = member.ends_at.is_none();
        let place = &member.organization_id;
        if !has_another_admin(tx, catalogue, place, &member.id, without_end, now).await? {
            lost.extend(organization);
        }
    }
    Ok(lost)
}

/// What the last-admin law (law 7) says about taking the admin's duty from a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastAdminLaw {
    /// Somebody else still runs the organization.
    Allows,
    /// Nobody else would.
    Forbids,
    /// Nobody else would, and no person is there to be told no: a task was raised, the member
    /// stays as it is.
    Rescue,
}

/// Asks the law before `member` stops being an active admin; the organization must be locked.
///
/// A member without an end needs another admin without an end, so that the law also holds when
/// time-boxed memberships run out by themselves.
pub(super) async fn last_admin_law(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    member: &Membership,
) -> Result<LastAdminLaw, Error> {
    let now = cx.now();
    let place = &member.organization_id;
    if !member.is_current(now) || !runs(tx, catalogue, place, &member.roles).await? {
        return Ok(LastAdminLaw::Allows);
    }
    let person = people::find(tx, &member.person_id).await?;
    if person.is_none_or(|person| person.status != PersonStatus::Active) {
        return Ok(LastAdminLaw::Allows);
    }
    let without_end = member.ends_at.is_none();
    let organization = &member.organization_id;
    if has_another_admin(tx, catalogue, organization, &member.id, without_end, now).await? {
        return Ok(LastAdminLaw::Allows);
    }
    if !matches!(cx.actor, Actor::Crm { .. }) {
        return Ok(LastAdminLaw::Forbids);
    }
    let task = NewTask {
        kind: TaskKind::LastAdmin,
        organization: Some(&member.organization_id),
        subject: crate::kernel::ids::Id::as_str(&member.id),
        detail: serde_json::json!({ "membership": member.id, "asked_by": cx.actor }),
    };
    tasks::raise(tx, cx, task).await?;
    Ok(LastAdminLaw::Rescue)
}
