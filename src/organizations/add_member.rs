//! Making a person a member.

use serde_json::json;

use super::{
    Membership, MembershipStatus, Organization, Roles, Source, find_membership_of, lock,
    model::Dates, no_seat, record, roles::first_unknown, store,
};
use crate::{
    access::Catalogue,
    db::{Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{MembershipId, OrganizationId, PersonId},
        text,
    },
    on,
    people::{self, Person},
};

/// Who becomes a member of what. Whether that is right has been decided by the caller: the
/// invitation, the approval, the import.
#[derive(Debug, Clone)]
pub struct AddMember {
    /// Where.
    pub organization_id: OrganizationId,
    /// Who.
    pub person_id: PersonId,
    /// Business roles; each must be in the catalogue.
    pub roles: Vec<String>,
    /// How the person came.
    pub source: Source,
    /// The first moment it counts; `None` for now.
    pub starts_at: Option<Instant>,
    /// The first moment it no longer counts; `None` for no end.
    pub ends_at: Option<Instant>,
    /// The contact in the CRM, when known.
    pub crm_contact_id: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// The person is a member now, new or again.
    Joined(Membership),
    /// The person is one already, active or suspended; nothing was changed.
    AlreadyMember(Membership),
    /// All seats are taken; nothing was changed.
    NoSeat {
        /// How many there are.
        seats: i64,
    },
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AddMemberError {
    /// There is no such organization.
    #[error("no such organization")]
    NotFound,
    /// There is no such person.
    #[error("no such person")]
    UnknownPerson,
    /// No role was named.
    #[error("a member needs a role")]
    NoRole,
    /// The catalogue has no such role.
    #[error("there is no role {0:?}")]
    UnknownRole(String),
    /// The role is not for organizations of this kind.
    #[error("the role {0:?} is not for organizations of this kind")]
    WrongKind(String),
    /// The end is not after the start.
    #[error("the end is not after the start")]
    ImpossibleDates,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Makes a person a member if a seat is free. A removed member, or one whose time ran out, comes
/// back as the same member with the new roles and dates.
///
/// # Errors
/// See [`AddMemberError`].
pub async fn add_member(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: AddMember,
) -> Result<Added, AddMemberError> {
    add_member_for(tx, cx, catalogue, command, cx.actor.reference()).await
}

/// As [`add_member`], when the roles are given by somebody else than the author: who accepts an
/// invitation joins by themselves, with roles from whoever invited (`giver`, an author's reference).
///
/// # Errors
/// See [`AddMemberError`].
pub async fn add_member_for(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    command: AddMember,
    giver: &str,
) -> Result<Added, AddMemberError> {
    let roles = Roles::new(command.roles.iter().cloned());
    if roles.is_empty() {
        return Err(AddMemberError::NoRole);
    }
    if let Some(unknown) = first_unknown(catalogue, &roles) {
        return Err(AddMemberError::UnknownRole(unknown));
    }
    let is_for = |key: &&String, kind| catalogue.role(key).is_some_and(|role| role.is_for(kind));
    let dates = Dates {
        starts_at: command.starts_at,
        ends_at: command.ends_at,
    };
    if !dates.is_possible() {
        return Err(AddMemberError::ImpossibleDates);
    }
    let organization = lock(tx, &command.organization_id).await?;
    let organization = organization.ok_or(AddMemberError::NotFound)?;
    if let Some(role) = roles.iter().find(|key| !is_for(key, organization.kind)) {
        return Err(AddMemberError::WrongKind(role.clone()));
    }
    let person = people::find(tx, &command.person_id).await?;
    let person = person.ok_or(AddMemberError::UnknownPerson)?;
    let present = find_membership_of(tx, &organization.id, &person.id).await?;
    if let Some(member) = present.as_ref().filter(|member| is_kept(member, cx.now())) {
        return Ok(Added::AlreadyMember(member.clone()));
    }
    if let Some(seats) = no_seat(tx, &organization.id, cx.now()).await? {
        return Ok(Added::NoSeat { seats });
    }
    let again = present.is_some();
    let id = match present {
        Some(member) => revive(tx, cx, &command, member.id).await?,
        None => insert(tx, cx, &command, &person).await?,
    };
    set_roles(tx, cx, (&organization, &id), &roles, giver).await?;
    let membership = find_membership_of(tx, &organization.id, &person.id).await?;
    let membership = membership.ok_or(Error::Lost)?;
    let detail = json!({
        "person": person.id, "roles": roles.to_list(), "source": command.source, "again": again,
        "starts_at": command.starts_at, "ends_at": command.ends_at,
    });
    let because = ("membership.created", detail);
    let membership = record::changed(tx, cx, &organization, &membership, because).await?;
    Ok(Added::Joined(membership))
}

/// Whether the row stands for a member: not removed, not run out. A suspended one is kept, so that
/// a new invitation does not undo a suspension.
fn is_kept(member: &Membership, now: Instant) -> bool {
    match member.status {
        MembershipStatus::Active => member.takes_seat(now),
        MembershipStatus::Suspended => true,
        MembershipStatus::Removed => false,
    }
}

async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    command: &AddMember,
    person: &Person,
) -> Result<MembershipId, Error> {
    let id: MembershipId = cx.new_id();
    on!(tx, |c| sqlx::query(store::ADD_MEMBERSHIP)
        .bind(&id)
        .bind(&command.organization_id)
        .bind(&person.id)
        .bind(command.starts_at)
        .bind(command.ends_at)
        .bind(&command.crm_contact_id)
        .bind(cx.now())
        .bind(command.source)
        .bind(&person.display_name)
        .bind(text::fold(&person.display_name))
        .bind(person.email.shown())
        .bind(person.email.key())
        .bind("")
        .bind(person.last_sign_in_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(id)
}

async fn revive(
    tx: &mut Tx,
    cx: &Cx,
    command: &AddMember,
    id: MembershipId,
) -> Result<MembershipId, Error> {
    on!(tx, |c| sqlx::query(store::REVIVE)
        .bind(&command.organization_id)
        .bind(&id)
        .bind(command.starts_at)
        .bind(command.ends_at)
        .bind(&command.crm_contact_id)
        .bind(cx.now())
        .bind(command.source)
        .execute(c)
        .await
        .map(drop))?;
    Ok(id)
}

/// Makes the held roles exactly `roles`, in both places where they stand; new ones are given by
/// `giver`. Says nothing to anybody.
pub(super) async fn set_roles(
    tx: &mut Tx,
    cx: &Cx,
    (organization, membership): (&Organization, &MembershipId),
    roles: &Roles,
    giver: &str,
) -> Result<(), Error> {
    let held: Vec<(String,)> = on!(tx, |c| sqlx::query_as(store::HELD_ROLES)
        .bind(membership)
        .fetch_all(c)
        .await)?;
    for (role,) in held.iter().filter(|(role,)| !roles.contains(role)) {
        on!(tx, |c| sqlx::query(store::WITHDRAW_ROLE)
            .bind(membership)
            .bind(role)
            .execute(c)
            .await
            .map(drop))?;
    }
    for role in roles.iter() {
        on!(tx, |c| sqlx::query(store::GRANT_ROLE)
            .bind(&organization.id)
            .bind(membership)
            .bind(role)
            .bind(giver)
            .bind(cx.now())
            .execute(c)
            .await
            .map(drop))?;
    }
    on!(tx, |c| sqlx::query(store::SET_ROLES)
        .bind(&organization.id)
        .bind(membership)
        .bind(roles.joined())
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
