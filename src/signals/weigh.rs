//! Whose end is told to a receiver: weighed when it is told, by the same engine as every request.

use super::{
    meaning::{Ended, Meaning},
    store,
};
use crate::{
    access::{
        Catalogue, Catalogues, Wanted,
        subject::{self, Named, Subject},
    },
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{Id, MembershipId, PersonId},
    },
    on,
};

/// Whose end is told; `None` when there is nothing to tell: the person still has access, or never
/// had a role that reaches the service. It is weighed as of the later of `now` and when it happened:
/// a node's clock may be behind that of the node that saw it.
pub(super) async fn whom(
    conn: &mut Conn,
    (catalogues, service): (&Catalogues, Option<&str>),
    meaning: Meaning,
    (recorded, now): (Instant, Instant),
) -> Result<Option<Ended>, Error> {
    let (ended, roles) = match meaning {
        Meaning::None | Meaning::Everybody(_) | Meaning::Roles(..) | Meaning::Holders(_) => {
            return Ok(None);
        }
        Meaning::Person(ended) if ended.signed_out => return Ok(Some(ended)),
        Meaning::Person(ended) => {
            let roles = if ended.had {
                Vec::new()
            } else {
                roles_of(conn, &ended.person_id).await?
            };
            (ended, roles)
        }
        Meaning::Membership {
            id,
            before,
            initiator,
        } => match member(conn, &id).await? {
            Some((person, mut roles)) => {
                roles.extend(before);
                (Ended::of_access(person, initiator), roles)
            }
            None => return Ok(None),
        },
    };
    let catalogue = catalogues.newest(conn).await?;
    let held = roles.iter().map(String::as_str);
    if !ended.had && !reaches(&catalogue, service, held) {
        return Ok(None);
    }
    let at = now.max(recorded).max(ended.at.unwrap_or(recorded));
    let has_access = has_access(conn, (&catalogue, service), &ended.person_id, at).await?;
    Ok((!has_access).then_some(ended))
}

/// Whether one of the roles reaches the service, whatever else stands in the way. A role that the
/// catalogue no longer has may have; the portal itself is reached by any.
pub(super) fn reaches<'r>(
    catalogue: &Catalogue,
    service: Option<&str>,
    mut roles: impl Iterator<Item = &'r str>,
) -> bool {
    let Some(service) = service else { return true };
    let role = |key: &str| catalogue.role(key).or_else(|| catalogue.retired(key));
    roles.any(|key| role(key).is_none_or(|role| role.grants.contains_key(service)))
}

/// Roles as memberships store them.
pub(super) fn listed(roles: &str) -> impl Iterator<Item = &str> {
    roles.split(',').filter(|role| !role.is_empty())
}

async fn roles_of(conn: &mut Conn, person: &PersonId) -> Result<Vec<String>, Error> {
    let lists: Vec<String> = on!(conn, |c| sqlx::query_scalar(store::ROLES_OF)
        .bind(person)
        .fetch_all(c)
        .await)?;
    let roles = lists.iter().flat_map(|list| listed(list));
    Ok(roles.map(ToOwned::to_owned).collect())
}

async fn member(
    conn: &mut Conn,
    membership: &MembershipId,
) -> Result<Option<(PersonId, Vec<String>)>, Error> {
    let found: Option<(PersonId, String)> = on!(conn, |c| sqlx::query_as(store::MEMBER)
        .bind(membership)
        .fetch_optional(c)
        .await)?;
    Ok(found.map(|(person, roles)| (person, listed(&roles).map(ToOwned::to_owned).collect())))
}

/// Asks the one engine.
async fn has_access(
    conn: &mut Conn,
    (catalogue, service): (&Catalogue, Option<&str>),
    person: &PersonId,
    at: Instant,
) -> Result<bool, Error> {
    let subject = subject::read(conn, Named::Person(person.as_str()), "").await?;
    let wanted = service.map_or(Wanted::Portal, Wanted::Service);
    let asked = |it: &Subject| it.ask(catalogue, wanted, None, at).is_ok();
    Ok(subject.as_ref().is_some_and(asked))
}
