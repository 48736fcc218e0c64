//! Following what the identity provider says about a person at sign-in.

use serde_json::json;

use super::{
    Person,
    create::lock_address,
    find,
    model::{NAME_LIMIT, display_name, known_language},
    store,
};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx, EmailAddress,
        ids::{Id, PersonId},
        text,
    },
    on, organizations,
    tasks::{self, NewTask, TaskKind},
};

/// What the provider said. Empty texts leave what is stored.
#[derive(Debug, Clone)]
pub struct UpdateFromProvider {
    /// Whom it is about.
    pub person_id: PersonId,
    /// The address, only if **verified** by a provider trusted for it (law 6).
    pub email: Option<EmailAddress>,
    /// Name as a whole.
    pub display_name: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Language tag; taken only while the person has chosen none.
    pub language: String,
}

/// What came of it; each carries the person as stored now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// Nothing differed.
    Unchanged(Person),
    /// Something differed and was stored and told to the CRMs.
    Updated(Person),
    /// The new address belongs to somebody else: the old one stays, staff have a task. Names may
    /// have been stored all the same.
    AddressTaken(Person),
}

impl Refreshed {
    /// The person as stored now.
    #[must_use]
    pub fn into_person(self) -> Person {
        match self {
            Self::Unchanged(person) | Self::Updated(person) | Self::AddressTaken(person) => person,
        }
    }
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum UpdateFromProviderError {
    /// There is no such person.
    #[error("no such person")]
    NotFound,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Stores what the provider says and tells every CRM whose contact it changes.
///
/// # Errors
/// See [`UpdateFromProviderError`].
pub async fn update_from_provider(
    tx: &mut Tx,
    cx: &Cx,
    said: UpdateFromProvider,
) -> Result<Refreshed, UpdateFromProviderError> {
    let before = find(tx, &said.person_id).await?;
    let before = before.ok_or(UpdateFromProviderError::NotFound)?;
    let named = set_names(tx, &before, &said).await?;
    let address = set_address(tx, cx, &before, said.email.as_ref()).await?;
    let changed = named || address == Address::Changed;
    if changed {
        let event = audit::Event {
            action: "person.refreshed",
            target: before.id.as_str(),
            organization: None,
            detail: json!({ "names": named, "address": address == Address::Changed }),
        };
        audit::record(tx, cx, event).await?;
    }
    let after = find(tx, &before.id).await?.ok_or(Error::Lost)?;
    if changed {
        organizations::follow_person(tx, cx, &after, "person.refreshed").await?;
    }
    Ok(match address {
        Address::Taken => Refreshed::AddressTaken(after),
        _ if changed => Refreshed::Updated(after),
        _ => Refreshed::Unchanged(after),
    })
}

/// Stores names and language; whether a name differed (a language alone is nothing to tell).
async fn set_names(tx: &mut Tx, before: &Person, said: &UpdateFromProvider) -> Result<bool, Error> {
    let or_stored = |said: &str, stored: &str| {
        let said = text::one_line(said, NAME_LIMIT);
        if said.is_empty() {
            stored.to_owned()
        } else {
            said
        }
    };
    let given_name = or_stored(&said.given_name, &before.given_name);
    let family_name = or_stored(&said.family_name, &before.family_name);
    let parts_differ = given_name != before.given_name || family_name != before.family_name;
    let shown = if parts_differ || !said.display_name.trim().is_empty() {
        display_name(&said.display_name, &given_name, &family_name, &before.email)
    } else {
        before.display_name.clone()
    };
    let language = if before.language.is_empty() {
        known_language(&said.language)
    } else {
        before.language.as_str()
    };
    let named = parts_differ || shown != before.display_name;
    if named || language != before.language {
        on!(tx, |c| sqlx::query(store::SET_FROM_PROVIDER)
            .bind(&before.id)
            .bind(&shown)
            .bind(&given_name)
            .bind(&family_name)
            .bind(language)
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(named)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Address {
    Same,
    Changed,
    Taken,
}

async fn set_address(
    tx: &mut Tx,
    cx: &Cx,
    before: &Person,
    said: Option<&EmailAddress>,
) -> Result<Address, Error> {
    let Some(email) = said.filter(|email| email.shown() != before.email.shown()) else {
        return Ok(Address::Same);
    };
    lock_address(tx, email).await?;
    let set: Option<(PersonId,)> = on!(tx, |c| sqlx::query_as(store::SET_EMAIL)
        .bind(&before.id)
        .bind(email.shown())
        .bind(email.key())
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    if set.is_some() {
        return Ok(Address::Changed);
    }
    let owner = super::find_by_email(tx, email).await?;
    let task = NewTask {
        kind: TaskKind::AddressTaken,
        organization: None,
        subject: before.id.as_str(),
        detail: json!({ "person": before.id, "belongs_to": owner.map(|owner| owner.id) }),
    };
    tasks::raise(tx, cx, task).await?;
    Ok(Address::Taken)
}
