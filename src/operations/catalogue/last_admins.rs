//! Law 7 before a version is saved: no organization may lose the last one who runs it.

use std::collections::{BTreeMap, BTreeSet};

use super::effects::{Plan, scan};
use crate::{
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{MembershipId, OrganizationId},
    },
    organizations,
};

/// Organizations named at most.
const NAMED: usize = 50;

/// Who stops and who goes on running one organization.
#[derive(Default)]
struct Place {
    name: String,
    /// Those who stop, and whether their membership has no end.
    stopping: Vec<(MembershipId, bool)>,
    /// Whether anybody goes on.
    goes_on: bool,
    /// Whether somebody without an end goes on.
    goes_on_without_end: bool,
}

/// An organization that nobody would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Which.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}

/// The organizations in which somebody stops running them.
pub async fn concerned(
    conn: &mut Conn,
    plan: &Plan,
    now: Instant,
) -> Result<BTreeSet<OrganizationId>, Error> {
    let plan = &plan.about_running();
    let mut found = BTreeSet::new();
    scan(conn, plan, now, |touched| {
        let member = touched.membership;
        let was = touched.runs(&plan.before, &member.roles, now);
        if was && !touched.runs(&plan.after, &touched.roles, now) {
            found.insert(member.organization_id.clone());
        }
    })
    .await?;
    Ok(found)
}

/// The organizations that would be left with nobody to run them, the first fifty.
pub async fn orphans(conn: &mut Conn, plan: &Plan, now: Instant) -> Result<Vec<Orphan>, Error> {
    let plan = &plan.about_running();
    let mut places: BTreeMap<OrganizationId, Place> = BTreeMap::new();
    scan(conn, plan, now, |touched| {
        let member = touched.membership;
        let (was, is) = (
            touched.runs(&plan.before, &member.roles, now),
            touched.runs(&plan.after, &touched.roles, now),
        );
        if !was && !is {
            return;
        }
        let place = places.entry(member.organization_id.clone()).or_default();
        place.name.clone_from(&member.organization_name);
        let without_end = member.ends_at.is_none();
        if is {
            place.goes_on = true;
            place.goes_on_without_end |= without_end;
        } else {
            place.stopping.push((member.id.clone(), without_end));
        }
    })
    .await?;
    let mut found = Vec::new();
    for (id, place) in places {
        if found.len() < NAMED && is_left_alone(conn, plan, (&id, &place), now).await? {
            found.push(Orphan {
                id,
                name: place.name,
            });
        }
    }
    Ok(found)
}

async fn is_left_alone(
    conn: &mut Conn,
    plan: &Plan,
    (id, place): (&OrganizationId, &Place),
    now: Instant,
) -> Result<bool, Error> {
    let mut asked = BTreeSet::new();
    for (member, without_end) in &place.stopping {
        let goes_on = if *without_end {
            place.goes_on_without_end
        } else {
            place.goes_on
        };
        if goes_on || !asked.insert(*without_end) {
            continue;
        }
        let others = &plan.after;
        let other =
            organizations::has_another_admin(conn, others, id, member, *without_end, now).await?;
        if !other {
            return Ok(true);
        }
    }
    Ok(false)
}
