//! Pacing: no more calls than a CRM takes, shared by all nodes, and a reserve for what is urgent.

use std::{sync::Arc, time::Duration};

use vestibule::{
    db::{Database, Engine, Error},
    on,
    outbox::{self, Destination, Fact, LimitSource, MembershipFact, NewChange, Outbox, read},
};

use crate::support::{
    TestDb, each_engine,
    limited::{BATCH, Limited},
    outbox::{SINK, changed, expect, moved, tell},
};

/// Changes in one transaction: as many as a busy machine writes well within a transaction's time.
const PART: usize = 250;

/// Changes of so many subjects.
async fn tell_many(test: &TestDb, prefix: &str, count: usize, fact: Fact) {
    for from in (0..count).step_by(PART) {
        let (cx, prefix, fact) = (test.cx(), prefix.to_owned(), fact.clone());
        let told: Result<(), Error> = test
            .db
            .write(move |tx| {
                Box::pin(async move {
                    for number in from..count.min(from + PART) {
                        let change = NewChange {
                            subject: &format!("{prefix}{number}"),
                            organization: None,
                            fact: fact.clone(),
                            destinations: &[SINK.to_owned()],
                        };
                        outbox::record(tx, &cx, change).await?;
                    }
                    Ok(())
                })
            })
            .await;
        told.unwrap();
    }
}

fn member(because: &str) -> MembershipFact {
    let Fact::MembershipChanged(fact) = changed("active") else {
        panic!("no membership");
    };
    MembershipFact {
        because: because.into(),
        ..fact
    }
}

fn note() -> Fact {
    Fact::SignedIn(member("person.signed_in"))
}

fn engine(test: &TestDb, crm: &Arc<Limited>) -> Outbox {
    let destinations = vec![crm.clone() as Arc<dyn Destination>];
    Outbox::new(test.db.clone(), test.world.clone(), destinations)
}

async fn allowance(test: &TestDb) -> outbox::Allowance {
    let mut conn = test.db.read().await.unwrap();
    let health = read::health(&mut conn, SINK).await.unwrap();
    health.allowance.expect("something was sent")
}

/// Moves time on by `step` until so much time passed or nothing waits.
async fn run(test: &TestDb, engines: &[Outbox], step: Duration, steps: usize) {
    for _ in 0..steps {
        for engine in engines {
            engine.drain().await.unwrap();
        }
        test.world.clock.advance(step);
    }
}

const STEP: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_together_stay_below_the_limit_and_use_it() {
    each_engine(async |test| {
        let crm = Limited::new(&test.world.clock, 100, 10).shared();
        let second = match test.db.engine() {
            Engine::Sqlite => test.db.clone(),
            Engine::Postgres => Database::open(&test.settings).await.unwrap(),
        };
        let destinations = vec![crm.clone() as Arc<dyn Destination>];
        let other = Outbox::new(second.clone(), test.world.clone(), destinations);
        let nodes = [engine(&test, &crm), other];
        tell_many(&test, "s", 1_700, changed("active")).await;
        for _ in 0..300 {
            let (first, second) = tokio::join!(nodes[0].drain(), nodes[1].drain());
            first.unwrap();
            second.unwrap();
            test.world.clock.advance(STEP);
        }
        let (accepted, refused, busiest) = {
            let state = crm.lock();
            (state.accepted(), state.refused(), state.busiest())
        };
        println!("two nodes on {:?}: {accepted} calls in 30 s of 300 allowed, busiest window {busiest}, {refused} refused", test.db.engine());
        assert!(busiest <= 100, "{busiest} calls in a window of 100");
        assert_eq!(refused, 0);
        assert!(accepted >= 270, "only {accepted} of 300 allowed calls were used");
        assert_eq!(allowance(&test).await.source, LimitSource::Reported);
        if test.db.engine() == Engine::Postgres {
            second.close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_not_reported_is_learnt_from_refusals() {
    each_engine(async |test| {
        for hint in [None, Some(Duration::from_secs(20))] {
            let crm = Limited::new(&test.world.clock, 60, 60).shared();
            crm.lock().reports = false;
            crm.lock().hint = hint;
            let nodes = [engine(&test, &crm)];
            let name = if hint.is_some() { "h" } else { "n" };
            tell_many(&test, name, 4_500, changed("active")).await;
            run(&test, &nodes, Duration::from_secs(1), 600).await;
            let accepted = crm.lock().accepted();
            let refused = crm.lock().refused();
            println!("learning on {:?}, hint {hint:?}: {accepted} of 600 allowed calls, {refused} refused", test.db.engine());
            let known = allowance(&test).await;
            assert_eq!(known.source, LimitSource::Learnt);
            assert!((30..=75).contains(&known.allowed), "learnt {}", known.allowed);
            assert!(accepted >= 420, "only {accepted} of 600 allowed calls were used");
            assert!(refused <= 12, "{refused} calls were refused");
            // The next one begins without what this one learnt.
            forget(&test).await;
        }
    })
    .await;
}

async fn forget(test: &TestDb) {
    const TABLES: [&str; 4] = [
        "DELETE FROM delivery_attempts",
        "DELETE FROM deliveries",
        "DELETE FROM allowances",
        "DELETE FROM destinations",
    ];
    let done: Result<(), Error> = test
        .db
        .write(|tx| {
            Box::pin(async move {
                for text in TABLES {
                    on!(tx, |c| sqlx::query(text).execute(c).await.map(drop))?;
                }
                Ok(())
            })
        })
        .await;
    done.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_notes_delays_an_invitation_by_no_more_than_a_batch() {
    each_engine(async |test| {
        let crm = Limited::new(&test.world.clock, 20, 10).shared();
        let nodes = [engine(&test, &crm)];
        tell_many(&test, "note", 1_000, note()).await;
        // Notes alone use what is not reserved.
        run(&test, &nodes, STEP, 300).await;
        let notes = crm.lock().accepted();
        assert!(
            (43..=49).contains(&notes),
            "{notes} calls with notes in 30 s, of 60 allowed and 48 for notes"
        );
        for number in 0..20 {
            tell(&test, SINK, &format!("inv{number}"), moved(number)).await;
            let before = crm.lock().calls.len();
            let mut steps = 0;
            while !crm
                .lock()
                .applied
                .iter()
                .any(|parcel| parcel.subject == format!("inv{number}"))
            {
                nodes[0].drain().await.unwrap();
                test.world.clock.advance(STEP);
                steps += 1;
                assert!(steps <= 10, "an invitation waited {steps} steps");
            }
            let calls = crm.lock().calls.len() - before;
            assert!(calls <= 2, "{calls} calls until an invitation went");
        }
        let state = crm.lock();
        assert_eq!(state.refused(), 0, "and nothing was refused");
        // What is left of a batch is filled with notes: an invitation costs no call of its own.
        let filled = state
            .calls
            .iter()
            .rev()
            .take(10)
            .all(|call| call.1 == BATCH);
        assert!(filled, "{:?}", state.calls);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_urgent_goes_first_and_takes_what_stands_before_it_along() {
    each_engine(async |test| {
        let crm = Limited::new(&test.world.clock, 1_000, 10).shared();
        let outbox = engine(&test, &crm);
        tell_many(&test, "note", 40, note()).await;
        tell_many(&test, "usual", 10, changed("active")).await;
        // A note of a member who is suspended now must not make the suspension wait.
        let suspended = Fact::MembershipChanged(member("membership.suspended"));
        tell(&test, SINK, "note39", suspended).await;
        tell(&test, SINK, "inv", moved(1)).await;
        outbox.drain().await.unwrap();
        let order: Vec<(String, String)> = crm
            .lock()
            .applied
            .iter()
            .map(|parcel| (parcel.subject.clone(), parcel.kind.clone()))
            .collect();
        let place = |subject: &str, kind: &str| {
            order
                .iter()
                .position(|one| one.0 == subject && one.1 == kind)
                .unwrap()
        };
        assert!(place("inv", "invitation_moved") < BATCH);
        assert!(place("note39", "signed_in") < BATCH, "hurried");
        assert!(place("note39", "membership_changed") < 2 * BATCH);
        assert!(
            place("note39", "signed_in") < place("note39", "membership_changed"),
            "in order"
        );
        assert!(
            (0..10)
                .all(|number| place(&format!("usual{number}"), "membership_changed") < 3 * BATCH)
        );
        expect(&test, &[("done", 52)]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_calls_of_a_day_are_for_what_is_urgent() {
    each_engine(async |test| {
        let crm = Limited::new(&test.world.clock, 10_000, 10).shared();
        let day = vestibule::crm::port::Limit {
            allowed: 100,
            window: Duration::from_secs(86_400),
            left: Some(30),
        };
        crm.lock().reports = false;
        crm.lock().day = Some(day);
        let outbox = engine(&test, &crm);
        tell_many(&test, "note", 200, note()).await;
        outbox.drain().await.unwrap();
        assert_eq!(
            crm.lock().accepted(),
            10,
            "a fifth of 100 is left to what is urgent"
        );
        tell(&test, SINK, "inv", moved(1)).await;
        outbox.drain().await.unwrap();
        assert!(
            crm.lock()
                .applied
                .iter()
                .any(|parcel| parcel.subject == "inv")
        );
        assert_eq!(allowance(&test).await.day_left, 19);
        // A figure is not believed for ever: one call finds out.
        test.world.clock.advance(Duration::from_secs(15 * 60));
        outbox.drain().await.unwrap();
        assert_eq!(crm.lock().accepted(), 12);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_limit_is_kept_whatever_the_crm_allows() {
    each_engine(async |test| {
        let mut crm = Limited::new(&test.world.clock, 1_000, 60);
        crm.budget.calls_per_minute = Some(30);
        let crm = crm.shared();
        let nodes = [engine(&test, &crm)];
        tell_many(&test, "s", 1_000, changed("active")).await;
        run(&test, &nodes, STEP, 600).await;
        let state = crm.lock();
        assert!(
            (27..=30).contains(&state.busiest()),
            "{} calls in a minute",
            state.busiest()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_is_away_is_tried_with_one_parcel_now_and_then() {
    each_engine(async |test| {
        let crm = Limited::new(&test.world.clock, 1_000, 60).shared();
        crm.lock().is_away = true;
        let nodes = [engine(&test, &crm)];
        tell_many(&test, "s", 200, changed("active")).await;
        run(&test, &nodes, Duration::from_secs(1), 120).await;
        let mut conn = test.db.read().await.unwrap();
        let tried: i64 = on!(conn, |c| sqlx::query_scalar(
            "SELECT count(*) FROM deliveries WHERE attempts > 0"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        drop(conn);
        assert!(
            (10..=40).contains(&tried),
            "{tried} parcels lost an attempt in two minutes"
        );
        crm.lock().is_away = false;
        run(&test, &nodes, Duration::from_secs(1), 6).await;
        let told = crm.lock().applied.len();
        assert!(told >= 150, "{told} of 200 told within six seconds");
        run(&test, &nodes, Duration::from_secs(60), 20).await;
        expect(&test, &[("done", 200)]).await;
    })
    .await;
}
