//! The roles of somebody whom a machine invites without naming any.

use super::{authority::Rules, model::Kind};
use crate::{
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
    let now = cx.now();
    let products = organizations::products(tx, organization, now).await?;
    let of = |tier| -> Vec<String> {
        let usual = catalogue.usual(tier, organization.kind, &products);
        usual.map(|role| role.key.clone()).into_iter().collect()
    };
    if kind == Kind::Lead {
        let leads = catalogue.usual_of(RoleTier::Lead, organization.kind, &products);
        return Ok(leads.map(|role| role.key.clone()).collect());
    }
    let admins = organizations::admins(tx, catalogue, &organization.id, now).await?;
    if admins.is_empty() {
        return Ok(of(RoleTier::Admin));
    }
    Ok(of(RoleTier::Member))
}
