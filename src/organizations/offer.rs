//! Which roles an organization may be given, and by whom: asked wherever a role is given, and by the
//! cards that offer them, so that no page offers what the deed refuses.

use super::{Ceiling, Organization, OrganizationKind};
use crate::{
    access::{Catalogue, ContractFacts},
    contracts,
    db::{Conn, Error},
    kernel::Instant,
    settings::{GrantedBy, RoleSettings},
};

/// Why a role cannot be given here and now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotGivable {
    /// The catalogue has no such role, or it is over.
    #[error("there is no role {0:?}")]
    Unknown(String),
    /// It is above what the giver may give.
    #[error("the role {0:?} is above what may be given")]
    AboveCeiling(String),
    /// Only staff, the CRM and programs give it.
    #[error("the role {0:?} is given by the portal's staff only")]
    StaffOnly(String),
    /// It is not for organizations of this kind.
    #[error("the role {0:?} is not for organizations of this kind")]
    WrongKind(String),
    /// No contract that grants includes the product it needs.
    #[error("the role {role:?} needs the product {product:?}, which no contract includes now")]
    NoProduct {
        /// The role.
        role: String,
        /// The product.
        product: String,
    },
}

/// What an organization may be given by somebody.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What the organization is; `None` while nobody knows.
    kind: Option<OrganizationKind>,
    /// The products of contracts that grant; `None` while nobody knows.
    products: Option<Vec<String>>,
    ceiling: Ceiling,
}

impl Offer {
    /// What this organization may be given at `now`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn read(
        conn: &mut Conn,
        organization: &Organization,
        ceiling: Ceiling,
        now: Instant,
    ) -> Result<Self, Error> {
        Ok(Self {
            kind: Some(organization.kind),
            products: Some(products(conn, organization, now).await?),
            ceiling,
        })
    }

    /// The same from contracts at hand.
    #[must_use]
    pub fn of(
        kind: OrganizationKind,
        contracts: &[ContractFacts],
        ceiling: Ceiling,
        now: Instant,
    ) -> Self {
        let granting = contracts
            .iter()
            .filter(|contract| contract.terms.standing(now).grants());
        let products = granting.flat_map(|contract| contract.products.iter().cloned());
        Self {
            kind: Some(kind),
            products: Some(products.collect()),
            ceiling,
        }
    }

    /// For an organization that is not known yet: whatever the giver may give.
    #[must_use]
    pub const fn unknown(kind: Option<OrganizationKind>, ceiling: Ceiling) -> Self {
        Self {
            kind,
            products: None,
            ceiling,
        }
    }

    /// Whether the role may be given.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn check(&self, role: &RoleSettings) -> Result<(), NotGivable> {
        let key = || role.key.clone();
        if !self.ceiling.allows(role.tier) {
            return Err(NotGivable::AboveCeiling(key()));
        }
        if self.kind.is_some_and(|kind| !role.is_for(kind)) {
            return Err(NotGivable::WrongKind(key()));
        }
        if self.ceiling != Ceiling::Unlimited && role.granted_by == GrantedBy::Staff {
            return Err(NotGivable::StaffOnly(key()));
        }
        match (&role.product, &self.products) {
            (Some(product), Some(products)) if !products.contains(product) => {
                Err(NotGivable::NoProduct {
                    role: key(),
                    product: product.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Whether all of these may be given.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn check_all<'k>(
        &self,
        catalogue: &Catalogue,
        keys: impl IntoIterator<Item = &'k String>,
    ) -> Result<(), NotGivable> {
        for key in keys {
            let role = catalogue.role(key);
            self.check(role.ok_or_else(|| NotGivable::Unknown(key.clone()))?)?;
        }
        Ok(())
    }
}

/// The products of the organization's contracts that grant at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn products(
    conn: &mut Conn,
    organization: &Organization,
    now: Instant,
) -> Result<Vec<String>, Error> {
    let all = contracts::of_organization(conn, &organization.id).await?;
    let granting = all
        .iter()
        .filter(|contract| contract.standing(now).grants());
    Ok(granting
        .flat_map(|contract| contract.products.iter().cloned())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::RoleTier;

    fn role() -> RoleSettings {
        let template: toml::Table = toml::from_str(crate::settings::TEMPLATE).unwrap();
        let roles: Vec<RoleSettings> = template["roles"].clone().try_into().unwrap();
        RoleSettings {
            product: Some("parts".to_owned()),
            kinds: vec![OrganizationKind::Partner],
            granted_by: GrantedBy::Staff,
            tier: RoleTier::Member,
            ..roles[1].clone()
        }
    }

    #[test]
    fn each_limit_refuses_with_its_own_reason() {
        let offer = |kind, products: &[&str], ceiling| Offer {
            kind: Some(kind),
            products: Some(products.iter().map(ToString::to_string).collect()),
            ceiling,
        };
        let admin = Ceiling::UpTo(RoleTier::Admin);
        let partner = OrganizationKind::Partner;
        let staff = Ceiling::Unlimited;
        assert_eq!(offer(partner, &["parts"], staff).check(&role()), Ok(()));
        assert!(matches!(
            offer(partner, &["parts"], admin).check(&role()),
            Err(NotGivable::StaffOnly(_))
        ));
        assert!(matches!(
            offer(OrganizationKind::Customer, &["parts"], staff).check(&role()),
            Err(NotGivable::WrongKind(_))
        ));
        assert!(matches!(
            offer(partner, &["other"], staff).check(&role()),
            Err(NotGivable::NoProduct { .. })
        ));
        assert!(matches!(
            offer(partner, &["parts"], Ceiling::UpTo(RoleTier::Lead)).check(&role()),
            Err(NotGivable::AboveCeiling(_))
        ));
        let unknown = Offer::unknown(None, staff);
        assert_eq!(unknown.check(&role()), Ok(()));
    }
}
