//! Business roles as a membership holds them, and who may give them.

use std::ops::Deref;

use crate::{access::Catalogue, settings::RoleTier};

/// Role keys, sorted, each once. Stored as one comma-joined text; keys have no commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles(Vec<String>);

impl Roles {
    /// Sorts the keys and drops repeated and empty ones.
    pub fn new<I, S>(keys: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let mut keys: Vec<String> = keys.into_iter().map(Into::into).collect();
        keys.retain(|key| !key.is_empty());
        keys.sort_unstable();
        keys.dedup();
        Self(keys)
    }

    /// Reads the stored text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::new(text.split(','))
    }

    /// The stored text.
    #[must_use]
    pub fn joined(&self) -> String {
        self.0.join(",")
    }

    /// The keys as an owned list.
    #[must_use]
    pub fn to_list(&self) -> Vec<String> {
        self.0.clone()
    }
}

impl Deref for Roles {
    type Target = [String];
    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<DB: sqlx::Database> sqlx::Type<DB> for Roles
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

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Roles
where
    String: sqlx::Decode<'r, DB>,
{
    fn decode(
        value: <DB as sqlx::Database>::ValueRef<'r>,
    ) -> Result<Self, sqlx::error::BoxDynError> {
        Ok(Self::parse(&<String as sqlx::Decode<DB>>::decode(value)?))
    }
}

/// The highest tier of role that somebody may give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceiling {
    /// Staff, the CRM and the portal itself: every role.
    Unlimited,
    /// Roles up to this tier.
    UpTo(RoleTier),
    /// None at all.
    Nothing,
}

impl Ceiling {
    /// The ceiling of somebody who holds `roles`: the highest tier among them.
    #[must_use]
    pub fn of(catalogue: &Catalogue, roles: &[String]) -> Self {
        catalogue
            .highest_tier(roles)
            .map_or(Self::Nothing, Self::UpTo)
    }

    /// Whether a role of `tier` may be given.
    #[must_use]
    pub fn allows(self, tier: RoleTier) -> bool {
        match self {
            Self::Unlimited => true,
            Self::UpTo(own) => tier.rank() <= own.rank(),
            Self::Nothing => false,
        }
    }
}

/// The first key that the catalogue does not have.
pub(super) fn first_unknown(catalogue: &Catalogue, roles: &Roles) -> Option<String> {
    roles
        .iter()
        .find(|key| catalogue.role(key).is_none())
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_text_is_sorted_and_comes_back() {
        let roles = Roles::new(["orders", "admin", "orders", ""]);
        assert_eq!(roles.joined(), "admin,orders");
        assert_eq!(Roles::parse(&roles.joined()), roles);
        assert!(Roles::parse("").is_empty());
    }

    #[test]
    fn a_ceiling_allows_its_own_tier_and_those_below() {
        let member = Ceiling::UpTo(RoleTier::Member);
        assert!(member.allows(RoleTier::Member) && member.allows(RoleTier::Lead));
        assert!(!member.allows(RoleTier::Admin));
        assert!(!Ceiling::Nothing.allows(RoleTier::Lead));
        assert!(Ceiling::Unlimited.allows(RoleTier::Admin));
    }
}
