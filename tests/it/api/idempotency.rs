//! One key, one effect, one answer: repeated, at once, after a restart, after a stop in between.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::{Program, address, portal, run};
use crate::support::each_engine;

const ALL: &str = "/api/v1/invitations";
const INVITED: &str = "SELECT count(*) FROM invitations";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_is_given_again() {
    each_engine(async |test| {
        let first = portal(&test).await;
        let organization = first.add_customer("Kuusi Oy").await;
        let program = Program::new(&first).await;
        let wish = address(&organization, "aino@kuusi.example");
        let made = program.post_once(ALL, &wish, "\"key-1\"").await.expect(201);
        assert_eq!(made.header("idempotent-replayed"), "");
        // In quotation marks or not; and at a node that has just started.
        let second = portal(&test).await;
        for program in [program.clone(), program.at(&second)] {
            let again = program.post_once(ALL, &wish, "key-1").await.expect(201);
            assert_eq!(again.header("idempotent-replayed"), "true");
            assert_eq!(
                (&again.body, again.header("location")),
                (&made.body, made.header("location"))
            );
        }
        let other = address(&organization, "onni@kuusi.example");
        program.post_once(ALL, &other, "key-1").await.expect(422);
        program
            .post_once("/api/v1/people", &wish, "key-1")
            .await
            .expect(422);
        // Each client has its own keys.
        let stranger = Program::new(&first).await;
        let theirs = stranger.post_once(ALL, &other, "key-1").await.expect(201);
        assert_eq!(theirs.header("idempotent-replayed"), "");
        assert_eq!(first.count(INVITED).await, 2);
        // An outcome is remembered like anything that was done.
        let nothing = program.post_once(ALL, &wish, "key-2").await.expect(200);
        run(
            &first,
            "UPDATE invitations SET state = 'revoked', ended_at = 1",
            &[],
        )
        .await;
        let again = program.post_once(ALL, &wish, "key-2").await.expect(200);
        assert_eq!(again.body, nothing.body);
        // For a day.
        first.clock.advance(Duration::from_secs(24 * 3_600));
        let program = Program {
            token: program.get_token().await.text("/access_token").to_owned(),
            ..program
        };
        let anew = program.post_once(ALL, &other, "key-1").await.expect(201);
        assert_eq!(anew.header("idempotent-replayed"), "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_make_one() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let wish = address(&organization, "aino@kuusi.example");
        let all = join_all((0..20).map(|_| program.post_once(ALL, &wish, "key"))).await;
        let first: Vec<_> = all
            .iter()
            .filter(|reply| reply.status == 201 && reply.header("idempotent-replayed").is_empty())
            .collect();
        assert_eq!(first.len(), 1);
        for reply in &all {
            match reply.status {
                201 => assert_eq!(reply.body, first[0].body),
                409 => assert_eq!(reply.header("retry-after"), "2"),
                other => panic!("{other}: {}", reply.body),
            }
        }
        assert_eq!(portal.count(INVITED).await, 1);
        assert_eq!(portal.audited("invitation.created").await.len(), 1);
        let after = program.post_once(ALL, &wish, "key").await.expect(201);
        assert_eq!(after.header("idempotent-replayed"), "true");
    })
    .await;
}

/// Different keys for one person at once: the invitations' own rule holds.
#[tokio::test(flavor = "multi_thread")]
async fn many_keys_for_one_person_make_one_too() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let wish = address(&organization, "aino@kuusi.example");
        let keys: Vec<String> = (0..8).map(|number| format!("key-{number}")).collect();
        let all = join_all(keys.iter().map(|key| program.post_once(ALL, &wish, key))).await;
        let made = all.iter().filter(|reply| reply.status == 201).count();
        assert_eq!((made, portal.count(INVITED).await), (1, 1));
        assert!(all.iter().all(|reply| reply.status < 300));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_may_be_tried_again() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let wrong = json!({"organization_id": organization, "email": "aino@kuusi.example", "roles": ["king"]});
        program.post_once(ALL, &wrong, "key").await.expect(422);
        let right = address(&organization, "aino@kuusi.example");
        program.post_once(ALL, &right, "key").await.expect(201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_left_is_taken_over() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let wish = address(&organization, "aino@kuusi.example");
        program.post_once(ALL, &wish, "key").await.expect(201);
        // As if the node had stopped between its claim and its work.
        run(&portal, "DELETE FROM invitation_secrets", &[]).await;
        run(&portal, "DELETE FROM invitations", &[]).await;
        run(
            &portal,
            "UPDATE api_idempotency SET status = NULL, body = '', location = ''",
            &[],
        )
        .await;
        let busy = program.post_once(ALL, &wish, "key").await.expect(409);
        assert_eq!(busy.header("retry-after"), "2");
        portal.clock.advance(Duration::from_secs(45));
        program.post_once(ALL, &wish, "key").await.expect(201);
        assert_eq!(portal.count(INVITED).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_a_form() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let wish = address(&organization, "aino@kuusi.example");
        let long = "k".repeat(256);
        for key in ["\"\"", "two words", "a\"b", &long] {
            program.post_once(ALL, &wish, key).await.expect(400);
        }
        let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
        program
            .send(reqwest::Method::POST, ALL, Some(&wish), &twice)
            .await
            .expect(400);
        assert_eq!(portal.count(INVITED).await, 0);
    })
    .await;
}
