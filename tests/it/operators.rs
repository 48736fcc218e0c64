//! What operators are told: the overview, letters, figures; and what is swept.

use std::{net::SocketAddr, time::Duration};

use serde_json::json;
use tokio::net::TcpListener;
use vestibule::{
    crm::port::Verdict,
    db::Error,
    operations, outbox, router,
    tasks::{self, NewTask, TaskKind},
    workers,
};

use crate::support::{
    Portal, TestDb, each_engine,
    outbox::{engine, in_state, moved, tell},
    portal::OPERATOR,
    sink::{Sink, rejected},
};

const CRM: &str = "crm:crm";

async fn raise(test: &TestDb, kind: TaskKind, subject: &str, detail: serde_json::Value) {
    let (cx, subject) = (test.cx(), subject.to_owned());
    let raised: Result<(), Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                let task = NewTask {
                    kind,
                    organization: None,
                    subject: &subject,
                    detail,
                };
                tasks::raise(tx, &cx, task).await.map(drop)
            })
        })
        .await;
    raised.unwrap();
}

async fn park(test: &TestDb) {
    let delivery = in_state(test, "dead").await;
    let cx = test.cx();
    let parked: Result<_, Error> = test
        .db
        .write(move |tx| Box::pin(async move { outbox::park(tx, &cx, &delivery).await }))
        .await;
    parked.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_waits_for_a_person_looks_well() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let is_well = async || {
            let page = browser.get("/operations").await.expect(200);
            page.text().contains("Nothing is stuck")
        };
        assert!(is_well().await);

        // Set aside: no task, no dead letter, and yet it will not arrive.
        let sink = Sink::new(CRM);
        sink.answer(|_| (false, rejected("invalid_field")));
        tell(&test, CRM, "a", moved(1)).await;
        engine(&test, [&sink]).drain().await.unwrap();
        park(&test).await;
        portal.execute("UPDATE tasks SET closed_at = 1").await;
        assert!(!is_well().await);
        let page = browser.get("/operations").await;
        let mut links = page.links().into_iter();
        let (parked, _) = links
            .find(|(place, _)| place.contains("state=parked"))
            .expect("a link to what was set aside");
        let list = browser.open(&parked).await.expect(200);
        assert!(list.text().contains("Set aside"));
        portal
            .execute("UPDATE deliveries SET state = 'skipped' WHERE state = 'parked'")
            .await;
        assert!(is_well().await);

        // Paused by a person.
        portal
            .execute("UPDATE destinations SET paused_by_person = TRUE")
            .await;
        assert!(!is_well().await);
        portal
            .execute("UPDATE destinations SET paused_by_person = FALSE")
            .await;
        assert!(is_well().await);

        // Waiting for so long that it is not on its way any more.
        tell(&test, CRM, "b", moved(2)).await;
        assert!(is_well().await);
        test.world.clock.advance(Duration::from_secs(901));
        assert!(!is_well().await);
        portal.execute("UPDATE deliveries SET state = 'done'").await;
        assert!(is_well().await);

        // A feed that cannot be read.
        portal
            .execute(
                "INSERT INTO crm_cursors (connection, feed, cursor, fetched_at, error, failing_since)
                 VALUES ('crm', 'changes', '', 1, 'refused for kim@b.example', 1)",
            )
            .await;
        assert!(!is_well().await);
        let text = browser.get("/operations").await.text();
        assert!(
            text.contains("Ledger CRM") && text.contains("k•••@b.example"),
            "{text}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_task_says_what_is_known_and_where_it_is_mended() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        for kind in TaskKind::ALL {
            let subject = match kind {
                TaskKind::BadRecord | TaskKind::InvitationRequest => "crm:contact:C-1",
                TaskKind::CredentialsRefused | TaskKind::DeadLetters => CRM,
                _ => "crm",
            };
            let detail = json!({ "problem": format!("it says no to kim@b.example ({kind})") });
            raise(&test, *kind, subject, detail).await;
        }
        let page = browser.get("/operations").await.expect(200);
        for kind in TaskKind::ALL {
            let masked = format!("it says no to k•••@b.example ({kind})");
            assert!(page.text().contains(&masked), "{kind}");
            let text = vestibule::web::i18n::text(
                vestibule::web::Lang::En,
                &format!("operations-task-{}", kind.as_str().replace('_', "-")),
            );
            let place = page.link(&text);
            browser.open(&place).await.expect(200);
        }
        assert!(!page.body.contains("kim@"));
    })
    .await;
}

/// The mails in the portal's folder that are letters to operators.
fn letters(portal: &Portal) -> Vec<String> {
    let files = std::fs::read_dir(&portal.mail_folder).unwrap();
    let mails = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    mails
        .map(|mail| mail.replace("=\r\n", ""))
        .filter(|mail| mail.contains(OPERATOR))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_get_one_letter_for_everything_new() {
    each_engine(async |test| {
        let portal = Portal::start_with(&test, |settings| {
            settings.portal.default_language = "de".to_owned();
        })
        .await;
        let look = async || {
            let written = operations::write_to_operators(&portal.state).await;
            portal.state.outbox.drain().await.unwrap();
            written.unwrap()
        };
        assert!(!look().await, "nothing to tell");
        raise(&test, TaskKind::DeadLetters, CRM, json!({})).await;
        raise(&test, TaskKind::BadRecord, "crm:contact:1", json!({})).await;
        raise(&test, TaskKind::BadRecord, "crm:contact:2", json!({})).await;
        // Two nodes at once write one letter.
        let (one, two) = tokio::join!(
            operations::write_to_operators(&portal.state),
            operations::write_to_operators(&portal.state)
        );
        assert!(one.unwrap() ^ two.unwrap());
        assert!(!look().await, "told once");
        let first = letters(&portal);
        assert_eq!(first.len(), 1);
        for part in [
            "Es gibt unzustellbare Nachrichten (1)",
            "Ein Datensatz des CRM war nicht zu verstehen (2)",
            "/operations",
        ] {
            assert!(first[0].contains(part), "{part}: {}", first[0]);
        }

        raise(&test, TaskKind::FeedUnreadable, "crm", json!({})).await;
        assert!(!look().await, "too soon for another");
        test.world.clock.advance(Duration::from_secs(15 * 60));
        assert!(look().await);
        let all = letters(&portal);
        assert_eq!(all.len(), 2);
        let second = all.iter().find(|mail| !first.contains(mail)).unwrap();
        assert!(!second.contains("unzustellbare"), "only what is new");
        test.world.clock.advance(Duration::from_secs(15 * 60));
        assert!(!look().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_letters_when_they_are_off_or_nobody_operates() {
    each_engine(async |test| {
        raise(&test, TaskKind::DeadLetters, CRM, json!({})).await;
        let off = Portal::start_with(&test, |settings| settings.operations.letter_minutes = 0);
        let off = off.await;
        assert!(!operations::write_to_operators(&off.state).await.unwrap());
        let nobody = Portal::start_with(&test, |settings| settings.staff.clear()).await;
        assert!(!operations::write_to_operators(&nobody.state).await.unwrap());
        let usual = Portal::start(&test).await;
        assert!(operations::write_to_operators(&usual.state).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_served_where_prometheus_looks_and_nowhere_else() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        browser.get("/metrics").await.expect(404);
        let sink = Sink::new(CRM);
        sink.answer(|_| {
            let verdict = Verdict::Rejected {
                cause: "x".into(),
                reason: String::new(),
            };
            (false, verdict)
        });
        tell(&test, CRM, "a", moved(1)).await;
        engine(&test, [&sink]).drain().await.unwrap();
        tell(&test, CRM, "b", moved(2)).await;
        test.world.clock.advance(Duration::from_secs(30));
        portal.state.crm.catch_up("crm").await.unwrap();
        test.world.clock.advance(Duration::from_secs(12));

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let routes = router::metrics(portal.state.clone());
        let served = tokio::spawn(async move { axum::serve(listener, routes).await });
        let answer = portal.state.http.get(format!("http://{address}/metrics"));
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.headers()["content-type"],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        let text = answer.text().await.unwrap();
        for line in [
            "# TYPE vestibule_requests_total counter",
            "vestibule_requests_total{class=\"5xx\"} 0",
            "vestibule_outbox_deliveries{destination=\"crm:crm\",state=\"waiting\"} 1",
            "vestibule_outbox_deliveries{destination=\"crm:crm\",state=\"dead\"} 1",
            "vestibule_outbox_oldest_seconds{destination=\"crm:crm\"} 42",
            "vestibule_outbox_paused{destination=\"mail\"} 0",
            "vestibule_feed_age_seconds{connection=\"crm\"} 12",
            "vestibule_feed_failing{connection=\"crm\"} 0",
            "vestibule_sessions 1",
            "vestibule_tasks 1",
            "vestibule_database_queue 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
        }
        let value = |start: &str| -> u64 {
            let line = text.lines().find(|line| line.starts_with(start)).unwrap();
            line.rsplit(' ').next().unwrap().parse().unwrap()
        };
        assert!(value("vestibule_requests_total{class=\"4xx\"}") >= 1);
        assert!(value("vestibule_requests_total{class=\"3xx\"}") >= 1);
        // Each line is a comment, or a name with labels and a number.
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, number) = line.rsplit_once(' ').unwrap();
            assert!(
                name.starts_with("vestibule_") && number.parse::<f64>().is_ok(),
                "{line}"
            );
        }
        assert!(!text.contains('@'), "nobody is named");
        served.abort();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_asks_for_any_more_is_swept() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let now = test.world.clock.now();
        let day = 86_400_000_000_i64;
        let inserted: Result<(), Error> = test
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let micros = now.as_micros();
                    let today = micros - micros.rem_euclid(day);
                    for (key, at) in [
                        ("invitations-by:old", today - 2 * day),
                        ("invitations-to:old", today - 2 * day),
                        ("invitation-requests:old", today - 2 * day),
                        ("invitations-by:new", today),
                        ("other:old", today - 2 * day),
                    ] {
                        vestibule::on!(tx, |c| sqlx::query(
                            "INSERT INTO attempts (key, window_at, count) VALUES ($1, $2, 1)"
                        )
                        .bind(key)
                        .bind(at)
                        .execute(c)
                        .await
                        .map(drop))?;
                    }
                    for (key, at) in [("old", micros - 91 * day), ("new", micros - 89 * day)] {
                        vestibule::on!(tx, |c| sqlx::query(
                            "INSERT INTO builtin_applied (key, answer, at) VALUES ($1, '{}', $2)"
                        )
                        .bind(key)
                        .bind(at)
                        .execute(c)
                        .await
                        .map(drop))?;
                    }
                    Ok(())
                })
            })
            .await;
        inserted.unwrap();
        workers::sweep(&portal.state).await;
        let left = async |query: &'static str| portal.count(query).await;
        assert_eq!(left("SELECT count(*) FROM attempts").await, 2);
        assert_eq!(
            left("SELECT count(*) FROM attempts WHERE key LIKE 'invitation%'").await,
            1
        );
        assert_eq!(left("SELECT count(*) FROM builtin_applied").await, 1);
        assert_eq!(
            left("SELECT count(*) FROM builtin_applied WHERE key = 'new'").await,
            1
        );
    })
    .await;
}
