//! The gate: what is known about the maker of a request, read in one statement and never cached.

use super::{ContractFacts, Facts, MembershipFacts, store};
use crate::{
    contracts::{ContractStatus, Products, Terms},
    db::{Conn, Error},
    kernel::{
        Instant, SecretHash,
        ids::{MembershipId, OrganizationId, PersonId, SessionId},
    },
    on,
    organizations::{MembershipStatus, OrganizationKind},
    people::PersonStatus,
};

/// A signed-in person's session, person and memberships, as they stand at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The session.
    pub session_id: SessionId,
    /// The person.
    pub person_id: PersonId,
    /// The provider through which they signed in.
    pub provider: String,
    /// When they signed in.
    pub signed_in_at: Instant,
    /// When they were last seen.
    pub last_seen_at: Instant,
    /// When the session ends in any case.
    pub expires_at: Instant,
    /// Whether the person may sign in.
    pub person_status: PersonStatus,
    /// Full name.
    pub display_name: String,
    /// Verified address.
    pub email: String,
    /// Chosen language, empty for none.
    pub language: String,
    /// Chosen time zone, empty for none.
    pub time_zone: String,
    /// Memberships that are not removed, by the organization's name.
    pub memberships: Vec<GateMembership>,
}

/// A membership and what its organization has agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateMembership {
    /// The membership.
    pub id: MembershipId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What it is.
    pub organization_kind: OrganizationKind,
    /// Whether the membership counts.
    pub status: MembershipStatus,
    /// First moment, when limited.
    pub starts_at: Option<Instant>,
    /// Last moment, when limited.
    pub ends_at: Option<Instant>,
    /// Business roles.
    pub roles: Vec<String>,
    /// Every contract of the organization.
    pub contracts: Vec<ContractFacts>,
}

impl Gate {
    /// What the decision engine asks about one of the memberships.
    #[must_use]
    pub fn facts(&self, membership: &GateMembership) -> Facts {
        Facts {
            person: self.person_status,
            membership: Some(MembershipFacts {
                organization_kind: membership.organization_kind,
                status: membership.status,
                starts_at: membership.starts_at,
                ends_at: membership.ends_at,
                roles: membership.roles.clone(),
            }),
            contracts: membership.contracts.clone(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    session_id: SessionId,
    person_id: PersonId,
    provider: String,
    signed_in_at: Instant,
    last_seen_at: Instant,
    expires_at: Instant,
    person_status: PersonStatus,
    display_name: String,
    email: String,
    language: String,
    time_zone: String,
    membership_id: Option<MembershipId>,
    organization_id: Option<OrganizationId>,
    membership_status: Option<MembershipStatus>,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    roles: Option<String>,
    organization_name: Option<String>,
    organization_kind: Option<OrganizationKind>,
    contract_number: Option<String>,
    contract_status: Option<ContractStatus>,
    contract_starts_at: Option<Instant>,
    contract_ends_at: Option<Instant>,
    grace_ends_at: Option<Instant>,
    products: Option<Products>,
}

/// Reads the gate of a session that lives at `now` and was used since `seen_since`.
///
/// # Errors
/// When the database refuses or a stored value does not parse.
pub async fn read(
    conn: &mut Conn,
    secret: &SecretHash,
    now: Instant,
    seen_since: Instant,
) -> Result<Option<Gate>, Error> {
    let rows: Vec<Row> = on!(conn, |c| sqlx::query_as(store::GATE)
        .bind(secret)
        .bind(now)
        .bind(seen_since)
        .fetch_all(c)
        .await)?;
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        return Ok(None);
    };
    let mut gate = start(&first);
    add(&mut gate, first);
    for row in rows {
        add(&mut gate, row);
    }
    Ok(Some(gate))
}

fn start(row: &Row) -> Gate {
    Gate {
        session_id: row.session_id.clone(),
        person_id: row.person_id.clone(),
        provider: row.provider.clone(),
        signed_in_at: row.signed_in_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
        person_status: row.person_status,
        display_name: row.display_name.clone(),
        email: row.email.clone(),
        language: row.language.clone(),
        time_zone: row.time_zone.clone(),
        memberships: Vec::new(),
    }
}

/// Adds a row's membership, unless the row before was of the same, and its contract.
fn add(gate: &mut Gate, row: Row) {
    let (Some(id), Some(organization_id), Some(organization_kind), Some(status)) = (
        row.membership_id.clone(),
        row.organization_id.clone(),
        row.organization_kind,
        row.membership_status,
    ) else {
        return;
    };
    if gate.memberships.last().is_none_or(|last| last.id != id) {
        let roles = row.roles.as_deref().unwrap_or_default().split(',');
        gate.memberships.push(GateMembership {
            id,
            organization_id,
            organization_name: row.organization_name.clone().unwrap_or_default(),
            organization_kind,
            status,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            roles: roles
                .filter(|role| !role.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            contracts: Vec::new(),
        });
    }
    if let (Some(membership), Some(contract)) = (gate.memberships.last_mut(), contract_of(row)) {
        membership.contracts.push(contract);
    }
}

fn contract_of(row: Row) -> Option<ContractFacts> {
    Some(ContractFacts {
        number: row.contract_number?,
        terms: Terms {
            status: row.contract_status?,
            starts_at: row.contract_starts_at?,
            ends_at: row.contract_ends_at,
            grace_ends_at: row.grace_ends_at,
        },
        products: row.products?.0,
    })
}
