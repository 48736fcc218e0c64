//! The roles of somebody whom a machine invites without naming any.

use super::{authority::Rules, model::Kind};
use crate::{
    contracts,
    db::{Error, Tx},
    kernel::Cx,
    organizations::{self, Organization},
    settings::RoleTier,
};

/// What somebody gets when the request names no role: a lead the lead roles; the first human of an
/// organization the admin's; everybody else the first duty that the contracts cover.
///
/// # Errors
/// When the database refuses.
pub async fn usual_roles(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    kind: Kind,
) -> Result<Vec<String>, Error> {
    let catalogue = rules.catalogue;
    let of = |tier| catalogue.roles_of(tier).map(|role| role.key.clone());
    if kind == Kind::Lead {
        return Ok(of(RoleTier::Lead).collect());
    }
    let now = cx.now();
    let admins = organizations::admins(tx, catalogue, &organization.id, now).await?;
    if admins.is_empty() {
        return Ok(of(RoleTier::Admin).take(1).collect());
    }
    let contracts = contracts::of_organization(tx, &organization.id).await?;
    let covered = |product: &String| {
        let mut granting = contracts
            .iter()
            .filter(|contract| contract.standing(now).grants());
        granting.any(|contract| contract.products.contains(product))
    };
    let usual = catalogue
        .roles_of(RoleTier::Member)
        .find(|role| role.product.as_ref().is_none_or(covered));
    Ok(usual.map(|role| role.key.clone()).into_iter().collect())
}
