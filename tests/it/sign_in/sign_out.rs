//! Signing out: here first, then at the provider, and nobody else can do it for us.

use reqwest::Method;

use super::AINO;
use crate::support::{Portal, each_engine};

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_both_sessions_and_comes_back() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        let answer = browser.post("/sign-out", &[]).await.expect(303);
        assert!(!browser.is_signed_in());
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 0);
        assert_eq!(answer.headers["clear-site-data"], "\"cache\", \"storage\"");
        let location = answer.location().unwrap();
        assert_eq!(location.origin(), portal.provider.issuer.origin());
        let query: std::collections::BTreeMap<_, _> = location.query_pairs().into_owned().collect();
        assert_eq!(query["client_id"], "portal");
        assert_eq!(
            query["post_logout_redirect_uri"],
            format!("{}signed-out", portal.url)
        );
        assert!(query["id_token_hint"].starts_with("eyJ"));
        let page = browser.follow(answer).await.expect(200);
        assert_eq!(page.url.path(), "/signed-out");
        assert!(
            page.text().contains("here and at the account"),
            "{}",
            page.text()
        );
        // The provider asks again who it is.
        let page = browser.open("/sign-in").await;
        assert!(page.body.contains("name=\"email\""), "{}", page.text());
        let ended = portal.audited("session.ended").await;
        assert_eq!(ended[0].1["because"], "sign_out");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_signs_us_out() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        // Looking changes nothing, and shows the button.
        let page = browser.get("/sign-out").await.expect(200);
        assert_eq!(page.form("/sign-out").method, "post");
        browser.head("/sign-out").await;
        let own = portal.url.origin().ascii_serialization();
        let forged: [&[(&str, &str)]; 5] = [
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
            ],
            &[("sec-fetch-site", "same-site"), ("origin", &own)],
            &[("sec-fetch-site", ""), ("origin", "https://evil.example")],
            &[("sec-fetch-site", ""), ("origin", "null")],
            &[("sec-fetch-site", ""), ("origin", "")],
        ];
        for headers in forged {
            let page = browser
                .send(Method::POST, "/sign-out", Some(String::new()), headers)
                .await;
            assert_eq!(page.status, 403, "{headers:?}");
        }
        browser.get("/profile").await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_after_it_believes_only_its_own_state() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        for path in [
            "/signed-out",
            "/signed-out?state=",
            "/signed-out?state=made-up",
        ] {
            let page = browser.get(path).await.expect(200);
            assert_eq!(page.h1(), "You are still signed in", "{path}");
        }
        browser.get("/profile").await.expect(200);
        browser.post("/sign-out", &[]).await.expect(303);
        for path in [
            "/signed-out",
            "/signed-out?state=",
            "/signed-out?state=made-up",
        ] {
            let page = browser.get(path).await.expect(200);
            assert_eq!(page.h1(), "You are signed out", "{path}");
            assert!(!page.text().contains("here and at the account"), "{path}");
        }
        // Signing out once more is no failure.
        let page = browser.post("/sign-out", &[]).await.expect(303);
        assert_eq!(page.location().unwrap().path(), "/signed-out");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_may_lead_where_the_provider_signs_people_out() {
    each_engine(async |test| {
        let portal = Portal::start_with(&test, |settings| {
            let broker = "https://accounts.example".parse().unwrap();
            settings.providers[0].forwards_to = vec![broker];
        })
        .await;
        let page = portal.browser().get("/sign-out").await.expect(200);
        let policy = page.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        let issuer = portal.provider.issuer.origin().ascii_serialization();
        assert!(
            policy.ends_with(&format!(
                "form-action 'self' {issuer} https://accounts.example"
            )),
            "{policy}"
        );
    })
    .await;
}
