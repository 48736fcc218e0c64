//! Members page by page, the log as a feed.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use vestibule::clients::Scope;

use super::{Program, address, foreign, portal, run};
use crate::support::each_engine;

#[tokio::test(flavor = "multi_thread")]
async fn every_member_is_read_once() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        for number in 0..7 {
            portal.clock.advance(Duration::from_millis(1));
            portal
                .add_member(
                    &organization,
                    &format!("p{number}@kuusi.example"),
                    &["reader"],
                )
                .await;
        }
        run(
            &portal,
            "UPDATE memberships SET status = 'removed' WHERE email_key = 'p3@kuusi.example'",
            &[],
        )
        .await;
        let program = Program::new(&portal).await;
        let path = format!("/api/v1/organizations/{organization}/members");
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = program
                .get(&format!("{path}?limit=2{cursor}"))
                .await
                .expect(200);
            let members = page.body["members"].as_array().unwrap();
            assert!(members.len() <= 2);
            seen.extend(
                members
                    .iter()
                    .map(|member| member["email"].as_str().unwrap().to_owned()),
            );
            // Somebody new while we read is not missed, and moves nobody.
            if cursor.is_empty() {
                portal.clock.advance(Duration::from_millis(1));
                portal
                    .add_member(&organization, "new@kuusi.example", &["orders"])
                    .await;
            }
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let wanted =
            ["p0", "p1", "p2", "p4", "p5", "p6", "new"].map(|name| format!("{name}@kuusi.example"));
        assert_eq!(seen, wanted);
        let removed = program
            .get(&format!("{path}?status=removed"))
            .await
            .expect(200);
        assert_eq!(removed.text("/members/0/email"), "p3@kuusi.example");
        for wrong in [
            "limit=0",
            "limit=201",
            "limit=x",
            "status=king",
            "cursor=x",
            "cursor=",
        ] {
            program.get(&format!("{path}?{wrong}")).await.expect(422);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_crms_members_are_not_there() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let theirs = foreign(&portal, "Tammi Oy").await;
        portal
            .add_member(&theirs, "aino@tammi.example", &["reader"])
            .await;
        let program = Program::with(&portal, Scope::ALL, Some("crm")).await;
        let mut bodies = Vec::new();
        for id in [
            theirs.to_string().as_str(),
            "org_00000000000000000000000000",
            "nonsense",
        ] {
            let reply = program
                .get(&format!("/api/v1/organizations/{id}/members"))
                .await
                .expect(404);
            let events = program
                .get(&format!("/api/v1/events?organization={id}"))
                .await
                .expect(404);
            for mut body in [reply.body, events.body] {
                body.as_object_mut().unwrap().remove("request_id");
                bodies.push(body);
            }
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{bodies:?}");
    })
    .await;
}

/// Reads the feed from the beginning, `limit` at a time.
async fn follow(program: &Program, more: &str, limit: usize) -> Vec<Value> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = program
            .get(&format!("/api/v1/events?limit={limit}{more}{cursor}"))
            .await
            .expect(200);
        seen.extend(page.body["events"].as_array().unwrap().clone());
        if let Some(next) = page.body["next_cursor"].as_str() {
            cursor = format!("&cursor={next}");
        }
        if page.body["has_more"] == false {
            return seen;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_followed_without_gaps_and_without_others() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let (ours, theirs) = (
            portal.add_customer("Kuusi Oy").await,
            foreign(&portal, "Tammi Oy").await,
        );
        let everybody = Program::new(&portal).await;
        let program = Program::with(&portal, Scope::ALL, Some("crm")).await;
        for number in 0..5 {
            for organization in [&ours, &theirs] {
                let wish = address(organization, &format!("p{number}@secret-name.example"));
                everybody
                    .post("/api/v1/invitations", &wish)
                    .await
                    .expect(201);
            }
        }
        // What is too young waits, but not within one organization.
        assert!(follow(&program, "", 3).await.is_empty());
        let of_ours = format!("&organization={ours}");
        let at_once = follow(&program, &of_ours, 2).await;
        portal.clock.advance(Duration::from_secs(15));
        let later = follow(&program, "", 3).await;
        assert_eq!(later, at_once);
        assert!(later.len() >= 6, "{later:?}");
        let chains: BTreeSet<&str> = later
            .iter()
            .map(|event| event["chain"].as_str().unwrap())
            .collect();
        assert_eq!(chains, BTreeSet::from([ours.to_string().as_str()]));
        let all = follow(&everybody, "", 4).await;
        let chains: BTreeSet<&str> = all
            .iter()
            .map(|event| event["chain"].as_str().unwrap())
            .collect();
        let wanted = [ours.to_string(), theirs.to_string(), "system".to_owned()];
        assert_eq!(chains, wanted.iter().map(String::as_str).collect());
        let mut numbers: Vec<(String, i64)> = Vec::new();
        for event in &all {
            numbers.push((
                event["chain"].to_string(),
                event["number"].as_i64().unwrap(),
            ));
        }
        let unique: BTreeSet<_> = numbers.iter().cloned().collect();
        assert_eq!(unique.len(), numbers.len());
        assert_eq!(
            i64::try_from(numbers.len()).unwrap(),
            portal.count("SELECT count(*) FROM audit_events").await
        );
        // Ids only.
        let text = Value::from(all).to_string();
        assert!(
            !text.contains("secret-name") && !text.contains("A flow") && !text.contains("vcs_")
        );
        let created = later
            .iter()
            .find(|event| event["action"] == "invitation.created")
            .unwrap();
        assert_eq!(created["actor"]["kind"], "client");
        assert_eq!(created["actor"]["id"], everybody.made.client.id.to_string());
        // A cursor of one feed is none of another.
        let page = program.get("/api/v1/events?limit=1").await.expect(200);
        let cursor = page.text("/next_cursor").to_owned();
        let next = program
            .get(&format!("/api/v1/events?cursor={cursor}{of_ours}"))
            .await
            .expect(200);
        assert_eq!(
            next.body["events"].as_array().unwrap().len(),
            later.len() - 1
        );
        let mixed = everybody
            .get(&format!(
                "/api/v1/events?cursor={cursor}&organization={theirs}"
            ))
            .await;
        mixed.expect(422);
    })
    .await;
}
