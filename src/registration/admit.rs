//! Letting the applicant in: person, identity, membership, end of the request. One transaction.

use serde_json::json;

use super::{
    Rules, letters,
    model::{Applicant, Evidence, Registration, State},
    store,
};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Actor, Cx, EmailAddress,
        ids::{Id, OrganizationId, PersonId, RegistrationId},
    },
    on,
    organizations::{self, AddMember, AddMemberError, Added, Membership, MembershipStatus, Source},
    people::{
        self, Created, LinkIdentity, LinkIdentityError, Linked, NewPerson, Person, PersonStatus,
    },
};

/// What the portal knows about who registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// Nobody has this identity or this address.
    Nobody,
    /// A person who may sign in, has this identity or may be given it.
    Free(Person),
    /// A person who may not sign in, or whose account at this provider is another one: the address
    /// may have passed to somebody else since, so a person has to decide.
    NotFree(Person),
}

/// Looks up who registers: by identity, else by verified address (law 6).
pub(super) async fn known(tx: &mut Tx, applicant: &Applicant) -> Result<Known, Error> {
    let holder = people::find_by_identity(tx, &applicant.issuer, &applicant.subject).await?;
    if let Some(person) = holder {
        return Ok(if person.status == PersonStatus::Active {
            Known::Free(person)
        } else {
            Known::NotFree(person)
        });
    }
    let Some(person) = people::find_by_email(tx, &applicant.email).await? else {
        return Ok(Known::Nobody);
    };
    let may_take = people::may_take_identity_of(tx, &person.id, &applicant.issuer).await?;
    Ok(if may_take && person.status == PersonStatus::Active {
        Known::Free(person)
    } else {
        Known::NotFree(person)
    })
}

/// Where and as what somebody is let in.
pub(super) struct Place<'a> {
    pub(super) organization_id: &'a OrganizationId,
    pub(super) roles: Vec<String>,
    /// What the decider wrote to the applicant.
    pub(super) note: &'a str,
    /// Whether a person has decided, or a rule.
    pub(super) by_rule: bool,
}

/// Somebody who has just been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The request that was approved.
    pub registration_id: RegistrationId,
    /// Who.
    pub person_id: PersonId,
    /// As what.
    pub membership: Membership,
}

/// Why somebody could not be let in although it was decided. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdmitError {
    #[error("all {0} seats are taken")]
    NoSeat(i64),
    #[error("they are a suspended member already")]
    Suspended,
    #[error("a member needs a role that exists")]
    Role,
    #[error("no such organization")]
    NotFound,
    #[error("the request has been decided meanwhile")]
    Decided,
    #[error(transparent)]
    Db(#[from] Error),
}

impl From<AddMemberError> for AdmitError {
    fn from(error: AddMemberError) -> Self {
        match error {
            AddMemberError::NotFound => Self::NotFound,
            AddMemberError::NoRole
            | AddMemberError::UnknownRole(_)
            | AddMemberError::WrongKind(_) => Self::Role,
            // No dates are given here, and the person was made or found in this transaction.
            AddMemberError::ImpossibleDates | AddMemberError::UnknownPerson => {
                Self::Db(Error::Lost)
            }
            AddMemberError::Db(error) => Self::Db(error),
        }
    }
}

/// Lets the applicant of an open request in. Who is a member already stays as they are, and the
/// request counts as approved.
pub(super) async fn admit(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
    place: Place<'_>,
) -> Result<Admitted, AdmitError> {
    let person = person_of(tx, cx, registration).await?;
    let author = if place.by_rule {
        cx.acting_as(Actor::Person {
            person_id: person.id.clone(),
        })
    } else {
        cx.clone()
    };
    let command = AddMember {
        organization_id: place.organization_id.clone(),
        person_id: person.id.clone(),
        roles: place.roles.clone(),
        source: Source::Registration,
        starts_at: None,
        ends_at: None,
        crm_contact_id: contact_of(&registration.evidence, registration, &person.email),
    };
    let added = organizations::add_member(tx, &author, rules.catalogue, command).await?;
    let membership = match added {
        Added::AlreadyMember(membership) if membership.status == MembershipStatus::Suspended => {
            return Err(AdmitError::Suspended);
        }
        Added::Joined(membership) | Added::AlreadyMember(membership) => membership,
        Added::NoSeat { seats } => return Err(AdmitError::NoSeat(seats)),
    };
    end(tx, cx, registration, &person.id, &place).await?;
    let event = audit::Event {
        action: "registration.approved",
        target: registration.id.as_str(),
        organization: Some(place.organization_id),
        detail: json!({
            "reference": registration.reference, "person": person.id, "membership": membership.id,
            "roles": membership.roles.to_list(), "by_rule": place.by_rule,
        }),
    };
    audit::record(tx, cx, event).await?;
    let said = (place.organization_id, place.note);
    letters::approved(tx, cx, rules, registration, said).await?;
    Ok(Admitted {
        registration_id: registration.id.clone(),
        person_id: person.id,
        membership,
    })
}

/// The CRM contact to link: only one that has the address with which the person is known.
fn contact_of(
    evidence: &Evidence,
    registration: &Registration,
    email: &EmailAddress,
) -> Option<String> {
    let contact = evidence.only_contact()?;
    (registration.email == *email).then(|| contact.to_owned())
}

async fn end(
    tx: &mut Tx,
    cx: &Cx,
    registration: &Registration,
    person: &PersonId,
    place: &Place<'_>,
) -> Result<(), AdmitError> {
    let decided_by = if place.by_rule {
        "system"
    } else {
        cx.actor.reference()
    };
    let organization = organizations::find(tx, place.organization_id).await?;
    let organization = organization.ok_or(AdmitError::NotFound)?;
    let ended: Option<(RegistrationId,)> = on!(tx, |c| sqlx::query_as(store::END)
        .bind(&registration.id)
        .bind(State::Approved)
        .bind(place.organization_id)
        .bind(person)
        .bind(decided_by)
        .bind(place.note)
        .bind(cx.now())
        .bind(&organization.connection)
        .bind(&organization.name)
        .fetch_optional(c)
        .await)
    .map_err(Error::from)?;
    ended.ok_or(AdmitError::Decided)?;
    on!(tx, |c| sqlx::query(store::GIVE_CONSENTS)
        .bind(&registration.id)
        .bind(person)
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    Ok(())
}

/// The person behind a request, with its identity: known, or made now.
async fn person_of(tx: &mut Tx, cx: &Cx, registration: &Registration) -> Result<Person, Error> {
    let holder = people::find_by_identity(tx, &registration.issuer, &registration.subject).await?;
    if let Some(person) = holder {
        return Ok(person);
    }
    let new = NewPerson {
        email: registration.email.clone(),
        display_name: String::new(),
        given_name: registration.given_name.clone(),
        family_name: registration.family_name.clone(),
        phone: registration.phone.clone(),
        language: registration.language.clone(),
        time_zone: String::new(),
    };
    let person = match people::create(tx, cx, new).await? {
        Created::Created(person) | Created::EmailTaken(person) => person,
    };
    link(tx, cx, &person, registration).await?;
    Ok(person)
}

/// Gives the applicant's identity to a person.
async fn link(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    registration: &Registration,
) -> Result<(), Error> {
    link_applicant(tx, cx, person, &registration.applicant()).await
}

/// Gives an identity to a person. The caller has the evidence (law 6).
pub(super) async fn link_applicant(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    applicant: &Applicant,
) -> Result<(), Error> {
    let command = LinkIdentity {
        person_id: person.id.clone(),
        provider: applicant.provider.clone(),
        issuer: applicant.issuer.clone(),
        subject: applicant.subject.clone(),
    };
    match people::link_identity(tx, cx, command).await {
        Ok(Linked::Linked(_) | Linked::AlreadyTheirs(_)) => Ok(()),
        // The identity was looked up in this transaction and belonged to nobody.
        Ok(Linked::SomebodyElses(_)) | Err(LinkIdentityError::NotFound) => Err(Error::Lost),
        Err(LinkIdentityError::Db(error)) => Err(error),
    }
}
