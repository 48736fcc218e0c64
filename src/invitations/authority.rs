//! What an inviter may give, asked when inviting and again when somebody accepts.

use super::model::{Inviter, InviterKind, Kind};
use crate::{
    access::Catalogue,
    clients,
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{ApiClientId, Id, OrganizationId, PersonId},
    },
    organizations::{self, Ceiling, NotGivable, Offer, Organization, Roles},
    people::{self, Person, PersonStatus},
    settings::{RoleTier, Settings, StaffSettings},
};

/// What actions here need of the configuration.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The roles there are.
    pub catalogue: &'a Catalogue,
}

impl<'a> Rules<'a> {
    /// The member of staff with this address, when they may invite.
    #[must_use]
    pub fn rep(self, email_key: &str) -> Option<&'a StaffSettings> {
        self.settings.rep(email_key)
    }
}

/// Why roles cannot be offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolesRefused {
    /// None was named.
    #[error("an invitation needs a role")]
    None,
    /// The catalogue has no such role.
    #[error("there is no role {0:?}")]
    Unknown(String),
    /// It is above what the inviter may give.
    #[error("the role {0:?} is above what the inviter may give")]
    AboveCeiling(String),
    /// A lead gets lead roles, a member others.
    #[error("the role {0:?} does not fit this kind of invitation")]
    WrongKind(String),
    /// The role is not for this organization, or not for the inviter to give.
    #[error(transparent)]
    NotGivable(NotGivable),
}

/// How high the inviter may give roles in this organization at this moment.
///
/// An admin who was demoted, removed or suspended meanwhile may give nothing; so may a member of
/// staff who is no longer in the list, a connection that is no longer configured, and a program that is revoked.
///
/// # Errors
/// When the database refuses.
pub(super) async fn ceiling(
    conn: &mut Conn,
    rules: Rules<'_>,
    organization: &OrganizationId,
    inviter: &Inviter,
    now: Instant,
) -> Result<Ceiling, Error> {
    match inviter.kind {
        InviterKind::System => Ok(Ceiling::Unlimited),
        InviterKind::Crm => {
            let mut connections = rules.settings.connections.iter();
            let is_known = connections.any(|connection| connection.key == inviter.reference);
            Ok(if is_known {
                Ceiling::Unlimited
            } else {
                Ceiling::Nothing
            })
        }
        InviterKind::Client => {
            let may = match ApiClientId::parse(&inviter.reference) {
                Ok(client) => clients::may_invite(conn, &client, now).await?,
                Err(_) => false,
            };
            Ok(if may {
                Ceiling::Unlimited
            } else {
                Ceiling::Nothing
            })
        }
        InviterKind::Staff => {
            let person = active(conn, inviter.person_id()).await?;
            let rep = person.and_then(|person| rules.rep(person.email.key()));
            Ok(rep.map_or(Ceiling::Nothing, |_| Ceiling::Unlimited))
        }
        InviterKind::Person => {
            let Some(person) = inviter.person_id() else {
                return Ok(Ceiling::Nothing);
            };
            organizations::ceiling_of_person(conn, rules.catalogue, organization, &person, now)
                .await
        }
    }
}

async fn active(conn: &mut Conn, person: Option<PersonId>) -> Result<Option<Person>, Error> {
    let Some(id) = person else { return Ok(None) };
    let person = people::find(conn, &id).await?;
    Ok(person.filter(|person| person.status == PersonStatus::Active))
}

/// Whether this inviter may offer these roles in this organization at this moment: they exist, fit
/// the kind of invitation and of organization, rest on a contract that grants, and are not above
/// what the inviter may give.
///
/// # Errors
/// When the database refuses; inside, the first reason why not.
pub(super) async fn may_offer(
    conn: &mut Conn,
    rules: Rules<'_>,
    (organization, inviter): (&Organization, &Inviter),
    (kind, roles): (Kind, &Roles),
    now: Instant,
) -> Result<Result<(), RolesRefused>, Error> {
    let ceiling = ceiling(conn, rules, &organization.id, inviter, now).await?;
    if roles.is_empty() {
        return Ok(Err(RolesRefused::None));
    }
    let offer = Offer::read(conn, organization, ceiling, now).await?;
    Ok(roles.iter().try_for_each(|key| {
        let role = rules.catalogue.role(key);
        let role = role.ok_or_else(|| RolesRefused::Unknown(key.clone()))?;
        if !ceiling.allows(role.tier) {
            return Err(RolesRefused::AboveCeiling(key.clone()));
        }
        if (role.tier == RoleTier::Lead) != (kind == Kind::Lead) {
            return Err(RolesRefused::WrongKind(key.clone()));
        }
        offer.check(role).map_err(RolesRefused::NotGivable)
    }))
}
