//! One invitation: every way to name somebody, what stands in the way, what is not there.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule::clients::{self, Scope};

use super::{OTHER, Program, address, contact, foreign, lead, portal, run, told};
use crate::support::{each_engine, portal::REP};

const ALL: &str = "/api/v1/invitations";

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_an_organization_is_invited() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let wish = json!({
            "organization_id": organization, "email": "Aino@kuusi.example", "name": "Aino Virtanen", "roles": ["orders"],
            "note": "Welcome.", "language": "de", "expires_in_hours": 2, "requested_by": REP,
        });
        let made = program.post(ALL, &wish).await.expect(201);
        assert_eq!(made.text("/outcome"), "queued");
        assert_eq!(made.text("/invitation/email"), "Aino@kuusi.example");
        let location = made.header("location").to_owned();
        let read = program.get(&location).await.expect(200);
        assert_eq!(read.body, made.body["invitation"]);
        assert_eq!(read.text("/state"), "queued");
        let inviter: (String, String, String) = {
            let mut conn = portal.state.db.read().await.unwrap();
            vestibule::on!(conn, |c| sqlx::query_as("SELECT inviter_kind, inviter_ref, inviter_name FROM invitations").fetch_one(c).await).unwrap()
        };
        assert_eq!(inviter, ("client".to_owned(), program.made.client.id.to_string(), "Robin Sales".to_owned()));
        // After its own life, not the usual one.
        portal.clock.advance(Duration::from_secs(2 * 3_600));
        let program = Program::new(&portal).await;
        assert_eq!(program.get(&location).await.expect(200).text("/state"), "expired");
        let audited = portal.audited("invitation.created").await;
        assert_eq!(audited.len(), 1);
        assert_eq!(audited[0].1["inviter"], "client");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_and_leads_are_invited_by_their_ids() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        portal
            .add_member(&organization, "boss@kuusi.example", &["admin"])
            .await;
        contact(&portal, "crm", &organization, "003-1", "aino@kuusi.example").await;
        contact(&portal, "crm", &organization, "003-2", "no address").await;
        lead(&portal, "crm", "00Q-1", "onni@tammi.example").await;
        let program = Program::with(&portal, Scope::ALL, Some("crm")).await;
        let made = program
            .post(ALL, &json!({"contact_id": "003-1"}))
            .await
            .expect(201);
        assert_eq!(made.text("/invitation/crm_id"), "003-1");
        assert_eq!(made.text("/invitation/language"), "de");
        // The first role that the contract covers.
        assert_eq!(made.body["invitation"]["roles"], json!(["orders"]));
        let made = program
            .post(ALL, &json!({"lead_id": "00Q-1"}))
            .await
            .expect(201);
        assert_eq!(made.text("/invitation/kind"), "lead");
        // Who cannot be written to is told to the CRM.
        let before = told(&portal).await.len();
        let nothing = program
            .post(ALL, &json!({"contact_id": "003-2", "requested_by": REP}))
            .await
            .expect(200);
        assert_eq!(
            (nothing.text("/outcome"), nothing.text("/reason")),
            ("not_sent", "malformed")
        );
        let after = told(&portal).await;
        let last = after.last().unwrap();
        assert_eq!(
            (after.len(), &last["state"], &last["crm_contact_id"]),
            (before + 1, &json!("refused"), &json!("003-2"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_an_outcome() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        portal
            .add_member(&organization, "member@kuusi.example", &["reader"])
            .await;
        let program = Program::new(&portal).await;
        let reason = async |email: &str| {
            let reply = program
                .post(ALL, &address(&organization, email))
                .await
                .expect(200);
            assert_eq!(reply.text("/outcome"), "not_sent");
            reply.text("/reason").to_owned()
        };
        assert_eq!(reason("member@kuusi.example").await, "already-member");
        program
            .post(ALL, &address(&organization, "aino@kuusi.example"))
            .await
            .expect(201);
        let again = program
            .post(ALL, &address(&organization, "AINO@kuusi.example"))
            .await
            .expect(200);
        assert_eq!(again.text("/reason"), "already-invited");
        assert!(again.text("/invitation/id").starts_with("inv_"));
        run(&portal, "UPDATE contracts SET seats = 2", &[]).await;
        assert_eq!(reason("late@kuusi.example").await, "no-seat");
        run(&portal, "UPDATE contracts SET status = 'ended'", &[]).await;
        assert_eq!(reason("later@kuusi.example").await, "no-contract");
        assert_eq!(portal.count("SELECT count(*) FROM invitations").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_invites_as_many_as_its_own_limit_says() {
    each_engine(async |test| {
        let portal = crate::support::Portal::start_with(&test, |settings| {
            settings.invitations.per_inviter_per_day = 1;
            settings.invitations.per_client_per_day = 2;
        })
        .await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        for email in ["a@kuusi.example", "b@kuusi.example"] {
            program
                .post(ALL, &address(&organization, email))
                .await
                .expect(201);
        }
        let last = program
            .post(ALL, &address(&organization, "c@kuusi.example"))
            .await
            .expect(200);
        assert_eq!(last.text("/reason"), "inviter-limit");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_names_the_place() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let with = |more: Value| {
            let mut wish = address(&organization, "aino@kuusi.example");
            wish.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            wish
        };
        let nobody = "org_00000000000000000000000000";
        let cases = [
            (json!({}), "#"),
            (json!({"email": "aino@kuusi.example"}), "#"),
            (json!({"contact_id": "1", "lead_id": "2"}), "#"),
            (
                json!({"contact_id": "1", "connection": "crm", "organization_id": organization}),
                "#",
            ),
            (json!({"contact_id": "1"}), "#/connection"),
            (
                json!({"contact_id": "1", "connection": "crm"}),
                "#/contact_id",
            ),
            (json!({"lead_id": "1", "connection": "crm"}), "#/lead_id"),
            (
                json!({"contact_id": "1", "connection": "nowhere"}),
                "#/connection",
            ),
            (
                json!({"email": "a@b.example", "organization_id": nobody}),
                "#/organization_id",
            ),
            (
                json!({"email": "a@b.example", "organization_id": "x"}),
                "#/organization_id",
            ),
            (
                json!({"email": "a@b.example", "account_id": "x", "connection": "crm"}),
                "#/account_id",
            ),
            (with(json!({"email": "not an address"})), "#/email"),
            (with(json!({"roles": ["king"]})), "#/roles"),
            (with(json!({"roles": ["lead"]})), "#/roles"),
            (with(json!({"roles": [""]})), "#/roles/0"),
            (with(json!({"language": "tlh"})), "#/language"),
            (with(json!({"expires_in_hours": 0})), "#/expires_in_hours"),
            (with(json!({"expires_in_hours": 721})), "#/expires_in_hours"),
            (with(json!({"note": "x".repeat(1_001)})), "#/note"),
            (with(json!({"password": "x"})), "#/password"),
        ];
        for (wish, place) in cases {
            let refused = program.post(ALL, &wish).await.expect(422);
            assert_eq!(refused.wrong(), [place], "{wish}");
        }
        assert_eq!(portal.count("SELECT count(*) FROM invitations").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_crms_organizations_do_not_exist() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (ours, theirs) = (
            portal.add_customer("Kuusi Oy").await,
            foreign(&portal, "Tammi Oy").await,
        );
        contact(&portal, OTHER, &theirs, "003-9", "aino@tammi.example").await;
        let everybody = Program::new(&portal).await;
        let program = Program::with(&portal, Scope::ALL, Some("crm")).await;
        let made = everybody
            .post(ALL, &address(&theirs, "onni@tammi.example"))
            .await
            .expect(201);
        let location = made.header("location").to_owned();
        let unknown = "/api/v1/invitations/inv_00000000000000000000000000";
        for (method, tail) in [("GET", ""), ("POST", "/resend"), ("POST", "/revoke")] {
            let method: reqwest::Method = method.parse().unwrap();
            let mut bodies = Vec::new();
            for path in [location.as_str(), unknown, "/api/v1/invitations/x%00y"] {
                let reply = program
                    .send(method.clone(), &format!("{path}{tail}"), None, &[])
                    .await
                    .expect(404);
                let mut body = reply.body;
                body.as_object_mut().unwrap().remove("request_id");
                bodies.push(body);
            }
            bodies.dedup();
            assert_eq!(bodies.len(), 1, "{bodies:?}");
        }
        let refusal =
            async |wish: Value| program.post(ALL, &wish).await.expect(422).body["errors"].clone();
        let nobody =
            json!({"organization_id": "org_00000000000000000000000000", "email": "a@b.example"});
        assert_eq!(
            refusal(address(&theirs, "a@b.example")).await,
            refusal(nobody).await
        );
        assert_eq!(
            refusal(json!({"contact_id": "003-9"})).await,
            refusal(json!({"contact_id": "nobody"})).await
        );
        assert_eq!(
            refusal(json!({"contact_id": "003-9", "connection": OTHER})).await,
            refusal(json!({"contact_id": "003-9", "connection": "nowhere"})).await
        );
        assert_eq!(
            everybody.get(&location).await.expect(200).text("/state"),
            "queued"
        );
        program
            .post(ALL, &address(&ours, "a@kuusi.example"))
            .await
            .expect(201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_sent_again_and_taken_back() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let made = program
            .post(ALL, &address(&organization, "aino@kuusi.example"))
            .await
            .expect(201);
        let location = made.header("location").to_owned();
        let post = async |program: &Program, tail: &str| {
            let path = format!("{location}/{tail}");
            program
                .send(reqwest::Method::POST, &path, None, &[])
                .await
                .expect(200)
        };
        let soon = post(&program, "resend").await;
        assert_eq!(soon.text("/reason"), "too-soon");
        assert!(soon.text("/again_at") > made.text("/invitation/created_at"));
        portal.clock.advance(Duration::from_secs(600));
        let again = post(&program, "resend").await;
        assert_eq!(again.text("/outcome"), "resent");
        assert!(again.text("/invitation/expires_at") > made.text("/invitation/expires_at"));
        assert_eq!(
            post(&program, "revoke").await.text("/invitation/state"),
            "revoked"
        );
        assert_eq!(post(&program, "revoke").await.text("/outcome"), "over");
        assert_eq!(post(&program, "resend").await.text("/outcome"), "over");
    })
    .await;
}

/// Law: roles never above what the inviter may give now.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_revoked_program_invited_to_gives_nothing() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let program = Program::new(&portal).await;
        let now = portal.clock.now();
        let mut conn = portal.state.db.read().await.unwrap();
        let id = program.made.client.id.clone();
        assert!(clients::may_invite(&mut conn, &id, now).await.unwrap());
        drop(conn);
        run(&portal, "UPDATE api_clients SET revoked_at = 1", &[]).await;
        let mut conn = portal.state.db.read().await.unwrap();
        assert!(!clients::may_invite(&mut conn, &id, now).await.unwrap());
    })
    .await;
}
