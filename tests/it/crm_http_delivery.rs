//! The whole way over a real network: actions, outbox, HTTP adapter, and a CRM that misbehaves; and
//! back, from a signed event to the next refused request.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant as Stopwatch},
};

use serde_json::{Value, json};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        port::{Account, Record},
    },
    kernel::{
        ids::{Id, OrganizationId},
        signature::SigningSecret,
    },
    on,
    organizations::{self, ChangeRoles, ChangeRolesError, Membership},
    outbox::{Outbox, Pace},
    settings::AccessSettings,
};

use crate::{
    act,
    support::{
        Portal, TestDb,
        crm_stand_in::{Chaos, Fault, StandIn},
        each_engine,
        outbox::{expect, states},
        seed::{self, CONNECTION, apply, as_person, catalogue, catalogues, member, organization},
    },
};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn connections(test: &TestDb, crm: &StandIn) -> Connections {
    let mut settings = crm.settings();
    settings.key = CONNECTION.to_owned();
    let access = AccessSettings::default();
    let connection = Connection::new(settings, &access, crm.adapter()).unwrap();
    let requests: Arc<dyn InvitationRequests> = Arc::new(NoInvitations);
    Connections::of(vec![connection], &test.db, &test.world, &requests)
}

fn engine(test: &TestDb, crm: &StandIn) -> Outbox {
    let destinations = connections(test, crm).destinations(&catalogues());
    Outbox::new(test.db.clone(), test.world.clone(), destinations)
}

/// A stand-in that has the account `A`, and the organization that is this account.
async fn scene(test: &TestDb) -> (StandIn, OrganizationId) {
    let crm = StandIn::start().await;
    crm.lock().records.put(Record::Account(Account {
        id: "A".to_owned(),
        ..Account::default()
    }));
    let organization = organization(test, "A").await;
    apply(test, seed::contract("roles", "A", 1)).await.unwrap();
    (crm, organization)
}

async fn members(test: &TestDb, organization: &OrganizationId, count: usize) -> Vec<Membership> {
    let mut members = Vec::new();
    for number in 0..count {
        let email = format!("m{number}@a.example");
        members.push(member(test, organization, &email, &["admin"]).await);
    }
    members
}

async fn give(test: &TestDb, of: &Membership, roles: &[&str]) {
    let command = ChangeRoles {
        organization_id: of.organization_id.clone(),
        membership_id: of.id.clone(),
        roles: roles.iter().map(ToString::to_string).collect(),
    };
    let roles = catalogue();
    let done: Result<_, ChangeRolesError> = act!(test, as_person(test, &of.person_id), |tx, cx| {
        organizations::change_roles(tx, &cx, &roles, command)
    });
    done.unwrap();
}

/// Changes by key, with their place in the order of recording.
async fn places(test: &TestDb) -> HashMap<String, usize> {
    let mut conn = test.db.read().await.unwrap();
    let keys: Vec<String> = on!(conn, |c| sqlx::query_scalar(
        "SELECT change_id FROM deliveries ORDER BY seq"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    keys.into_iter()
        .enumerate()
        .map(|(place, key)| (key, place))
        .collect()
}

/// Nothing twice, nothing out of order.
async fn assert_once_and_in_order(test: &TestDb, crm: &StandIn) {
    let places = places(test).await;
    let log = crm.lock().records.log.clone();
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = HashMap::new();
    for (subject, key, _) in log {
        *seen.entry(key.clone()).or_insert(0) += 1;
        assert_eq!(seen[&key], 1, "{key} took effect twice");
        let before = last.insert(subject.clone(), places[&key]);
        assert!(
            before < last.get(&subject).copied(),
            "{subject} was told out of order"
        );
    }
}

/// Moves time on until nothing waits.
async fn until_told(test: &TestDb) {
    for _ in 0..6_000 {
        let states = states(test).await;
        if !states.contains_key("waiting") && !states.contains_key("claimed") {
            return;
        }
        test.world.clock.advance(Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", states(test).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_fails_throttles_and_loses_answers_ends_up_equal() {
    const MEMBERS: usize = 40;
    each_engine(async |test| {
        let (crm, organization) = scene(&test).await;
        crm.lock().chaos = Chaos {
            seed: 11,
            fails: 50,
            throttles: 30,
            drops: 30,
        };
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        for _ in 0..3 {
            let pace = Pace {
                poll: Duration::from_millis(10),
                collect: Duration::from_millis(1),
                lease: Duration::from_secs(1_000_000),
                batches: 3,
                ..Pace::default()
            };
            let destinations = connections(&test, &crm).destinations(&catalogues());
            Outbox::with_pace(test.db.clone(), test.world.clone(), destinations, pace)
                .start(&tasks, &stop);
        }
        let members = members(&test, &organization, MEMBERS).await;
        for round in 0..4 {
            for member in &members {
                let roles: &[&str] = if round % 2 == 0 {
                    &["admin", "orders"]
                } else {
                    &["admin"]
                };
                give(&test, member, roles).await;
            }
        }
        until_told(&test).await;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        let told = states(&test).await;
        assert!(
            told.keys()
                .all(|state| state == "done" || state == "merged"),
            "{told:?}"
        );
        assert_once_and_in_order(&test, &crm).await;
        let inner = crm.lock();
        assert_eq!(inner.records.contacts.len(), MEMBERS);
        for written in inner.records.portal.values() {
            assert_eq!(written.portal_roles, ["admin"], "{}", written.membership_id);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_changes_cost_a_dozen_calls() {
    each_engine(async |test| {
        let (crm, organization) = scene(&test).await;
        members(&test, &organization, 1_000).await;
        engine(&test, &crm).drain().await.unwrap();
        expect(&test, &[("done", 1_000)]).await;
        let calls = crm.count_calls("/writes");
        println!("1,000 changes, batch 100: {calls} calls");
        assert!(calls <= 12, "{calls} calls");
        assert_once_and_in_order(&test, &crm).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_record_the_crm_cannot_stand_holds_up_nobody() {
    each_engine(async |test| {
        let (crm, organization) = scene(&test).await;
        let members = members(&test, &organization, 30).await;
        let (bad, subject) = (&members[7], members[7].id.to_string());
        crm.lock().poison.insert(subject);
        let outbox = engine(&test, &crm);
        outbox.drain().await.unwrap();
        expect(&test, &[("dead", 1), ("done", 29)]).await;
        // What follows for the same person waits for a decision; the others go on.
        give(&test, bad, &["admin", "orders"]).await;
        give(&test, &members[8], &["admin", "orders"]).await;
        outbox.drain().await.unwrap();
        expect(&test, &[("dead", 1), ("done", 30), ("waiting", 1)]).await;
        assert_once_and_in_order(&test, &crm).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttling_crm_is_left_alone_for_as_long_as_it_asks() {
    each_engine(async |test| {
        let (crm, organization) = scene(&test).await;
        members(&test, &organization, 3).await;
        crm.fail_next(Fault::Status(429, Some("120".to_owned())));
        let outbox = engine(&test, &crm);
        outbox.drain().await.unwrap();
        test.world.clock.advance(Duration::from_secs(110));
        outbox.drain().await.unwrap();
        assert_eq!(crm.count_calls("/writes"), 1, "called before its time");
        test.world.clock.advance(Duration::from_secs(60));
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 3)]).await;
    })
    .await;
}

/// Sends an event as the connection `main` of a portal.
async fn send(portal: &Portal, id: &str, records: Value) -> u16 {
    let body = json!({"type": "records.changed", "records": records}).to_string();
    let now = portal.clock.now().as_seconds();
    let signature = SigningSecret::parse(SECRET)
        .unwrap()
        .sign(id, now, body.as_bytes());
    let url = portal.url.join("/api/v1/crm/main/events").unwrap();
    let request = vestibule::web::http_client::http_client()
        .unwrap()
        .post(url);
    let request = request
        .header("webhook-id", id)
        .header("webhook-timestamp", now);
    let answer = request
        .header("webhook-signature", signature)
        .body(body)
        .send()
        .await;
    answer.unwrap().status().as_u16()
}

fn contract(version: i64, status: &str) -> Value {
    json!({"type": "contract", "id": "C", "version": version, "account_id": "A", "number": "CT-1",
        "status": status, "starts_on": "2026-01-01", "products": ["parts"]})
}

/// Asks without pause whether the shop may be used; each answer with when it was asked.
async fn hammer(
    portal: Arc<Portal>,
    email: String,
    stop: Arc<AtomicBool>,
) -> Vec<(Stopwatch, u16)> {
    let browser = portal.sign_in(&email).await;
    let mut answers = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let asked = Stopwatch::now();
        let page = browser.get("/forward-auth?service=shop").await;
        answers.push((asked, page.status.as_u16()));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_served_after_the_event_was_acknowledged() {
    each_engine(async |test| {
        let crm = StandIn::start().await;
        let connection = crm.settings();
        let portal =
            Portal::start_with(&test, |settings| settings.connections.push(connection)).await;
        let portal = Arc::new(portal);
        let account =
            json!({"type": "account", "id": "A", "version": 1, "name": "Acme", "kind": "customer"});
        assert_eq!(
            send(&portal, "evt-1", json!([account, contract(1, "active")])).await,
            202
        );
        let id: String = {
            let mut conn = test.db.read().await.unwrap();
            on!(conn, |c| sqlx::query_scalar(
                "SELECT id FROM organizations WHERE connection = 'main'"
            )
            .fetch_one(c)
            .await)
            .unwrap()
        };
        let organization = OrganizationId::parse(&id).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = Vec::new();
        for number in 0..4 {
            let email = format!("p{number}@acme.example");
            portal
                .add_member(&organization, &email, &["admin", "orders"])
                .await;
            clients.push(tokio::spawn(hammer(portal.clone(), email, stop.clone())));
        }
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert_eq!(
            send(&portal, "evt-2", json!([contract(2, "ended")])).await,
            202
        );
        let acknowledged = Stopwatch::now();
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.store(true, Ordering::SeqCst);
        let (mut before, mut after) = (0, 0);
        for client in clients {
            for (asked, status) in client.await.unwrap() {
                if asked > acknowledged {
                    assert_eq!(status, 403, "served after the acknowledgement");
                    after += 1;
                } else {
                    before += usize::from(status == 200);
                }
            }
        }
        assert!(before > 20 && after > 20, "{before} before, {after} after");
        assert_eq!(
            send(&portal, "evt-3", json!([contract(3, "active")])).await,
            202
        );
    })
    .await;
}
