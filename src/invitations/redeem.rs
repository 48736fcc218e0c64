//! Accepting: one transaction that makes a person, an identity and a membership of an offer.
//!
//! The link alone is worth nothing: a signed-in account with a verified address that fits does it
//! (law 6). There is one winner, because the statement that ends the invitation tests its state,
//! its secret and its time itself.

use serde_json::json;

use super::{
    account::{Account, Fit, Holder},
    authority::{self, Rules},
    emails,
    hold::{self, Held},
    look::accepted_by,
    model::{Ended, Invitation, Kind, State},
    record, store,
};
use crate::{
    db::{Error, Tx},
    kernel::{
        Actor, Cx, LinkSecret,
        ids::{InvitationId, MembershipId, PersonId},
    },
    on,
    organizations::{
        self, AddMember, AddMemberError, Added, Membership, MembershipStatus, Organization, Source,
    },
    people::{
        self, Created, LinkIdentity, LinkIdentityError, Linked, NewPerson, PendingIdentity, Person,
        PersonStatus,
    },
};

/// Who accepts by which link.
#[derive(Debug, Clone)]
pub struct Redeem {
    /// The link's secret.
    pub secret: LinkSecret,
    /// Whoever signed in.
    pub account: Account,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Redeemed {
    /// They belong now.
    Joined(Box<Joined>),
    /// They had accepted before: the same success, for an answer that got lost.
    Again(Box<Joined>),
    /// They do not, and why. The invitation is as it was.
    Refused(WhyNot),
}

/// Who belongs where.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The person; whoever accepted with a pending identity has no session as this person yet.
    pub person_id: PersonId,
    /// Where.
    pub organization: Organization,
    /// As what.
    pub membership: Membership,
}

/// Why an invitation was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// There is no such invitation, or it is over: see [`super::look`].
    NotOpen,
    /// It is meant for another address.
    WrongAccount,
    /// Nobody vouches for the account's address.
    Unverified,
    /// A member already.
    AlreadyMember,
    /// A member who is suspended.
    SuspendedMember,
    /// The person is kept out of the portal.
    SuspendedPerson,
    /// The address belongs to a person who signs in with another account of the same provider: it
    /// may have passed to somebody else.
    AddressInUse,
    /// All seats are taken.
    NoSeat,
    /// Whoever invited may no longer give these roles.
    RolesGone,
}

impl WhyNot {
    /// The word for records and the keys of texts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotOpen => "not-open",
            Self::WrongAccount => "wrong-account",
            Self::Unverified => "unverified",
            Self::AlreadyMember => "already-member",
            Self::SuspendedMember => "suspended-member",
            Self::SuspendedPerson => "suspended-person",
            Self::AddressInUse => "address-in-use",
            Self::NoSeat => "no-seat",
            Self::RolesGone => "roles-gone",
        }
    }
}

/// Why it could not be done. A refusal is no error: see [`Redeemed`].
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// The database refused; nothing was changed.
    #[error(transparent)]
    Db(#[from] Error),
    /// What was checked under the lock did not hold when it was done: a defect.
    #[error("accepting an invitation failed half-way: {0}")]
    Defect(String),
}

impl From<AddMemberError> for RedeemError {
    fn from(error: AddMemberError) -> Self {
        match error {
            AddMemberError::Db(error) => Self::Db(error),
            other => Self::Defect(other.to_string()),
        }
    }
}

impl From<LinkIdentityError> for RedeemError {
    fn from(error: LinkIdentityError) -> Self {
        match error {
            LinkIdentityError::Db(error) => Self::Db(error),
            other @ LinkIdentityError::NotFound => Self::Defect(other.to_string()),
        }
    }
}

/// Accepts an invitation.
///
/// # Errors
/// See [`RedeemError`].
pub async fn redeem(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: Redeem,
) -> Result<Redeemed, RedeemError> {
    let refused = |why| Ok(Redeemed::Refused(why));
    let Some(held) = hold::by_secret(tx, &command.secret).await? else {
        return refused(WhyNot::NotOpen);
    };
    let Some(holder) = command.account.read(tx).await? else {
        return refused(WhyNot::NotOpen);
    };
    if let State::Ended(ended) = &held.invitation.state {
        return match again(tx, &held, ended, &holder).await? {
            Some(joined) => Ok(Redeemed::Again(Box::new(joined))),
            None => refused(WhyNot::NotOpen),
        };
    }
    if held.replaced || held.invitation.live_at(cx.now()).is_none() {
        return refused(WhyNot::NotOpen);
    }
    let person = known_person(tx, &holder).await?;
    let who = (&holder, person.as_ref(), &command.account);
    if let Some(why) = obstacle(tx, cx, rules, &held, who).await? {
        let detail = json!({ "why": why.word(), "person": person.map(|person| person.id) });
        record::audited(tx, cx, &held.invitation, "invitation.refused", detail).await?;
        return refused(why);
    }
    if !win(tx, cx, &held.invitation).await? {
        return refused(WhyNot::NotOpen);
    }
    let person = match (person, &command.account) {
        (Some(person), _) => person,
        (None, Account::Pending(pending)) => create(tx, cx, pending).await?,
        (None, Account::Person(_)) => return Err(Error::Lost.into()),
    };
    let cx = &cx.acting_as(Actor::Person {
        person_id: person.id.clone(),
    });
    if let Account::Pending(pending) = &command.account {
        bind(tx, cx, &person, pending).await?;
    }
    let is_invited = holder.fit(&held.invitation, held.organization.invite_policy) == Fit::Invited;
    let membership = join(tx, cx, rules, &held, &person).await?;
    let joined = finish(tx, cx, rules, held, (person, membership, is_invited)).await?;
    Ok(Redeemed::Joined(Box::new(joined)))
}

/// The success of whoever accepted before.
async fn again(
    tx: &mut Tx,
    held: &Held,
    ended: &Ended,
    holder: &Holder,
) -> Result<Option<Joined>, Error> {
    let (Ended::Redeemed { membership, .. }, Some(person)) = (ended, &holder.person) else {
        return Ok(None);
    };
    if !accepted_by(ended, holder) || person.status != PersonStatus::Active {
        return Ok(None);
    }
    let membership = organizations::find_membership(tx, &held.organization.id, membership).await?;
    Ok(membership.map(|membership| Joined {
        person_id: person.id.clone(),
        organization: held.organization.clone(),
        membership,
    }))
}

/// The person behind an account: by identity, or by a verified address, which then gets the new
/// identity (law 6).
async fn known_person(tx: &mut Tx, holder: &Holder) -> Result<Option<Person>, Error> {
    match (&holder.person, holder.verified_email()) {
        (Some(person), _) => Ok(Some(person.clone())),
        (None, Some(email)) => people::find_by_email(tx, email).await,
        (None, None) => Ok(None),
    }
}

/// What stands in the way, checked under the organization's lock.
async fn obstacle(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    held: &Held,
    (holder, person, account): (&Holder, Option<&Person>, &Account),
) -> Result<Option<WhyNot>, Error> {
    let Held {
        organization,
        invitation,
        ..
    } = held;
    match holder.fit(invitation, organization.invite_policy) {
        Fit::Invited | Fit::Allowed => {}
        Fit::Other => return Ok(Some(WhyNot::WrongAccount)),
        Fit::Unverified => return Ok(Some(WhyNot::Unverified)),
    }
    if let Some(person) = person {
        if person.status != PersonStatus::Active {
            return Ok(Some(WhyNot::SuspendedPerson));
        }
        if !may_bind(tx, holder, person, account).await? {
            return Ok(Some(WhyNot::AddressInUse));
        }
        let member = organizations::find_membership_of(tx, &organization.id, &person.id).await?;
        match member {
            Some(member) if member.takes_seat(cx.now()) => {
                return Ok(Some(WhyNot::AlreadyMember));
            }
            Some(member) if member.status == MembershipStatus::Suspended => {
                return Ok(Some(WhyNot::SuspendedMember));
            }
            _ => {}
        }
    }
    let no_seat = organizations::no_seat(tx, &organization.id, cx.now()).await?;
    if no_seat.is_some() {
        return Ok(Some(WhyNot::NoSeat));
    }
    let by = (organization, &invitation.inviter);
    let offered = (invitation.kind, &invitation.roles);
    let allowed = authority::may_offer(tx, rules, by, offered, cx.now()).await?;
    Ok(allowed.is_err().then_some(WhyNot::RolesGone))
}

/// Whether accepting may give the account's identity to the person with its address.
async fn may_bind(
    tx: &mut Tx,
    holder: &Holder,
    person: &Person,
    account: &Account,
) -> Result<bool, Error> {
    let (None, Account::Pending(pending)) = (&holder.person, account) else {
        return Ok(true);
    };
    people::may_take_identity_of(tx, &person.id, &pending.issuer).await
}

/// Ends the invitation in favour of whoever asks, unless somebody else was faster.
async fn win(tx: &mut Tx, cx: &Cx, invitation: &Invitation) -> Result<bool, Error> {
    let won: Option<(InvitationId,)> = on!(tx, |c| sqlx::query_as(store::REDEEM)
        .bind(&invitation.id)
        .bind(&invitation.secret_hash)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    Ok(won.is_some())
}

async fn create(tx: &mut Tx, cx: &Cx, pending: &PendingIdentity) -> Result<Person, RedeemError> {
    let email = pending.verified_email().ok_or(Error::Lost)?;
    let new = NewPerson {
        email: email.clone(),
        display_name: pending.name.clone(),
        given_name: pending.given_name.clone(),
        family_name: pending.family_name.clone(),
        phone: String::new(),
        language: String::new(),
        time_zone: String::new(),
    };
    match people::create(tx, cx, new).await? {
        Created::Created(person) => Ok(person),
        Created::EmailTaken(_) => Err(RedeemError::Defect(
            "an address was free and then was not".to_owned(),
        )),
    }
}

async fn bind(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    pending: &PendingIdentity,
) -> Result<(), RedeemError> {
    let link = LinkIdentity {
        person_id: person.id.clone(),
        provider: pending.provider.clone(),
        issuer: pending.issuer.clone(),
        subject: pending.subject.clone(),
    };
    match people::link_identity(tx, cx, link).await? {
        Linked::Linked(_) | Linked::AlreadyTheirs(_) => Ok(()),
        Linked::SomebodyElses(_) => Err(RedeemError::Defect(
            "an identity changed hands meanwhile".to_owned(),
        )),
    }
}

async fn join(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    held: &Held,
    person: &Person,
) -> Result<Membership, RedeemError> {
    let invitation = &held.invitation;
    let command = AddMember {
        organization_id: held.organization.id.clone(),
        person_id: person.id.clone(),
        roles: invitation.roles.to_list(),
        source: Source::Invitation,
        starts_at: None,
        ends_at: None,
        crm_contact_id: invitation
            .crm_contact_id
            .clone()
            .filter(|_| invitation.kind == Kind::Member),
    };
    let giver = &invitation.inviter.reference;
    match organizations::add_member_for(tx, cx, rules.catalogue, command, giver).await? {
        Added::Joined(membership) => Ok(membership),
        Added::AlreadyMember(_) | Added::NoSeat { .. } => Err(RedeemError::Defect(
            "a seat was free and then was not".to_owned(),
        )),
    }
}

async fn finish(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    held: Held,
    (person, membership, is_invited): (Person, Membership, bool),
) -> Result<Joined, RedeemError> {
    let Held {
        organization,
        invitation,
        ..
    } = held;
    set_redeemed(tx, &invitation.id, &person.id, &membership.id).await?;
    let invitation = Invitation {
        state: State::Ended(Ended::Redeemed {
            at: cx.now(),
            by: person.id.clone(),
            membership: membership.id.clone(),
        }),
        ..invitation
    };
    let detail = json!({
        "person": person.id, "membership": membership.id, "with_invited_address": is_invited,
    });
    record::audited(tx, cx, &invitation, "invitation.redeemed", detail).await?;
    record::told(tx, cx, &organization, &invitation).await?;
    emails::joined(tx, cx, rules, &organization, (&invitation, &person)).await?;
    Ok(Joined {
        person_id: person.id,
        organization,
        membership,
    })
}

async fn set_redeemed(
    tx: &mut Tx,
    invitation: &InvitationId,
    person: &PersonId,
    membership: &MembershipId,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SET_REDEEMED)
        .bind(invitation)
        .bind(person)
        .bind(membership)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
