//! Signed events from a CRM: who may speak, how often one event counts, what answers say.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use serde_json::{Value, json};
use tower::ServiceExt;
use vestibule::{
    crm::port::Record,
    db::Error,
    kernel::{Cx, signature::SigningSecret},
    settings::ConnectionSettings,
    webhooks::{self, Intake, api},
};

use crate::support::{TestDb, each_engine};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const NEXT_SECRET: &str = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
const STRANGER: &str = "whsec_c3RyYW5nZXJzdHJhbmdlcnN0cmFuZ2VyIQ==";

/// Notes what arrives; refuses while told to.
#[derive(Default)]
struct Noting {
    taken: Mutex<Vec<(String, Record)>>,
    wakes: Mutex<Vec<String>>,
    refuses: AtomicBool,
}

#[async_trait]
impl Intake for Noting {
    async fn take(&self, cx: &Cx, connection: &str, records: Vec<Record>) -> Result<(), Error> {
        assert_eq!(cx.actor.kind(), "crm");
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Error::Busy);
        }
        let mut taken = self.taken.lock().unwrap();
        taken.extend(
            records
                .into_iter()
                .map(|record| (connection.to_owned(), record)),
        );
        Ok(())
    }

    fn wake(&self, connection: &str) {
        self.wakes.lock().unwrap().push(connection.to_owned());
    }
}

struct Scene {
    router: Router,
    intake: Arc<Noting>,
    now: i64,
}

fn scene(test: &TestDb) -> Scene {
    let connection = |key: &str, secret: &str| -> ConnectionSettings {
        let table = toml::toml! { name = "CRM" kind = "http" };
        let mut table = table;
        table.insert("key".into(), key.into());
        if !secret.is_empty() {
            table.insert("event_secret".into(), secret.into());
        }
        table.try_into().unwrap()
    };
    let connections = [
        connection("main", &format!("{NEXT_SECRET} {SECRET}")),
        connection("other", STRANGER),
        connection("silent", ""),
    ];
    let intake = Arc::new(Noting::default());
    let inbound = api::Inbound::new(
        test.db.clone(),
        test.world.clone(),
        &connections,
        intake.clone(),
    );
    Scene {
        router: api::routes(Arc::new(inbound)),
        intake,
        now: test.world.clock.now().as_seconds(),
    }
}

/// An event ready to be sent, and spoiled.
#[derive(Clone)]
struct Sent {
    connection: String,
    id: String,
    timestamp: i64,
    signature: String,
    body: Vec<u8>,
}

fn signed(scene: &Scene, id: &str, body: impl Into<Vec<u8>>) -> Sent {
    let body = body.into();
    let signature = SigningSecret::parse(SECRET)
        .unwrap()
        .sign(id, scene.now, &body);
    Sent {
        connection: "main".to_owned(),
        id: id.to_owned(),
        timestamp: scene.now,
        signature,
        body,
    }
}

async fn send(scene: &Scene, sent: Sent) -> (u16, Value, Option<String>) {
    let request = Request::post(format!("/api/v1/crm/{}/events", sent.connection))
        .header("webhook-id", sent.id)
        .header("webhook-timestamp", sent.timestamp)
        .header("webhook-signature", sent.signature)
        .body(Body::from(sent.body))
        .unwrap();
    let response = scene.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    let kind = header("content-type").unwrap();
    let expected = if status < 300 {
        "application/json"
    } else {
        "application/problem+json"
    };
    assert_eq!(kind, expected);
    let pause = header("retry-after");
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap(), pause)
}

fn contract(version: i64) -> Value {
    json!({"type": "contract", "id": "C1", "version": version, "account_id": "A1", "status": "ended"})
}

fn event(records: &[Value]) -> String {
    json!({"type": "records.changed", "records": records}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_have_taken_effect_when_the_answer_comes() {
    each_engine(async |test| {
        let scene = scene(&test);
        let unknown = json!({"type": "quote", "id": "Q1", "version": 1});
        let sent = signed(&scene, "evt-1", event(&[contract(1), unknown]));
        let (status, answer, _) = send(&scene, sent).await;
        assert_eq!(status, 202);
        assert_eq!(answer["accepted"], 1);
        assert_eq!(answer["skipped"][0], json!({"type": "quote", "id": "Q1", "reason": "its type is not known here"}));
        let taken = scene.intake.taken.lock().unwrap();
        assert!(matches!(&taken[..], [(connection, Record::Contract(it))] if connection == "main" && it.status == "ended"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_wakes_the_poll_of_its_connection() {
    each_engine(async |test| {
        let scene = scene(&test);
        let sent = signed(&scene, "evt-1", r#"{"type":"changes.available"}"#);
        assert_eq!(send(&scene, sent).await.0, 202);
        assert_eq!(*scene.intake.wakes.lock().unwrap(), ["main"]);
        assert!(scene.intake.taken.lock().unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_counts_once_and_its_id_is_its_own() {
    each_engine(async |test| {
        let scene = scene(&test);
        let first = signed(&scene, "evt-1", event(&[contract(1)]));
        assert_eq!(send(&scene, first.clone()).await.1["repeated"], false);
        // The sender tries again later: another timestamp, the same id and body.
        let mut again = first.clone();
        again.timestamp += 60;
        again.signature =
            SigningSecret::parse(NEXT_SECRET)
                .unwrap()
                .sign("evt-1", again.timestamp, &again.body);
        for replay in [first, again] {
            let (status, answer, _) = send(&scene, replay).await;
            assert_eq!((status, &answer["repeated"]), (202, &json!(true)));
        }
        assert_eq!(scene.intake.taken.lock().unwrap().len(), 1);
        let other_body = signed(&scene, "evt-1", event(&[contract(2)]));
        let (status, problem, _) = send(&scene, other_body).await;
        assert_eq!(
            (status, &problem["title"]),
            (409, &json!("The id is in use"))
        );
        assert_eq!(scene.intake.taken.lock().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_could_not_be_stored_is_taken_when_it_comes_again() {
    each_engine(async |test| {
        let scene = scene(&test);
        let sent = signed(&scene, "evt-1", event(&[contract(1)]));
        scene.intake.refuses.store(true, Ordering::SeqCst);
        let (status, _, pause) = send(&scene, sent.clone()).await;
        assert_eq!((status, pause.as_deref()), (503, Some("2")));
        scene.intake.refuses.store(false, Ordering::SeqCst);
        assert_eq!(send(&scene, sent).await.1["accepted"], 1);
    })
    .await;
}

/// Every way in which an event may fail to prove its sender.
fn forgeries(scene: &Scene) -> Vec<(&'static str, Sent)> {
    let good = signed(scene, "evt-f", event(&[contract(1)]));
    let spoiled = |name, change: &dyn Fn(&mut Sent)| {
        let mut sent = good.clone();
        change(&mut sent);
        (name, sent)
    };
    let stranger = SigningSecret::parse(STRANGER).unwrap();
    vec![
        spoiled("unknown connection", &|sent| {
            sent.connection = "nobody".to_owned();
        }),
        spoiled("connection without a secret", &|sent| {
            sent.connection = "silent".to_owned();
        }),
        spoiled("another connection's event", &|sent| {
            sent.connection = "other".to_owned();
        }),
        spoiled("another secret", &|sent| {
            sent.signature = stranger.sign("evt-f", sent.timestamp, &sent.body);
        }),
        spoiled("no signature", &|sent| sent.signature = String::new()),
        spoiled("a signature of another version", &|sent| {
            sent.signature = sent.signature.replace("v1,", "v1a,");
        }),
        spoiled("another id", &|sent| sent.id = "evt-g".to_owned()),
        spoiled("another time", &|sent| sent.timestamp += 1),
        spoiled("another body", &|sent| sent.body.push(b' ')),
        spoiled("a cut body", &|sent| sent.body.truncate(20)),
        spoiled("an empty body", &|sent| sent.body.clear()),
        spoiled("a lower-case signature", &|sent| {
            sent.signature = sent.signature.to_lowercase();
        }),
        spoiled("an upper-case signature", &|sent| {
            sent.signature = sent.signature.to_uppercase();
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_the_secret_is_told_anything() {
    let test = TestDb::sqlite().await;
    let scene = scene(&test);
    let mut answers = Vec::new();
    for (name, forgery) in forgeries(&scene) {
        let (status, problem, _) = send(&scene, forgery).await;
        assert_eq!(status, 401, "{name}");
        answers.push(problem);
    }
    let good = signed(&scene, "evt-f", event(&[contract(1)]));
    for end in 0..good.signature.len() {
        for signature in [&good.signature[..end], &good.signature[end + 1..]] {
            let mut cut = good.clone();
            cut.signature = signature.to_owned();
            let (status, problem, _) = send(&scene, cut).await;
            assert_eq!(status, 401, "{signature}");
            answers.push(problem);
        }
    }
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "answers differ"
    );
    for age in [-301, 301, -86_400] {
        let at = scene.now + age;
        let mut old = good.clone();
        old.timestamp = at;
        old.signature = SigningSecret::parse(SECRET)
            .unwrap()
            .sign("evt-f", at, &old.body);
        assert_eq!(send(&scene, old).await.0, 401, "{age}");
    }
    assert!(scene.intake.taken.lock().unwrap().is_empty());
    assert_eq!(send(&scene, good).await.0, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_events_say_what_to_change() {
    let test = TestDb::sqlite().await;
    let scene = scene(&test);
    let many = vec![contract(1); 1_001];
    for (number, body) in [
        "not json".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"type":"records.changed"}"#.to_owned(),
        r#"{"type":"records.changed","records":{}}"#.to_owned(),
        r#"{"type":"contract.deleted"}"#.to_owned(),
        event(&many),
        "[".repeat(100_000),
    ]
    .into_iter()
    .enumerate()
    {
        let sent = signed(&scene, &format!("evt-{number}"), body);
        let (status, problem, _) = send(&scene, sent).await;
        assert_eq!(status, 400, "{number}");
        assert!(
            problem["detail"].as_str().unwrap().contains('`'),
            "{problem}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn size_and_rate_are_limited() {
    let test = TestDb::sqlite().await;
    let scene = scene(&test);
    let large = signed(&scene, "evt-large", " ".repeat(api::LARGEST_EVENT + 1));
    assert_eq!(send(&scene, large).await.0, 413);
    let mut throttled = 0;
    for number in 0..400 {
        let sent = signed(
            &scene,
            &format!("evt-{number}"),
            r#"{"type":"changes.available"}"#,
        );
        let (status, _, pause) = send(&scene, sent).await;
        if status == 429 {
            throttled += 1;
            assert!(pause.is_some());
        }
    }
    assert!(throttled > 0, "nothing limits a sender");
    // Strangers do not use up what the sender may send.
    let forged = signed(&scene, "evt-x", "{}");
    let stranger = Sent {
        signature: String::new(),
        ..forged
    };
    assert_eq!(send(&scene, stranger).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_events_are_forgotten() {
    each_engine(async |test| {
        let scene = scene(&test);
        send(
            &scene,
            signed(&scene, "evt-1", r#"{"type":"changes.available"}"#),
        )
        .await;
        let now = test.world.clock.now();
        assert_eq!(webhooks::forget_before(&test.db, now).await.unwrap(), 0);
        let later = now.plus(Duration::from_secs(1));
        assert_eq!(webhooks::forget_before(&test.db, later).await.unwrap(), 1);
    })
    .await;
}
