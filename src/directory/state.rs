//! How a person stands in the portal, as far as a directory has to know: read by the same engine that
//! lets people in (law 1).

use super::store;
use crate::{
    access::{Catalogue, Decision, Facts, Named, Reason, Subject, Wanted, decide, subject},
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{Id, PersonId},
    },
    on,
    people::{self, PersonStatus},
};

/// Whose users a directory holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    /// The provider's issuer.
    pub(super) issuer: &'a str,
    /// Whether a subject is the user's id there.
    pub(super) by_subject: bool,
}

/// How somebody stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) email: String,
    pub(super) given_name: String,
    pub(super) family_name: String,
    /// Whether the portal's staff keep them out everywhere.
    pub(super) is_suspended: bool,
    /// Their users there, by the identities they hold.
    pub(super) users: Vec<String>,
    /// Whether they have or had a membership.
    pub(super) is_member: bool,
    /// Whether a membership lets them in.
    pub(super) has_access: bool,
    /// Whether a membership will let them in one day: it or its contract has not begun.
    pub(super) waits: bool,
    pub(super) contacts: Vec<String>,
    pub(super) organizations: Vec<String>,
    pub(super) roles: Vec<String>,
}

/// Reads how somebody stands; `None` of nobody, and of who was erased.
pub(super) async fn read(
    conn: &mut Conn,
    catalogue: &Catalogue,
    whose: Whose<'_>,
    (id, now): (&PersonId, Instant),
) -> Result<Option<Standing>, Error> {
    let person = people::find(conn, id).await?;
    let Some(person) = person.filter(|person| person.status != PersonStatus::Erased) else {
        return Ok(None);
    };
    let Some(held) = subject::read(conn, Named::Person(id.as_str()), "").await? else {
        return Ok(None);
    };
    let is_member: i64 = on!(conn, |c| sqlx::query_scalar(store::IS_MEMBER)
        .bind(id)
        .fetch_one(c)
        .await)?;
    let users = users(conn, whose, id).await?;
    let mut standing = Standing {
        email: person.email.shown().to_owned(),
        is_suspended: person.status == PersonStatus::Suspended,
        given_name: person.given_name,
        family_name: person.family_name,
        users,
        is_member: is_member > 0,
        has_access: false,
        waits: false,
        contacts: Vec::new(),
        organizations: Vec::new(),
        roles: Vec::new(),
    };
    memberships(&mut standing, &held, catalogue, now);
    for list in [
        &mut standing.contacts,
        &mut standing.organizations,
        &mut standing.roles,
    ] {
        list.sort();
        list.dedup();
    }
    Ok(Some(standing))
}

/// Links to a CRM stay while access rests; organizations and roles are told only while they count.
fn memberships(standing: &mut Standing, held: &Subject, catalogue: &Catalogue, now: Instant) {
    for membership in &held.memberships {
        standing
            .contacts
            .extend(membership.crm_contact_id.iter().cloned());
        if let Decision::Refused(reason) = decided(&held.facts(membership), catalogue, now) {
            standing.waits |= is_not_yet(&reason);
            continue;
        }
        standing.has_access = true;
        let organization = membership.organization_id.as_str();
        standing.organizations.push(organization.to_owned());
        let roles = membership.roles.iter();
        standing
            .roles
            .extend(roles.map(|role| format!("{organization}/{role}")));
    }
}

/// What the engine decides, as if the CRM had just been heard: one that is silent closes the portal for
/// a while, and ends nobody's contract.
fn decided(facts: &Facts, catalogue: &Catalogue, now: Instant) -> Decision {
    match decide(facts, catalogue, Wanted::Portal, now) {
        Decision::Refused(Reason::ContractUnheard { .. }) => {
            let heard = Facts {
                heard_at: None,
                ..facts.clone()
            };
            decide(&heard, catalogue, Wanted::Portal, now)
        }
        decided => decided,
    }
}

/// Whether access has not begun, rather than ended.
fn is_not_yet(reason: &Reason) -> bool {
    matches!(
        reason.code(),
        "no_contract" | "contract_not_started" | "membership_not_started"
    )
}

/// Where the directory has ids of its own, an identity counts once a token has carried it.
async fn users(conn: &mut Conn, whose: Whose<'_>, person: &PersonId) -> Result<Vec<String>, Error> {
    let identities: Vec<(String, String)> = on!(conn, |c| sqlx::query_as(store::IDENTITIES)
        .bind(person)
        .bind(whose.issuer)
        .fetch_all(c)
        .await)?;
    let id = |(subject, directory_id): (String, String)| match directory_id.is_empty() {
        false => Some(directory_id),
        true => whose.by_subject.then_some(subject),
    };
    Ok(identities.into_iter().filter_map(id).collect())
}
