//! The decision taken apart, for the page that explains it. The same functions decide.

use super::{
    Catalogue, Facts, Reason, Wanted,
    engine::{self, Grant},
    outage,
};
use crate::{contracts::Standing, kernel::Instant};

/// One of the four conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The person is active.
    Person,
    /// The membership is active and in its dates.
    Membership,
    /// A contract grants, or none is needed.
    Contract,
    /// A held role grants what is wanted.
    Role,
}

impl Check {
    /// The condition as a word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Membership => "membership",
            Self::Contract => "contract",
            Self::Role => "role",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It holds.
    Holds,
    /// It holds by this contract.
    HoldsBy {
        /// The contract's number.
        number: String,
        /// Its standing.
        standing: Standing,
    },
    /// It holds on these terms.
    HoldsWith(Grant),
    /// It does not hold.
    Fails(Reason),
    /// It could not be asked, because one before it does not hold.
    NotAsked,
}

/// A condition with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub check: Check,
    /// What was found.
    pub finding: Finding,
}

/// The four conditions in order. The first that fails is the reason [`super::decide`] gives; those
/// after it are still answered where they can be, so that one visit to the page is enough.
#[must_use]
pub fn explain(
    facts: &Facts,
    catalogue: &Catalogue,
    wanted: Wanted<'_>,
    now: Instant,
) -> [Step; 4] {
    let person = engine::person(facts);
    let membership = engine::membership(facts, now);
    // A membership that does not count still says which roles and contract would be asked.
    let members = membership
        .as_ref()
        .ok()
        .copied()
        .or(facts.membership.as_ref());
    let cover = members.map(|member| engine::contract(facts, member, catalogue, now));
    let role = match (members, &cover) {
        (Some(member), Some(Ok(cover))) => Some(engine::role(member, cover, catalogue, wanted)),
        _ => None,
    };
    let contract = match cover {
        None => Finding::NotAsked,
        Some(Err(reason)) => Finding::Fails(reason),
        Some(Ok(cover)) => match outage::heard(facts, &cover, catalogue, (wanted, now)) {
            Err(reason) => Finding::Fails(reason),
            Ok(()) => {
                cover
                    .best()
                    .map_or(Finding::Holds, |(contract, standing)| Finding::HoldsBy {
                        number: contract.number.clone(),
                        standing,
                    })
            }
        },
    };
    [
        (Check::Person, plain(person)),
        (Check::Membership, plain(membership.map(drop))),
        (Check::Contract, contract),
        (
            Check::Role,
            match role {
                None => Finding::NotAsked,
                Some(Ok(grant)) => Finding::HoldsWith(grant),
                Some(Err(reason)) => Finding::Fails(reason),
            },
        ),
    ]
    .map(|(check, finding)| Step { check, finding })
}

fn plain(outcome: Result<(), Reason>) -> Finding {
    match outcome {
        Ok(()) => Finding::Holds,
        Err(reason) => Finding::Fails(reason),
    }
}
