//! The signed-in person's own pages.

use super::AINO;
use crate::support::{Portal, each_engine};

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_correct_their_own_data() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        let page = browser.get("/profile").await.expect(200);
        let form = page.form("/profile");
        assert_eq!(form.field("given_name"), Some("Aino"));
        assert_eq!(form.field("email"), Some(AINO));
        assert!(form.choices["time_zone"].contains(&"Europe/Helsinki".to_owned()));
        let changed = form
            .with("given_name", "Aino <b>")
            .with("phone", "+358 40 123 4567")
            .with("time_zone", "Europe/Helsinki")
            .with("language", "de")
            .with("email", "other@evil.example");
        let page = browser.press(&page, &changed).await.expect(200);
        assert!(
            page.text().contains("Ihr Profil ist gespeichert."),
            "{}",
            page.text()
        );
        assert_eq!(page.h1(), "Profil");
        let form = page.form("/profile");
        assert_eq!(form.field("given_name"), Some("Aino <b>"));
        assert_eq!(
            form.field("email"),
            Some(AINO),
            "the address is the provider's"
        );
        assert_eq!(form.field("time_zone"), Some("Europe/Helsinki"));
        // The choice outlives the browser's own language and goes with the person.
        let other = portal.sign_in(AINO).await;
        assert_eq!(other.get("/profile").await.h1(), "Profil");
        assert_eq!(portal.audited("person.profile_changed").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_comes_back_with_a_sentence() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        let page = browser.get("/profile").await.expect(200);
        let nameless = page
            .form("/profile")
            .with("given_name", " ")
            .with("family_name", "\u{202e}")
            .with("phone", "12");
        let page = browser.submit(&page, &nameless).await.expect(422);
        assert!(page.title().starts_with("Error:"), "{}", page.title());
        assert!(
            page.text().contains("There is a problem Enter your name"),
            "{}",
            page.text()
        );
        assert_eq!(
            page.form("/profile").field("phone"),
            Some("12"),
            "what was typed stays"
        );
        let lost = page
            .form("/profile")
            .with("given_name", "A")
            .with("time_zone", "Mars/Olympus");
        let page = browser.submit(&page, &lost).await.expect(422);
        assert!(
            page.text().contains("Select a time zone from the list"),
            "{}",
            page.text()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_what_is_shared_and_with_whom() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let company = portal.add_customer("Kuusi Oy").await;
        portal.add_member(&company, AINO, &["orders"]).await;
        let browser = portal.sign_in(AINO).await;
        let page = browser.get("/profile").await.expect(200);
        let said = page.text();
        for part in [
            "Your organizations Kuusi Oy Active Orders spare parts",
            "Goes to Ledger CRM. Waiting to be sent.",
            "Given name Aino",
            "Last sign-in 15 January 2027",
            "The demo account Since 15 January 2027",
        ] {
            assert!(said.contains(part), "{part} is missing: {said}");
        }
        // Told at most once a day.
        portal.sign_in(AINO).await;
        let told = "SELECT count(*) FROM changes WHERE kind = 'signed_in'";
        assert_eq!(portal.count(told).await, 1);
        portal
            .clock
            .advance(std::time::Duration::from_secs(25 * 60 * 60));
        portal.sign_in(AINO).await;
        assert_eq!(portal.count(told).await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_their_sessions_and_end_them() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        portal.add_person("other@kuusi.example").await;
        let browser = portal.sign_in(AINO).await;
        let others = [portal.sign_in(AINO).await, portal.sign_in(AINO).await];
        let stranger = portal.sign_in("other@kuusi.example").await;
        let page = browser.get("/profile/sessions").await.expect(200);
        let said = page.text();
        assert_eq!(
            said.matches("Firefox on Linux").count(),
            5,
            "three rows, two button names: {said}"
        );
        let (here, there) = (
            said.find("This one").unwrap(),
            said.rfind("Firefox on Linux").unwrap(),
        );
        assert!(here < there, "this browser comes first");
        assert!(said.contains("The demo account"));
        // Another person's session is as unknown as one that never was.
        let page = stranger.get("/profile/sessions").await.expect(200);
        assert!(!page.body.contains("/end-others"));
        let theirs = browser.get("/profile/sessions").await.form("/end").action;
        let page = stranger.post(&theirs, &[]).await;
        let page = stranger.follow(page).await.expect(200);
        let never = stranger
            .post("/profile/sessions/ses_00000000000000000000000000/end", &[])
            .await;
        let never = stranger.follow(never).await.expect(200);
        assert_eq!(page.text(), never.text());
        stranger
            .post("/profile/sessions/per_00000000000000000000000000/end", &[])
            .await
            .expect(404);
        for other in &others {
            other.get("/profile").await.expect(200);
        }
        let page = browser.get("/profile/sessions").await.expect(200);
        let page = browser
            .press(&page, &page.form("/end-others"))
            .await
            .expect(200);
        assert!(
            page.text().contains("Signed out of 2 other browsers."),
            "{}",
            page.text()
        );
        for other in &others {
            other.get("/profile").await.expect(303);
        }
        browser.get("/profile").await.expect(200);
        stranger.get("/profile").await.expect(200);
    })
    .await;
}
