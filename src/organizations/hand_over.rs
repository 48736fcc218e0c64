//! Who takes over the open cases of somebody who leaves, by the rule of the CRM connection.
//!
//! The same function says it before somebody is removed and when the CRM is told, so that what was
//! shown is what happens unless the administrators changed in between.

use super::{Admin, admins, find_membership, store};
use crate::{
    access::Catalogue,
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{MembershipId, OrganizationId},
    },
    on,
    settings::{LeaverRule, LeaverSettings},
};

/// Who takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taker {
    /// A member whose contact in the CRM is known.
    Member {
        /// The membership.
        membership_id: MembershipId,
        /// Name.
        name: String,
        /// The CRM's id of the contact.
        contact_id: String,
    },
    /// A queue of the CRM.
    Queue {
        /// The CRM's id.
        id: String,
        /// What people call it.
        name: String,
    },
    /// Nobody can.
    Nobody,
}

/// Somebody leaves.
#[derive(Debug, Clone, Copy)]
pub struct Leaver<'a> {
    /// From where.
    pub organization: &'a OrganizationId,
    /// Who.
    pub membership: &'a MembershipId,
    /// Whom the one who removed them named.
    pub named: Option<&'a MembershipId>,
}

/// Members who could take over: the administrators, the longest there first.
///
/// # Errors
/// When the database refuses.
pub async fn takers(
    conn: &mut Conn,
    catalogue: &Catalogue,
    leaver: Leaver<'_>,
    now: Instant,
) -> Result<Vec<Taker>, Error> {
    let mut all: Vec<Admin> = admins(conn, catalogue, leaver.organization, now).await?;
    all.retain(|admin| admin.membership_id != *leaver.membership);
    // Ids are in the order of time.
    all.sort_by(|a, b| a.membership_id.cmp(&b.membership_id));
    let mut takers = Vec::new();
    for admin in all {
        if let Some(taker) = taker(conn, leaver.organization, &admin.membership_id).await? {
            takers.push(taker);
        }
    }
    Ok(takers)
}

async fn taker(
    conn: &mut Conn,
    organization: &OrganizationId,
    membership: &MembershipId,
) -> Result<Option<Taker>, Error> {
    let member = find_membership(conn, organization, membership).await?;
    let Some(member) = member.filter(|it| it.status == super::MembershipStatus::Active) else {
        return Ok(None);
    };
    Ok(member.crm_contact_id.map(|contact_id| Taker::Member {
        membership_id: member.id,
        name: member.display_name,
        contact_id,
    }))
}

/// Who takes over by the rule.
///
/// # Errors
/// When the database refuses.
pub async fn who_takes_over(
    conn: &mut Conn,
    catalogue: &Catalogue,
    settings: &LeaverSettings,
    leaver: Leaver<'_>,
    now: Instant,
) -> Result<Taker, Error> {
    if settings.rule == LeaverRule::Queue {
        return Ok(queue(settings));
    }
    if let (LeaverRule::Named, Some(named)) = (settings.rule, leaver.named) {
        let is_other = named != leaver.membership;
        if let (Some(taker), true) = (taker(conn, leaver.organization, named).await?, is_other) {
            return Ok(taker);
        }
    }
    let mut takers = takers(conn, catalogue, leaver, now).await?;
    if takers.is_empty() {
        return Ok(queue(settings));
    }
    let place = match settings.rule {
        LeaverRule::RoundRobin => {
            let left: (i64,) = on!(conn, |c| sqlx::query_as(store::HOW_MANY_LEFT)
                .bind(leaver.organization)
                .bind(leaver.membership)
                .fetch_one(c)
                .await)?;
            usize::try_from(left.0).unwrap_or_default() % takers.len()
        }
        _ => 0,
    };
    Ok(takers.swap_remove(place))
}

fn queue(settings: &LeaverSettings) -> Taker {
    if settings.queue.is_empty() {
        return Taker::Nobody;
    }
    Taker::Queue {
        id: settings.queue.clone(),
        name: settings.queue_name.clone(),
    }
}
