//! A person with their memberships and what their organizations have agreed, as they stand at this
//! moment: what every decision about them rests on.

use super::{
    Catalogue, ContractFacts, Decision, Facts, Grant, MembershipFacts, Reason, Wanted, decide,
    store,
};
use crate::{
    contracts::{ContractStatus, Products, Terms},
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{Id, MembershipId, OrganizationId, PersonId},
    },
    on,
    organizations::{MembershipStatus, OrganizationKind},
    people::PersonStatus,
};

/// Whom a decision is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The person.
    pub person_id: PersonId,
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
    /// The number of the newest version of roles and services; 0 while none is stored.
    pub catalogue_version: i64,
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
    /// Its account in the CRM.
    pub crm_account_id: String,
    /// The person's contact in the CRM, when it is known.
    pub crm_contact_id: Option<String>,
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
    /// When the organization's CRM was last heard; `None` where nothing is read from one.
    pub heard_at: Option<Instant>,
}

/// What a membership gives, or the memberships that were asked in vain with their reasons.
pub type Asked<'s> = Result<(&'s GateMembership, Grant), Vec<(&'s GateMembership, Reason)>>;

impl Subject {
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
            heard_at: membership.heard_at,
        }
    }

    /// Asks the engine for each membership until one grants; only for that of `organization` when
    /// one is named.
    ///
    /// # Errors
    /// The memberships that were asked, with why each refuses; none when there is no such one.
    pub fn ask(
        &self,
        catalogue: &Catalogue,
        wanted: Wanted<'_>,
        organization: Option<&str>,
        now: Instant,
    ) -> Asked<'_> {
        let is_asked = |membership: &&GateMembership| {
            organization.is_none_or(|asked| asked == membership.organization_id.as_str())
        };
        let mut refused = Vec::new();
        for membership in self.memberships.iter().filter(is_asked) {
            match decide(&self.facts(membership), catalogue, wanted, now) {
                Decision::Granted(grant) => return Ok((membership, grant)),
                Decision::Refused(reason) => refused.push((membership, reason)),
            }
        }
        Err(refused)
    }

    pub(super) fn start(row: SubjectRow) -> Self {
        let mut subject = Self {
            person_id: row.person_id.clone(),
            person_status: row.person_status,
            display_name: row.display_name.clone(),
            email: row.email.clone(),
            language: row.language.clone(),
            time_zone: row.time_zone.clone(),
            catalogue_version: row.catalogue_version,
            memberships: Vec::new(),
        };
        subject.add(row);
        subject
    }

    /// Adds a row's membership, unless the row before was of the same, and its contract.
    pub(super) fn add(&mut self, row: SubjectRow) {
        let (Some(id), Some(organization_id), Some(organization_kind), Some(status)) = (
            row.membership_id.clone(),
            row.organization_id.clone(),
            row.organization_kind,
            row.membership_status,
        ) else {
            return;
        };
        if self.memberships.last().is_none_or(|last| last.id != id) {
            let roles = row.roles.as_deref().unwrap_or_default().split(',');
            self.memberships.push(GateMembership {
                id,
                organization_id,
                organization_name: row.organization_name.clone().unwrap_or_default(),
                organization_kind,
                crm_account_id: row.crm_account_id.clone().unwrap_or_default(),
                crm_contact_id: row.crm_contact_id.clone(),
                status,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                roles: roles
                    .filter(|role| !role.is_empty())
                    .map(ToOwned::to_owned)
                    .collect(),
                contracts: Vec::new(),
                heard_at: row.heard_at,
            });
        }
        if let (Some(membership), Some(contract)) = (self.memberships.last_mut(), contract_of(row))
        {
            membership.contracts.push(contract);
        }
    }
}

/// A membership with one of its organization's contracts; the person again in each row.
#[derive(sqlx::FromRow)]
pub(super) struct SubjectRow {
    person_id: PersonId,
    person_status: PersonStatus,
    display_name: String,
    email: String,
    language: String,
    time_zone: String,
    catalogue_version: i64,
    membership_id: Option<MembershipId>,
    organization_id: Option<OrganizationId>,
    membership_status: Option<MembershipStatus>,
    crm_contact_id: Option<String>,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    roles: Option<String>,
    organization_name: Option<String>,
    organization_kind: Option<OrganizationKind>,
    crm_account_id: Option<String>,
    heard_at: Option<Instant>,
    contract_number: Option<String>,
    contract_status: Option<ContractStatus>,
    contract_starts_at: Option<Instant>,
    contract_ends_at: Option<Instant>,
    grace_ends_at: Option<Instant>,
    products: Option<Products>,
}

fn contract_of(row: SubjectRow) -> Option<ContractFacts> {
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

/// How another system names a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named<'a> {
    /// By our id.
    Person(&'a str),
    /// As the directory of an OpenID provider does.
    Directory {
        /// The provider's issuer.
        issuer: &'a str,
        /// The id in its directory.
        id: &'a str,
    },
    /// As an OpenID provider does. An address is no name (law 6).
    Identity {
        /// The provider's issuer.
        issuer: &'a str,
        /// The subject there.
        subject: &'a str,
    },
}

/// Reads whom a name means, with the organizations of `connection` only when it is not empty; `None`
/// when there is nobody of that name, or nobody with a membership there.
///
/// # Errors
/// When the database refuses or a stored value does not parse.
pub async fn read(
    conn: &mut Conn,
    named: Named<'_>,
    connection: &str,
) -> Result<Option<Subject>, Error> {
    let rows: Vec<SubjectRow> = match named {
        Named::Person(id) => on!(conn, |c| sqlx::query_as(store::SUBJECT_OF_PERSON)
            .bind(id)
            .bind(connection)
            .fetch_all(c)
            .await)?,
        Named::Directory { issuer, id } => {
            on!(conn, |c| sqlx::query_as(store::SUBJECT_OF_DIRECTORY)
                .bind(issuer)
                .bind(id)
                .bind(connection)
                .fetch_all(c)
                .await)?
        }
        Named::Identity { issuer, subject } => {
            on!(conn, |c| sqlx::query_as(store::SUBJECT_OF_IDENTITY)
                .bind(issuer)
                .bind(subject)
                .bind(connection)
                .fetch_all(c)
                .await)?
        }
    };
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        return Ok(None);
    };
    let mut subject = Subject::start(first);
    for row in rows {
        subject.add(row);
    }
    Ok(Some(subject).filter(|subject| connection.is_empty() || !subject.memberships.is_empty()))
}

/// A part of those who hold a role, each with that one membership, by its id; those who left are
/// among them. The next part begins after the last one's membership.
///
/// # Errors
/// When the database refuses or a stored value does not parse.
pub async fn holders(
    conn: &mut Conn,
    role: &str,
    after: Option<&MembershipId>,
    limit: i64,
) -> Result<Vec<Subject>, Error> {
    let after = after.map_or("", Id::as_str);
    let rows: Vec<SubjectRow> = on!(conn, |c| sqlx::query_as(store::SUBJECTS_OF_ROLE)
        .bind(role)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?;
    let mut holders: Vec<Subject> = Vec::new();
    for row in rows {
        let same = |last: &Subject| {
            let known = last.memberships.first().map(|it| &it.id);
            known == row.membership_id.as_ref()
        };
        match holders.last_mut().filter(|last| same(last)) {
            Some(last) => last.add(row),
            None => holders.push(Subject::start(row)),
        }
    }
    Ok(holders)
}
