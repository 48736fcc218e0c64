//! The two databases: transactions, group commit, statements, schemas, the audit chain.

use std::time::Duration;

use serde_json::json;
use vestibule::{
    audit::{self, Event, Fault},
    db::{Engine, Error, Tx, statements},
    on,
};

use crate::support::{TestDb, each_engine, seed};

async fn add_row(tx: &mut Tx, key: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(
        "INSERT INTO attempts (key, window_at, count) VALUES ($1, 1, 1)"
    )
    .bind(key)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

async fn count_rows(test: &TestDb) -> i64 {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM attempts"
    )
    .fetch_one(c)
    .await)
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_stands_or_falls_as_a_whole() {
    each_engine(async |test| {
        let kept: Result<(), Error> = test
            .db
            .write(|tx| Box::pin(async move { add_row(tx, "kept").await }))
            .await;
        kept.unwrap();
        let dropped: Result<(), Error> = test
            .db
            .write(|tx| {
                Box::pin(async move {
                    add_row(tx, "dropped").await?;
                    Err(Error::Busy)
                })
            })
            .await;
        assert!(matches!(dropped, Err(Error::Busy)));
        let panicked: Result<(), Error> = test
            .db
            .write(|tx| {
                Box::pin(async move {
                    add_row(tx, "panicked").await?;
                    panic!("a defect")
                })
            })
            .await;
        assert!(matches!(panicked, Err(Error::Lost)));
        assert_eq!(count_rows(&test).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_neither_lose_nor_disturb_one_another() {
    each_engine(async |test| {
        let mut writers = Vec::new();
        for number in 0..256 {
            let db = test.db.clone();
            writers.push(tokio::spawn(async move {
                db.write(move |tx| {
                    Box::pin(async move {
                        add_row(tx, &format!("row {number}")).await?;
                        if number % 3 == 0 {
                            Err(Error::Busy)
                        } else {
                            Ok(())
                        }
                    })
                })
                .await
            }));
        }
        let mut stored = 0;
        for writer in writers {
            stored += i64::from(writer.await.unwrap().is_ok());
        }
        assert_eq!(stored, 170);
        assert_eq!(count_rows(&test).await, stored);
    })
    .await;
}

/// A full disk makes SQLite roll the whole transaction back by itself.
#[tokio::test(flavor = "multi_thread")]
async fn when_the_database_gives_a_group_up_answers_and_effects_still_agree() {
    each_engine(async |test| {
        if test.db.engine() != Engine::Sqlite {
            return;
        }
        let mut writers = Vec::new();
        for number in 0..200 {
            let db = test.db.clone();
            writers.push(tokio::spawn(async move {
                db.write(move |tx| {
                    Box::pin(async move {
                        add_row(tx, &format!("row {number}")).await?;
                        if number % 20 == 7 {
                            on!(tx, |c| sqlx::query("ROLLBACK").execute(c).await.map(drop))?;
                        }
                        Ok::<(), Error>(())
                    })
                })
                .await
            }));
        }
        let mut stored = 0;
        for writer in writers {
            stored += i64::from(writer.await.unwrap().is_ok());
        }
        assert!(stored < 200);
        assert_eq!(count_rows(&test).await, stored);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_loses_nothing_of_others() {
    each_engine(async |test| {
        for number in 0..200 {
            let db = test.db.clone();
            let hung_up = db.write(move |tx| {
                Box::pin(async move { add_row(tx, &format!("a {number}")).await })
            });
            let _: Result<Result<(), Error>, _> =
                tokio::time::timeout(Duration::from_micros(number * 7), hung_up).await;
            let stays: Result<(), Error> = test
                .db
                .write(move |tx| Box::pin(async move { add_row(tx, &format!("b {number}")).await }))
                .await;
            stays.unwrap();
        }
        let mut conn = test.db.read().await.unwrap();
        let kept = on!(conn, |c| sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM attempts WHERE key LIKE 'b %'"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        assert_eq!(kept, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_prepares_on_both_engines() {
    each_engine(async |test| {
        let mut conn = test.db.read().await.unwrap();
        let mut failures = Vec::new();
        for (store, list) in statements::all() {
            for (name, text) in list {
                let prepared = on!(conn, |c| sqlx::Executor::prepare(
                    c,
                    sqlx::SqlStr::from_static(text)
                )
                .await
                .map(drop));
                if let Err(error) = prepared {
                    failures.push(format!("{store} {name}: {error}"));
                }
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    })
    .await;
}

async fn record_some(test: &TestDb, count: usize) {
    for number in 0..count {
        let cx = test.cx();
        let result: Result<(), Error> = test
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let event = Event {
                        action: "test.done",
                        target: "x",
                        organization: None,
                        detail: json!({ "number": number }),
                    };
                    audit::record(tx, &cx, event).await
                })
            })
            .await;
        result.unwrap();
    }
}

async fn tamper(test: &TestDb, statement: &'static str) {
    let result: Result<(), Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                Ok(on!(tx, |c| sqlx::query(statement)
                    .execute(c)
                    .await
                    .map(drop))?)
            })
        })
        .await;
    result.unwrap();
}

async fn findings(test: &TestDb) -> Vec<(i64, Fault)> {
    let mut conn = test.db.read().await.unwrap();
    let (_, findings) = audit::verify(&mut conn, &test.world.keys).await.unwrap();
    findings
        .into_iter()
        .map(|finding| (finding.seq, finding.fault))
        .collect()
}

/// A chain that is removed as a whole leaves nothing that does not fit; what it told of is still
/// there and gives it away.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_is_gone_as_a_whole_is_missed() {
    each_engine(async |test| {
        let organization = seed::organization(&test, "A").await;
        let other = seed::organization(&test, "B").await;
        seed::member(&test, &organization, "a@a.example", &["admin"]).await;
        assert_eq!(findings(&test).await, []);

        for statement in [
            "DELETE FROM audit_events WHERE chain <> 'system'",
            "DELETE FROM audit_heads WHERE chain <> 'system'",
        ] {
            tamper(&test, statement).await;
        }
        let missing = (1, Fault::Missing);
        assert_eq!(findings(&test).await, [missing, missing]);
        // What happens afterwards begins a new chain, which does not hide it.
        seed::member(&test, &organization, "b@a.example", &["orders"]).await;
        seed::member(&test, &other, "b@b.example", &["orders"]).await;
        assert_eq!(findings(&test).await, [missing, missing]);

        tamper(&test, "DELETE FROM audit_events WHERE chain = 'system'").await;
        tamper(&test, "DELETE FROM audit_heads WHERE chain = 'system'").await;
        assert_eq!(findings(&test).await, [missing; 3]);
        test.world.clock.advance(Duration::from_secs(1));
        seed::person(&test, "c@c.example").await;
        assert_eq!(findings(&test).await, [missing; 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_chain_tells_every_kind_of_tampering() {
    let cases: &[(&[&'static str], &[(i64, Fault)])] = &[
        (&[], &[]),
        (&["UPDATE audit_events SET detail = '{\"number\":9}' WHERE seq = 3"], &[(3, Fault::Altered)]),
        (&["DELETE FROM audit_events WHERE seq = 3"], &[(4, Fault::Gap)]),
        (&["DELETE FROM audit_events WHERE seq >= 5"], &[(5, Fault::Cut)]),
        (&["DELETE FROM audit_events"], &[(1, Fault::Cut)]),
        (
            &[
                "UPDATE audit_events SET seq = 100 WHERE seq = 3",
                "UPDATE audit_events SET seq = 3 WHERE seq = 4",
                "UPDATE audit_events SET seq = 4 WHERE seq = 100",
            ],
            &[(3, Fault::Altered), (4, Fault::Altered), (5, Fault::Altered)],
        ),
        (
            &["INSERT INTO audit_events (chain, seq, at, actor_kind, actor_ref, action, target, detail, request_id, hash)
               SELECT chain, 7, at, actor_kind, actor_ref, action, target, detail, request_id, hash FROM audit_events WHERE seq = 6"],
            &[(7, Fault::Altered), (7, Fault::BeyondHead)],
        ),
        (&["DELETE FROM audit_events WHERE seq = 6", "UPDATE audit_heads SET seq = 5"], &[(5, Fault::HeadAltered)]),
        (&["DELETE FROM audit_heads"], &[(6, Fault::BeyondHead)]),
    ];
    for (tampering, expected) in cases {
        each_engine(async |test| {
            record_some(&test, 6).await;
            for statement in *tampering {
                tamper(&test, statement).await;
            }
            assert_eq!(findings(&test).await, *expected, "{tampering:?}");
        })
        .await;
    }
}
