//! What answers mean: tried again, waited for, given up, replayed.

use std::time::Duration;

use vestibule::{
    audit::Topic,
    db::Error,
    outbox::{self, Decided},
};

use super::{Scene, subscribe};
use crate::support::{
    each_engine,
    receiver::{Receiver, status, with},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_tried_again_under_the_same_id_and_holds_up_only_its_subject() {
    each_engine(async |test| {
        let scene = Scene::of(&test, &[Topic::Membership, Topic::Person]).await;
        scene
            .receiver
            .answer_in_turn(vec![(500, vec![]), (404, vec![]), (401, vec![])]);
        scene.suspend().await;
        scene.restore().await;
        scene.drain().await;
        assert_eq!(scene.receiver.events(), ["membership.suspended"]);
        assert_eq!(scene.states().await, ["waiting", "waiting"]);
        // Another subject goes on meanwhile: a new person.
        scene
            .receiver
            .answer_in_turn(vec![(204, vec![]), (404, vec![]), (401, vec![])]);
        scene.portal.add_person("other@kuusi.example").await;
        scene.drain().await;
        assert_eq!(scene.receiver.events()[1], "person.created");
        for seconds in [6, 31, 121] {
            scene.later(seconds).await;
        }
        let received = scene.receiver.received();
        let of_member: Vec<_> = received
            .iter()
            .filter(|it| it.event() == "membership.suspended")
            .collect();
        assert_eq!(of_member.len(), 4, "{:?}", scene.receiver.events());
        assert!(
            of_member
                .iter()
                .all(|it| it.id() == of_member[0].id() && it.body == of_member[0].body)
        );
        // Each attempt is signed for its own time.
        let times: Vec<&str> = of_member
            .iter()
            .map(|it| it.header("webhook-timestamp"))
            .collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            of_member
                .iter()
                .all(|it| it.is_signed_with(&scene.made.secret))
        );
        assert_eq!(
            scene.receiver.events().last().unwrap(),
            "membership.restored"
        );
        assert_eq!(scene.states().await, ["done", "done", "done"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_wait_is_granted() {
    each_engine(async |test| {
        for (code, as_date) in [(503, false), (429, false), (429, true), (503, true)] {
            let scene = Scene::new(&test).await;
            let end = test.world.clock.now().plus(Duration::from_secs(120));
            let asked = if as_date {
                end.to_jiff()
                    .strftime("%a, %d %b %Y %H:%M:%S GMT")
                    .to_string()
            } else {
                "120".to_owned()
            };
            let answer = (code, vec![("retry-after", asked.clone())]);
            scene.receiver.answer_in_turn(vec![answer]);
            scene.suspend().await;
            scene.drain().await;
            scene.later(100).await;
            assert_eq!(scene.receiver.events().len(), 1, "{code} {asked}");
            scene.later(21).await;
            assert_eq!(scene.receiver.events().len(), 2, "{code} {asked}");
            assert_eq!(scene.states().await, ["done"]);
            super::remove(&scene.portal, &scene.made.subscriber.id).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        let elsewhere = Receiver::start().await;
        for code in [301, 302, 303, 307, 308] {
            let to = elsewhere.url.clone();
            scene
                .receiver
                .answer(move |_| with(code, &[("location", &to)], ""));
            scene.suspend().await;
            scene.drain().await;
            let (state, cause, reason) = scene.last().await;
            assert_eq!(
                (state.as_str(), cause.as_str()),
                ("dead", "redirect"),
                "{code}"
            );
            assert!(reason.contains("Redirects are not followed"), "{reason}");
            skip(&scene).await;
            scene.receiver.answer(|_| status(204));
            scene.restore().await;
            scene.drain().await;
        }
        assert_eq!(elsewhere.received().len(), 0);
    })
    .await;
}

async fn skip(scene: &Scene) {
    let (cx, id) = (
        scene.portal.state.world.system("test"),
        scene.last_id().await,
    );
    let done: Result<Decided, Error> = scene
        .portal
        .state
        .db
        .write(move |tx| Box::pin(async move { outbox::skip(tx, &cx, &id, "tried").await }))
        .await;
    assert_eq!(done.unwrap(), Decided::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_pauses_the_subscriber_and_asks_an_operator() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        let other = Receiver::start().await;
        subscribe(
            &scene.portal,
            &other.url,
            &[Topic::Membership, Topic::Delivery],
        )
        .await;
        scene.receiver.answer(|_| status(410));
        scene.suspend().await;
        scene.restore().await;
        scene.drain().await;
        scene.later(3_600).await;
        assert_eq!(scene.receiver.events().len(), 1, "nothing more is sent");
        assert_eq!(scene.states().await, ["dead", "waiting"]);
        let open =
            "SELECT count(*) FROM tasks WHERE closed_at IS NULL AND kind = 'subscriber_gone'";
        assert_eq!(scene.portal.count(open).await, 1);
        // A dead letter of a subscriber is no event: that would never end.
        assert_eq!(
            other.events(),
            ["membership.suspended", "membership.restored"]
        );
        let dead = scene.portal.audited("delivery.dead").await;
        let of_it = |(_, detail): &&(String, serde_json::Value)| {
            detail["destination"] == scene.destination().as_str()
        };
        assert_eq!(dead.iter().filter(of_it).count(), 1, "but it is in the log");

        // It is back: resumed, and the dead letter sent again under its id.
        scene.receiver.answer(|_| status(200));
        let (cx, name) = (scene.portal.state.world.system("test"), scene.destination());
        let resumed: Result<u64, Error> = scene
            .portal
            .state
            .db
            .write(move |tx| {
                Box::pin(async move {
                    outbox::resume(tx, &cx, &name).await?;
                    outbox::replay_all(tx, &cx, &name, "gone").await
                })
            })
            .await;
        assert_eq!(resumed.unwrap(), 1);
        scene.drain().await;
        let events = [
            "membership.suspended",
            "membership.suspended",
            "membership.restored",
        ];
        assert_eq!(scene.receiver.events(), events);
        let received = scene.receiver.received();
        assert_eq!(received[0].id(), received[1].id());
        assert_ne!(received[1].id(), received[2].id());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrives_is_a_dead_letter_that_can_be_replayed() {
    each_engine(async |test| {
        let scene = Scene::of(&test, &[Topic::Membership, Topic::Delivery]).await;
        // Who checks with another secret refuses everything.
        let wrong = "whsec_c3RyYW5nZXJzdHJhbmdlcnN0cmFuZ2VyIQ==";
        scene.receiver.answer(move |it| {
            if it.is_signed_with(wrong) {
                status(204)
            } else {
                with(401, &[], "wrong <b>signature</b>")
            }
        });
        scene.suspend().await;
        scene.drain().await;
        let (_, _, reason) = scene.last().await;
        assert!(
            reason.contains("401") && reason.contains("wrong"),
            "{reason}"
        );
        for _ in 0..12 {
            scene.later(16 * 3_600).await;
        }
        assert_eq!(scene.states().await, ["dead"]);
        assert_eq!(
            scene.receiver.events().len(),
            9,
            "nine attempts, and no event about its own dead letter"
        );
        let secret = scene.made.secret.clone();
        scene
            .receiver
            .answer(move |it| status(if it.is_signed_with(&secret) { 204 } else { 401 }));
        let (cx, id) = (
            scene.portal.state.world.system("test"),
            scene.last_id().await,
        );
        let done: Result<Decided, Error> = scene
            .portal
            .state
            .db
            .write(move |tx| Box::pin(async move { outbox::replay(tx, &cx, &id).await }))
            .await;
        assert_eq!(done.unwrap(), Decided::Done);
        scene.drain().await;
        let received = scene.receiver.received();
        assert_eq!(received.len(), 10);
        assert!(received.iter().all(|it| it.id() == received[0].id()));
        assert_eq!(scene.states().await, ["done"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_and_a_closed_door_harm_nobody() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        scene.receiver.answer(|_| with(200, &[], &"x".repeat(5_000_000)));
        scene.suspend().await;
        scene.drain().await;
        assert_eq!(scene.states().await, ["done"]);
        let long = "SELECT count(*) FROM deliveries WHERE length(remote_id) > 100 OR length(last_error) > 1000";
        assert_eq!(scene.portal.count(long).await, 0);
        // Nobody listens; the address stands in no reason.
        let closed = subscribe(&scene.portal, "http://127.0.0.1:9/?key=in-the-address", &[Topic::Person]).await;
        scene.portal.add_person("late@kuusi.example").await;
        scene.drain().await;
        let found = "SELECT count(*) FROM deliveries WHERE state = 'waiting' AND last_error = 'No connection.'";
        assert_eq!(scene.portal.count(found).await, 1);
        let told = "SELECT count(*) FROM delivery_attempts WHERE detail LIKE '%in-the-address%'";
        assert_eq!(scene.portal.count(told).await, 0);
        drop(closed);
    })
    .await;
}
