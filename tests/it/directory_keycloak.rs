//! Keycloak: what users could write themselves, and what somebody else writes meanwhile.

use std::collections::BTreeMap;

use serde_json::json;
use vestibule::directory::{
    conformance::Bench,
    port::{DirectoryError, Put, Wanted},
};

use crate::support::directories::keycloak::KeycloakBench;

const NAMES: [&str; 4] = [
    "vestibulePerson",
    "crmContactId",
    "portalOrganizations",
    "portalRoles",
];

fn wanted(user: Option<&str>) -> Wanted {
    Wanted {
        person_id: "per_1".to_owned(),
        user: user.map(ToOwned::to_owned),
        email: "ada@a.example".to_owned(),
        roles: vec!["org_1/admin".to_owned()],
        ..Wanted::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_comes_meanwhile_is_not_written_over() {
    let bench = KeycloakBench::start().await;
    let id = bench.put_user("ada@a.example").await;
    bench.keycloak.lock().interferes = true;
    let said = bench.directory().put(&wanted(Some(&id))).await;
    assert!(matches!(said, Ok(Put::Done { .. })), "{said:?}");
    let held = bench.user(&id).await.unwrap();
    assert_eq!(held.roles, ["org_1/admin"]);
    assert!(!held.enabled, "somebody else's doing stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_users_may_write_are_refused() {
    let bench = KeycloakBench::start().await;
    let check = async |policy: Option<&'static str>, edit: Option<&'static [&'static str]>| {
        {
            let mut inner = bench.keycloak.lock();
            inner.policy = policy;
            let managed = NAMES.iter().filter_map(|name| Some((*name, edit?)));
            inner.managed = managed.collect::<BTreeMap<_, _>>();
        }
        bench.directory().check().await
    };
    for (policy, edit) in [
        (Some("ADMIN_EDIT"), None),
        (None, Some(["admin"].as_slice())),
        (Some("ENABLED"), Some(["admin"].as_slice())),
    ] {
        let said = check(policy, edit).await;
        assert!(said.is_ok(), "{policy:?} {edit:?}: {said:?}");
    }
    for (policy, edit) in [
        (None, None),
        (Some("ENABLED"), None),
        (Some("ADMIN_VIEW"), None),
        (Some("ADMIN_EDIT"), Some(["admin", "user"].as_slice())),
        (None, Some(["user"].as_slice())),
    ] {
        let said = check(policy, edit).await;
        assert!(
            matches!(said, Err(DirectoryError::Setup(_))),
            "{policy:?} {edit:?}: {said:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_calls_themselves_somebody_is_not_taken_for_them() {
    let bench = KeycloakBench::start().await;
    let id = bench.put_user("eve@b.example").await;
    let set = |values: serde_json::Value| {
        let mut inner = bench.keycloak.lock();
        inner.users.get_mut(&id).unwrap()["attributes"]["vestibulePerson"] = values;
    };
    set(json!(["per_1"]));
    let said = bench.directory().put(&wanted(None)).await.unwrap();
    let candidates = vec![id.clone()];
    assert_eq!(said, Put::Taken { candidates });
    assert!(bench.user(&id).await.unwrap().roles.is_empty());
    // The one that was made has the address too.
    let made = bench.put_user("Ada@a.example").await;
    {
        let mut inner = bench.keycloak.lock();
        inner.users.get_mut(&made).unwrap()["attributes"]["vestibulePerson"] = json!(["per_1"]);
    }
    let said = bench.directory().put(&wanted(None)).await.unwrap();
    assert!(
        matches!(&said, Put::Done { user, .. } if *user == made),
        "{said:?}"
    );
}
