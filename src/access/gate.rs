//! The gate: what is known about the maker of a request, read in one statement and never cached.

use serde::{Deserialize, Serialize};

use super::store;
use crate::{
    db::{Conn, Error, inconsistent},
    kernel::{
        Instant, SecretHash,
        ids::{MembershipId, OrganizationId, PersonId, SessionId},
    },
    on,
};

/// A signed-in person's session, person and memberships, as they stand at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The stored word for the person's status.
    pub person_status: String,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateMembership {
    /// The membership.
    pub id: MembershipId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The stored word for its kind.
    pub organization_kind: String,
    /// The stored word for the membership's status.
    pub status: String,
    /// First moment, when limited.
    pub starts_at: Option<Instant>,
    /// Last moment, when limited.
    pub ends_at: Option<Instant>,
    /// Business roles.
    pub roles: Vec<String>,
    /// Every contract of the organization.
    pub contracts: Vec<GateContract>,
}

/// A contract as the gate reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateContract {
    /// Number.
    pub number: String,
    /// The stored word for its status.
    pub status: String,
    /// First moment.
    pub starts_at: Instant,
    /// First moment after it.
    pub ends_at: Option<Instant>,
    /// First moment after its grace.
    pub grace_ends_at: Option<Instant>,
    /// Products.
    pub products: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    session_id: SessionId,
    person_id: PersonId,
    provider: String,
    signed_in_at: Instant,
    last_seen_at: Instant,
    expires_at: Instant,
    person_status: String,
    display_name: String,
    email: String,
    language: String,
    time_zone: String,
    membership_id: Option<MembershipId>,
    organization_id: Option<OrganizationId>,
    membership_status: Option<String>,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    roles: Option<String>,
    organization_name: Option<String>,
    organization_kind: Option<String>,
    contract_number: Option<String>,
    contract_status: Option<String>,
    contract_starts_at: Option<Instant>,
    contract_ends_at: Option<Instant>,
    grace_ends_at: Option<Instant>,
    products: Option<String>,
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
    add(&mut gate, first)?;
    for row in rows {
        add(&mut gate, row)?;
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
        person_status: row.person_status.clone(),
        display_name: row.display_name.clone(),
        email: row.email.clone(),
        language: row.language.clone(),
        time_zone: row.time_zone.clone(),
        memberships: Vec::new(),
    }
}

/// Adds a row's membership, unless the row before was of the same, and its contract.
fn add(gate: &mut Gate, row: Row) -> Result<(), Error> {
    let contract = contract_of(&row)?;
    let (Some(id), Some(organization_id)) = (row.membership_id, row.organization_id) else {
        return Ok(());
    };
    if gate.memberships.last().is_none_or(|last| last.id != id) {
        let roles = row.roles.unwrap_or_default();
        gate.memberships.push(GateMembership {
            id,
            organization_id,
            organization_name: row.organization_name.unwrap_or_default(),
            organization_kind: row.organization_kind.unwrap_or_default(),
            status: row.membership_status.unwrap_or_default(),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            roles: roles
                .split(',')
                .filter(|role| !role.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            contracts: Vec::new(),
        });
    }
    if let Some(membership) = gate.memberships.last_mut() {
        membership.contracts.extend(contract);
    }
    Ok(())
}

fn contract_of(row: &Row) -> Result<Option<GateContract>, Error> {
    let (Some(number), Some(status), Some(starts_at), Some(products)) = (
        &row.contract_number,
        &row.contract_status,
        row.contract_starts_at,
        &row.products,
    ) else {
        return Ok(None);
    };
    let products =
        serde_json::from_str(products).map_err(inconsistent("contracts", "products", number))?;
    Ok(Some(GateContract {
        number: number.clone(),
        status: status.clone(),
        starts_at,
        ends_at: row.contract_ends_at,
        grace_ends_at: row.grace_ends_at,
        products,
    }))
}
