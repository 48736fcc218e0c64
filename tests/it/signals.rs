//! Services are told by signed tokens that a session, or the access to them, has ended.

mod ends;
mod lost;
mod nodes;
mod scene;

use std::{collections::BTreeSet, time::Duration};

use openidconnect::JsonWebKey as _;
use serde_json::{Value, json};
use vestibule::{
    access::sessions,
    contracts,
    crm::port,
    db::Error,
    kernel::{
        Actor,
        ids::{ContractId, Id, MembershipId, OrganizationId, PersonId},
    },
    on,
    organizations::{self, Suspend, SuspendError},
    people,
    signals::{self, AFTER, AHEAD, LIFE},
};

use crate::support::{
    TestDb,
    browser::Browser,
    dump::dump,
    each_engine,
    portal::OPERATOR,
    receiver::{Receiver, status, with},
};
use scene::{REVOKED, Scene, is_event, is_logout, token_of, verified};

async fn headers_of(browser: &Browser) -> (String, String) {
    let answer = browser.get("/forward-auth?service=docs").await.expect(200);
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    (header("x-vestibule-person"), header("x-vestibule-session"))
}

/// The claims that npm `jose` believes; `None`, said aloud, where it is not installed.
fn believed_by_jose(input: &Value) -> Option<Vec<Value>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    if !root.join("browser/node_modules/jose").exists() {
        println!("skipped: npm jose is not installed in tests/browser");
        return None;
    }
    let mut child = std::process::Command::new("node")
        .arg(root.join("oidc/verify.mjs"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "jose believes it not");
    let text = String::from_utf8(output.stdout).unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

async fn person(test: &TestDb, membership: &MembershipId) -> PersonId {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar(
        "SELECT person_id FROM memberships WHERE id = $1"
    )
    .bind(membership)
    .fetch_one(c)
    .await)
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_is_told_by_every_rule() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let organization = portal.add_customer("Kuusi Oy").await;
        portal
            .add_member(&organization, "ada@kuusi.example", &["orders", "reader"])
            .await;
        let (ada, phone) = (
            portal.sign_in("ada@kuusi.example").await,
            portal.sign_in("ada@kuusi.example").await,
        );
        let (who, session) = headers_of(&ada).await;
        assert_eq!(who, headers_of(&phone).await.0);
        scene.tell().await;
        assert_eq!(scene.told(), [0, 0, 0], "signing in ends nothing");
        let page = ada.get("/home").await.expect(200);
        ada.submit(&page, &page.form("/sign-out")).await;
        scene.tell().await;
        assert_eq!(scene.told(), [1, 1, 1]);
        let keys = scene.keys().await;
        let shop = verified(&scene.shop.received()[0], &keys);
        is_logout(portal, &shop, "shop-client");
        assert_eq!((&shop.1["sub"], shop.1.get("sid")), (&json!(who), None));
        let docs = verified(&scene.docs.received()[0], &keys);
        is_logout(portal, &docs, "docs-client");
        assert_eq!(
            (&docs.1["sub"], &docs.1["sid"]),
            (&json!(who), &json!(session)),
            "as in the headers"
        );
        assert_ne!(shop.1["jti"], docs.1["jti"]);
        let console = verified(&scene.console.received()[0], &keys);
        is_event(portal, &console);
        let issuer = portal.url.origin().ascii_serialization();
        assert_eq!(
            console.1["sub_id"],
            json!({"format": "iss_sub", "iss": issuer, "sub": who})
        );
        assert_eq!(console.1["events"][REVOKED]["initiating_entity"], "user");
        let tokens = [(&scene.shop, "logout+jwt", "shop-client"), (&scene.docs, "logout+jwt", "docs-client"), (&scene.console, "secevent+jwt", "console-client")];
        let tokens: Vec<Value> = tokens.iter().map(|(receiver, typ, audience)| {
            let token = token_of(&receiver.received()[0]);
            json!({"token": token, "typ": typ, "audience": audience, "logout": *typ == "logout+jwt"})
        }).collect();
        let published = portal.browser().get("/.well-known/jwks.json").await.body;
        let input = json!({
            "keys": serde_json::from_str::<Value>(&published).unwrap(), "issuer": issuer,
            "now": portal.state.world.clock.now().as_seconds(), "tokens": tokens,
        });
        if let Some(claims) = believed_by_jose(&input) {
            assert_eq!(claims, [shop.1.clone(), docs.1.clone(), console.1.clone()]);
        }
        scene.tell().await;
        assert_eq!(scene.told(), [1, 1, 1], "once");

        // Kept out: one token, though the log has two events, and it names nobody else.
        scene.forget();
        let ada_id = PersonId::parse(&who).unwrap();
        let catalogue = portal.state.catalogue.clone();
        let id = ada_id.clone();
        scene
            .write(portal.state.world.system("test").actor, move |tx, cx| {
                Box::pin(
                    async move { people::keep_out(tx, &cx, &catalogue, (&id, "lost phone")).await },
                )
            })
            .await;
        scene.tell().await;
        assert_eq!(scene.told(), [1, 1, 1]);
        let docs = verified(&scene.docs.received()[0], &keys);
        assert!(docs.1.get("sid").is_none(), "all of the person's sessions");
        let rows = dump(&test).await;
        assert!(!rows.contains("PRIVATE KEY"), "keys are sealed");
        assert!(!rows.contains("push-token"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_access_is_told_to_the_service_that_is_lost() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let (first, second) = (
            portal.add_customer("Kuusi Oy").await,
            portal.add_customer("Leppa Oy").await,
        );
        let ada = portal
            .add_member(&first, "ada@kuusi.example", &["orders", "reader"])
            .await;
        portal
            .add_member(&first, "boss@kuusi.example", &["admin"])
            .await;
        // Reads manuals for another company too.
        portal
            .add_member(&second, "ada@kuusi.example", &["reader"])
            .await;
        scene.tell().await;
        scene.forget();
        let command = Suspend {
            organization_id: first.clone(),
            membership_id: ada.clone(),
            reason: String::new(),
        };
        let catalogue = portal.state.catalogue.clone();
        scene
            .write::<_, SuspendError, _>(portal.state.world.system("test").actor, move |tx, cx| {
                Box::pin(async move { organizations::suspend(tx, &cx, &catalogue, command).await })
            })
            .await;
        scene.tell().await;
        assert_eq!(
            scene.told(),
            [1, 0, 0],
            "the shop is lost, the manuals and the portal are not"
        );
        let keys = scene.keys().await;
        let shop = verified(&scene.shop.received()[0], &keys);
        is_logout(portal, &shop, "shop-client");
        assert_eq!(shop.1["sub"], json!(person(&test, &ada).await));
    })
    .await;
}

/// Ends the contract that [`Portal::add_customer`] made.
async fn end_contract(scene: &Scene, test: &TestDb, organization: &OrganizationId) {
    let mut conn = test.db.read().await.unwrap();
    let (id, account): (ContractId, String) = on!(conn, |c| sqlx::query_as(
        "SELECT c.id, o.crm_account_id FROM contracts c JOIN organizations o ON o.id = c.organization_id WHERE o.id = $1"
    ).bind(organization).fetch_one(c).await).unwrap();
    drop(conn);
    let record = port::Contract {
        id: id.to_string(),
        version: 2,
        account_id: account,
        number: "C-1".to_owned(),
        status: "ended".to_owned(),
        starts_on: "2026-01-01".to_owned(),
        ends_on: "2027-01-10".to_owned(),
        products: vec!["parts".to_owned()],
        ..port::Contract::default()
    };
    let rules = scene.portal.state.crm.get("crm").unwrap().rules.clone();
    let crm = Actor::Crm {
        connection: "crm".to_owned(),
        user: None,
    };
    scene
        .write(crm, move |tx, cx| {
            Box::pin(async move {
                let now = cx.now();
                contracts::apply(tx, &cx, &rules, &record, now).await
            })
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_contract_is_told_for_each_person() {
    const PEOPLE: usize = 60;
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let organization = portal.add_customer("Kuusi Oy").await;
        let mut members = BTreeSet::new();
        for number in 0..PEOPLE {
            let email = format!("m{number}@kuusi.example");
            let membership = portal.add_member(&organization, &email, &["orders", "reader"]).await;
            members.insert(person(&test, &membership).await.to_string());
        }
        scene.tell().await;
        scene.forget();
        end_contract(&scene, &test, &organization).await;
        let recorded = "SELECT count(*) FROM deliveries WHERE destination = 'service:shop' AND state = 'waiting'";
        assert_eq!(portal.count(recorded).await, 1, "one change until a worker spreads it");
        scene.tell().await;
        assert_eq!(scene.told(), [PEOPLE; 3], "one for each person and receiver");
        let keys = scene.keys().await;
        let subjects: BTreeSet<String> = scene.shop.received().iter()
            .map(|it| verified(it, &keys).1["sub"].as_str().unwrap().to_owned()).collect();
        assert_eq!(subjects, members);
        let event = verified(&scene.console.received()[0], &keys);
        assert_eq!(event.1["events"][REVOKED]["initiating_entity"], "policy");
        scene.tell().await;
        assert_eq!(scene.told(), [PEOPLE; 3]);

        // Everybody signed out by an operator: whoever still has access hears of it too.
        scene.forget();
        let id = organization.clone();
        scene.write::<_, Error, _>(portal.state.world.system("test").actor, move |tx, cx| Box::pin(async move {
            sessions::end_for_organization(tx, &cx, &id, None).await
        })).await;
        scene.tell().await;
        assert_eq!(scene.told(), [PEOPLE; 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_by_date_alone_is_told_too() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let (first, second) = (portal.add_customer("Kuusi Oy").await, portal.add_customer("Leppa Oy").await);
        portal.add_member(&first, "ada@kuusi.example", &["orders", "reader"]).await;
        portal.add_member(&second, "ben@leppa.example", &["reader"]).await;
        portal.execute("UPDATE contracts SET ends_at = 1800086400000000 WHERE organization_id = (SELECT id FROM organizations WHERE name = 'Kuusi Oy')").await;
        portal.execute("UPDATE memberships SET ends_at = 1800086400000000 WHERE email = 'ben@leppa.example'").await;
        let look = async || signals::look_at_dates(&test.db, &test.world).await.unwrap();
        assert_eq!(look().await, 0);
        portal.clock.advance(Duration::from_secs(86_399));
        assert_eq!(look().await, 0);
        portal.clock.advance(Duration::from_secs(1));
        assert_eq!(look().await, 2);
        assert_eq!(look().await, 0, "once");
        scene.tell().await;
        // Ben never had a role for the shop.
        assert_eq!(scene.told(), [1, 2, 2]);
        assert_eq!(look().await, 0);
    })
    .await;
}

/// Ends a session of Ada's that nobody ever had: enough to be told.
async fn end_something(scene: &Scene, who: &PersonId) {
    let who = who.clone();
    scene
        .write::<_, Error, _>(
            scene.portal.state.world.system("test").actor,
            move |tx, cx| {
                Box::pin(async move {
                    let event = vestibule::audit::Event {
                        action: "session.ended",
                        target: who.as_str(),
                        organization: None,
                        detail: json!({"because": "by_operator"}),
                    };
                    vestibule::audit::record(tx, &cx, event).await
                })
            },
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_receiver_answers_is_heeded() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let ada = portal.add_person("ada@kuusi.example").await;
        // An answer that is lost: repeated, under another name for a service, the same for a receiver of events.
        scene.shop.answer_in_turn(vec![(500, vec![])]);
        scene.console.answer(move |_| with(400, &[("content-type", "application/json")], r#"{"err":"invalid_key","description":"not yet"}"#));
        end_something(&scene, &ada).await;
        scene.tell().await;
        scene.console.answer(|_| status(202));
        portal.clock.advance(Duration::from_secs(3_600));
        scene.tell().await;
        assert_eq!(scene.told(), [2, 1, 2]);
        let keys = scene.keys().await;
        let jti = |receiver: &Receiver| -> Vec<Value> {
            receiver.received().iter().map(|it| verified(it, &keys).1["jti"].clone()).collect()
        };
        let (shop, console) = (jti(&scene.shop), jti(&scene.console));
        assert_ne!(shop[0], shop[1]);
        assert_eq!(console[0], console[1]);
        let waiting = "SELECT count(*) FROM deliveries WHERE state <> 'done' AND destination LIKE 'service:%'";
        assert_eq!(portal.count(waiting).await, 0);

        // What it does not understand becomes a dead letter with its own word.
        scene.shop.answer(|_| with(400, &[], r#"{"error":"invalid_request","error_description":"no such person"}"#));
        scene.console.answer(|_| with(400, &[], r#"{"err":"invalid_audience"}"#));
        scene.docs.answer(|_| with(302, &[("location", "https://elsewhere.example")], ""));
        end_something(&scene, &ada).await;
        scene.tell().await;
        let mut conn = test.db.read().await.unwrap();
        let mut causes: Vec<(String, String)> = on!(conn, |c| sqlx::query_as(
            "SELECT destination, cause FROM deliveries WHERE state = 'dead' ORDER BY destination"
        ).fetch_all(c).await).unwrap();
        causes.sort();
        let expected = [("service:console", "invalid_audience"), ("service:docs", "redirect"), ("service:shop", "invalid_request")];
        assert_eq!(causes, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        let ops = portal.sign_in(OPERATOR).await;
        let page = ops.get("/operations/dead-letters").await.expect(200);
        assert!(page.text().contains("shop"), "{}", page.text());

        // Refused rights wait for a person and are not tried on and on.
        scene.forget();
        for (answer, name) in [(401, "service:shop"), (400, "service:console")] {
            let body = r#"{"err":"authentication_failed"}"#;
            let receiver = if name == "service:shop" { &scene.shop } else { &scene.console };
            receiver.answer(move |_| with(answer, &[], body));
        }
        drop(conn);
        let other = portal.add_person("ben@kuusi.example").await;
        end_something(&scene, &other).await;
        scene.tell().await;
        let refused = "SELECT count(*) FROM tasks WHERE kind = 'credentials_refused' AND closed_at IS NULL";
        assert_eq!(portal.count(refused).await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_once_and_replaced_with_overlap() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let empty = portal
            .browser()
            .get("/.well-known/jwks.json")
            .await
            .expect(200);
        assert_eq!(empty.body, r#"{"keys":[]}"#, "looking makes none");
        assert_eq!(empty.headers["cache-control"], "no-store");
        let others: Vec<signals::Keys> = (0..4)
            .map(|_| signals::Keys::new(&test.db, &test.world))
            .collect();
        let kept = futures_util::future::join_all(others.iter().map(signals::Keys::keep)).await;
        assert!(kept.iter().all(Result::is_ok));
        let count = "SELECT count(*) FROM signing_keys";
        assert_eq!(portal.count(count).await, 1);
        assert_eq!(portal.audited("signing_key.made").await.len(), 1);
        let keys = &portal.state.signing_keys;
        let first = keys.signer().await.unwrap().id().to_owned();
        assert_eq!(others[2].signer().await.unwrap().id(), first);

        portal.clock.advance(LIFE);
        keys.keep().await.unwrap();
        let published = scene.keys().await;
        assert_eq!(published.keys().len(), 2);
        assert_eq!(
            keys.signer().await.unwrap().id(),
            first,
            "published before it signs"
        );
        portal.clock.advance(AHEAD);
        keys.keep().await.unwrap();
        let second = others[1].signer().await.unwrap().id().to_owned();
        assert_ne!(second, first);
        let ids = async || -> Vec<String> {
            let keys = scene.keys().await;
            keys.keys()
                .iter()
                .map(|key| key.key_id().unwrap().as_str().to_owned())
                .collect()
        };
        assert_eq!(ids().await, [first.clone(), second.clone()]);
        portal.clock.advance(AFTER);
        assert_eq!(
            ids().await,
            std::slice::from_ref(&second),
            "published no longer, before anybody sweeps"
        );
        keys.keep().await.unwrap();
        assert_eq!(portal.count(count).await, 1);
        assert_eq!(keys.signer().await.unwrap().id(), second);
        let page = portal
            .browser()
            .get("/.well-known/jwks.json")
            .await
            .expect(200);
        let parsed: Value = serde_json::from_str(&page.body).unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(
                parsed["keys"][0].get(private).is_none(),
                "{private} is published"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_says_what_is_true() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let page = scene
            .portal
            .browser()
            .get("/.well-known/ssf-configuration")
            .await
            .expect(200);
        let document: Value = serde_json::from_str(&page.body).unwrap();
        let issuer = scene.portal.url.origin().ascii_serialization();
        assert_eq!(document["issuer"], issuer);
        assert_eq!(
            document["jwks_uri"],
            format!("{issuer}/.well-known/jwks.json")
        );
        assert_eq!(
            document["delivery_methods_supported"],
            json!(["urn:ietf:rfc:8935"])
        );
        assert!(document.get("configuration_endpoint").is_none());
        assert!(page.headers.get("set-cookie").is_none());
    })
    .await;
}
