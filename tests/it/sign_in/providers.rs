//! The registry of providers: what is fetched when, rotation, several providers.

use std::time::Duration;

use futures_util::future::join_all;
use vestibule::demo::provider::{ACR_SECOND_STEP, Misbehaviour};

use super::{AINO, assert_helpful_refusal};
use crate::support::{Plan, Portal, each_engine};

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_without_a_restart_at_a_bounded_rate() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let fetched = || portal.provider.counters().jwks;
        portal.sign_in(AINO).await;
        assert_eq!(fetched(), 1);
        rotate(&portal).await;
        portal.sign_in(AINO).await;
        assert_eq!(fetched(), 2);
        // A second rotation within a minute has to wait, however many people come.
        rotate(&portal).await;
        let browsers: Vec<_> = (0..10).map(|_| portal.browser()).collect();
        for page in join_all(browsers.iter().map(|browser| browser.sign_in_as(AINO))).await {
            assert_eq!(page.h1(), "We could not check this sign-in");
        }
        assert_eq!(fetched(), 2);
        // Then one of those who come fetches for all.
        portal.clock.advance(Duration::from_secs(61));
        join_all(browsers.iter().map(|browser| browser.sign_in_as(AINO))).await;
        assert!(browsers.iter().all(|browser| browser.is_signed_in()));
        assert_eq!(fetched(), 3);
    })
    .await;
}

async fn rotate(portal: &Portal) {
    let provider = portal.provider.provider.clone();
    tokio::task::spawn_blocking(move || provider.rotate_keys())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_good_metadata_outlives_a_provider_that_is_down() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        portal.sign_in(AINO).await;
        for how in [
            Misbehaviour::DiscoveryServerError,
            Misbehaviour::DiscoveryIssuerMismatch,
            Misbehaviour::KeysEmpty,
        ] {
            portal.provider.misbehave(Some(how));
            let stop = tokio_util::sync::CancellationToken::new();
            stop.cancel();
            portal.clock.advance(Duration::from_secs(5 * 60 * 60));
            let before = portal.provider.counters().discovery;
            portal.state.providers.keep_fresh(stop).await;
            assert_eq!(portal.provider.counters().discovery, before + 1, "{how:?}");
            portal.sign_in(AINO).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_background_refresh_takes_new_keys_up_before_anybody_needs_them() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        portal.sign_in(AINO).await;
        rotate(&portal).await;
        portal.clock.advance(Duration::from_secs(4 * 60 * 60));
        let stop = tokio_util::sync::CancellationToken::new();
        stop.cancel();
        portal.state.providers.keep_fresh(stop).await;
        let fetched = portal.provider.counters().jwks;
        portal.sign_in(AINO).await;
        assert_eq!(portal.provider.counters().jwks, fetched);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_at_the_start_is_asked_again_but_not_by_everybody() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        portal
            .provider
            .misbehave(Some(Misbehaviour::DiscoveryServerError));
        let browsers: Vec<_> = (0..10).map(|_| portal.browser()).collect();
        let pages = join_all(browsers.iter().map(|browser| browser.get("/sign-in"))).await;
        for (browser, page) in browsers.iter().zip(&pages) {
            assert_eq!(page.status, 503);
            assert_helpful_refusal(browser, page, &portal);
        }
        assert_eq!(portal.provider.counters().discovery, 1);
        portal.provider.misbehave(None);
        portal.clock.advance(Duration::from_secs(6));
        portal.sign_in(AINO).await;
        let checked = portal.state.providers.check().await;
        assert!(
            checked.iter().all(|checked| checked.outcome == Ok(1)),
            "{checked:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_wrong_with_a_provider() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal
            .provider
            .misbehave(Some(Misbehaviour::DiscoveryIssuerMismatch));
        let checked = portal.state.providers.check().await;
        let said = checked[0].outcome.as_ref().unwrap_err().to_string();
        assert!(
            said.contains("issuer") && said.contains("another-issuer.invalid"),
            "{said}"
        );
    })
    .await;
}

fn two_providers() -> Plan {
    Plan {
        more_providers: vec!["other"],
        change: Some(Box::new(|settings| {
            settings.providers[1].home_domains = vec!["Kuusi.example".to_owned()];
        })),
        ..Plan::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_leads_to_the_provider_of_its_domain() {
    each_engine(async |test| {
        let portal = Portal::start_as(&test, two_providers()).await;
        let browser = portal.browser();
        let page = browser.get("/sign-in?return_to=/profile").await.expect(200);
        let form = page.form("/sign-in").with("email", AINO);
        let sent = browser.submit(&page, &form).await;
        let location = sent.location().unwrap();
        assert_eq!(location.origin(), portal.others[0].issuer.origin());
        let hint = location
            .query_pairs()
            .find(|(name, _)| name == "login_hint");
        assert_eq!(hint.unwrap().1, AINO);
        let page = browser
            .submit(&page, &form.with("email", "a@elsewhere.example"))
            .await
            .expect(200);
        let choices: Vec<String> = page.forms().into_iter().map(|form| form.action).collect();
        assert_eq!(choices, ["/sign-in/with/demo", "/sign-in/with/other"]);
        let sent = browser.submit(&page, &page.form("/with/demo")).await;
        let location = sent.location().unwrap();
        assert_eq!(location.origin(), portal.provider.issuer.origin());
        assert!(
            location
                .as_str()
                .contains("login_hint=a%40elsewhere.example"),
            "{location}"
        );
        for (typed, said) in [
            ("", "Enter your email address"),
            ("nobody", "correct format"),
        ] {
            let page = browser.get("/sign-in").await;
            let form = page.form("/sign-in").with("email", typed);
            let page = browser.submit(&page, &form).await.expect(422);
            assert!(page.text().contains(said), "{}", page.text());
            assert_eq!(page.form("/sign-in").field("email"), Some(typed));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_carries_everything_that_binds_the_answer() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let browser = portal.browser().speaking("de-AT");
        let query = |page: crate::support::browser::Page| {
            let location = page.location().unwrap();
            let pairs = location.query_pairs().into_owned();
            pairs.collect::<std::collections::BTreeMap<String, String>>()
        };
        let one = query(browser.get("/sign-in").await);
        let two = query(browser.get("/sign-in?how=create").await);
        let three = query(browser.get("/sign-in?how=other").await);
        assert_eq!(one["response_type"], "code");
        assert_eq!(one["scope"], "openid email profile");
        assert_eq!(
            one["redirect_uri"],
            format!("{}sign-in/callback/demo", portal.url)
        );
        assert_eq!(one["code_challenge_method"], "S256");
        assert_eq!(one["ui_locales"], "de");
        for secret in ["state", "nonce", "code_challenge"] {
            assert_eq!(one[secret].len(), 43, "{secret}");
            assert_ne!(one[secret], two[secret], "{secret}");
        }
        assert!(!one.contains_key("prompt"));
        assert_eq!(two["prompt"], "create");
        assert_eq!(three["prompt"], "select_account");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_strength_is_asked_for_and_insisted_on() {
    each_engine(async |test| {
        let portal = Portal::start_with(&test, |settings| {
            settings.providers[0].required_acr = Some(ACR_SECOND_STEP.to_owned());
        })
        .await;
        portal.add_person(AINO).await;
        let browser = portal.browser();
        let page = browser.open("/sign-in").await;
        assert!(page.path().contains("acr_values="), "{}", page.path());
        let weak = page
            .form_with("email")
            .with("email", AINO)
            .without("second_step");
        let end = browser.press(&page, &weak).await;
        assert_eq!(end.h1(), "A stronger sign-in is needed");
        assert_helpful_refusal(&browser, &end, &portal);
        let page = browser.open(&end.link("Use another account")).await;
        let strong = page
            .form_with("email")
            .with("email", AINO)
            .with("second_step", "yes");
        browser.press(&page, &strong).await;
        assert!(browser.is_signed_in());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_provider_is_not_found() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let browser = portal.browser();
        for path in [
            "/sign-in/with/nobody",
            "/sign-in/callback/nobody?code=a&state=b",
            "/sign-in/callback/..%2fdemo",
        ] {
            browser.get(path).await.expect(404);
        }
        browser
            .post("/sign-in/callback/demo", &[("state", "x")])
            .await
            .expect(405);
    })
    .await;
}
