//! Which identity is which person: never by an address that is not proven (law 6).

use vestibule::{
    kernel::{EmailAddress, ids::PersonId},
    people::{self, LinkIdentity, Linked, PendingIdentity},
};

use super::{AINO, assert_helpful_refusal, assert_nothing_stored};
use crate::support::{
    Plan, Portal, each_engine,
    portal::{OPERATOR, REP},
};

const UNKNOWN: &str = "You have no access yet";

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_staff_becomes_a_person_and_a_stranger_does_not() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.sign_in(REP).await;
        assert_eq!(portal.count("SELECT count(*) FROM persons").await, 1);
        let stranger = portal.browser();
        let page = stranger
            .sign_in_as("who@elsewhere.example")
            .await
            .expect(200);
        assert_eq!(page.h1(), UNKNOWN);
        assert!(page.text().contains("who@elsewhere.example"));
        assert!(!page.text().contains("not confirmed"));
        assert_eq!(page.link("Register"), "/register");
        assert!(!stranger.is_signed_in());
        assert!(stranger.cookie("pending").is_some());
        assert_eq!(portal.count("SELECT count(*) FROM persons").await, 1);
        // Coming in as somebody known forgets the stranger.
        stranger.sign_in_as(OPERATOR).await;
        assert!(stranger.is_signed_in());
        assert_eq!(stranger.cookie("pending"), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_the_provider_has_not_verified_is_nobody() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        for address in [AINO, REP, "AINO.VIRTANEN@KUUSI.EXAMPLE"] {
            let browser = portal.browser();
            let page = browser.open("/sign-in").await;
            let page = browser.pick_unverified(&page, address).await.expect(200);
            assert_eq!(page.h1(), UNKNOWN);
            assert!(!browser.is_signed_in());
        }
        assert_nothing_stored(&portal).await;
    })
    .await;
}

/// Whether an account exists under an unproven address shows nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn an_unproven_address_learns_nothing_about_accounts() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person("known.one@kuusi.example").await;
        let mut pages = Vec::new();
        for address in ["known.one@kuusi.example", "other.one@kuusi.example"] {
            let browser = portal.browser();
            let page = browser.open("/sign-in").await;
            let page = browser.pick_unverified(&page, address).await;
            pages.push((page.status, page.text().replace(address, "…")));
        }
        assert_eq!(pages[0], pages[1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_speaks_only_for_its_own_domains() {
    each_engine(async |test| {
        let plan = Plan {
            more_providers: vec!["other", "partner"],
            change: Some(Box::new(|settings| {
                settings.providers[1].trusted_domains = Vec::new();
                settings.providers[2].trusted_domains = vec!["partner.example".to_owned()];
                settings.providers[2].staff = false;
            })),
            ..Plan::default()
        };
        let portal = Portal::start_as(&test, plan).await;
        portal.add_person(AINO).await;
        portal.add_person("pia@partner.example").await;
        for (provider, address) in [
            ("other", AINO),
            ("other", REP),
            ("other", "pia@partner.example"),
            ("partner", AINO),
            ("partner", REP),
            ("partner", "pia@sub.partner.example"),
        ] {
            let browser = portal.browser();
            let page = browser
                .sign_in_at(&format!("/sign-in/with/{provider}"), address)
                .await;
            assert_eq!(page.h1(), UNKNOWN, "{address} came in through {provider}");
            assert!(!browser.is_signed_in());
        }
        assert_nothing_stored(&portal).await;
        let browser = portal.browser();
        browser
            .sign_in_at("/sign-in/with/partner", "pia@partner.example")
            .await;
        assert!(browser.is_signed_in());
        let linked = portal.audited("person.identity_linked").await;
        assert_eq!(linked.len(), 1);
        assert_eq!(linked[0].1["provider"], "partner");
    })
    .await;
}

/// Staff rights come with the staff provider, not with the person's address.
#[tokio::test(flavor = "multi_thread")]
async fn staff_must_come_through_a_provider_for_staff() {
    each_engine(async |test| {
        let plan = Plan {
            more_providers: vec!["other"],
            change: Some(Box::new(|settings| settings.providers[1].staff = false)),
            ..Plan::default()
        };
        let portal = Portal::start_as(&test, plan).await;
        let browser = portal.browser();
        let page = browser.sign_in_at("/sign-in/with/other", OPERATOR).await;
        assert_eq!(page.h1(), UNKNOWN);
        let own = portal.browser();
        own.sign_in_at("/sign-in/with/demo", OPERATOR).await;
        assert!(own.is_signed_in());
        let staff = own.get("/profile").await.expect(200);
        assert!(staff.body.contains("href=\"/operations\""));
        // Known by now, the same person through the other provider is signed in without the rights.
        browser.sign_in_at("/sign-in/with/other", OPERATOR).await;
        assert!(browser.is_signed_in());
        let plain = browser.get("/profile").await.expect(200);
        assert!(
            !plain.body.contains("href=\"/operations\""),
            "{}",
            plain.text()
        );
        assert_eq!(portal.count("SELECT count(*) FROM persons").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_subject_at_two_issuers_is_two_people() {
    each_engine(async |test| {
        let plan = Plan {
            more_providers: vec!["other"],
            ..Plan::default()
        };
        let portal = Portal::start_as(&test, plan).await;
        portal.add_person("sample@demo.example").await;
        portal.add_person("sample@other.example").await;
        let mut seen = Vec::new();
        for provider in ["demo", "other"] {
            let browser = portal.browser();
            browser
                .sign_in_at(&format!("/sign-in/with/{provider}"), "sample-1")
                .await;
            let page = browser.get("/profile").await.expect(200);
            seen.push(page.form("/profile").field("email").unwrap().to_owned());
        }
        assert_eq!(seen, ["sample@demo.example", "sample@other.example"]);
        assert_eq!(
            portal
                .count(
                    "SELECT count(DISTINCT person_id) FROM identities WHERE subject = 'sample-1'"
                )
                .await,
            2
        );
    })
    .await;
}

/// An address passed on within a company does not pass the account on.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_account_of_one_issuer_is_not_joined_by_address() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let person = portal.add_person(AINO).await;
        hold(&portal, person, "somebody-before").await;
        let browser = portal.browser();
        let page = browser.sign_in_as(AINO).await;
        assert_eq!(page.h1(), "This address is used by another account");
        assert_helpful_refusal(&browser, &page, &portal);
        assert_eq!(portal.count("SELECT count(*) FROM identities").await, 1);
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 0);
    })
    .await;
}

/// Gives a person another identity at the demo provider.
async fn hold(portal: &Portal, person: PersonId, subject: &str) {
    let cx = portal.state.world.system("test");
    let command = LinkIdentity {
        person_id: person,
        provider: "demo".to_owned(),
        issuer: portal
            .provider
            .issuer
            .as_str()
            .trim_end_matches('/')
            .to_owned(),
        subject: subject.to_owned(),
    };
    let linked = portal
        .state
        .db
        .write(move |tx| Box::pin(async move { people::link_identity(tx, &cx, command).await }))
        .await;
    assert!(matches!(linked.unwrap(), Linked::Linked(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_person_stays_out_and_is_put_out() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        browser.get("/profile").await.expect(200);
        portal
            .execute("UPDATE persons SET status = 'suspended'")
            .await;
        browser.get("/profile").await.expect(403);
        let again = portal.browser();
        let page = again.sign_in_as(AINO).await;
        assert_eq!(page.h1(), "You cannot sign in at the moment");
        assert_helpful_refusal(&again, &page, &portal);
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 1);
        assert_eq!(portal.audited("session.refused").await.len(), 1);
    })
    .await;
}

/// The stranger's proof waits for invitation or registration, in their browser alone.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_goes_on_where_they_wanted_to_go() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        for (start, end) in [
            ("/sign-in?return_to=/invitation", "/invitation"),
            ("/sign-in?return_to=/register", "/register"),
            ("/sign-in?return_to=/profile", "/sign-in/not-known"),
        ] {
            let browser = portal.browser();
            let page = browser.sign_in_at(start, "new@elsewhere.example").await;
            assert!(
                page.url.path().starts_with(end),
                "{start} led to {}",
                page.url
            );
            let proof = pending(&portal, &browser);
            assert_eq!(
                proof.verified_email(),
                EmailAddress::parse("new@elsewhere.example").ok().as_ref()
            );
            assert_eq!(
                (proof.given_name.as_str(), proof.provider.as_str()),
                ("New", "demo")
            );
        }
        assert_nothing_stored(&portal).await;
        let empty = portal.browser();
        let page = empty.get("/sign-in/not-known").await.expect(303);
        assert_eq!(page.location().unwrap().path(), "/sign-in");
    })
    .await;
}

/// A browser never holds a session and a stranger's proof at once.
#[tokio::test(flavor = "multi_thread")]
async fn signing_in_as_a_stranger_leaves_the_session_before() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        let old = browser.cookie("sid").unwrap();
        let page = browser
            .sign_in_at("/sign-in?how=other", "new@elsewhere.example")
            .await;
        assert_eq!(page.h1(), UNKNOWN);
        assert!(!browser.is_signed_in());
        browser.set_cookie("sid", &old);
        browser.get("/profile").await.expect(303);
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 0);
        let ended = portal.audited("session.ended").await;
        assert_eq!(ended[0].1["because"], "switched");
    })
    .await;
}

/// What the provider says anew is taken, what was corrected here stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_name_outlives_the_next_sign_in() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        let page = browser.get("/profile").await.expect(200);
        let form = page.form("/profile").with("given_name", "Aino-Maria");
        browser.press(&page, &form).await.expect(200);
        let again = portal.sign_in(AINO).await;
        let page = again.get("/profile").await.expect(200);
        assert_eq!(
            page.form("/profile").field("given_name"),
            Some("Aino-Maria")
        );
        // The provider says something else than last time: that is news.
        portal
            .execute("UPDATE identities SET names_said = 'something else'")
            .await;
        let again = portal.sign_in(AINO).await;
        let page = again.get("/profile").await.expect(200);
        assert_eq!(page.form("/profile").field("given_name"), Some("Aino"));
        assert_eq!(portal.audited("person.refreshed").await.len(), 1);
    })
    .await;
}

/// A provider that is not for staff cannot lend an account the address, and so the rights, of a
/// member of staff, even when its owner also has an account at the provider for staff.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_provider_for_staff_gives_a_staff_address() {
    each_engine(async |test| {
        let plan = Plan {
            more_providers: vec!["other"],
            change: Some(Box::new(|settings| {
                settings.providers[0].trusted_domains = vec!["nordwind.example".to_owned()];
                settings.providers[1].staff = false;
            })),
            ..Plan::default()
        };
        let portal = Portal::start_as(&test, plan).await;
        let mallory = "mallory@kuusi.example";
        let person = portal.add_person(mallory).await;
        // Known at the provider for staff, which says nothing about this address.
        let account = portal.browser();
        account.sign_in_at("/sign-in/with/demo", mallory).await;
        hold(&portal, person, &pending(&portal, &account).subject).await;
        let elsewhere = portal.browser();
        elsewhere.sign_in_at("/sign-in/with/other", mallory).await;
        assert!(elsewhere.is_signed_in());
        // There, the account now has an operator's address.
        let stranger = portal.browser();
        stranger.sign_in_at("/sign-in/with/other", OPERATOR).await;
        let subject = pending(&portal, &stranger).subject;
        let moved = format!("UPDATE identities SET subject = '{subject}' WHERE provider = 'other'");
        portal.execute(Box::leak(moved.into_boxed_str())).await;
        stranger.sign_in_at("/sign-in/with/other", OPERATOR).await;
        assert!(stranger.is_signed_in());
        account.sign_in_at("/sign-in/with/demo", mallory).await;
        assert!(account.is_signed_in());
        for browser in [&account, &stranger] {
            browser.get("/operations").await.expect(404);
        }
        let page = account.get("/profile").await.expect(200);
        assert_eq!(page.form("/profile").field("email"), Some(mallory));
        // The operator comes in as before.
        let operator = portal.browser();
        operator.sign_in_at("/sign-in/with/demo", OPERATOR).await;
        operator.get("/operations").await.expect(200);
    })
    .await;
}

/// The proof that waits in a browser.
fn pending(portal: &Portal, browser: &crate::support::browser::Browser) -> PendingIdentity {
    let cookie = format!("pending={}", browser.cookie("pending").unwrap());
    let headers = [(axum::http::header::COOKIE, cookie.parse().unwrap())]
        .into_iter()
        .collect();
    let cx = portal.state.world.system("test");
    PendingIdentity::read(&headers, &portal.state.settings.portal, &cx).unwrap()
}
