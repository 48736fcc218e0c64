//! The outbox: law 4, tried with many workers, dead workers and stolen leases.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vestibule::{
    db::Error,
    outbox::{Decided, Destination, Outbox, Pace},
};

use crate::support::{
    each_engine,
    outbox::{
        SINK, changed, engine, expect, in_state, moved, open_tasks, states, tell, tell_all, word,
    },
    sink::{Sink, done, rejected, retry},
};

#[tokio::test(flavor = "multi_thread")]
async fn eight_workers_keep_the_order_of_each_subject() {
    const SUBJECTS: usize = 30;
    const EACH: usize = 20;
    each_engine(async |test| {
        let sink = Arc::new(Sink::unshared(SINK, 7));
        let calls = AtomicUsize::new(0);
        // Every fifth fails; half of those were applied all the same.
        sink.answer(move |_| match calls.fetch_add(1, Ordering::SeqCst) % 10 {
            3 => (false, retry()),
            7 => (true, retry()),
            _ => (true, done()),
        });
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        for _ in 0..8 {
            let pace = Pace {
                poll: Duration::from_millis(10),
                collect: Duration::from_millis(1),
                lease: Duration::from_secs(1_000_000),
                batches: 2,
                ..Pace::default()
            };
            let destinations = vec![sink.clone() as Arc<dyn Destination>];
            Outbox::with_pace(test.db.clone(), test.world.clone(), destinations, pace)
                .start(&tasks, &stop);
        }
        futures_util::future::join_all((0..SUBJECTS).map(async |subject| {
            for number in 0..EACH {
                tell(&test, SINK, &format!("s{subject}"), moved(number)).await;
            }
        }))
        .await;
        let wanted = i64::try_from(SUBJECTS * EACH).unwrap();
        for _ in 0..3_000 {
            test.world.clock.advance(Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(10)).await;
            if states(&test).await.get("done") == Some(&wanted) {
                break;
            }
        }
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        expect(&test, &[("done", wanted)]).await;
        let (mut last, mut inversions) = (BTreeMap::new(), 0);
        sink.state(|state| {
            assert!(!state.clashed, "two of one subject were under way at once");
            assert_eq!(state.applied.len(), SUBJECTS * EACH);
            for parcel in &state.applied {
                let before = last.insert(parcel.subject.clone(), word(&parcel.payload));
                inversions += usize::from(before > last.get(&parcel.subject).cloned());
            }
        });
        assert_eq!(inversions, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applied_but_the_answer_lost_is_applied_once() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|parcel| {
            let verdict = if parcel.attempt == 1 { retry() } else { done() };
            (true, verdict)
        });
        let outbox = engine(&test, [&sink]);
        for subject in ["a", "b", "c"] {
            tell(&test, SINK, subject, moved(1)).await;
        }
        outbox.drain().await.unwrap();
        expect(&test, &[("waiting", 3)]).await;
        test.world.clock.advance(Duration::from_secs(5));
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 3)]).await;
        sink.state(|state| {
            assert_eq!(state.applied.len(), 3);
            assert!(state.calls.values().all(|calls| *calls == 2));
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_s_parcels_are_taken_over_after_its_lease() {
    each_engine(async |test| {
        let dead = Sink::gated(SINK);
        let killed = engine(&test, [&dead]);
        tell(&test, SINK, "a", moved(1)).await;
        tell(&test, SINK, "a", moved(2)).await;
        let task = tokio::spawn(async move { killed.drain().await });
        while dead.state(|state| state.batches.is_empty()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        task.abort();
        let _ = task.await;
        let heir = Sink::new(SINK);
        let outbox = engine(&test, [&heir]);
        test.world.clock.advance(Duration::from_secs(59));
        assert_eq!(outbox.drain().await.unwrap(), 0, "the lease still stands");
        expect(&test, &[("claimed", 1), ("waiting", 1)]).await;
        test.world.clock.advance(Duration::from_secs(2));
        assert_eq!(outbox.drain().await.unwrap(), 2);
        expect(&test, &[("done", 2)]).await;
        let order = heir.state(|state| {
            let words = state.applied.iter().map(|parcel| word(&parcel.payload));
            words.collect::<Vec<_>>()
        });
        assert_eq!(order, ["000001", "000002"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_lease_decides_nothing_any_more() {
    each_engine(async |test| {
        let slow = Sink::gated(SINK);
        slow.answer(|_| (false, rejected("late")));
        let first = engine(&test, [&slow]);
        tell(&test, SINK, "a", moved(1)).await;
        let task = tokio::spawn(async move { first.drain().await });
        while slow.state(|state| state.batches.is_empty()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        test.world.clock.advance(Duration::from_secs(61));
        let fast = Sink::new(SINK);
        engine(&test, [&fast]).drain().await.unwrap();
        expect(&test, &[("done", 1)]).await;
        slow.gate.as_ref().unwrap().add_permits(1);
        task.await.unwrap().unwrap();
        expect(&test, &[("done", 1)]).await;
        assert!(open_tasks(&test).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_kept_while_a_call_is_under_way() {
    each_engine(async |test| {
        let slow = Sink::gated(SINK);
        let pace = Pace {
            heartbeat: Duration::from_millis(10),
            ..Pace::default()
        };
        let destinations = vec![slow.clone() as Arc<dyn Destination>];
        let first = Outbox::with_pace(test.db.clone(), test.world.clone(), destinations, pace);
        tell(&test, SINK, "a", moved(1)).await;
        let task = tokio::spawn(async move { first.drain().await });
        while slow.state(|state| state.batches.is_empty()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let other = engine(&test, [&Sink::new(SINK)]);
        for _ in 0..4 {
            test.world.clock.advance(Duration::from_secs(50));
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(other.drain().await.unwrap(), 0);
        }
        slow.gate.as_ref().unwrap().add_permits(1);
        task.await.unwrap().unwrap();
        expect(&test, &[("done", 1)]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_whole_state_replaces_older_waiting_ones() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        let outbox = engine(&test, [&sink]);
        for status in ["active", "suspended", "active", "removed"] {
            tell(&test, SINK, "a", changed(status)).await;
        }
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 1), ("merged", 3)]).await;
        sink.state(|state| assert_eq!(word(&state.applied[0].payload), "removed"));

        // Another kind between them keeps them apart.
        tell(&test, SINK, "b", changed("active")).await;
        tell(&test, SINK, "b", moved(1)).await;
        tell(&test, SINK, "b", changed("suspended")).await;
        tell(&test, SINK, "b", changed("removed")).await;
        outbox.drain().await.unwrap();
        let words = sink.state(|state| {
            let rest = state.applied[1..].iter();
            rest.map(|p| word(&p.payload)).collect::<Vec<_>>()
        });
        assert_eq!(words, ["active", "000001", "removed"]);
        expect(&test, &[("done", 4), ("merged", 4)]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_state_goes_at_once_although_the_older_one_waits_for_its_next_attempt() {
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|parcel| (word(&parcel.payload) == "removed", retry()));
        let outbox = engine(&test, [&sink]);
        tell(&test, SINK, "a", changed("active")).await;
        outbox.drain().await.unwrap();
        sink.answer(|_| (true, done()));
        tell(&test, SINK, "a", changed("removed")).await;
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 1), ("merged", 1)]).await;
        sink.state(|state| assert_eq!(word(&state.applied[0].payload), "removed"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_that_takes_every_worker_down_ends_as_a_dead_letter() {
    each_engine(async |test| {
        tell(&test, SINK, "a", moved(1)).await;
        let mut taken = 0;
        for _ in 0..12 {
            let sink = Sink::gated(SINK);
            let outbox = engine(&test, [&sink]);
            let task = tokio::spawn(async move { outbox.drain().await });
            tokio::time::timeout(Duration::from_millis(300), async {
                while sink.state(|state| state.batches.is_empty()) {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                taken += 1;
            })
            .await
            .ok();
            task.abort();
            let _ = task.await;
            test.world.clock.advance(Duration::from_secs(61));
        }
        assert_eq!(taken, 9);
        expect(&test, &[("dead", 1)]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_a_call_is_under_way_goes_together_after_it() {
    each_engine(async |test| {
        let slow = Sink::gated(SINK);
        let first = engine(&test, [&slow]);
        tell(&test, SINK, "a", changed("1")).await;
        let task = tokio::spawn(async move { first.drain().await });
        while slow.state(|state| state.batches.is_empty()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let other = engine(&test, [&Sink::new(SINK)]);
        for status in ["2", "3", "4"] {
            tell(&test, SINK, "a", changed(status)).await;
            assert_eq!(other.drain().await.unwrap(), 0);
        }
        slow.gate.as_ref().unwrap().add_permits(2);
        task.await.unwrap().unwrap();
        expect(&test, &[("done", 2), ("merged", 2)]).await;
        slow.state(|state| assert_eq!(word(&state.applied[1].payload), "4"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_queue_behind_a_failure_is_in_nobody_s_way_and_keeps_its_order() {
    const BEHIND: usize = 1_100;
    each_engine(async |test| {
        let sink = Sink::new(SINK);
        sink.answer(|_| (false, rejected("x")));
        let outbox = engine(&test, [&sink]);
        tell(&test, SINK, "bad", moved(0)).await;
        outbox.drain().await.unwrap();
        sink.answer(|_| (true, done()));
        tell_all(&test, SINK, "bad", (1..=BEHIND).map(moved).collect()).await;
        tell(&test, SINK, "good", moved(1)).await;
        assert_eq!(outbox.drain().await.unwrap(), 1);
        assert_eq!(sink.subjects(), ["good"]);
        // Pushed back, so looking again finds nothing to look at.
        assert_eq!(outbox.drain().await.unwrap(), 0);
        let dead = in_state(&test, "dead").await;
        let cx = test.cx();
        let skipped: Result<_, Error> = test
            .db
            .write(move |tx| {
                Box::pin(async move { vestibule::outbox::skip(tx, &cx, &dead, "x").await })
            })
            .await;
        assert_eq!(skipped.unwrap(), Decided::Done);
        sink.answer(|parcel| match word(&parcel.payload).as_str() {
            "000004" => (false, retry()),
            _ => (true, done()),
        });
        outbox.drain().await.unwrap();
        let words = sink.state(|state| {
            let bad = state.applied.iter().filter(|p| p.subject == "bad");
            bad.map(|p| word(&p.payload)).collect::<Vec<_>>()
        });
        assert_eq!(words, ["000001", "000002", "000003"]);
    })
    .await;
}
