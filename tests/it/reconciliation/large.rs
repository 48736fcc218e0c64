//! A comparison of 2,000 contacts with fifty differences of every class: all are found and none is
//! invented, also when who carries the run is killed half way and another goes on.
//! `benches/reconcile` does the same with 100,000 and measures it.

use std::{collections::BTreeSet, time::Duration};

use tokio_util::sync::CancellationToken;
use vestibule::{
    crm::reconcile::{self, Started},
    db::Error,
    kernel::ids::RunId,
    on,
};

use crate::{
    act,
    support::{
        TestDb, each_engine,
        many::{CONNECTION, Many, Row, Size, found, statements},
    },
};

const SIZE: Size = Size {
    contacts: 2_000,
    seeded: 50,
};
const BATCH: u32 = 70;

async fn fill(test: &TestDb) {
    let is_postgres = test.settings.url.is_postgres();
    let now = test.world.clock.now().as_micros();
    for statement in statements(SIZE, is_postgres, now) {
        let done: Result<(), Error> = act!(test, test.cx(), |tx, _cx| async move {
            on!(tx, |c| sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(c)
                .await
                .map(drop))?;
            Ok(())
        });
        done.unwrap();
    }
    test.world.clock.advance(Duration::from_secs(60));
}

async fn start(test: &TestDb) -> RunId {
    let started: Result<_, Error> = act!(test, test.cx(), |tx, cx| reconcile::start(
        tx, &cx, CONNECTION, ""
    ));
    match started.unwrap() {
        Started::Run(run) => run,
        Started::UnderWay => panic!("a run is under way"),
    }
}

async fn found_so_far(test: &TestDb, run: &RunId) -> BTreeSet<Row> {
    let mut conn = test.db.read().await.unwrap();
    found(&mut conn, run).await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_many_differences_are_found_and_none_is_invented() {
    each_engine(async |test| {
        fill(&test).await;
        let run = start(&test).await;
        let crm = Many::new(SIZE, u64::MAX);
        let connections = crm.connections(&test.db, &test.world, BATCH);
        let stop = CancellationToken::new();
        let done = reconcile::run_open(&test.db, &test.world, &connections, CONNECTION, &stop);
        assert_eq!(done.await.unwrap(), Some(run.clone()));
        let found = found_so_far(&test, &run).await;
        assert_eq!(found.len(), 250);
        assert_eq!(found, SIZE.expected());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_goes_on_without_half_a_record() {
    each_engine(async |test| {
        fill(&test).await;
        let run = start(&test).await;
        // The first worker reads a third and hangs in the middle of a call; then it is killed.
        let crm = Many::new(SIZE, 20);
        let connections = crm.connections(&test.db, &test.world, BATCH);
        let (db, world) = (test.db.clone(), test.world.clone());
        let worker = tokio::spawn(async move {
            let stop = CancellationToken::new();
            reconcile::run_open(&db, &world, &connections, CONNECTION, &stop).await
        });
        let at = async || {
            let mut conn = test.db.read().await.unwrap();
            let run = reconcile::find_run(&mut conn, &run).await.unwrap();
            run.unwrap()
        };
        while at().await.cursor.parse::<u64>().unwrap_or(0) < 1_300 {
            assert!(!worker.is_finished(), "it ended before it was killed");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        worker.abort();
        assert!(worker.await.is_err());
        let before = found_so_far(&test, &run).await;
        assert!(!before.is_empty() && before.is_subset(&SIZE.expected()));

        // Another goes on from there, once the lease of the first one is over.
        let crm = Many::new(SIZE, u64::MAX);
        let connections = crm.connections(&test.db, &test.world, BATCH);
        let stop = CancellationToken::new();
        let carry = || reconcile::run_open(&test.db, &test.world, &connections, CONNECTION, &stop);
        assert_eq!(carry().await.unwrap(), None, "it belongs to the first one");
        // The page that was being stored when the first one was killed may be stored all the same; who
        // has read it meanwhile loses its own copy and tries again.
        let mut ended = None;
        for _ in 0..5 {
            test.world.clock.advance(Duration::from_secs(121));
            match carry().await {
                Ok(run) => ended = run,
                Err(error) => assert!(error.to_string().contains("rolled back"), "{error}"),
            }
            if ended.is_some() {
                break;
            }
        }
        assert_eq!(ended.as_ref(), Some(&run));
        assert_eq!(found_so_far(&test, &run).await, SIZE.expected());
        assert_eq!(at().await.records, 2_040, "each record was read once");
    })
    .await;
}
