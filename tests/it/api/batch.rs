//! Many at once: each row for itself, a thousand, and on from where it ended.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Program, address, foreign, portal, run};
use crate::support::{Portal, each_engine};

const BATCH: &str = "/api/v1/invitations/batch";

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_row_stops_nobody() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (ours, theirs) = (
            portal.add_customer("Kuusi Oy").await,
            foreign(&portal, "Tammi Oy").await,
        );
        portal
            .add_member(&ours, "member@kuusi.example", &["reader"])
            .await;
        let program = Program::with(&portal, vestibule::clients::Scope::ALL, Some("crm")).await;
        let rows = json!({"invitations": [
            address(&ours, "a@kuusi.example"),
            {"email": 5},
            "not even an object",
            address(&theirs, "b@tammi.example"),
            address(&ours, "A@kuusi.example"),
            address(&ours, "member@kuusi.example"),
            {"organization_id": ours, "email": "c@kuusi.example", "roles": ["king"]},
            null,
            address(&ours, "z@kuusi.example"),
        ]});
        let reply = program.post(BATCH, &rows).await.expect(200);
        let results = reply.body["results"].as_array().unwrap();
        let said: Vec<String> = results
            .iter()
            .map(|result| {
                let more = result["reason"]
                    .as_str()
                    .or(result["errors"][0]["pointer"].as_str());
                format!(
                    "{} {}",
                    result["outcome"].as_str().unwrap(),
                    more.unwrap_or_default()
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                "queued ",
                "invalid #/email",
                "invalid #",
                "invalid #/organization_id",
                "not_sent repeated",
                "not_sent already-member",
                "invalid #/roles",
                "invalid #",
                "queued "
            ]
        );
        assert_eq!(
            (
                &reply.body["queued"],
                &reply.body["not_sent"],
                &reply.body["invalid"]
            ),
            (&json!(2), &json!(2), &json!(5))
        );
        for wrong in [
            json!({}),
            json!({"invitations": []}),
            json!({"invitations": {}}),
            json!([]),
        ] {
            program.post(BATCH, &wrong).await.expect(422);
        }
        let many = json!({"invitations": vec![Value::Null; 1_001]});
        assert_eq!(
            program.post(BATCH, &many).await.expect(422).wrong(),
            ["#/invitations"]
        );
        let large = json!({"invitations": ["x".repeat(4 * 1024 * 1024)]});
        program.post(BATCH, &large).await.expect(413);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_are_invited_once() {
    each_engine(async |test| {
        let portal =
            Portal::start_with(&test, |settings| settings.security.request_seconds = 300).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let rows: Vec<Value> = (0..1_000)
            .map(|number| address(&organization, &format!("p{number}@kuusi.example")))
            .collect();
        let rows = json!({ "invitations": rows });
        let started = std::time::Instant::now();
        let first = program.post_once(BATCH, &rows, "many").await.expect(200);
        println!("a batch of 1,000: {:?}", started.elapsed());
        assert_eq!(first.body["queued"], 1_000);
        let again = program.post_once(BATCH, &rows, "many").await.expect(200);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.body, first.body);
        assert_eq!(
            portal.count("SELECT count(*) FROM invitations").await,
            1_000
        );
        let ids = first.body["results"].as_array().unwrap().iter();
        let first: Vec<&str> = ids
            .map(|result| result["invitation"]["email"].as_str().unwrap())
            .collect();
        assert_eq!(
            (first[0], first[999]),
            ("p0@kuusi.example", "p999@kuusi.example")
        );
    })
    .await;
}

/// A node stops when a part is done: the next one goes on there.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_goes_on_where_it_ended() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let rows: Vec<Value> = (0..50)
            .map(|number| address(&organization, &format!("p{number}@kuusi.example")))
            .collect();
        let rows = json!({ "invitations": rows });
        let first = program.post_once(BATCH, &rows, "many").await.expect(200);
        let part: Vec<Value> = first.body["results"].as_array().unwrap()[..20].to_vec();
        let part = Value::from(part).to_string();
        run(
            &portal,
            "UPDATE api_idempotency SET status = NULL, body = $1",
            &[&part],
        )
        .await;
        program.post_once(BATCH, &rows, "many").await.expect(409);
        portal.clock.advance(Duration::from_secs(45));
        let again = program.post_once(BATCH, &rows, "many").await.expect(200);
        assert_eq!(
            (&again.body["queued"], &again.body["not_sent"]),
            (&json!(20), &json!(30))
        );
        assert_eq!(again.body["results"][5], first.body["results"][5]);
        assert_eq!(portal.count("SELECT count(*) FROM invitations").await, 50);
    })
    .await;
}
