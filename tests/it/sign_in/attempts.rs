//! Login attempts: one browser, one use, ten minutes.

use std::time::Duration;

use super::{AINO, assert_helpful_refusal, assert_nothing_stored};
use crate::support::{
    Plan, Portal,
    browser::{Browser, Page},
    each_engine,
};

/// Walks to the provider and back to just before the callback: its address.
async fn callback_of(browser: &Browser, start: &str) -> String {
    browser.forget_cookie("vestibule_demo_provider");
    let page = browser.open(start).await;
    let form = page.form_with("email").with("email", AINO);
    let back = browser.submit(&page, &form).await;
    back.location().unwrap().to_string()
}

fn attempts(browser: &Browser) -> Vec<String> {
    let names = browser.cookies().into_keys();
    names.filter(|name| name.starts_with("attempt-")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_sign_in_at_once() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.browser();
        let one = callback_of(&browser, "/sign-in?return_to=/profile").await;
        let two = callback_of(&browser, "/sign-in?return_to=/profile/sessions").await;
        assert_eq!(attempts(&browser).len(), 2);
        let page = browser.open(&one).await.expect(200);
        assert_eq!(page.path(), "/profile");
        let page = browser.open(&two).await.expect(200);
        assert_eq!(page.path(), "/profile/sessions");
        assert_eq!(attempts(&browser).len(), 0);
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_keeps_five_attempts_and_the_newest_work() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.browser();
        let mut callbacks = Vec::new();
        for _ in 0..7 {
            callbacks.push(callback_of(&browser, "/sign-in?return_to=/profile").await);
            portal.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(attempts(&browser).len(), 5);
        let page = browser.open(&callbacks[0]).await;
        assert_eq!(page.h1(), "This sign-in is over");
        assert_helpful_refusal(&browser, &page, &portal);
        browser.open(&callbacks[6]).await.expect(200);
        assert!(browser.is_signed_in());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_ends_after_ten_minutes() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.browser();
        let callback = callback_of(&browser, "/sign-in").await;
        portal.clock.advance(Duration::from_secs(600));
        let page = browser.open(&callback).await;
        assert_eq!(page.h1(), "This sign-in is over");
        assert_helpful_refusal(&browser, &page, &portal);
        assert_eq!(portal.provider.counters().token, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_callback_changes_nothing() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.browser();
        let callback = callback_of(&browser, "/sign-in?return_to=/profile").await;
        let jar = browser.cookies();
        browser.open(&callback).await.expect(200);
        let session = browser.cookie("sid");
        // The person presses Back or Reload: they are where they wanted to be.
        let page = browser.get(&callback).await.expect(303);
        assert_eq!(page.location().unwrap().path(), "/home");
        assert_eq!(browser.cookie("sid"), session);
        browser.get("/profile").await.expect(200);
        // A thief has the address and even the cookies from before.
        let thief = portal.browser();
        let page = thief.open(&callback).await;
        assert_helpful_refusal(&thief, &page, &portal);
        for (name, value) in jar {
            thief.set_cookie(&name, &value);
        }
        let page = thief.open(&callback).await;
        assert_eq!(page.h1(), "This sign-in is over");
        assert_helpful_refusal(&thief, &page, &portal);
        assert_eq!(portal.provider.counters().token, 1);
        browser.get("/profile").await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_callback_signs_nobody_in() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let (attacker, victim) = (portal.browser(), portal.browser());
        let callback = callback_of(&attacker, "/sign-in").await;
        // The victim has an attempt of their own under way, too.
        victim.get("/sign-in").await.expect(303);
        let page = victim.open(&callback).await;
        assert_eq!(page.h1(), "This sign-in is over");
        assert_helpful_refusal(&victim, &page, &portal);
        assert_nothing_stored(&portal).await;
        assert_eq!(portal.provider.counters().token, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_sign_in_and_a_strange_error_end_on_our_own_words() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let browser = portal.browser();
        let page = browser.open("/sign-in").await;
        let end = browser.press(&page, &page.form("/cancel")).await;
        assert_eq!(end.h1(), "You cancelled the sign-in");
        assert_helpful_refusal(&browser, &end, &portal);
        assert!(attempts(&browser).is_empty());
        // The way on leads where the person wanted to go: an invitation is not lost by it.
        let page = browser.open("/sign-in?return_to=/invitation").await;
        let end = browser.press(&page, &page.form("/cancel")).await;
        assert_eq!(
            end.link("Sign in"),
            "/sign-in?return_to=%2Finvitation"
        );
        for (error, title) in [
            ("login_required", "The demo account did not accept our request"),
            ("temporarily_unavailable", "The demo account does not answer"),
            ("unmet_authentication_requirements", "A stronger sign-in is needed"),
            ("%3Cscript%3Ealert(1)%3C/script%3E", "The demo account did not accept our request"),
        ] {
            let state = state_of(&browser.get("/sign-in").await);
            let issuer = portal.provider.issuer.as_str().trim_end_matches('/');
            let answer = format!(
                "/sign-in/callback/demo?error={error}&error_description=call%20%3Cb%3E555-0100&state={state}&iss={issuer}"
            );
            let end = browser.open(&answer).await;
            assert_eq!(end.h1(), title);
            assert_helpful_refusal(&browser, &end, &portal);
            assert!(!end.body.contains("555-0100") && !end.body.contains("alert(1)"), "{}", end.body);
        }
    })
    .await;
}

fn state_of(page: &Page) -> String {
    let location = page.location().unwrap();
    let state = location.query_pairs().find(|(name, _)| name == "state");
    state.unwrap().1.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_one_provider_is_no_answer_of_another() {
    each_engine(async |test| {
        let plan = Plan {
            more_providers: vec!["other"],
            ..Plan::default()
        };
        let portal = Portal::start_as(&test, plan).await;
        portal.add_person(AINO).await;
        let browser = portal.browser();
        let callback = callback_of(&browser, "/sign-in/with/demo").await;
        let moved = callback.replace("/callback/demo", "/callback/other");
        let page = browser.open(&moved).await;
        assert_helpful_refusal(&browser, &page, &portal);
        assert_eq!(portal.others[0].counters().token, 0);
        // An answer that says it comes from the other, at the right address, is none either.
        let callback = callback_of(&browser, "/sign-in/with/demo").await;
        let other = portal.others[0].issuer.as_str().trim_end_matches('/');
        let (start, _) = callback.split_once("&iss=").unwrap();
        let page = browser.open(&format!("{start}&iss={other}")).await;
        assert_helpful_refusal(&browser, &page, &portal);
        let page = browser
            .open(&format!("{start}&iss={other}&iss={other}"))
            .await;
        assert_helpful_refusal(&browser, &page, &portal);
        assert_eq!(portal.provider.counters().token, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_to_another_site_after_signing_in() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        for hostile in [
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/%09/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "http:evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/..//evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "//evil.example/%2f..",
            "/@evil.example",
            "@evil.example",
            " //evil.example",
            "/ /evil.example",
            "\u{2028}//evil.example",
            "/%0d%0aLocation:%20https://evil.example",
            "?next=//evil.example",
            "#//evil.example",
        ] {
            let browser = portal.browser();
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("return_to", hostile)
                .finish();
            let callback = callback_of(&browser, &format!("/sign-in?{query}")).await;
            let answer = browser.get(&callback).await;
            let raw = answer.headers["location"].to_str().unwrap().to_owned();
            let location = answer.location().unwrap();
            assert_eq!(
                location.origin(),
                portal.url.origin(),
                "{hostile:?} led to {location}"
            );
            assert!(
                raw.starts_with('/') && !raw.starts_with("//"),
                "{hostile:?} gave {raw}"
            );
            // And once signed in, the same link leads on directly.
            let answer = browser.get(&format!("/sign-in?{query}")).await;
            assert_eq!(
                answer.location().unwrap().origin(),
                portal.url.origin(),
                "{hostile:?}"
            );
        }
    })
    .await;
}
