//! A provider ends sessions from behind (OpenID Connect Back-Channel Logout 1.0 section 2.6).

use std::time::Duration;

use serde_json::{Value, json};

use vestibule::{
    access::sessions::{self, NewSession},
    db::Error,
    kernel::Instant,
};

use crate::support::{Portal, browser::Browser, each_engine};

const EMAIL: &str = "aino@kuusi.example";

/// Sends a logout token as the provider does; the status and the answer.
async fn tell(portal: &Portal, token: &str) -> (u16, String) {
    let url = portal.url.join("/sign-in/back-channel/demo").unwrap();
    let sent = reqwest::Client::new()
        .post(url)
        .form(&[("logout_token", token)])
        .send()
        .await
        .unwrap();
    let (status, headers) = (sent.status().as_u16(), sent.headers().clone());
    assert_eq!(headers["cache-control"], "no-store");
    (status, sent.text().await.unwrap())
}

/// The subject and the provider's session of somebody's last session here.
async fn names(portal: &Portal) -> (String, String) {
    let mut conn = portal.state.db.read().await.unwrap();
    let sql = "SELECT subject, provider_session FROM sessions ORDER BY id DESC LIMIT 1";
    vestibule::on!(conn, |c| sqlx::query_as(sql).fetch_one(c).await).unwrap()
}

async fn signed_in(portal: &Portal) -> (Browser, (String, String)) {
    portal.add_person(EMAIL).await;
    let browser = portal.sign_in(EMAIL).await;
    let names = names(portal).await;
    (browser, names)
}

async fn is_let_in(browser: &Browser) -> bool {
    browser.get("/profile").await.status == 200
}

fn claims(portal: &Portal, (subject, session): &(String, String)) -> Value {
    portal.provider.logout_claims("portal", (subject, session))
}

async fn token(portal: &Portal, claims: &Value) -> String {
    portal.provider.sign("logout+jwt", claims).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_token_ends_the_session_once_and_for_the_next_request() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let (browser, names) = signed_in(&portal).await;
        assert!(is_let_in(&browser).await);
        let token = token(&portal, &claims(&portal, &names)).await;
        assert_eq!(tell(&portal, &token).await, (200, String::new()));
        assert!(!is_let_in(&browser).await);
        // Replayed.
        assert_eq!(tell(&portal, &token).await.0, 400);
        let ended = portal.audited("session.ended").await;
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].1["because"], "provider");
        // A new sign-in is a new session.
        browser.sign_in_as(EMAIL).await;
        assert!(is_let_in(&browser).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_session_is_signed_out_everywhere_and_others_stay() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let (one, names) = signed_in(&portal).await;
        let two = portal.sign_in(EMAIL).await;
        portal.add_person("other@kuusi.example").await;
        let other = portal.sign_in("other@kuusi.example").await;
        let mut claims = claims(&portal, &names);
        claims.as_object_mut().unwrap().remove("sid");
        assert_eq!(tell(&portal, &token(&portal, &claims).await).await.0, 200);
        assert!(!is_let_in(&one).await);
        assert!(!is_let_in(&two).await);
        assert!(is_let_in(&other).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_breaks_a_rule_ends_nothing() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let (browser, names) = signed_in(&portal).await;
        let right = claims(&portal, &names);
        let now = right["iat"].as_i64().unwrap();
        let wrong: Vec<(&str, Value)> = vec![
            ("iss", json!("https://another.example")),
            ("aud", json!("another-client")),
            ("aud", json!([])),
            ("aud", Value::Null),
            ("iat", Value::Null),
            ("iat", json!(now - 3_600)),
            ("iat", json!(now + 3_600)),
            ("exp", json!(now - 61)),
            ("nbf", json!(now + 3_600)),
            ("jti", Value::Null),
            ("jti", json!("")),
            ("events", Value::Null),
            ("events", json!({})),
            (
                "events",
                json!({"http://schemas.openid.net/event/backchannel-logout": true}),
            ),
            ("nonce", json!("n")),
            ("sid", json!(7)),
            ("sub", json!({})),
        ];
        for (name, value) in wrong {
            let mut claims = right.clone();
            let fields = claims.as_object_mut().unwrap();
            match value.clone() {
                Value::Null => fields.remove(name),
                value => fields.insert(name.to_owned(), value),
            };
            let (status, body) = tell(&portal, &token(&portal, &claims).await).await;
            assert_eq!(status, 400, "{name} = {value}: {body}");
        }
        let mut nobody = right.clone();
        nobody
            .as_object_mut()
            .unwrap()
            .retain(|name, _| name != "sid" && name != "sub");
        assert_eq!(tell(&portal, &token(&portal, &nobody).await).await.0, 400);
        // Another kind of token, a forged one, none at all.
        let id_token = portal.provider.sign("at+jwt", &right).await.unwrap();
        assert_eq!(tell(&portal, &id_token).await.0, 400);
        let forged = token(&portal, &right).await;
        let (signed, _) = forged.rsplit_once('.').unwrap();
        assert_eq!(tell(&portal, &format!("{signed}.AAAA")).await.0, 400);
        assert_eq!(tell(&portal, "").await.0, 400);
        assert!(is_let_in(&browser).await);
        // More than a token.
        let url = portal.url.join("/sign-in/back-channel/demo").unwrap();
        let large = [("logout_token", "x".repeat(1_000_000))];
        let sent = reqwest::Client::new().post(url).form(&large).send().await;
        assert_eq!(sent.unwrap().status(), 413);
        // A provider that there is not.
        let elsewhere = portal.url.join("/sign-in/back-channel/nobody").unwrap();
        let sent = reqwest::Client::new()
            .post(elsewhere)
            .form(&[("logout_token", forged)]);
        assert_eq!(sent.send().await.unwrap().status(), 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sessions_subject_is_no_way_to_end_it() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let (browser, (_, session)) = signed_in(&portal).await;
        let names = ("somebody-else".to_owned(), session);
        let token = token(&portal, &claims(&portal, &names)).await;
        assert_eq!(tell(&portal, &token).await.0, 200);
        assert!(is_let_in(&browser).await);
    })
    .await;
}

/// A provider's session that has ended does not come back by a sign-in that was under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_under_way_does_not_bring_an_ended_session_back() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let (browser, names) = signed_in(&portal).await;
        let token = token(&portal, &claims(&portal, &names)).await;
        assert_eq!(tell(&portal, &token).await.0, 200);
        // The provider has not ended its own session in this test, so the same `sid` comes again.
        let page = browser.open("/sign-in/with/demo").await;
        assert_eq!(page.h1(), "This sign-in is over");
        assert!(!is_let_in(&browser).await);
    })
    .await;
}

/// The demo provider tells by itself when somebody signs out there.
#[tokio::test(flavor = "multi_thread")]
async fn signing_out_at_the_provider_reaches_the_portal() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let (browser, _) = signed_in(&portal).await;
        let address = format!("{}end_session", portal.provider.issuer);
        let page = browser.get(&address).await.expect(200);
        browser.press(&page, &page.form("/sign-out")).await;
        for _ in 0..100 {
            if !is_let_in(&browser).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the portal was not told");
    })
    .await;
}

/// What a logout token without a session says of the person who is signed in.
fn of_person(portal: &Portal, names: &(String, String), made: i64) -> Value {
    let mut claims = claims(portal, names);
    let fields = claims.as_object_mut().unwrap();
    fields.remove("sid");
    fields.insert("iat".to_owned(), json!(made));
    claims
}

/// Whether a sign-in that was finished at `at` may go on.
async fn is_ended(portal: &Portal, names: &(String, String), at: Instant) -> bool {
    let issuer = portal.state.settings.providers[0].issuer.clone();
    let names = names.clone();
    let asked: Result<bool, Error> = portal
        .state
        .db
        .write(move |tx| {
            Box::pin(async move {
                let held = sessions::hold(tx, &issuer, ("", &names.0)).await?;
                sessions::is_ended(tx, &held, at).await
            })
        })
        .await;
    asked.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_logout_counts_from_then_on() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let (_, names) = signed_in(&portal).await;
        for _ in 0..2 {
            portal.clock.advance(Duration::from_secs(3_600));
            let now = portal.clock.now();
            assert!(!is_ended(&portal, &names, now).await);
            let claims = of_person(&portal, &names, now.as_seconds());
            assert_eq!(tell(&portal, &token(&portal, &claims).await).await.0, 200);
            assert!(
                is_ended(&portal, &names, now).await,
                "on its way until then"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_logout_token_ends_no_new_session() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(EMAIL).await;
        portal.clock.advance(Duration::from_secs(300));
        let browser = portal.sign_in(EMAIL).await;
        let names = names(&portal).await;
        let now = portal.clock.now().as_seconds();
        let old = of_person(&portal, &names, now - 300);
        assert_eq!(tell(&portal, &token(&portal, &old).await).await.0, 200);
        assert!(is_let_in(&browser).await);
        let new = of_person(&portal, &names, now);
        assert_eq!(tell(&portal, &token(&portal, &new).await).await.0, 200);
        assert!(!is_let_in(&browser).await);
    })
    .await;
}

/// Whichever of the two comes first, the session does not survive.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_and_its_end_at_the_same_moment_leave_no_session() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let person = portal.add_person(EMAIL).await;
        let (_, names) = signed_in(&portal).await;
        let (issuer, subject) = (
            portal.state.settings.providers[0].issuer.clone(),
            names.0.clone(),
        );
        let now = portal.clock.now();
        let cx = portal.state.world.system("test");
        let (checked, is_checked) = tokio::sync::oneshot::channel();
        let sign_in = portal.state.db.write(move |tx| {
            Box::pin(async move {
                let held = sessions::hold(tx, &issuer, ("another-session", &subject)).await?;
                assert!(!sessions::is_ended(tx, &held, now).await?);
                checked.send(()).unwrap();
                tokio::time::sleep(Duration::from_millis(400)).await;
                let new = NewSession {
                    person_id: person,
                    provider: "demo".to_owned(),
                    issuer,
                    subject,
                    provider_session: "another-session".to_owned(),
                    id_token_sealed: String::new(),
                    acr: String::new(),
                    amr: String::new(),
                    user_agent: String::new(),
                    expires_at: now.plus(Duration::from_secs(3_600)),
                    replaces: None,
                };
                sessions::open(tx, &cx, new).await.map(drop)
            })
        });
        let claims = of_person(&portal, &names, now.as_seconds());
        let token = token(&portal, &claims).await;
        let end = async {
            is_checked.await.unwrap();
            tell(&portal, &token).await
        };
        let (signed_in, ended): (Result<(), Error>, _) = tokio::join!(sign_in, end);
        signed_in.unwrap();
        assert_eq!(ended.0, 200);
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 0);
    })
    .await;
}

/// A provider sends one token for each of its people: that is no visitor who asks too often.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_not_turned_away_like_a_visitor() {
    each_engine(async |test| {
        let portal = Portal::start_with(&test, |all| all.security.requests_per_minute = 10).await;
        for _ in 0..30 {
            assert_eq!(tell(&portal, "no token").await.0, 400);
        }
    })
    .await;
}
