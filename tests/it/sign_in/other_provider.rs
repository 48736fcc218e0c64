//! The same sign-in against a provider by other people: npm `oidc-provider` in
//! `tests/oidc/provider.mjs`, which `tests/run` starts and names in `VESTIBULE_TEST_OIDC_ISSUER`.

use vestibule::settings::Settings;

use super::{AINO, assert_helpful_refusal};
use crate::support::{
    Plan, Portal, TestDb,
    browser::{Browser, Page},
    each_engine,
};

const SECRET: &str = "a long secret of the test portal: & % 0123456789";

/// `None`, said aloud, when there is no such provider.
fn issuer() -> Option<String> {
    let issuer = std::env::var("VESTIBULE_TEST_OIDC_ISSUER").ok();
    if issuer.is_none() {
        println!("skipped: VESTIBULE_TEST_OIDC_ISSUER names no provider; ./tests/run starts one");
    }
    issuer
}

/// A portal whose second provider is the other one.
async fn portal(test: &TestDb, issuer: &str, change: fn(&mut Settings)) -> Portal {
    let client = format!("portal-{}", test.cx().request_id);
    let (key, name) = (client.clone(), issuer.to_owned());
    let plan = Plan {
        more_providers: vec!["other"],
        real_time: true,
        change: Some(Box::new(move |settings: &mut Settings| {
            let other = &mut settings.providers[1];
            (other.issuer, other.client_id) = (name, key);
            other.client_secret = SECRET.to_owned().into();
            change(settings);
        })),
        ..Plan::default()
    };
    let portal = Portal::start_as(test, plan).await;
    let client = serde_json::json!({
        "client_id": client,
        "client_secret": SECRET,
        "redirect_uris": [format!("{}sign-in/callback/other", portal.url)],
        "post_logout_redirect_uris": [format!("{}signed-out", portal.url)],
    });
    let http = reqwest::Client::new();
    let address = format!("{issuer}/control/clients");
    http.post(address)
        .json(&client)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    portal
}

async fn rotate(issuer: &str) {
    let http = reqwest::Client::new();
    let address = format!("{issuer}/control/rotate");
    http.post(address)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
}

async fn sign_in(browser: &Browser, start: &str, login: &str, second_step: bool) -> Page {
    let page = browser.open(start).await.expect(200);
    let form = page.form_with("login").with("login", login);
    let form = if second_step {
        form.with("second_step", "yes")
    } else {
        form
    };
    // The form has no action: it leads to the page it stands on.
    browser.press(&page, &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_by_userinfo_and_signs_out() {
    let Some(issuer) = issuer() else { return };
    each_engine(async |test| {
        let portal = portal(&test, &issuer, |_| {}).await;
        portal.add_person(AINO).await;
        let browser = portal.browser();
        let page = sign_in(
            &browser,
            "/sign-in/with/other?return_to=/profile",
            AINO,
            false,
        )
        .await;
        assert_eq!(page.path(), "/profile", "{}", page.text());
        assert!(page.text().contains("Aino Virtanen"), "{}", page.text());
        // Signed in there already: no page is shown.
        let again = browser
            .open("/sign-in/with/other?return_to=/profile/sessions")
            .await;
        assert_eq!(again.path(), "/profile/sessions");
        let asked = browser.post("/sign-out", &[]).await.expect(303);
        let asked = browser.follow(asked).await.expect(200);
        let form = asked.form("/session/end").with("logout", "yes");
        let end = browser.press(&asked, &form).await.expect(200);
        assert!(
            end.text().contains("here and at the account"),
            "{}",
            end.text()
        );
        let page = browser.open("/sign-in/with/other").await;
        assert!(
            page.body.contains("name=\"login\""),
            "the session there is over, too"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_without_a_restart() {
    let Some(issuer) = issuer() else { return };
    each_engine(async |test| {
        let portal = portal(&test, &issuer, |_| {}).await;
        portal.add_person(AINO).await;
        sign_in(&portal.browser(), "/sign-in/with/other", AINO, false).await;
        rotate(&issuer).await;
        let browser = portal.browser();
        let page = sign_in(&browser, "/sign-in/with/other", AINO, false).await;
        assert!(browser.is_signed_in(), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_strength_is_insisted_on() {
    let Some(issuer) = issuer() else { return };
    each_engine(async |test| {
        let portal = portal(&test, &issuer, |settings| {
            settings.providers[1].required_acr = Some("urn:test:second-step".to_owned());
        })
        .await;
        portal.add_person(AINO).await;
        let browser = portal.browser();
        let page = sign_in(&browser, "/sign-in/with/other", AINO, false).await;
        assert_eq!(page.h1(), "A stronger sign-in is needed", "{}", page.text());
        assert_helpful_refusal(&browser, &page, &portal);
        let page = sign_in(&browser, "/sign-in/with/other?how=other", AINO, true).await;
        assert!(browser.is_signed_in(), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_up_and_cancelling_end_well() {
    let Some(issuer) = issuer() else { return };
    each_engine(async |test| {
        let portal = portal(&test, &issuer, |_| {}).await;
        let browser = portal.browser();
        let page = browser
            .open("/sign-in/with/other?how=create")
            .await
            .expect(200);
        assert_eq!(page.title(), "create");
        let form = page
            .form_with("login")
            .with("login", "new.one@elsewhere.example");
        let page = browser.press(&page, &form).await;
        assert_eq!(page.h1(), "You have no access yet", "{}", page.text());
        let other = portal.browser();
        let page = sign_in(&other, "/sign-in/with/other", "", false).await;
        assert_eq!(page.h1(), "You cancelled the sign-in", "{}", page.text());
        assert_helpful_refusal(&other, &page, &portal);
    })
    .await;
}
