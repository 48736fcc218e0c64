//! SCIM: what differs between servers.

use serde_json::json;
use vestibule::directory::{
    conformance::{Bench, Kept, cases},
    port::{DirectoryError, Put, Wanted},
};

use crate::support::directories::scim::{ScimBench, Service};

fn wanted(user: &str) -> Wanted {
    Wanted {
        person_id: "per_1".to_owned(),
        user: Some(user.to_owned()),
        roles: vec!["org_1/admin".to_owned()],
        enabled: Some(false),
        ..Wanted::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_patch_is_written_whole() {
    let bench = ScimBench::start().await;
    bench.service.lock().patch = false;
    let broken: Vec<_> = cases(&bench)
        .await
        .into_iter()
        .filter(|(_, kept)| matches!(kept, Kept::No(_)))
        .collect();
    assert_eq!(broken, []);
    let inner = bench.service.lock();
    let calls = inner.troubles.calls.iter();
    assert_eq!(calls.filter(|call| call.0 == "PATCH").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changes_meanwhile_stays() {
    for patch in [true, false] {
        let bench = ScimBench::start().await;
        let id = bench.put_user("ada@a.example").await;
        {
            let mut inner = bench.service.lock();
            inner.patch = patch;
            inner.interferes = true;
        }
        let said = bench.directory().put(&wanted(&id)).await;
        assert!(matches!(said, Ok(Put::Done { .. })), "{said:?}");
        let user = bench.service.lock().users[&id].clone();
        assert_eq!(user["nickName"], "Countess");
        assert_eq!(user["active"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_found_by_the_name_that_the_settings_say() {
    let service = Service::start().await;
    let bench_user =
        json!({"userName": "Ada@a.example", "externalId": "sub-7", "active": true, "id": "1"});
    service.lock().users.insert("1".to_owned(), bench_user);
    for (matches, subject) in [
        ("external_id", "sub-7"),
        ("user_name", "ada@a.example"),
        ("id", "1"),
    ] {
        let directory = service.adapter(&format!("match = \"{matches}\""));
        let said = directory.put(&wanted(subject)).await.unwrap();
        assert!(
            matches!(said, Put::Done { ref user, .. } if user == "1"),
            "{said:?}"
        );
        let said = directory.put(&wanted("nobody")).await.unwrap();
        assert_eq!(said, Put::NotFound);
    }
    // A name that would end the filter is a name.
    let directory = service.adapter("match = \"user_name\"");
    let hostile = "x\" or userName pr or userName eq \"y";
    assert_eq!(
        directory.put(&wanted(hostile)).await.unwrap(),
        Put::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_drops_the_extension_is_told_about() {
    let bench = ScimBench::start().await;
    bench.service.lock().extension = false;
    let id = bench.put_user("ada@a.example").await;
    let said = bench.directory().put(&wanted(&id)).await;
    assert!(
        matches!(&said, Ok(Put::Partly { refusal: DirectoryError::Setup(text), .. }) if text.contains("extension")),
        "{said:?}"
    );
    assert!(
        !bench.user(&id).await.unwrap().enabled,
        "kept out all the same"
    );
    let said = bench.directory().check().await;
    assert!(matches!(said, Err(DirectoryError::Setup(_))), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ignores_filters_is_told_about_and_lists_strangers_in_vain() {
    let bench = ScimBench::start().await;
    let id = bench.put_user("ada@a.example").await;
    bench.service.lock().lists_all = true;
    let said = bench.directory().check().await;
    assert!(matches!(said, Err(DirectoryError::Setup(_))), "{said:?}");
    let directory = bench.service.adapter("match = \"user_name\"");
    let said = directory.put(&wanted("somebody@else.example")).await;
    assert_eq!(said, Ok(Put::NotFound));
    assert!(bench.user(&id).await.unwrap().enabled);
}
