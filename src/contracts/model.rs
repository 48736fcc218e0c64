//! A contract, and its standing at an instant.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::kernel::{
    Instant,
    ids::{ContractId, OrganizationId},
};

crate::text_enum! {
    /// What the CRM says about a contract, beside its dates.
    pub enum ContractStatus {
        /// Not agreed yet.
        Draft = "draft",
        /// Agreed; the dates say when it counts.
        Active = "active",
        /// On hold.
        Suspended = "suspended",
        /// Ended by somebody's word, whatever the dates say, and without grace.
        Ended = "ended",
    }
}

/// What decides a contract's standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The CRM's word.
    pub status: ContractStatus,
    /// The first moment of the first day.
    pub starts_at: Instant,
    /// The first moment after the last day; `None` when it does not end.
    pub ends_at: Option<Instant>,
    /// The first moment after the last day of grace; `None` when there is none.
    pub grace_ends_at: Option<Instant>,
}

/// A contract's meaning at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// Not agreed yet, or before its first day.
    NotStarted {
        /// When it will start; `None` when it is a draft that nobody has agreed to.
        starts_at: Option<Instant>,
    },
    /// Counts.
    Active {
        /// The first moment it no longer does, if it ends.
        ends_at: Option<Instant>,
    },
    /// Past its last day, within the days of grace.
    Grace {
        /// The first moment after them.
        until: Instant,
    },
    /// On hold.
    Suspended,
    /// Over.
    Ended {
        /// The first moment it was.
        at: Instant,
    },
}

impl Standing {
    /// Whether it gives access: active or in grace.
    #[must_use]
    pub const fn grants(&self) -> bool {
        matches!(self, Self::Active { .. } | Self::Grace { .. })
    }

    /// The word for records and styles.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotStarted { .. } => "not_started",
            Self::Active { .. } => "active",
            Self::Grace { .. } => "grace",
            Self::Suspended => "suspended",
            Self::Ended { .. } => "ended",
        }
    }
}

impl Terms {
    /// What these terms mean at `now`. Every end is the first moment that no longer counts.
    #[must_use]
    pub fn standing(&self, now: Instant) -> Standing {
        match self.status {
            ContractStatus::Draft => Standing::NotStarted { starts_at: None },
            ContractStatus::Suspended => Standing::Suspended,
            // Ended before its last day: the day of the word is not kept here, but it is not after
            // now. `apply` cuts `ends_at` to the moment the CRM said so.
            ContractStatus::Ended => Standing::Ended {
                at: self.ends_at.map_or(now, |end| end.min(now)),
            },
            ContractStatus::Active => self.standing_by_dates(now),
        }
    }

    /// The first moment that is over for good, grace included; `None` when it does not end.
    #[must_use]
    pub fn last_moment(&self) -> Option<Instant> {
        self.ends_at
            .map(|end| self.grace_ends_at.unwrap_or(end).max(end))
    }

    fn standing_by_dates(&self, now: Instant) -> Standing {
        if now < self.starts_at {
            return Standing::NotStarted {
                starts_at: Some(self.starts_at),
            };
        }
        match (self.ends_at, self.grace_ends_at) {
            (None, _) => Standing::Active { ends_at: None },
            (Some(end), _) if now < end => Standing::Active { ends_at: Some(end) },
            (Some(_), Some(until)) if now < until => Standing::Grace { until },
            (Some(end), until) => Standing::Ended {
                at: until.unwrap_or(end).max(end),
            },
        }
    }
}

/// The products a contract contains; stored as a JSON list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Products(pub Vec<String>);

impl Deref for Products {
    type Target = [String];
    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<DB: sqlx::Database> sqlx::Type<DB> for Products
where
    String: sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as sqlx::Type<DB>>::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        <String as sqlx::Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Products
where
    String: sqlx::Decode<'r, DB>,
{
    fn decode(
        value: <DB as sqlx::Database>::ValueRef<'r>,
    ) -> Result<Self, sqlx::error::BoxDynError> {
        let text = <String as sqlx::Decode<DB>>::decode(value)?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// What the CRM says is agreed with an organization.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Contract {
    /// Our id.
    pub id: ContractId,
    /// With whom.
    pub organization_id: OrganizationId,
    /// The CRM connection it comes from.
    pub connection: String,
    /// The CRM's id.
    pub external_id: String,
    /// The number people know.
    pub number: String,
    /// The CRM's word.
    pub status: ContractStatus,
    /// The first moment of the first day.
    pub starts_at: Instant,
    /// The first moment after the last day; `None` when it does not end.
    pub ends_at: Option<Instant>,
    /// The first moment after the last day of grace.
    pub grace_ends_at: Option<Instant>,
    /// People who may have access; `None` for any number.
    pub seats: Option<i64>,
    /// Products it contains.
    pub products: Products,
    /// The CRM's version that is stored.
    pub source_version: i64,
    /// When that version came.
    pub fetched_at: Instant,
}

impl Contract {
    /// What decides its standing.
    #[must_use]
    pub const fn terms(&self) -> Terms {
        Terms {
            status: self.status,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            grace_ends_at: self.grace_ends_at,
        }
    }

    /// What it means at `now`.
    #[must_use]
    pub fn standing(&self, now: Instant) -> Standing {
        self.terms().standing(now)
    }
}

/// How many people the contracts of one organization allow at `now`; `None` for any number.
///
/// The seats of granting contracts add up; one without a number makes it any number. While none
/// grants, the numbers of the others still bound who may be made ready for the day one does.
/// Without any contract there is nothing to bound (prospects, partners without one).
#[must_use]
pub fn seat_limit(contracts: &[Contract], now: Instant) -> Option<i64> {
    let granting = |contract: &&Contract| contract.standing(now).grants();
    let counted: Vec<&Contract> = if contracts.iter().any(|contract| granting(&contract)) {
        contracts.iter().filter(granting).collect()
    } else {
        contracts.iter().collect()
    };
    if counted.is_empty() {
        return None;
    }
    counted
        .iter()
        .map(|contract| contract.seats)
        .sum::<Option<i64>>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_seconds(1_000);
    const END: Instant = Instant::from_seconds(2_000);
    const GRACE: Instant = Instant::from_seconds(3_000);

    fn terms(status: ContractStatus) -> Terms {
        Terms {
            status,
            starts_at: START,
            ends_at: Some(END),
            grace_ends_at: Some(GRACE),
        }
    }

    fn before(instant: Instant) -> Instant {
        Instant::from_micros(instant.as_micros() - 1)
    }

    #[test]
    fn each_boundary_belongs_to_what_comes_after_it() {
        let active = terms(ContractStatus::Active);
        let soon = Standing::NotStarted {
            starts_at: Some(START),
        };
        assert_eq!(active.standing(before(START)), soon);
        assert_eq!(
            active.standing(START),
            Standing::Active { ends_at: Some(END) }
        );
        assert_eq!(
            active.standing(before(END)),
            Standing::Active { ends_at: Some(END) }
        );
        assert_eq!(active.standing(END), Standing::Grace { until: GRACE });
        assert_eq!(
            active.standing(before(GRACE)),
            Standing::Grace { until: GRACE }
        );
        assert_eq!(active.standing(GRACE), Standing::Ended { at: GRACE });
        let no_grace = Terms {
            grace_ends_at: None,
            ..active
        };
        assert_eq!(no_grace.standing(END), Standing::Ended { at: END });
        let endless = Terms {
            ends_at: None,
            ..active
        };
        assert_eq!(endless.standing(GRACE), Standing::Active { ends_at: None });
    }

    #[test]
    fn a_word_of_the_crm_outweighs_the_dates() {
        assert_eq!(
            terms(ContractStatus::Suspended).standing(START),
            Standing::Suspended
        );
        assert_eq!(
            terms(ContractStatus::Draft).standing(START),
            Standing::NotStarted { starts_at: None }
        );
        assert_eq!(
            terms(ContractStatus::Ended).standing(START),
            Standing::Ended { at: START }
        );
        assert_eq!(
            terms(ContractStatus::Ended).standing(GRACE),
            Standing::Ended { at: END }
        );
    }
}
