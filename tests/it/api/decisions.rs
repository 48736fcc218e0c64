//! Services ask about access (AuthZEN Authorization API 1.0).

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::{
    clients::Scope,
    kernel::ids::{MembershipId, OrganizationId},
    on,
};

use super::{Program, Reply, foreign, portal, run};
use crate::support::{Portal, each_engine};

const ONE: &str = "/access/v1/evaluation";
const SEVERAL: &str = "/access/v1/evaluations";
const EMAIL: &str = "aino@kuusi.example";

async fn person_of(portal: &Portal, membership: &MembershipId) -> String {
    let mut conn = portal.state.db.read().await.unwrap();
    let sql = "SELECT person_id FROM memberships WHERE id = $1";
    on!(conn, |c| sqlx::query_scalar(sql)
        .bind(membership)
        .fetch_one(c)
        .await)
    .unwrap()
}

/// A customer with one member who orders, and their id.
async fn member(portal: &Portal) -> (OrganizationId, String) {
    let organization = portal.add_customer("Kuusi Oy").await;
    let membership = portal.add_member(&organization, EMAIL, &["orders"]).await;
    let person = person_of(portal, &membership).await;
    (organization, person)
}

fn question(person: &str, action: &str, resource: impl Into<Value>) -> Value {
    json!({
        "subject": {"type": "person", "id": person}, "action": {"name": action},
        "resource": resource.into(), "context": {"time": "2026-01-01T00:00:00Z"},
    })
}

fn shop() -> Value {
    json!({"type": "service", "id": "shop"})
}

fn may(reply: &Reply) -> bool {
    reply.body["decision"].as_bool().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_answers_for_each_action() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (organization, person) = member(&portal).await;
        let program = Program::new(&portal).await;
        let home = json!({"type": "organization", "id": organization});
        for (action, resource, wanted) in [
            ("use", shop(), Ok(())),
            ("read", shop(), Ok(())),
            ("write", shop(), Ok(())),
            ("buyer", shop(), Ok(())),
            ("king", shop(), Err("role_missing")),
            ("enter", home.clone(), Ok(())),
            ("administer", home, Err("not_an_admin")),
            (
                "use",
                json!({"type": "service", "id": "mars"}),
                Err("unknown_service"),
            ),
            (
                "use",
                json!({"type": "service", "id": "shop", "properties": {"organization": "org_0"}}),
                Err("not_a_member"),
            ),
        ] {
            let asked = question(&person, action, resource.clone());
            let reply = program.post(ONE, &asked).await.expect(200);
            assert_eq!(
                may(&reply),
                wanted.is_ok(),
                "{action} {resource}: {}",
                reply.body
            );
            if let Err(reason) = wanted {
                assert_eq!(reply.text("/context/reason"), reason);
            } else {
                assert_eq!(
                    reply.text("/context/organization"),
                    organization.to_string()
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_follows_the_contract_at_once() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (_, person) = member(&portal).await;
        let program = Program::new(&portal).await;
        let asked = question(&person, "use", shop());
        assert!(may(&program.post(ONE, &asked).await.expect(200)));
        for (sql, reason, mended) in [
            (
                "UPDATE contracts SET status = 'suspended'",
                "contract_suspended",
                "staff",
            ),
            (
                "UPDATE contracts SET status = 'ended'",
                "contract_ended",
                "staff",
            ),
            (
                "UPDATE contracts SET status = 'active', products = '[]'",
                "product_missing",
                "staff",
            ),
            (
                "UPDATE memberships SET status = 'suspended'",
                "membership_suspended",
                "organization_admin",
            ),
        ] {
            portal.execute(sql).await;
            let reply = program.post(ONE, &asked).await.expect(200);
            assert!(!may(&reply), "{sql}");
            assert_eq!(reply.text("/context/reason"), reason, "{sql}");
            assert_eq!(reply.text("/context/mended_by"), mended, "{sql}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grace_that_is_for_reading_lets_nobody_write() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (_, person) = member(&portal).await;
        let now = portal.clock.now();
        let (end, grace) = (
            now.minus(Duration::from_secs(60)),
            now.plus(Duration::from_secs(60)),
        );
        let program = Program::new(&portal).await;
        let ended: Result<(), vestibule::db::Error> = portal
            .state
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "UPDATE contracts SET ends_at = $1, grace_ends_at = $2";
                    on!(tx, |c| sqlx::query(sql)
                        .bind(end)
                        .bind(grace)
                        .execute(c)
                        .await
                        .map(drop))?;
                    Ok(())
                })
            })
            .await;
        ended.unwrap();
        let read = program
            .post(ONE, &question(&person, "read", shop()))
            .await
            .expect(200);
        assert!(may(&read));
        assert_eq!(read.text("/context/access"), "read");
        let write = program
            .post(ONE, &question(&person, "write", shop()))
            .await
            .expect(200);
        assert!(!may(&write));
        assert_eq!(write.text("/context/reason"), "read_only");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_names_a_person_and_an_address_does_not() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (_, person) = member(&portal).await;
        drop(portal.sign_in(EMAIL).await);
        let mut conn = portal.state.db.read().await.unwrap();
        let (issuer, subject): (String, String) =
            on!(conn, |c| sqlx::query_as("SELECT issuer, subject FROM identities")
                .fetch_one(c)
                .await)
            .unwrap();
        drop(conn);
        let program = Program::new(&portal).await;
        let ask = async |subject: Value| {
            let asked = json!({"subject": subject, "action": {"name": "use"}, "resource": shop()});
            program.post(ONE, &asked).await.expect(200)
        };
        let known = json!({"type": "identity", "id": subject, "properties": {"issuer": issuer}});
        let reply = ask(known).await;
        assert!(may(&reply));
        assert_eq!(reply.text("/context/person"), person);
        let elsewhere =
            json!({"type": "identity", "id": subject, "properties": {"issuer": "https://x.example"}});
        assert_eq!(ask(elsewhere).await.text("/context/reason"), "unknown_subject");
        for strange in [
            json!({"type": "user", "id": EMAIL}),
            json!({"type": "identity", "id": subject}),
            json!({"type": "identity", "id": subject, "properties": {"issuer": ""}}),
            json!({"type": "identity", "id": subject, "properties": {"issuer": 7}}),
        ] {
            let reply = ask(strange).await;
            assert!(!may(&reply));
            assert_eq!(reply.body["context"]["error"]["status"], 400);
        }
        let address = json!({"type": "person", "id": EMAIL});
        assert_eq!(ask(address).await.text("/context/reason"), "unknown_subject");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_questions_share_what_stands_beside_them() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (_, person) = member(&portal).await;
        let program = Program::new(&portal).await;
        let asked = |semantic: &str| {
            json!({
                "subject": {"type": "person", "id": person}, "action": {"name": "use"},
                "evaluations": [
                    {"resource": shop()},
                    {"resource": {"type": "service", "id": "mars"}},
                    {"action": {"name": "write"}, "resource": shop()},
                    {"action": {}, "resource": shop()},
                    {},
                ],
                "options": {"evaluations_semantic": semantic, "another": true},
            })
        };
        let answers = async |semantic: &str| -> Vec<bool> {
            let reply = program.post(SEVERAL, &asked(semantic)).await.expect(200);
            let all = reply.body["evaluations"].as_array().unwrap();
            all.iter()
                .map(|one| one["decision"].as_bool().unwrap())
                .collect()
        };
        assert_eq!(
            answers("execute_all").await,
            [true, false, true, false, false]
        );
        assert_eq!(answers("deny_on_first_deny").await, [true, false]);
        assert_eq!(answers("permit_on_first_permit").await, [true]);
        // Without questions it is one.
        let one = program
            .post(SEVERAL, &question(&person, "use", shop()))
            .await
            .expect(200);
        assert!(may(&one));
        let mut many = asked("execute_all");
        many["evaluations"] = vec![json!({}); 501].into();
        program.post(SEVERAL, &many).await.expect(400);
        program.post(SEVERAL, &asked("roll_dice")).await.expect(400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_other_connections_are_unknown_to_a_bound_program() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let theirs = foreign(&portal, "Tammi Oy").await;
        let membership = portal
            .add_member(&theirs, "olli@tammi.example", &["orders"])
            .await;
        let person = person_of(&portal, &membership).await;
        let bound = Program::with(&portal, Scope::ALL, Some("crm")).await;
        let asked = question(&person, "use", shop());
        let reply = bound.post(ONE, &asked).await.expect(200);
        let nobody = question("per_00000000000000000000000000", "use", shop());
        let unknown = bound.post(ONE, &nobody).await.expect(200);
        assert_eq!(reply.body, unknown.body);
        let free = Program::new(&portal).await;
        assert!(may(&free.post(ONE, &asked).await.expect(200)));
        let unable = Program::with(&portal, &[Scope::EventsRead], None).await;
        unable.post(ONE, &asked).await.expect(403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_cannot_be_read_is_refused_and_a_name_comes_back() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (_, person) = member(&portal).await;
        let program = Program::new(&portal).await;
        let right = question(&person, "use", shop());
        for part in ["subject", "action", "resource"] {
            let mut less = right.clone();
            less.as_object_mut().unwrap().remove(part);
            program.post(ONE, &less).await.expect(400);
        }
        program.post(ONE, &json!([])).await.expect(400);
        program
            .raw(Method::POST, ONE, Some(b"{".to_vec()), &[])
            .await
            .expect(400);
        program
            .raw(
                Method::POST,
                ONE,
                Some(b"{}".to_vec()),
                &[("content-type", "text/plain")],
            )
            .await
            .expect(415);
        program
            .send(
                Method::POST,
                ONE,
                Some(&right),
                &[("authorization", "Bearer wrong")],
            )
            .await
            .expect(401);
        let named = program
            .send(
                Method::POST,
                ONE,
                Some(&right),
                &[("x-request-id", "bfe9eb29-ab87")],
            )
            .await
            .expect(200);
        assert_eq!(named.header("x-request-id"), "bfe9eb29-ab87");
        let found = program
            .get("/.well-known/authzen-configuration")
            .await
            .expect(200);
        let origin = portal.url.origin().ascii_serialization();
        assert_eq!(found.text("/policy_decision_point"), origin);
        assert_eq!(
            found.text("/access_evaluation_endpoint"),
            format!("{origin}{ONE}")
        );
        assert_eq!(
            found.text("/access_evaluations_endpoint"),
            format!("{origin}{SEVERAL}")
        );
        run(
            &portal,
            "UPDATE persons SET status = 'suspended' WHERE id = $1",
            &[&person],
        )
        .await;
        let kept_out = program.post(ONE, &right).await.expect(200);
        assert_eq!(kept_out.text("/context/reason"), "person_not_active");
    })
    .await;
}
