//! From a checked identity to a person: who is this to us, and may they come in?

use crate::{
    access::sessions::{Held, Opened},
    audit,
    db::{Error, Tx},
    kernel::{
        Actor, Cx, EmailAddress,
        ids::{Id, PersonId},
    },
    people::{
        self, Created, LinkIdentity, LinkIdentityError, Linked, NewPerson, PendingIdentity, Person,
        PersonStatus, UpdateFromProvider, UpdateFromProviderError,
    },
};

use super::start_session::{self, Frame};

/// A checked identity on its way in.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The identity and what its provider said; the address is judged already.
    pub proof: PendingIdentity,
    /// Language tag the provider gave.
    pub locale: String,
    /// Whether the proven address is that of a member of staff who may come in through this
    /// provider.
    pub is_staff: bool,
    /// Whether the address is that of a member of staff, through whichever provider it came.
    pub is_staff_address: bool,
    /// What the session needs.
    pub frame: Frame,
}

/// Who it is.
#[derive(Debug)]
pub enum Resolved {
    /// A person; their session is open.
    SignedIn(Opened),
    /// A person whom the staff keep out.
    KeptOut,
    /// The provider has ended this sign-in meanwhile.
    EndedThere,
    /// Nobody yet; the proven address belongs to a person who signs in with another account of the
    /// same provider, so it may have passed to somebody else. A person decides.
    AddressInUse,
    /// Nobody yet.
    Unknown,
}

/// Finds, links or (staff only) creates the person, and opens the session.
///
/// # Errors
/// When the database refuses.
pub async fn resolve(tx: &mut Tx, cx: &Cx, arrival: Arrival) -> Result<Resolved, Error> {
    let proof = &arrival.proof;
    let held = start_session::hold(tx, proof).await?;
    let by_provider = cx.acting_as(Actor::Provider {
        provider: proof.provider.clone(),
    });
    if let Some(person) = people::find_by_identity(tx, &proof.issuer, &proof.subject).await? {
        return come_in(tx, cx, person, (arrival, &held)).await;
    }
    let Some(email) = proof.verified_email() else {
        return Ok(Resolved::Unknown);
    };
    let person = match people::find_by_email(tx, email).await? {
        Some(person) if !people::may_take_identity_of(tx, &person.id, &proof.issuer).await? => {
            return Ok(Resolved::AddressInUse);
        }
        Some(person) => person,
        None if arrival.is_staff => create(tx, &by_provider, email, &arrival).await?,
        None => return Ok(Resolved::Unknown),
    };
    link(tx, &by_provider, &person.id, proof).await?;
    come_in(tx, cx, person, (arrival, &held)).await
}

async fn link(
    tx: &mut Tx,
    cx: &Cx,
    person: &PersonId,
    proof: &PendingIdentity,
) -> Result<(), Error> {
    let command = LinkIdentity {
        person_id: person.clone(),
        provider: proof.provider.clone(),
        issuer: proof.issuer.clone(),
        subject: proof.subject.clone(),
    };
    match people::link_identity(tx, cx, command).await {
        Ok(Linked::Linked(_) | Linked::AlreadyTheirs(_)) => Ok(()),
        // Both were looked up in this transaction; another one came between on PostgreSQL.
        Ok(Linked::SomebodyElses(_)) | Err(LinkIdentityError::NotFound) => Err(Error::Busy),
        Err(LinkIdentityError::Db(error)) => Err(error),
    }
}

async fn create(
    tx: &mut Tx,
    cx: &Cx,
    email: &EmailAddress,
    arrival: &Arrival,
) -> Result<Person, Error> {
    let proof = &arrival.proof;
    let new = NewPerson {
        email: email.clone(),
        display_name: proof.name.clone(),
        given_name: proof.given_name.clone(),
        family_name: proof.family_name.clone(),
        phone: String::new(),
        language: arrival.locale.clone(),
        time_zone: String::new(),
    };
    match people::create(tx, cx, new).await? {
        Created::Created(person) | Created::EmailTaken(person) => Ok(person),
    }
}

async fn come_in(
    tx: &mut Tx,
    cx: &Cx,
    person: Person,
    (arrival, held): (Arrival, &Held),
) -> Result<Resolved, Error> {
    if person.status != PersonStatus::Active {
        let event = audit::Event {
            action: "session.refused",
            target: person.id.as_str(),
            organization: None,
            detail: serde_json::json!({ "provider": arrival.proof.provider }),
        };
        audit::record(tx, cx, event).await?;
        return Ok(Resolved::KeptOut);
    }
    let person = refresh(tx, cx, person, &arrival).await?;
    let opened =
        start_session::open(tx, cx, &person, (&arrival.proof, held), arrival.frame).await?;
    Ok(opened.map_or(Resolved::EndedThere, Resolved::SignedIn))
}

/// Follows what the provider says. Names are taken only when the provider says something new since
/// the last sign-in, so that people may correct them here.
async fn refresh(tx: &mut Tx, cx: &Cx, person: Person, arrival: &Arrival) -> Result<Person, Error> {
    let proof = &arrival.proof;
    let cx = cx.acting_as(Actor::Provider {
        provider: proof.provider.clone(),
    });
    let has_news = people::names_have_news(tx, &cx, &person, proof).await?;
    let news = |name: &String| {
        if has_news {
            name.clone()
        } else {
            String::new()
        }
    };
    // Staff rights go by the address a person has here. Only a provider for staff gives them one
    // that carries rights; otherwise any other could lend its accounts those of staff.
    let may_take = arrival.is_staff || !arrival.is_staff_address;
    let said = UpdateFromProvider {
        person_id: person.id.clone(),
        email: proof.verified_email().filter(|_| may_take).cloned(),
        display_name: news(&proof.name),
        given_name: news(&proof.given_name),
        family_name: news(&proof.family_name),
        language: arrival.locale.clone(),
    };
    match people::update_from_provider(tx, &cx, said).await {
        Ok(refreshed) => Ok(refreshed.into_person()),
        Err(UpdateFromProviderError::NotFound) => Ok(person),
        Err(UpdateFromProviderError::Db(error)) => Err(error),
    }
}
