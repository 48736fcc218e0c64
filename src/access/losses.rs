//! What a new version of the catalogue takes, for those who tell services that access has ended.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::CatalogueBody;
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{Cx, OrganizationKind, ids::Id},
    outbox::{self, Announcement, EventFact},
    settings::RoleSettings,
};

/// What stands for the portal among services.
const PORTAL: &str = "";

/// Has those told who tell services of lost access, when a version takes something: one change,
/// whoever and how many it concerns is found when it is delivered.
///
/// # Errors
/// When the database refuses; then the version must not stand either.
pub async fn announce_losses(
    tx: &mut Tx,
    cx: &Cx,
    (before, after): (&CatalogueBody, &CatalogueBody),
) -> Result<(), Error> {
    let lost = losses(before, after);
    if lost.is_empty() {
        return Ok(());
    }
    let event = EventFact {
        event: "catalogue.saved".to_owned(),
        data: json!({
            "lost": lost,
            "actor": { "kind": cx.actor.kind(), "id": cx.actor.reference() },
        }),
    };
    let announcement = Announcement {
        topic: audit::ACCESS,
        subject: cx.request_id.as_str(),
        organization: None,
        event,
    };
    outbox::announce(tx, cx, announcement).await
}

/// By role, the services that its holders may have lost; the portal is among them as the empty name.
fn losses<'b>(
    before: &'b CatalogueBody,
    after: &CatalogueBody,
) -> BTreeMap<&'b str, BTreeSet<&'b str>> {
    let mut lost = BTreeMap::new();
    for was in before.roles.iter().filter(|role| !role.retired) {
        let is = after.role(&was.key).filter(|role| !role.retired);
        let services: BTreeSet<&str> = match is {
            Some(is) if counts_as_before(was, is) => {
                let granted = was.grants.keys().map(String::as_str);
                let gone = |service: &&str| is_lost(service, (was, is), (before, after));
                granted.filter(gone).collect()
            }
            _ => {
                let granted = was.grants.keys().map(String::as_str);
                granted.chain([PORTAL]).collect()
            }
        };
        if !services.is_empty() {
            lost.insert(was.key.as_str(), services);
        }
    }
    lost
}

/// Whether it counts wherever it counted.
fn counts_as_before(was: &RoleSettings, is: &RoleSettings) -> bool {
    let mut kinds = OrganizationKind::ALL.iter();
    was.tier == is.tier && kinds.all(|kind| is.is_for(*kind) || !was.is_for(*kind))
}

/// Whether holders of a role may have lost a service that it granted.
fn is_lost(
    service: &str,
    (was, is): (&RoleSettings, &RoleSettings),
    (before, after): (&CatalogueBody, &CatalogueBody),
) -> bool {
    let needs = |product: Option<&String>, needed: Option<&String>| {
        needed.is_some_and(|needed| product != Some(needed))
    };
    let Some(now) = after.service(service) else {
        return true;
    };
    let then = before.service(service).and_then(|it| it.product.as_ref());
    !is.grants.contains_key(service)
        || needs(was.product.as_ref(), is.product.as_ref())
        || needs(then, now.product.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> CatalogueBody {
        let settings: toml::Table = toml::from_str(crate::settings::TEMPLATE).unwrap();
        CatalogueBody {
            services: settings["services"].clone().try_into().unwrap(),
            roles: settings["roles"].clone().try_into().unwrap(),
        }
    }

    fn edited(edit: impl FnOnce(&mut RoleSettings)) -> CatalogueBody {
        let mut after = body();
        let role = after.roles.iter_mut().find(|role| role.key == "orders");
        edit(role.unwrap());
        after
    }

    #[test]
    fn what_is_taken_is_found_and_what_is_given_is_not() {
        let before = body();
        let of_orders = |after: &CatalogueBody| -> Vec<String> {
            let lost = losses(&before, after);
            assert!(lost.keys().all(|role| *role == "orders"), "{lost:?}");
            let services = lost.get("orders").into_iter().flatten();
            services.map(ToString::to_string).collect()
        };
        assert!(losses(&before, &before).is_empty());
        let words = edited(|role| role.words.values_mut().for_each(|it| it.name.push('!')));
        assert!(of_orders(&words).is_empty());
        let more = edited(|role| drop(role.grants.insert("other".into(), vec!["x".into()])));
        assert!(of_orders(&more).is_empty());
        assert_eq!(of_orders(&edited(|role| role.grants.clear())), ["shop"]);
        let product = edited(|role| role.product = Some("another".to_owned()));
        assert_eq!(of_orders(&product), ["shop"]);
        let product = edited(|role| role.product = None);
        assert!(of_orders(&product).is_empty(), "one condition less");
        for taken in [
            edited(|role| role.retired = true),
            edited(|role| role.kinds = vec![OrganizationKind::Partner]),
            edited(|role| role.key = "other".to_owned()),
        ] {
            assert_eq!(of_orders(&taken), ["", "shop"], "the portal too");
        }
    }
}
