//! Recording that directories must look at somebody again: part of the transaction of the change.
//!
//! Nothing is said about the new state: it is read when the change is delivered. So several changes
//! of one person are one delivery, and neither a late one nor an early one brings back what is over.

use std::collections::BTreeMap;

use super::store;
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{ChangeId, Id, OrganizationId, PersonId},
    },
    on,
    outbox::{self, Fact, NewChange, PersonFact},
};

/// Has the directories that hold a person look again; `None` when none does.
///
/// # Errors
/// When the database refuses; then the change must not stand either.
pub async fn person(
    tx: &mut Tx,
    cx: &Cx,
    person: &PersonId,
    because: &str,
) -> Result<Option<ChangeId>, Error> {
    let names: Vec<String> = on!(tx, |c| sqlx::query_scalar(store::OF_PERSON)
        .bind(person)
        .fetch_all(c)
        .await)?;
    if names.is_empty() {
        return Ok(None);
    }
    let destinations: Vec<String> = names
        .iter()
        .map(|name| outbox::directory_destination(name))
        .collect();
    let change = NewChange {
        subject: person.as_str(),
        organization: None,
        fact: Fact::PersonStands(PersonFact {
            because: because.to_owned(),
        }),
        destinations: &destinations,
    };
    outbox::record(tx, cx, change).await.map(Some)
}

/// The same of everybody who is an active member of an organization, in few statements however many
/// they are.
///
/// # Errors
/// When the database refuses; then the change must not stand either.
pub async fn organization(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    because: &str,
) -> Result<Option<ChangeId>, Error> {
    let found: Vec<(String, PersonId)> = on!(tx, |c| sqlx::query_as(store::OF_ORGANIZATION)
        .bind(organization)
        .fetch_all(c)
        .await)?;
    let change = (organization.as_str(), Some(organization), because);
    everybody(tx, cx, change, found).await
}

/// Has every directory look at everybody again, a part at a time: what counts for all has changed.
///
/// # Errors
/// When the database refuses; then the change must not stand either.
pub async fn all_again(tx: &mut Tx) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::FILL_AGAIN)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Records one change that is delivered about many people: directory and person.
pub(super) async fn everybody(
    tx: &mut Tx,
    cx: &Cx,
    (subject, organization, because): (&str, Option<&OrganizationId>, &str),
    found: Vec<(String, PersonId)>,
) -> Result<Option<ChangeId>, Error> {
    if found.is_empty() {
        return Ok(None);
    }
    let mut people: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
    for (name, person) in found {
        let destination = outbox::directory_destination(&name);
        people.entry(destination).or_default().push(person);
    }
    let change = NewChange {
        subject,
        organization,
        fact: Fact::PersonStands(PersonFact {
            because: because.to_owned(),
        }),
        destinations: &[],
    };
    let id = outbox::record(tx, cx, change.clone()).await?;
    for (destination, people) in people {
        let subjects = people.iter().map(Id::as_str);
        outbox::deliver_to_many(tx, cx, (&id, &change.fact), &destination, subjects).await?;
    }
    Ok(Some(id))
}
