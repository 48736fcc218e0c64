//! The outbox: what verdicts make of deliveries and destinations, and what people decide.

use std::{sync::Arc, time::Duration};

use vestibule::{
    audit,
    crm::port::Verdict,
    db::Error,
    kernel::{
        Actor,
        ids::{DeliveryId, Id, PersonId},
    },
    on,
    outbox::{self, Choice, Decided, Destination, Outbox},
};

use crate::support::{
    each_engine,
    outbox::{
        SINK, changed, engine, expect, in_state, moved, next_attempt, open_tasks, tell, word,
    },
    sink::{Sink, chosen, done, rejected, retry},
};

/// Runs one decision as an operator.
macro_rules! decide {
    ($test:expr, |$tx:ident, $cx:ident| $work:expr) => {{
        let $cx = $test.world.cx(Actor::Staff {
            person_id: PersonId::from_bits(9),
        });
        let decided: Result<_, Error> = $test
            .db
            .write(move |$tx| Box::pin(async move { $work.await }))
            .await;
        decided.unwrap()
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_pauses_that_destination_only_and_costs_no_attempt() {
    each_engine(async |test| {
        let (busy, free) = (Sink::new("crm:busy"), Sink::new("crm:free"));
        busy.answer(|_| {
            let retry_after = Some(Duration::from_secs(90));
            (false, Verdict::Throttled { retry_after })
        });
        let outbox = engine(&test, [&busy, &free]);
        for destination in ["crm:busy", "crm:free"] {
            tell(&test, destination, "a", moved(1)).await;
        }
        for _ in 0..20 {
            outbox.drain().await.unwrap();
            test.world.clock.advance(Duration::from_secs(60));
        }
        assert_eq!(free.subjects(), ["a"]);
        let calls = busy.state(|state| state.batches.len());
        assert!((10..=14).contains(&calls), "{calls} calls in 20 minutes");
        expect(&test, &[("done", 1), ("waiting", 1)]).await;
        busy.answer(|parcel| {
            assert_eq!(parcel.attempt, 1, "waiting costs no attempt");
            (true, done())
        });
        test.world.clock.advance(Duration::from_secs(90));
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 2)]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_pause_longer_each_time_and_call_an_operator() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|_| {
            let reason = "401".to_owned();
            (false, Verdict::AuthBroken { reason })
        });
        let outbox = engine(&test, [&sink]);
        tell(&test, SINK, "a", moved(1)).await;
        let mut called_at = Vec::new();
        for minute in 0..16 {
            if outbox.drain().await.unwrap() > 0 {
                called_at.push(minute);
            }
            test.world.clock.advance(Duration::from_secs(60));
        }
        assert_eq!(called_at, [0, 1, 3, 7, 15]);
        assert_eq!(open_tasks(&test).await, ["credentials_refused"]);
        sink.answer(|_| (true, done()));
        decide!(test, |tx, cx| outbox::resume(tx, &cx, SINK));
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 1)]).await;
        assert!(open_tasks(&test).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_record_blocks_only_its_own_subject() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|parcel| match word(&parcel.payload).as_str() {
            "000013" => (false, rejected("invalid_field")),
            _ => (true, done()),
        });
        let outbox = engine(&test, [&sink]);
        tell(&test, SINK, "bad", moved(13)).await;
        tell(&test, SINK, "bad", moved(14)).await;
        for number in 0..50 {
            tell(&test, SINK, &format!("good {number}"), moved(1)).await;
        }
        outbox.drain().await.unwrap();
        expect(&test, &[("dead", 1), ("done", 50), ("waiting", 1)]).await;
        assert_eq!(open_tasks(&test).await, ["dead_letters"]);

        // Mended and sent again: first the dead letter, then what waited behind it.
        sink.answer(|_| (true, done()));
        let count = decide!(test, |tx, cx| outbox::replay_all(
            tx,
            &cx,
            SINK,
            "invalid_field"
        ));
        assert_eq!(count, 1);
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 52)]).await;
        let order = sink.state(|state| {
            let bad = state.applied.iter().filter(|p| p.subject == "bad");
            bad.map(|p| word(&p.payload)).collect::<Vec<_>>()
        });
        assert_eq!(order, ["000013", "000014"]);
        assert!(open_tasks(&test).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_get_rarer_and_end_with_a_dead_letter() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|_| (false, retry()));
        let outbox = engine(&test, [&sink]);
        tell(&test, SINK, "a", moved(1)).await;
        let limits = [5, 30, 120, 600, 3_600, 14_400, 36_000, 57_600];
        for limit in limits {
            assert_eq!(outbox.drain().await.unwrap(), 1);
            let now = test.world.clock.now();
            let wait = next_attempt(&test).await.since(now);
            assert!(wait <= Duration::from_secs(limit), "{wait:?} of {limit}");
            test.world.clock.advance(Duration::from_secs(limit));
        }
        assert_eq!(outbox.drain().await.unwrap(), 1);
        expect(&test, &[("dead", 1)]).await;
        test.world.clock.advance(Duration::from_secs(1_000_000));
        assert_eq!(outbox.drain().await.unwrap(), 0);
        let dead = in_state(&test, "dead").await;
        sink.answer(|_| (true, done()));
        assert_eq!(
            decide!(test, |tx, cx| outbox::replay(tx, &cx, &dead)),
            Decided::Done
        );
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 1)]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_panics_or_miscounts_is_tried_again() {
    each_engine(async |test| {
        struct Broken;
        #[async_trait::async_trait]
        impl Destination for Broken {
            fn name(&self) -> &str {
                SINK
            }
            fn batch_limit(&self) -> usize {
                2
            }
            async fn deliver(&self, batch: &[outbox::Parcel]) -> Vec<Verdict> {
                assert!(batch[0].subject != "panics", "a defect");
                vec![]
            }
        }
        tell(&test, SINK, "panics", moved(1)).await;
        tell(&test, SINK, "b", moved(1)).await;
        tell(&test, SINK, "c", moved(1)).await;
        let outbox = Outbox::new(test.db.clone(), test.world.clone(), vec![Arc::new(Broken)]);
        assert_eq!(outbox.drain().await.unwrap(), 3);
        expect(&test, &[("waiting", 3)]).await;
        let sink = Sink::new(SINK);
        test.world.clock.advance(Duration::from_secs(5));
        engine(&test, [&sink]).drain().await.unwrap();
        expect(&test, &[("done", 3)]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_waits_for_a_person_and_only_offered_records_can_be_chosen() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|parcel| match chosen(parcel) {
            Some(_) => (true, done()),
            None => (
                false,
                Verdict::NeedsReview {
                    reason: "two contacts".into(),
                    candidates: vec!["c1".into(), "c2".into()],
                },
            ),
        });
        let outbox = engine(&test, [&sink]);
        tell(&test, SINK, "a", changed("active")).await;
        outbox.drain().await.unwrap();
        // A newer state waits: it does not know what will be decided.
        tell(&test, SINK, "a", changed("suspended")).await;
        outbox.drain().await.unwrap();
        expect(&test, &[("review", 1), ("waiting", 1)]).await;
        let review = in_state(&test, "review").await;
        let choose = |id: &'static str| Choice::Candidate { id: id.into() };
        for (choice, expected) in [
            (choose("c3"), Decided::NotPossible),
            (choose("c2"), Decided::Done),
            (choose("c1"), Decided::NotPossible),
        ] {
            let (delivery, sink) = (review.clone(), sink.clone());
            let decided = decide!(test, |tx, cx| outbox::resolve(
                tx,
                &cx,
                sink.as_ref(),
                &delivery,
                &choice
            ));
            assert_eq!(decided, expected);
        }
        sink.answer(|_| (true, done()));
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 2)]).await;
        sink.state(|state| assert_eq!(chosen(&state.applied[0]), Some("c2")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_of_operators_are_audited_and_hold() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|_| (false, rejected("not_found")));
        let outbox = engine(&test, [&sink]);
        tell(&test, SINK, "a", moved(1)).await;
        tell(&test, SINK, "a", moved(2)).await;
        outbox.drain().await.unwrap();
        let dead = in_state(&test, "dead").await;
        let id = dead.clone();
        decide!(test, |tx, cx| outbox::park(tx, &cx, &id));
        outbox.drain().await.unwrap();
        expect(&test, &[("parked", 1), ("waiting", 1)]).await;
        sink.answer(|_| (true, done()));
        let id = dead.clone();
        decide!(test, |tx, cx| outbox::pause(tx, &cx, SINK, "maintenance"));
        decide!(test, |tx, cx| outbox::skip(tx, &cx, &id, "made by hand"));
        assert_eq!(outbox.drain().await.unwrap(), 0, "paused");
        decide!(test, |tx, cx| outbox::resume(tx, &cx, SINK));
        assert_eq!(outbox.drain().await.unwrap(), 1);
        expect(&test, &[("done", 1), ("skipped", 1)]).await;
        // What is finished cannot be decided about any more.
        let id = dead.clone();
        let again = decide!(test, |tx, cx| outbox::replay(tx, &cx, &id));
        assert_eq!(again, Decided::NotPossible);
        let unknown = DeliveryId::from_bits(7);
        let unknown = decide!(test, |tx, cx| outbox::skip(tx, &cx, &unknown, "x"));
        assert_eq!(unknown, Decided::NotFound);

        let mut conn = test.db.read().await.unwrap();
        let filter = audit::Filter::default();
        let mut entries = audit::list(&mut conn, &filter, None, 10).await.unwrap();
        // It began with what nobody decided.
        let died = entries.pop().unwrap();
        assert_eq!(
            (died.action.as_str(), died.actor_kind.as_str()),
            ("delivery.dead", "system")
        );
        let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            actions,
            [
                "destination.resumed",
                "delivery.skipped",
                "destination.paused",
                "delivery.parked"
            ]
        );
        assert!(entries.iter().all(|entry| entry.actor_kind == "staff"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_cannot_be_read_is_put_aside_where_people_see_it() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        tell(&test, SINK, "a", moved(1)).await;
        tell(&test, SINK, "b", moved(1)).await;
        let spoil: Result<(), Error> = test
            .db
            .write(|tx| {
                Box::pin(async move {
                    Ok(on!(tx, |c| sqlx::query(
                        "UPDATE changes SET payload = '{}' WHERE subject = 'a'"
                    )
                    .execute(c)
                    .await
                    .map(drop))?)
                })
            })
            .await;
        spoil.unwrap();
        engine(&test, [&sink]).drain().await.unwrap();
        expect(&test, &[("dead", 1), ("done", 1)]).await;
        assert_eq!(open_tasks(&test).await, ["dead_letters"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finished_deliveries_are_removed_after_thirty_days_and_nothing_else() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|parcel| match parcel.subject.as_str() {
            "bad" => (false, rejected("x")),
            _ => (true, done()),
        });
        let outbox = engine(&test, [&sink]);
        for subject in ["a", "b", "bad"] {
            tell(&test, SINK, subject, moved(1)).await;
        }
        outbox.drain().await.unwrap();
        test.world.clock.advance(Duration::from_secs(29 * 86_400));
        let now = test.world.clock.now();
        assert_eq!(outbox::sweep(&test.db, now).await.unwrap(), 0);
        tell(&test, SINK, "new", moved(1)).await;
        outbox.drain().await.unwrap();
        test.world.clock.advance(Duration::from_secs(2 * 86_400));
        let now = test.world.clock.now();
        assert_eq!(outbox::sweep(&test.db, now).await.unwrap(), 2);
        expect(&test, &[("dead", 1), ("done", 1)]).await;
        let mut conn = test.db.read().await.unwrap();
        let left: Vec<String> = on!(conn, |c| sqlx::query_scalar(
            "SELECT subject FROM changes ORDER BY subject"
        )
        .fetch_all(c)
        .await)
        .unwrap();
        assert_eq!(left, ["bad", "new"]);
    })
    .await;
}
