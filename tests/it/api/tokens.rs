//! Tokens: who gets one, for what, how long it counts.

use std::time::Duration;

use vestibule::{
    clients::{self, Rotated, Scope},
    db::Error,
};

use super::{Program, address, make, portal};
use crate::support::{Portal, each_engine};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

async fn rotate(portal: &Portal, program: &Program, overlap: Duration) -> String {
    let (cx, id) = (
        portal.state.world.system("test"),
        program.made.client.id.clone(),
    );
    let done: Result<Rotated, Error> = portal
        .state
        .db
        .write(move |tx| Box::pin(async move { clients::rotate(tx, &cx, &id, overlap).await }))
        .await;
    match done.unwrap() {
        Rotated::Rotated(made) => made.secret,
        _ => panic!("not rotated"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_proves_itself_by_header_or_body() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let program = Program::new(&portal).await;
        let id = program.made.client.id.to_string();
        let secret = program.made.secret.as_str();
        let by_header = program
            .ask_token(&[GRANT], Some((&id, secret)))
            .await
            .expect(200);
        assert_eq!(by_header.text("/token_type"), "Bearer");
        assert_eq!(by_header.body["expires_in"], 900);
        assert_eq!(by_header.header("cache-control"), "no-store");
        assert!(by_header.text("/access_token").starts_with("vat_"));
        let some = program
            .ask_token(&[GRANT, ("scope", "members:read")], Some((&id, secret)))
            .await
            .expect(200);
        assert_eq!(some.text("/scope"), "members:read");
        // Nothing of a secret or token is stored as it is.
        let dump = crate::support::dump::rows(&test).await.join("\n");
        for text in [secret, by_header.text("/access_token")] {
            assert!(!dump.contains(&text[4..]));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_those_of_oauth() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let program = Program::with(&portal, &[Scope::MembersRead], None).await;
        let id = program.made.client.id.to_string();
        let secret = program.made.secret.as_str();
        let stranger = make(&portal, &[Scope::MembersRead], None).await;
        let other = stranger.client.id.to_string();
        let cases: &[(&[(&str, &str)], Option<(&str, &str)>, u16, &str)] = &[
            (&[], Some((&id, secret)), 400, "invalid_request"),
            (
                &[("grant_type", "password")],
                Some((&id, secret)),
                400,
                "unsupported_grant_type",
            ),
            (&[GRANT, GRANT], Some((&id, secret)), 400, "invalid_request"),
            (
                &[GRANT, ("client_secret", secret)],
                Some((&id, secret)),
                400,
                "invalid_request",
            ),
            (
                &[GRANT, ("scope", "events:read")],
                Some((&id, secret)),
                400,
                "invalid_scope",
            ),
            (
                &[GRANT, ("scope", "everything")],
                Some((&id, secret)),
                400,
                "invalid_scope",
            ),
            (&[GRANT], None, 401, "invalid_client"),
            (&[GRANT], Some((&other, secret)), 401, "invalid_client"),
            (
                &[GRANT],
                Some((&id, &stranger.secret)),
                401,
                "invalid_client",
            ),
            (&[GRANT], Some((&id, "")), 401, "invalid_client"),
            (
                &[GRANT],
                Some(("cli_'; DROP TABLE api_clients", secret)),
                401,
                "invalid_client",
            ),
        ];
        for (form, basic, status, error) in cases {
            let reply = program.ask_token(form, *basic).await.expect(*status);
            assert_eq!(reply.text("/error"), *error, "{form:?}");
            let challenged = reply.header("www-authenticate").starts_with("Basic ");
            assert_eq!(challenged, *status == 401, "{form:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slow() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let program = Program::new(&portal).await;
        let id = program.made.client.id.to_string();
        for _ in 0..20 {
            program
                .ask_token(&[GRANT], Some((&id, "vcs_guess")))
                .await
                .expect(401);
        }
        let refused = program.get_token().await.expect(429);
        assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 60);
        portal.clock.advance(Duration::from_secs(61));
        program.get_token().await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_its_time_its_secret_and_its_client() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let path = format!("/api/v1/organizations/{organization}/members");
        let program = Program::new(&portal).await;
        program.get(&path).await.expect(200);
        portal.clock.advance(Duration::from_secs(900));
        let over = program.get(&path).await.expect(401);
        assert!(
            over.header("www-authenticate")
                .contains("error=\"invalid_token\"")
        );
        // With an overlap both secrets count, and then the new one.
        let mut program = Program::new(&portal).await;
        let id = program.made.client.id.to_string();
        let old = program.made.secret.clone();
        let new = rotate(&portal, &program, Duration::from_secs(60)).await;
        program
            .ask_token(&[GRANT], Some((&id, &old)))
            .await
            .expect(200);
        program
            .ask_token(&[GRANT], Some((&id, &new)))
            .await
            .expect(200);
        program.get(&path).await.expect(200);
        portal.clock.advance(Duration::from_secs(60));
        program
            .ask_token(&[GRANT], Some((&id, &old)))
            .await
            .expect(401);
        program.get(&path).await.expect(401);
        program.made.secret = new;
        program.token = program
            .get_token()
            .await
            .expect(200)
            .text("/access_token")
            .to_owned();
        program.get(&path).await.expect(200);
        // Without one the old secret and its tokens end at once.
        rotate(&portal, &program, Duration::ZERO).await;
        program.get(&path).await.expect(401);
        // Revoked: at the next request.
        let program = Program::new(&portal).await;
        let (cx, id) = (
            portal.state.world.system("test"),
            program.made.client.id.clone(),
        );
        let revoked: Result<_, Error> = portal
            .state
            .db
            .write(move |tx| Box::pin(async move { clients::revoke(tx, &cx, &id).await }))
            .await;
        revoked.unwrap();
        program.get(&path).await.expect(401);
        program.get_token().await.expect(401);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_has_a_last_day() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let path = format!("/api/v1/organizations/{organization}/members");
        let mut program = Program::new(&portal).await;
        let end = portal.clock.now().plus(Duration::from_secs(300));
        let id = program.made.client.id.to_string();
        super::run(
            &portal,
            "UPDATE api_clients SET expires_at = CAST($2 AS BIGINT) WHERE id = $1",
            &[&id, &end.as_micros().to_string()],
        )
        .await;
        let token = program.get_token().await.expect(200);
        assert_eq!(token.body["expires_in"], 300);
        program.token = token.text("/access_token").to_owned();
        program.get(&path).await.expect(200);
        portal.clock.advance(Duration::from_secs(300));
        program.get(&path).await.expect(401);
        program.get_token().await.expect(401);
        portal.clock.advance(Duration::from_secs(600));
        vestibule::workers::sweep(&portal.state).await;
        assert_eq!(portal.count("SELECT count(*) FROM api_tokens").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_what_its_scopes_say() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::with(&portal, &[Scope::MembersRead], None).await;
        let refused = program
            .post(
                "/api/v1/invitations",
                &address(&organization, "a@kuusi.example"),
            )
            .await
            .expect(403);
        assert!(
            refused
                .header("www-authenticate")
                .contains("scope=\"invitations:write\"")
        );
        let events = program.get("/api/v1/events").await.expect(403);
        assert!(
            events
                .header("www-authenticate")
                .contains("insufficient_scope")
        );
        assert_eq!(portal.count("SELECT count(*) FROM invitations").await, 0);
        for authorization in ["", "Bearer", "Bearer vat_short", "Basic dXNlcjpwYXNz"] {
            let mut headers = vec![("authorization", authorization)];
            headers.retain(|(_, value)| !value.is_empty() || authorization.is_empty());
            let refused = program
                .send(reqwest::Method::GET, "/api/v1/events", None, &headers)
                .await
                .expect(401);
            assert!(
                refused
                    .header("www-authenticate")
                    .starts_with("Bearer realm")
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_for_each_client() {
    each_engine(async |test| {
        let portal =
            Portal::start_with(&test, |settings| settings.api.requests_per_minute = 3).await;
        let (one, other) = (Program::new(&portal).await, Program::new(&portal).await);
        let first = one.get("/api/v1/events").await.expect(200);
        assert_eq!(first.header("ratelimit-policy"), "\"client\";q=3;w=60");
        assert_eq!(first.header("ratelimit"), "\"client\";r=2;t=60");
        one.get("/api/v1/events").await.expect(200);
        portal.clock.advance(Duration::from_secs(20));
        one.get("/api/v1/events").await.expect(200);
        let refused = one.get("/api/v1/events").await.expect(429);
        assert_eq!(refused.header("retry-after"), "40");
        assert_eq!(refused.header("ratelimit"), "\"client\";r=0;t=40");
        other.get("/api/v1/events").await.expect(200);
        portal.clock.advance(Duration::from_secs(40));
        one.get("/api/v1/events").await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_noted_once_a_minute() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let program = Program::new(&portal).await;
        let last = "SELECT last_used_at FROM api_clients";
        program.get("/api/v1/events").await.expect(200);
        let first = portal.count(last).await;
        portal.clock.advance(Duration::from_secs(59));
        program.get("/api/v1/events").await.expect(200);
        assert_eq!(portal.count(last).await, first);
        portal.clock.advance(Duration::from_secs(1));
        program.get("/api/v1/events").await.expect(200);
        assert_eq!(portal.count(last).await, first + 60_000_000);
    })
    .await;
}
