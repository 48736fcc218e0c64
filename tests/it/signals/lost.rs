//! Lost access: by a new version of the roles, by the kind of an organization; and who is not told,
//! because they never had it.

use serde_json::json;
use vestibule::{
    crm::port::Account,
    kernel::Actor,
    operations::catalogue::take_file,
    organizations::{self, UpsertError},
};

use super::{person, scene::Scene, scene::verified};
use crate::support::{browser::Browser, each_engine, portal::OPERATOR};

const PLACE: &str = "/operations/catalogue";

/// An operator changes one field of a role and saves.
async fn change(operator: &Browser, role: &str, field: &str, value: &str) {
    let page = operator.get(&format!("{PLACE}/roles/{role}")).await;
    let page = page.expect(200);
    let form = page.form_with("name_en").with("act", "put");
    operator
        .press(&page, &form.with(field, value))
        .await
        .expect(200);
    let page = operator.get(&format!("{PLACE}/preview")).await.expect(200);
    let page = operator.press(&page, &page.form_with("note")).await;
    let text = page.expect(200).text();
    assert!(text.contains("counts from the next request"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_gives_less_is_told_to_the_service_that_is_lost() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        take_file(&portal.state).await.unwrap();
        let (first, second) = (
            portal.add_customer("Kuusi Oy").await,
            portal.add_customer("Leppa Oy").await,
        );
        let mut buyers = Vec::new();
        for (organization, email) in [
            (&first, "ada@kuusi.example"),
            (&second, "ben@leppa.example"),
        ] {
            let roles = ["orders", "reader"];
            let membership = portal.add_member(organization, email, &roles).await;
            buyers.push(json!(person(&test, &membership).await));
        }
        portal
            .add_member(&first, "cleo@kuusi.example", &["reader"])
            .await;
        let operator = portal.sign_in(OPERATOR).await;
        scene.tell().await;
        scene.forget();
        // More, or other words, take nothing.
        change(&operator, "orders", "name_en", "Buys spare parts").await;
        let recorded = "SELECT count(*) FROM deliveries WHERE destination LIKE 'service:%'";
        assert_eq!(portal.count(recorded).await, 0);
        change(&operator, "orders", "kinds", "partner").await;
        assert_eq!(
            portal.count(recorded).await,
            3,
            "one change for each receiver in the transaction that saves"
        );
        scene.tell().await;
        assert_eq!(
            scene.told(),
            [2, 0, 0],
            "they still read manuals and use the portal"
        );
        let keys = scene.keys().await;
        let received = scene.shop.received();
        let mut told: Vec<_> = received
            .iter()
            .map(|it| verified(it, &keys).1["sub"].clone())
            .collect();
        told.sort_by_key(ToString::to_string);
        buyers.sort_by_key(ToString::to_string);
        assert_eq!(told, buyers);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_that_becomes_a_customer_without_a_contract_is_told() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let account = |version: i64, kind: &str, name: &str| Account {
            id: "prospect-1".to_owned(),
            version,
            name: name.to_owned(),
            kind: kind.to_owned(),
            ..Account::default()
        };
        let follow = async |account: Account| {
            let crm = Actor::Crm {
                connection: "crm".to_owned(),
                user: None,
            };
            scene
                .write::<_, UpsertError, _>(crm, move |tx, cx| {
                    Box::pin(async move {
                        organizations::upsert_from_crm(tx, &cx, "crm", &account).await
                    })
                })
                .await
        };
        let made = follow(account(1, "prospect", "Saari Oy")).await;
        portal
            .add_member(made.id(), "ada@saari.example", &["lead"])
            .await;
        scene.tell().await;
        scene.forget();
        follow(account(2, "prospect", "Saari Oyj")).await;
        let recorded = "SELECT count(*) FROM deliveries WHERE destination LIKE 'service:%'";
        assert_eq!(portal.count(recorded).await, 0, "another name is no loss");
        follow(account(3, "customer", "Saari Oyj")).await;
        scene.tell().await;
        assert_eq!(scene.told(), [0, 0, 1], "nothing but the portal was open");
    })
    .await;
}
