//! The one decision function.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Catalogue, Reason, outage, unfit::unfit};
use crate::{
    contracts::{Standing, Terms},
    kernel::Instant,
    organizations::{MembershipStatus, OrganizationKind},
    people::PersonStatus,
    settings::{RoleSettings, RoleTier, ServiceSettings},
};

/// Everything a decision rests on, as read in one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The person.
    pub person: PersonStatus,
    /// The membership in the organization asked about; `None` when there is none.
    pub membership: Option<MembershipFacts>,
    /// The organization's contracts.
    pub contracts: Vec<ContractFacts>,
    /// When its CRM was last heard; `None` where nothing is read from one.
    pub heard_at: Option<Instant>,
}

/// A membership as far as decisions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipFacts {
    /// What the organization is.
    pub organization_kind: OrganizationKind,
    /// Whether it counts.
    pub status: MembershipStatus,
    /// The first moment it counts.
    pub starts_at: Option<Instant>,
    /// The first moment it no longer counts.
    pub ends_at: Option<Instant>,
    /// Role keys.
    pub roles: Vec<String>,
}

/// A contract as far as decisions go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractFacts {
    /// The number people know.
    pub number: String,
    /// Status and dates.
    #[serde(flatten)]
    pub terms: Terms,
    /// Products it contains.
    pub products: Vec<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The organization's pages in the portal.
    Portal,
    /// Running the organization's people.
    Administration,
    /// A service, by its key.
    Service(&'a str),
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Comes in.
    Granted(Grant),
    /// Does not, and why.
    Refused(Reason),
}

/// On what terms somebody comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The standing of the contract it rests on; `None` for a prospect, who needs none.
    pub standing: Option<Standing>,
    /// Only for reading: the contract is in grace and the settings say so.
    pub read_only: bool,
    /// The application roles at the service asked for, sorted; empty otherwise.
    pub application_roles: Vec<String>,
}

/// Decides (law 1): person active, membership active and in its dates, a contract that grants, a
/// held role that grants.
#[must_use]
pub fn decide(facts: &Facts, catalogue: &Catalogue, wanted: Wanted<'_>, now: Instant) -> Decision {
    match evaluate(facts, catalogue, wanted, now) {
        Ok(grant) => Decision::Granted(grant),
        Err(reason) => Decision::Refused(reason),
    }
}

fn evaluate(
    facts: &Facts,
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
    now: Instant,
) -> Result<Grant, Reason> {
    person(facts)?;
    let membership = membership(facts, now)?;
    let cover = contract(facts, membership, catalogue, now)?;
    outage::heard(facts, &cover, catalogue, (wanted, now))?;
    role(membership, &cover, catalogue, wanted)
}

/// The person is active.
pub(super) fn person(facts: &Facts) -> Result<(), Reason> {
    match facts.person {
        PersonStatus::Active => Ok(()),
        status @ (PersonStatus::Suspended | PersonStatus::Erased) => {
            Err(Reason::PersonNotActive { status })
        }
    }
}

/// The membership is there, active and in its dates.
pub(super) fn membership(facts: &Facts, now: Instant) -> Result<&MembershipFacts, Reason> {
    let membership = facts.membership.as_ref().ok_or(Reason::NotAMember)?;
    match membership.status {
        MembershipStatus::Removed => return Err(Reason::NotAMember),
        MembershipStatus::Suspended => return Err(Reason::MembershipSuspended),
        MembershipStatus::Active => {}
    }
    if let Some(starts_at) = membership.starts_at.filter(|start| now < *start) {
        return Err(Reason::MembershipNotStarted { starts_at });
    }
    match membership.ends_at.filter(|end| *end <= now) {
        Some(at) => Err(Reason::MembershipEnded { at }),
        None => Ok(membership),
    }
}

/// What the granting contracts cover.
#[derive(Debug, Clone)]
pub(super) struct Cover<'a> {
    /// Each granting contract with its standing.
    granting: Vec<(&'a ContractFacts, Standing)>,
    /// Whether this is a prospect, whose lead roles need no contract.
    prospect: bool,
}

impl Cover<'_> {
    /// Whether it rests on what a CRM said.
    pub(super) fn rests_on_contract(&self) -> bool {
        !self.granting.is_empty()
    }
}

impl<'a> Cover<'a> {
    /// The granting contract to name: the active one, else the one in grace.
    pub(super) fn best(&self) -> Option<(&'a ContractFacts, Standing)> {
        self.best_with(None)
    }

    fn best_with(&self, product: Option<&str>) -> Option<(&'a ContractFacts, Standing)> {
        let has = |contract: &ContractFacts| {
            product.is_none_or(|product| contract.products.iter().any(|held| held == product))
        };
        self.granting
            .iter()
            .filter(|(contract, _)| has(contract))
            .min_by_key(|(_, standing)| matches!(standing, Standing::Grace { .. }))
            .copied()
    }

    /// The standing that all `products` rest on: grace as soon as one of them has no better.
    fn standing_for(&self, products: &BTreeSet<&str>) -> Result<Option<Standing>, Reason> {
        let mut weakest = None;
        for product in products {
            let found = self.best_with(Some(product));
            let (_, standing) = found.ok_or_else(|| Reason::ProductMissing {
                product: (*product).to_owned(),
            })?;
            if weakest.is_none() || matches!(standing, Standing::Grace { .. }) {
                weakest = Some(standing);
            }
        }
        Ok(weakest.or_else(|| self.best().map(|(_, standing)| standing)))
    }
}

/// A contract of the organization grants, or none is needed.
pub(super) fn contract<'a>(
    facts: &'a Facts,
    membership: &MembershipFacts,
    catalogue: &Catalogue,
    now: Instant,
) -> Result<Cover<'a>, Reason> {
    let granting: Vec<_> = facts
        .contracts
        .iter()
        .map(|contract| (contract, contract.terms.standing(now)))
        .filter(|(_, standing)| standing.grants())
        .collect();
    // A lead's role that counts no more is told by the role, not by a contract that nobody needs.
    let prospect = membership.organization_kind == OrganizationKind::Prospect
        && (held(membership, catalogue).any(|role| role.tier == RoleTier::Lead)
            || unfit(membership, catalogue, |role| role.tier == RoleTier::Lead).is_some());
    if granting.is_empty() && !prospect {
        return Err(
            nearest(facts, now).map_or(Reason::NoContract, |(number, standing)| {
                Reason::ContractNotGranting { number, standing }
            }),
        );
    }
    Ok(Cover { granting, prospect })
}

/// The contract that a sentence about "no contract grants" is best about: one on hold (somebody can
/// lift that), else the next to start, else the last that ended, else a draft.
fn nearest(facts: &Facts, now: Instant) -> Option<(String, Standing)> {
    let distance = |standing: &Standing| match standing {
        Standing::Active { .. } | Standing::Grace { .. } => (0, 0),
        Standing::Suspended => (1, 0),
        Standing::NotStarted {
            starts_at: Some(start),
        } => (2, start.as_micros()),
        Standing::Ended { at } => (3, at.as_micros().saturating_neg()),
        Standing::NotStarted { starts_at: None } => (4, 0),
    };
    facts
        .contracts
        .iter()
        .map(|contract| (contract.number.clone(), contract.terms.standing(now)))
        .min_by_key(|(_, standing)| distance(standing))
}

fn held<'c>(
    membership: &MembershipFacts,
    catalogue: &'c Catalogue,
) -> impl Iterator<Item = &'c RoleSettings> {
    membership
        .roles
        .iter()
        .filter_map(|key| catalogue.role(key))
        .filter(|role| role.is_for(membership.organization_kind))
}

/// A held role grants what is wanted.
pub(super) fn role(
    membership: &MembershipFacts,
    cover: &Cover<'_>,
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
) -> Result<Grant, Reason> {
    let usable: Vec<&RoleSettings> = held(membership, catalogue)
        .filter(|role| !cover.granting.is_empty() || role.tier == RoleTier::Lead)
        .collect();
    match wanted {
        // A role whose product is missing still opens the portal, where a page says so.
        Wanted::Portal if usable.is_empty() => {
            Err(unfit(membership, catalogue, |_| true).unwrap_or(Reason::NoRole))
        }
        Wanted::Portal => grant(cover, catalogue, &[], Reason::NoRole),
        Wanted::Administration => {
            let admins: Vec<Candidate<'_>> = usable
                .iter()
                .filter(|role| role.tier == RoleTier::Admin)
                .map(|role| Candidate::new(role, None, &[]))
                .collect();
            if admins.is_empty() {
                let unfit = unfit(membership, catalogue, |role| role.tier == RoleTier::Admin);
                return Err(unfit.unwrap_or(Reason::NotAnAdmin));
            }
            grant(cover, catalogue, &admins, Reason::NotAnAdmin)
        }
        Wanted::Service(key) => {
            let unknown = || Reason::UnknownService {
                service: key.to_owned(),
            };
            let service = catalogue.service(key).ok_or_else(unknown)?;
            let missing = Reason::RoleMissing {
                service: key.to_owned(),
            };
            let reaching: Vec<Candidate<'_>> = usable
                .iter()
                .filter_map(|role| Some((role, role.grants.get(key)?)))
                .map(|(role, grants)| Candidate::new(role, Some(service), grants))
                .collect();
            if reaching.is_empty() {
                let reaches = |role: &RoleSettings| role.grants.contains_key(key);
                return Err(unfit(membership, catalogue, reaches).unwrap_or(missing));
            }
            grant(cover, catalogue, &reaching, missing)
        }
    }
}

/// A role that would grant, with the products it rests on and what it gives at the service.
struct Candidate<'a> {
    products: BTreeSet<&'a str>,
    application_roles: &'a [String],
}

impl<'a> Candidate<'a> {
    fn new(
        role: &'a RoleSettings,
        service: Option<&'a ServiceSettings>,
        application_roles: &'a [String],
    ) -> Self {
        let of_service = service.and_then(|service| service.product.as_deref());
        Self {
            products: role
                .product
                .as_deref()
                .into_iter()
                .chain(of_service)
                .collect(),
            application_roles,
        }
    }
}

/// Joins what the candidates give. Roles on an active contract give their part in full; those that
/// rest on grace count only while there are none, when grace is for reading only.
fn grant(
    cover: &Cover<'_>,
    catalogue: &Catalogue,
    candidates: &[Candidate<'_>],
    otherwise: Reason,
) -> Result<Grant, Reason> {
    let mut full: Vec<(Option<Standing>, &[String])> = Vec::new();
    let mut reading: Vec<(Option<Standing>, &[String])> = Vec::new();
    let mut missing = None;
    let none = [Candidate {
        products: BTreeSet::new(),
        application_roles: &[],
    }];
    let candidates = if candidates.is_empty() {
        &none
    } else {
        candidates
    };
    for candidate in candidates {
        match cover.standing_for(&candidate.products) {
            Ok(standing @ Some(Standing::Grace { .. })) if catalogue.grace_read_only() => {
                reading.push((standing, candidate.application_roles));
            }
            Ok(standing) if standing.is_some() || cover.prospect => {
                full.push((standing, candidate.application_roles));
            }
            Ok(_) => {}
            Err(reason) => missing = Some(reason),
        }
    }
    let read_only = full.is_empty();
    let counted = if read_only { reading } else { full };
    let Some((standing, _)) = counted.first().copied() else {
        return Err(missing.unwrap_or(otherwise));
    };
    let application_roles: BTreeSet<&String> =
        counted.iter().flat_map(|(_, roles)| roles.iter()).collect();
    Ok(Grant {
        standing,
        read_only,
        application_roles: application_roles.into_iter().cloned().collect(),
    })
}
