//! Which ends of sessions are told, of which session, and that none holds another back.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use vestibule::{
    access::sessions::{self, SignedOutElsewhere},
    db::Error,
    kernel::{
        Actor,
        ids::{Id, PersonId, SessionId},
    },
    on, workers,
};

use super::{end_something, headers_of, person, scene::Scene, scene::verified};
use crate::support::{Portal, each_engine, receiver::Receiver};

/// The values of a claim in what a receiver got, in the order in which they came.
async fn claims(scene: &Scene, receiver: &Receiver, name: &str) -> Vec<Value> {
    let keys = scene.keys().await;
    let received = receiver.received();
    let tokens = received.iter().map(|it| verified(it, &keys).1);
    tokens.map(|claims| claims[name].clone()).collect()
}

fn system(portal: &Portal) -> Actor {
    portal.state.world.system("test").actor
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_arrive_holds_no_later_one_back() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let ada = portal.add_person("ada@kuusi.example").await;
        scene.shop.answer_in_turn(vec![(400, vec![])]);
        scene.console.answer_in_turn(vec![(500, vec![])]);
        for _ in 0..2 {
            end_something(&scene, &ada).await;
            scene.tell().await;
        }
        assert_eq!(scene.told(), [2, 2, 2]);
        let done = "SELECT count(*) FROM deliveries WHERE destination IN ('service:shop', 'service:console') AND state = 'done'";
        assert_eq!(portal.count(done).await, 2, "the second ones");
        let left = "SELECT count(*) FROM deliveries WHERE destination LIKE 'service:%' AND state IN ('dead', 'waiting')";
        assert_eq!(portal.count(left).await, 2, "a dead letter and one that is tried again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_sign_in_replaces_is_told() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let organization = portal.add_customer("Kuusi Oy").await;
        let email = "ada@kuusi.example";
        portal
            .add_member(&organization, email, &["orders", "reader"])
            .await;
        let ada = portal.sign_in(email).await;
        let (_, first) = headers_of(&ada).await;
        scene.tell().await;
        scene.forget();
        ada.sign_in_at("/sign-in?how=other", email).await;
        let (_, second) = headers_of(&ada).await;
        assert_ne!(first, second);
        scene.tell().await;
        assert_eq!(scene.told(), [1, 1, 1]);
        assert_eq!(claims(&scene, &scene.docs, "sid").await, [json!(first)]);
        let ended = portal.audited("session.ended").await;
        assert_eq!(ended.last().unwrap().1["because"], "replaced");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_told_though_nothing_is_open_here() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let email = "ada@kuusi.example";
        let ada = portal.add_person(email).await;
        portal.sign_in(email).await;
        let mut conn = test.db.read().await.unwrap();
        let (issuer, subject): (String, String) = on!(conn, |c| sqlx::query_as(
            "SELECT issuer, subject FROM sessions"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        drop(conn);
        // Nobody used it, so it is gone; the shop may still have one.
        portal.execute("DELETE FROM sessions").await;
        scene.tell().await;
        scene.forget();
        for because in ["by_operator", "by_admin"] {
            let who = ada.clone();
            scene
                .write::<_, Error, _>(system(portal), move |tx, cx| {
                    Box::pin(async move { sessions::end_for_person(tx, &cx, &who, because).await })
                })
                .await;
        }
        scene.tell().await;
        assert_eq!(scene.told(), [2, 2, 2]);
        let now = portal.clock.now();
        let told = SignedOutElsewhere {
            issuer,
            token: "jti-1".to_owned(),
            session: "a session of long ago".to_owned(),
            subject,
            made_at: now,
            remember_until: now.plus(Duration::from_secs(600)),
        };
        let nobody = SignedOutElsewhere {
            subject: "nobody".to_owned(),
            token: "jti-2".to_owned(),
            ..told.clone()
        };
        for told in [told, nobody] {
            scene
                .write::<_, Error, _>(system(portal), move |tx, cx| {
                    Box::pin(async move { sessions::end_from_provider(tx, &cx, &told).await })
                })
                .await;
        }
        scene.tell().await;
        assert_eq!(
            scene.told(),
            [3, 3, 3],
            "of nobody there is nothing to tell"
        );
        let subjects = claims(&scene, &scene.shop, "sub").await;
        assert!(subjects.iter().all(|it| *it == json!(ada)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_time_of_a_session_is_told_when_it_was_in_use() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let ada = portal.add_person("ada@kuusi.example").await;
        portal.add_person("ben@kuusi.example").await;
        portal.sign_in("ada@kuusi.example").await;
        portal.sign_in("ben@kuusi.example").await;
        portal
            .execute("UPDATE sessions SET last_seen_at = expires_at - 60000000 WHERE person_id = (SELECT id FROM persons WHERE email_key = 'ada@kuusi.example')")
            .await;
        scene.tell().await;
        scene.forget();
        portal.clock.advance(Duration::from_secs(13 * 3_600));
        workers::sweep(&portal.state).await;
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 0);
        scene.tell().await;
        assert_eq!(scene.told(), [1, 1, 1], "nobody used Ben's any more");
        assert_eq!(claims(&scene, &scene.shop, "sub").await, [json!(ada)]);
        let ended = portal.audited("session.ended").await;
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].1["because"], "expired");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_goes_on_is_not_told() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let organization = portal.add_customer("Kuusi Oy").await;
        let (boss, ben) = ("boss@kuusi.example", "ben@kuusi.example");
        let boss_of = portal
            .add_member(&organization, boss, &["admin", "reader"])
            .await;
        let ben_of = portal.add_member(&organization, ben, &["reader"]).await;
        let (desk, phone, tablet) = (
            portal.sign_in(boss).await,
            portal.sign_in(boss).await,
            portal.sign_in(boss).await,
        );
        let (who, kept) = headers_of(&desk).await;
        let others = BTreeSet::from([headers_of(&phone).await.1, headers_of(&tablet).await.1]);
        scene.tell().await;
        scene.forget();
        desk.post("/profile/sessions/end-others", &[])
            .await
            .expect(303);
        scene.tell().await;
        let named: BTreeSet<String> = claims(&scene, &scene.docs, "sid")
            .await
            .iter()
            .map(|sid| sid.as_str().expect("one session is meant").to_owned())
            .collect();
        assert_eq!(named, others, "each of the others and not {kept}");

        // Everybody signed out by one of them, whose own session goes on.
        portal.sign_in(ben).await;
        let again = portal.sign_in(boss).await;
        let other = headers_of(&again).await.1;
        scene.tell().await;
        scene.forget();
        let (id, kept) = (organization.clone(), SessionId::parse(&kept).unwrap());
        scene
            .write::<_, Error, _>(system(portal), move |tx, cx| {
                Box::pin(
                    async move { sessions::end_for_organization(tx, &cx, &id, Some(&kept)).await },
                )
            })
            .await;
        scene.tell().await;
        let ben: PersonId = person(&test, &ben_of).await;
        assert_eq!(person(&test, &boss_of).await.as_str(), who);
        let keys = scene.keys().await;
        let told: Vec<(Value, Option<Value>)> = scene
            .docs
            .received()
            .iter()
            .map(|it| verified(it, &keys).1)
            .map(|claims| (claims["sub"].clone(), claims.get("sid").cloned()))
            .collect();
        let expected = [(json!(ben), None), (json!(who), Some(json!(other)))];
        assert_eq!(told.len(), 2);
        for one in expected {
            assert!(told.contains(&one), "{told:?} without {one:?}");
        }
        desk.get("/home").await.expect(200);
    })
    .await;
}
