//! What subscribers are told, and by which node.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vestibule::{
    audit::{self, Topic},
    clients::Scope,
    crm::port::Record,
    db::Error,
    kernel::{Actor, ids::Id},
    outbox::Pace,
    people, registration,
    webhooks::subscribers::Wiring,
};

use super::{LOOPBACK, Scene, allow_loopback, allowing, engine, portal, remove, rotate, subscribe};
use crate::{
    api::Program,
    registration::house::{COLLEAGUE, CONTACT, CRM, House, LIVE, contract},
    support::{
        each_engine,
        receiver::{Received, Receiver},
    },
};

/// What no event may hold: addresses, names, what somebody typed.
fn is_discreet(receiver: &Receiver) {
    for received in receiver.received() {
        let text = String::from_utf8(received.body.clone()).unwrap();
        for secret in ["@", "Kuusi", "Aino", "a secret reason", "whsec_"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_told_from_the_contract_to_the_membership() {
    each_engine(async |test| {
        let house = House::with(&test, allow_loopback).await;
        let receiver = Receiver::start().await;
        let made = subscribe(&house.portal, &receiver.url, Topic::ALL).await;
        house.register(COLLEAGUE, LIVE).await;
        house.register(CONTACT, LIVE).await;
        house.state().outbox.drain().await.unwrap();
        let told: BTreeSet<String> = receiver.events().into_iter().collect();
        for event in [
            "registration.received",
            "registration.approved",
            "person.created",
            "membership.created",
            "contract.created",
        ] {
            assert!(told.contains(event), "{event} is missing: {told:?}");
        }
        for received in receiver.received() {
            assert!(received.is_signed_with(&made.secret));
            let body = received.json();
            assert_eq!(body.as_object().unwrap().len(), 3);
            assert!(body["timestamp"].as_str().unwrap().ends_with('Z'));
            assert_eq!(received.header("content-type"), "application/json");
        }
        let approved = receiver.one("registration.approved").data();
        let joined = receiver.one("membership.created").data();
        assert_eq!(approved["membership_id"], joined["membership_id"]);
        assert_eq!(approved["person_id"], joined["person_id"]);
        assert_eq!(joined["roles"], json!(["admin"]));
        assert!(
            approved["registration_id"]
                .as_str()
                .unwrap()
                .starts_with("reg_")
        );
        let created = receiver.one("contract.created").data();
        assert_eq!(
            (&created["after"], &created["organization_id"]),
            (&json!("active"), &joined["organization_id"])
        );

        // The CRM suspends the contract: its standing before and after.
        receiver.forget();
        let number = created["contract_id"].as_str().unwrap().to_owned();
        let record = vestibule::crm::port::Contract {
            status: "suspended".to_owned(),
            version: 1_000_000_000,
            ..contract("c1", "kuusi", LIVE.0)
        };
        let record = live_contract(&house, record).await;
        let cx = house.state().world.cx(Actor::Crm {
            connection: CRM.to_owned(),
            user: None,
        });
        let received: Result<_, Error> = house
            .state()
            .crm
            .receive(&cx, CRM, vec![Record::Contract(record)])
            .await;
        received.unwrap();
        house.state().outbox.drain().await.unwrap();
        let changed = receiver.one("contract.changed").data();
        assert_eq!(
            (&changed["before"], &changed["after"]),
            (&json!("active"), &json!("suspended"))
        );
        assert_eq!(changed["contract_id"], number.as_str());
        assert_eq!(changed["actor"], json!({"kind": "crm", "id": CRM}));

        // The colleague's request is declined.
        let waiting = house
            .registrations()
            .await
            .into_iter()
            .find(|it| it.state != registration::State::Approved);
        let decline = format!("/sales/registrations/{}/decline", waiting.unwrap().id);
        let desk = house.portal.sign_in(crate::support::portal::DESK).await;
        let fields = [("reason", "Not known to us")];
        desk.post(&decline, &fields).await.expect(303);
        house.state().outbox.drain().await.unwrap();
        let declined = receiver.one("registration.declined").data();
        assert_eq!(declined["actor"]["kind"], "staff");
        is_discreet(&receiver);
    })
    .await;
}

/// The record with the ids under which the portal keeps it.
async fn live_contract(
    house: &House,
    record: vestibule::crm::port::Contract,
) -> vestibule::crm::port::Contract {
    let mut conn = house.state().db.read().await.unwrap();
    let (id, account): (String, String) = vestibule::on!(conn, |c| sqlx::query_as(
        "SELECT c.external_id, o.crm_account_id FROM contracts c JOIN organizations o ON o.id = c.organization_id"
    )
    .fetch_one(c)
    .await)
    .unwrap();
    vestibule::crm::port::Contract {
        id,
        account_id: account,
        ..record
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_people_and_dead_letters_are_told() {
    each_engine(async |test| {
        let scene = Scene::of(&test, Topic::ALL).await;
        let (portal, receiver) = (&scene.portal, &scene.receiver);
        let program = Program::with(portal, Scope::ALL, None).await;
        let wish = json!({"organization_id": scene.organization, "email": "new@kuusi.example", "roles": ["reader"]});
        let invited = program.post("/api/v1/invitations", &wish).await.expect(201);
        let id = invited.text("/invitation/id").to_owned();
        program.post(&format!("/api/v1/invitations/{id}/revoke"), &json!({})).await;
        scene.drain().await;
        let created = receiver.one("invitation.created").data();
        assert_eq!(created["invitation_id"], id.as_str());
        assert_eq!(created["organization_id"], scene.organization.as_str());
        assert_eq!(created["actor"], json!({"kind": "client", "id": program.made.client.id}));
        assert_eq!(created["roles"], json!(["reader"]));
        assert!(created["expires_at"].as_str().unwrap().ends_with('Z'));
        receiver.one("invitation.revoked");

        let person = {
            let mut conn = portal.state.db.read().await.unwrap();
            people::find_by_email(&mut conn, &"aino@kuusi.example".parse().unwrap()).await.unwrap().unwrap()
        };
        let (cx, catalogue) = (portal.state.world.system("test"), portal.state.catalogue.clone());
        let id = person.id.clone();
        let kept = portal.state.db.write(move |tx| {
            Box::pin(async move {
                people::keep_out(tx, &cx, &catalogue, (&id, "a secret reason")).await
            })
        });
        kept.await.unwrap();
        scene.drain().await;
        let suspended = receiver.one("person.suspended").data();
        assert_eq!(suspended["person_id"], person.id.as_str());
        assert_eq!(suspended.get("organization_id"), None);

        // A mail that the server refuses for good is a dead letter.
        portal.execute("UPDATE changes SET payload = '{\"fact\":\"mail\",\"id\":\"x\",\"template\":\"x\",\"invitation_id\":null,\"sealed\":\"?\"}' WHERE kind = 'mail'").await;
        portal.execute("UPDATE deliveries SET state = 'waiting', done_at = NULL WHERE destination = 'mail'").await;
        scene.drain().await;
        let all = receiver.received();
        let dead = all.iter().filter(|it| it.event() == "delivery.dead");
        let data = dead
            .map(Received::data)
            .find(|data| data["destination"] == "mail")
            .unwrap_or_else(|| panic!("{:?}", receiver.events()));
        assert_eq!(data["cause"], "sealed");
        assert!(data["delivery_id"].as_str().unwrap().starts_with("dlv_"));
        is_discreet(receiver);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_subscribers_of_the_topic_are_told_and_in_order() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        let other = Receiver::start().await;
        let contracts = subscribe(&scene.portal, &other.url, &[Topic::Contract]).await;
        for _ in 0..10 {
            scene.suspend().await;
            scene.restore().await;
        }
        scene.drain().await;
        let wanted = ["membership.suspended", "membership.restored"].repeat(10);
        assert_eq!(scene.receiver.events(), wanted);
        assert_eq!(other.events(), [""; 0]);
        let first = &scene.receiver.received()[0];
        assert_eq!(first.data()["membership_id"], scene.member.as_str());
        assert!(
            first.data()["person_id"]
                .as_str()
                .unwrap()
                .starts_with("per_")
        );
        assert!(first.path.ends_with("key=in-the-address"));
        assert_eq!(
            scene
                .portal
                .count("SELECT count(*) FROM changes WHERE kind = 'happened'")
                .await,
            20
        );
        let ids: BTreeSet<String> = scene
            .receiver
            .received()
            .iter()
            .map(|it| it.id().to_owned())
            .collect();
        assert_eq!(ids.len(), 20);
        // Both are told of one event under one id.
        let both = subscribe(&scene.portal, &other.url, &[Topic::Membership]).await;
        scene.receiver.forget();
        scene.suspend().await;
        scene.drain().await;
        assert_eq!(other.received()[0].id(), scene.receiver.received()[0].id());
        assert!(other.received()[0].is_signed_with(&both.secret));
        assert!(!other.received()[0].is_signed_with(&contracts.secret));
        assert!(!other.received()[0].is_signed_with(&scene.made.secret));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_is_not_told() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        let (cx, organization, member) = (
            scene.portal.state.world.system("test"),
            scene.organization.clone(),
            scene.member.clone(),
        );
        let failed: Result<(), Error> = scene
            .portal
            .state
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let event = audit::Event {
                        action: "membership.suspended",
                        target: member.as_str(),
                        organization: Some(&organization),
                        detail: json!({}),
                    };
                    audit::record(tx, &cx, event).await?;
                    Err(Error::Lost)
                })
            })
            .await;
        failed.unwrap_err();
        scene.drain().await;
        assert_eq!(scene.receiver.events(), [""; 0]);
        assert_eq!(
            scene
                .portal
                .count("SELECT count(*) FROM changes WHERE kind = 'happened'")
                .await,
            0
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_signs_beside_the_old_one_for_a_while() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        let day = Duration::from_secs(86_400);
        let new = rotate(&scene.portal, &scene.made.subscriber.id, day).await;
        assert_ne!(new.secret, scene.made.secret);
        scene.suspend().await;
        scene.drain().await;
        let both = scene.receiver.received().remove(0);
        assert_eq!(both.signatures().len(), 2);
        assert!(both.is_signed_with(&scene.made.secret) && both.is_signed_with(&new.secret));
        scene.portal.clock.advance(day);
        scene.restore().await;
        scene.drain().await;
        let after = scene.receiver.received().remove(1);
        assert_eq!(after.signatures().len(), 1);
        assert!(after.is_signed_with(&new.secret) && !after.is_signed_with(&scene.made.secret));
        // Nothing of a secret is stored as it is.
        let mut conn = scene.portal.state.db.read().await.unwrap();
        let (stored,): (String,) = vestibule::on!(conn, |c| sqlx::query_as(
            "SELECT secret || old_secret FROM webhook_subscribers"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        for secret in [&scene.made.secret, &new.secret] {
            assert!(!stored.contains(secret.trim_start_matches("whsec_")));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_come_and_go_while_two_nodes_run() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        let pace = Pace { poll: Duration::from_millis(20), ..Pace::default() };
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        for _ in 0..2 {
            let wiring = Wiring::new(&test.db, &test.world, allowing(&[LOOPBACK])).unwrap();
            engine(&test, wiring, pace).start(&tasks, &stop);
        }
        let until = async |what: &str, is_so: &dyn Fn() -> bool| {
            for _ in 0..500 {
                if is_so() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            panic!("{what}");
        };
        scene.suspend().await;
        until("the first is served", &|| scene.receiver.events().len() == 1).await;
        let late = Receiver::start().await;
        let made = subscribe(&scene.portal, &late.url, &[Topic::Membership]).await;
        scene.restore().await;
        until("a subscriber made meanwhile is served", &|| late.events().len() == 1).await;
        until("the first goes on", &|| scene.receiver.events().len() == 2).await;
        assert!(late.received()[0].is_signed_with(&made.secret));

        // Removed while something waits for it: nothing more comes, and nobody is held up.
        late.answer(|_| crate::support::receiver::status(500));
        scene.suspend().await;
        until("it is tried", &|| late.events().len() >= 2).await;
        assert!(remove(&scene.portal, &made.subscriber.id).await);
        assert!(!remove(&scene.portal, &made.subscriber.id).await);
        let before = late.events().len();
        scene.restore().await;
        until("the first goes on", &|| scene.receiver.events().len() == 4).await;
        test.world.clock.advance(Duration::from_secs(3_600));
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(late.events().len(), before);
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        let sweep = async || vestibule::webhooks::subscribers::sweep_removed(&test.db, &test.world).await.unwrap();
        sweep().await;
        sweep().await;
        let open = "SELECT count(*) FROM deliveries WHERE kind = 'happened' AND state NOT IN ('done', 'skipped')";
        assert_eq!(scene.portal.count(open).await, 0);
        let kept = "SELECT count(*) FROM webhook_subscribers WHERE removed_at IS NOT NULL AND secret <> ''";
        assert_eq!(scene.portal.count(kept).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_known_event_is_told_under_its_topic() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let receivers = {
            let mut all = Vec::new();
            for topic in Topic::ALL {
                let receiver = Receiver::start().await;
                subscribe(&portal, &receiver.url, &[*topic]).await;
                all.push((topic.as_str(), receiver));
            }
            all
        };
        // By the names of the log; three are told under another.
        let renamed = [
            ("registration.received", "registration.sent"),
            ("registration.waiting", "registration.placed"),
            ("person.changed", "person.refreshed"),
            ("person.signed_out", "session.ended"),
        ];
        let events: Vec<&'static str> = audit::told_events().map(|(event, _)| event).collect();
        for event in &events {
            let action = renamed
                .iter()
                .find(|(told, _)| told == event)
                .map_or(*event, |(_, action)| *action);
            let cx = portal.state.world.system("test");
            let done: Result<(), Error> = portal
                .state
                .db
                .write(move |tx| {
                    Box::pin(async move {
                        let event = audit::Event {
                            action,
                            target: "x",
                            organization: None,
                            detail: json!({}),
                        };
                        audit::record(tx, &cx, event).await
                    })
                })
                .await;
            done.unwrap();
        }
        portal.state.outbox.drain().await.unwrap();
        for (topic, receiver) in receivers {
            let wanted: Vec<&str> = events
                .iter()
                .copied()
                .filter(|event| event.starts_with(&format!("{topic}.")))
                .collect();
            assert_eq!(receiver.events(), wanted, "{topic}");
        }
    })
    .await;
}
