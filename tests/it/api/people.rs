//! Users asked for in a CRM: a member at once, invited, or neither; the CRM's record hears of it.

use serde_json::json;
use vestibule::clients::Scope;

use super::{Program, contact, foreign, portal, run, told};
use crate::support::{each_engine, letters::letters, portal::REP};

const PEOPLE: &str = "/api/v1/people";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_proven_the_address_is_a_member_at_once() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let person = portal.add_person("aino@kuusi.example").await;
        contact(&portal, "crm", &organization, "003-1", "aino@kuusi.example").await;
        let program = Program::with(&portal, Scope::ALL, Some("crm")).await;
        // An invitation that is open is overtaken.
        program
            .post("/api/v1/invitations", &json!({"contact_id": "003-1"}))
            .await
            .expect(201);
        let wish = json!({"contact_id": "003-1", "roles": ["orders"], "requested_by": REP});
        let made = program.post(PEOPLE, &wish).await.expect(201);
        assert_eq!(
            (made.text("/outcome"), made.text("/status")),
            ("provisioned", "active")
        );
        assert_eq!(made.text("/person_id"), person.to_string());
        let written = told(&portal)
            .await
            .into_iter()
            .rev()
            .find(|fact| fact["fact"] == "membership_changed")
            .unwrap();
        assert_eq!(written["person_id"], json!(person));
        assert_eq!(
            (
                &written["status"],
                &written["crm_contact_id"],
                &written["roles"]
            ),
            (&json!("active"), &json!("003-1"), &json!(["orders"]))
        );
        let states = portal
            .count("SELECT count(*) FROM invitations WHERE state = 'revoked'")
            .await;
        assert_eq!(states, 1);
        assert_eq!(
            portal.audited("membership.created").await[0].1["source"],
            "crm"
        );
        // Asked again: as it stands, and the CRM is told again.
        let before = told(&portal).await.len();
        let again = program.post(PEOPLE, &wish).await.expect(200);
        assert_eq!(
            (again.text("/outcome"), again.text("/membership_id")),
            ("exists", made.text("/membership_id"))
        );
        assert_eq!(told(&portal).await.len(), before + 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_nobody_has_proven_is_invited() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        contact(&portal, "crm", &organization, "003-1", "aino@kuusi.example").await;
        let program = Program::new(&portal).await;
        let wish = json!({"contact_id": "003-1", "connection": "crm", "roles": ["reader"]});
        let made = program.post(PEOPLE, &wish).await.expect(201);
        assert_eq!((made.text("/outcome"), made.text("/status")), ("invited", "invited"));
        assert_eq!(portal.count("SELECT count(*) FROM persons").await, 0);
        let again = program.post(PEOPLE, &wish).await.expect(200);
        assert_eq!(again.text("/invitation/id"), made.text("/invitation/id"));
        assert_eq!(portal.count("SELECT count(*) FROM invitations").await, 1);
        let written = told(&portal).await;
        assert!(written.iter().any(|fact| fact["fact"] == "invitation_moved" && fact["crm_contact_id"] == "003-1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_goes_back_to_the_record() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        portal.add_person("aino@kuusi.example").await;
        contact(&portal, "crm", &organization, "003-1", "aino@kuusi.example").await;
        let program = Program::new(&portal).await;
        let wish = json!({"contact_id": "003-1", "connection": "crm", "roles": ["reader"]});
        for (change, reason) in [
            (
                "UPDATE persons SET status = 'suspended'",
                "suspended-member",
            ),
            ("UPDATE contracts SET seats = 0", "no-seat"),
            ("UPDATE contracts SET status = 'ended'", "no-contract"),
        ] {
            run(&portal, "UPDATE persons SET status = 'active'", &[]).await;
            run(&portal, change, &[]).await;
            let nothing = program.post(PEOPLE, &wish).await.expect(200);
            assert_eq!(
                (nothing.text("/outcome"), nothing.text("/reason")),
                ("not_done", reason)
            );
            let last = told(&portal).await.pop().unwrap();
            assert_eq!(
                (&last["state"], &last["crm_contact_id"]),
                (&json!("refused"), &json!("003-1"))
            );
        }
        assert_eq!(portal.count("SELECT count(*) FROM memberships").await, 0);
        for (wish, place) in [
            (
                json!({"lead_id": "00Q-1", "connection": "crm"}),
                "#/lead_id",
            ),
            (
                json!({"contact_id": "003-1", "connection": "crm", "roles": ["lead"]}),
                "#/roles/0",
            ),
            (
                json!({"contact_id": "003-1", "connection": "crm", "roles": ["king"]}),
                "#/roles/0",
            ),
            (
                json!({"contact_id": "nobody", "connection": "crm"}),
                "#/contact_id",
            ),
        ] {
            assert_eq!(
                program.post(PEOPLE, &wish).await.expect(422).wrong(),
                [place]
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_is_not_undone_and_others_are_not_there() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (ours, theirs) = (
            portal.add_customer("Kuusi Oy").await,
            foreign(&portal, "Tammi Oy").await,
        );
        portal
            .add_member(&ours, "aino@kuusi.example", &["reader"])
            .await;
        run(&portal, "UPDATE memberships SET status = 'suspended'", &[]).await;
        let program = Program::with(&portal, &[Scope::PeopleWrite], Some("crm")).await;
        let kept = program
            .post(PEOPLE, &super::address(&ours, "aino@kuusi.example"))
            .await
            .expect(200);
        assert_eq!(
            (kept.text("/outcome"), kept.text("/status")),
            ("exists", "suspended")
        );
        program
            .post(PEOPLE, &super::address(&theirs, "aino@kuusi.example"))
            .await
            .expect(422);
    })
    .await;
}

/// The letters to whoever asked: subject and text.
async fn answers(portal: &crate::support::Portal) -> Vec<String> {
    let state = &portal.state;
    let all = letters(&state.db, &state.world.keys, "user_request").await;
    assert!(all.iter().all(|(to, _)| to == REP), "only to who asked");
    all.into_iter().map(|(_, text)| text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_is_told_what_became_of_it() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        portal.add_person("known@kuusi.example").await;
        for (id, email) in [
            ("003-1", "known@kuusi.example"),
            ("003-2", "new@kuusi.example"),
            ("003-3", "no address"),
        ] {
            contact(&portal, "crm", &organization, id, email).await;
        }
        let program = Program::new(&portal).await;
        let ask = async |contact: &str, by: &str| {
            let wish = json!({"contact_id": contact, "connection": "crm", "roles": ["reader"], "requested_by": by});
            // So that the letters are told apart by their time.
            portal.clock.advance(std::time::Duration::from_secs(1));
            program.post(PEOPLE, &wish).await
        };
        ask("003-1", REP).await.expect(201);
        ask("003-1", REP).await.expect(200);
        ask("003-2", REP).await.expect(201);
        ask("003-3", REP).await.expect(200);
        run(&portal, "UPDATE contracts SET status = 'ended'", &[]).await;
        portal.add_person("late@kuusi.example").await;
        contact(&portal, "crm", &organization, "003-4", "late@kuusi.example").await;
        ask("003-4", REP).await.expect(200);
        let told = answers(&portal).await;
        assert_eq!(told.len(), 5);
        for (text, words) in told.iter().zip([
            "has access to the portal for Kuusi Oy now",
            "was a user of Kuusi Oy before",
            "An invitation for Kuusi Oy is on its way",
            "has no email address that can be written to",
            "No contract of Kuusi Oy gives access",
        ]) {
            assert!(text.contains(words), "{words}: {text}");
        }
        // A stranger whom a program names is not written to; a request that is wrong tells nobody.
        ask("003-1", "stranger@elsewhere.example").await;
        ask("003-9", REP).await.expect(422);
        assert_eq!(answers(&portal).await.len(), 5);
        // In the language that the rep chose.
        portal.sign_in(REP).await;
        run(&portal, "UPDATE persons SET language = 'de' WHERE email_key = 'rep@nordwind.example'", &[]).await;
        portal.clock.advance(std::time::Duration::from_secs(1));
        let program = Program::new(&portal).await;
        let wish = json!({"contact_id": "003-3", "connection": "crm", "requested_by": REP});
        program.post(PEOPLE, &wish).await.expect(200);
        let last = answers(&portal).await.pop().unwrap();
        assert!(last.contains("keine E-Mail-Adresse"), "{last}");
    })
    .await;
}
