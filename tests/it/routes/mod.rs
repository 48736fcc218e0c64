//! Every route, every kind of actor, another company's ids in every place where an id can stand.
//!
//! The routes come from the router's source ([`listing`]). What each actor is answered is kept as a
//! table ([`matrix`]), so that a change of who may do what is seen in review.

mod actors;
mod listing;
mod machines;
mod matrix;
mod request;
mod town;

use std::collections::BTreeSet;

use reqwest::Method;

use crate::support::{Portal, TestDb, each_engine};

/// The fields of every form and query are known, so that none that names something is left out.
#[test]
fn every_field_is_known() {
    let known: BTreeSet<&str> = request::NAMING
        .iter()
        .chain(request::PLAIN)
        .map(|(field, _)| *field)
        .collect();
    let listed = request::NAMING.len() + request::PLAIN.len();
    assert_eq!(known.len(), listed, "a field stands in both lists");
    let found = listing::fields();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let new: Vec<_> = found.difference(&known).collect();
    assert!(new.is_empty(), "say in request.rs what these name: {new:?}");
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "no form or query has {gone:?} any more");
}

/// The list is the router: as many as the source has, each known to the running router with just
/// these methods.
#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_routes_is_complete() {
    let routes = listing::routes();
    assert_eq!(routes.len(), listing::count());
    let test = TestDb::sqlite().await;
    let portal = portal(&test).await;
    let browser = portal.browser();
    let ids = town::Ids::of_nobody();
    let naming = request::Naming {
        company: &ids,
        thing: &ids,
        fields: &ids,
    };
    let own = [("sec-fetch-site", "same-origin")];
    for route in &routes {
        let (path, _) = request::address(route, &naming);
        let page = browser.send(Method::PATCH, &path, None, &own).await;
        assert_eq!(page.status, 405, "{path} is not routed");
        let allowed = page.headers["allow"].to_str().unwrap();
        let allowed: BTreeSet<&str> = allowed
            .split(',')
            .filter(|method| *method != "HEAD")
            .collect();
        let listed: BTreeSet<&str> = route.methods.iter().copied().collect();
        assert_eq!(allowed, listed, "{path}");
    }
    browser
        .send(Method::PATCH, "/nowhere", None, &own)
        .await
        .expect(404);
}

/// What only the demo shows is nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn the_mailbox_is_only_in_the_demo() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        for path in ["/demo/mail", "/demo/mail/x", "/demo/mail/x/html"] {
            portal.browser().get(path).await.expect(404);
        }
        let text = "[portal]\ndemo = true\n";
        let wrong = vestibule::settings::parse(text, &std::collections::BTreeMap::new());
        assert!(format!("{:?}", wrong.unwrap_err()).contains("demo"));
    })
    .await;
}

/// A portal with every route: the demo's mailbox, the built-in CRM, two more connections, and a
/// provider whose people are never staff.
async fn portal(test: &TestDb) -> Portal {
    let plan = crate::support::Plan {
        more_providers: vec!["guests"],
        change: Some(Box::new(|settings| {
            settings.portal.demo = true;
            for provider in &mut settings.providers {
                provider.staff = provider.key == "demo";
            }
            for key in ["ledger-left", "ledger-right"] {
                settings.connections.push(machines::connection(key));
            }
        })),
        ..crate::support::Plan::default()
    };
    Portal::start_as(test, plan).await
}
