//! Sessions: made at sign-in, ended for good, limited in time, never planted.

use std::{sync::Arc, time::Duration};

use tower_sessions::{SessionStore, session::Id};
use vestibule::access::session_store::Sessions;

use super::AINO;
use crate::support::{Plan, Portal, browser::Browser, each_engine};

async fn is_in(browser: &Browser) -> bool {
    browser.get("/profile").await.status == 200
}

/// A browser with another's session cookie.
fn with_session(portal: &Portal, value: &str) -> Browser {
    let browser = portal.browser();
    browser.set_cookie("sid", value);
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_session_never_becomes_one() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let planted = Id(0x1234_5678_9abc_def0).to_string();
        let victim = with_session(&portal, &planted);
        victim.sign_in_as(AINO).await;
        assert!(is_in(&victim).await);
        assert_ne!(victim.cookie("sid"), Some(planted.clone()));
        assert!(!is_in(&with_session(&portal, &planted)).await);
        for nonsense in ["", "x", "AAAA", &"A".repeat(22), &"A".repeat(4_000)] {
            assert!(!is_in(&with_session(&portal, nonsense)).await, "{nonsense}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_changes_at_sign_in_and_is_dead_after_sign_out() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        let first = browser.cookie("sid").unwrap();
        browser.sign_in_at("/sign-in?how=other", AINO).await;
        let second = browser.cookie("sid").unwrap();
        assert_ne!(first, second);
        assert!(!is_in(&with_session(&portal, &first)).await);
        assert!(is_in(&with_session(&portal, &second)).await);
        browser.post("/sign-out", &[]).await.expect(303);
        assert!(!browser.is_signed_in());
        assert!(!is_in(&with_session(&portal, &second)).await);
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 0);
        // No prefix, case or padding of a live one opens the door either.
        let live = portal.sign_in(AINO).await.cookie("sid").unwrap();
        for altered in [
            &live[..21],
            &format!("{live}="),
            &format!("{live}A"),
            &live.to_lowercase(),
            &live.to_uppercase(),
        ] {
            assert!(!is_in(&with_session(&portal, altered)).await, "{altered}");
        }
        assert!(is_in(&with_session(&portal, &live)).await);
    })
    .await;
}

/// What is stored does not open the door.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_session_that_could_be_used() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        let live = browser.cookie("sid").unwrap();
        let mut conn = portal.state.db.read().await.unwrap();
        let stored: Vec<(String, String, String)> = vestibule::on!(conn, |c| sqlx::query_as(
            "SELECT id, secret_hash, id_token_sealed FROM sessions"
        )
        .fetch_all(c)
        .await)
        .unwrap();
        let (id, hash, token) = &stored[0];
        assert!(![id, hash, token].iter().any(|text| text.contains(&live)));
        // An ID token starts with the base64 of `{"`.
        assert!(!token.is_empty() && !token.contains("eyJ"));
        assert!(!is_in(&with_session(&portal, hash)).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_elsewhere_never_comes_back() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let (phone, desk) = (portal.sign_in(AINO).await, portal.sign_in(AINO).await);
        let page = desk.get("/profile/sessions").await.expect(200);
        assert_eq!(
            page.forms()
                .iter()
                .filter(|form| form.action.ends_with("/end"))
                .count(),
            1
        );
        let page = desk.press(&page, &page.form("/end")).await.expect(200);
        assert!(page.text().contains("Signed out there."), "{}", page.text());
        assert!(!is_in(&phone).await && is_in(&desk).await);
        let ended = portal.audited("session.ended").await;
        assert_eq!(ended.last().unwrap().1["because"], "by_person");
    })
    .await;
}

/// A request that loaded its session before it was ended must not save it back.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_cannot_save_an_ended_session() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        let id: Id = browser.cookie("sid").unwrap().parse().unwrap();
        let state = &portal.state;
        let store = Arc::new(Sessions::new(
            state.db.clone(),
            state.world.clone(),
            state.catalogues.clone(),
            &state.settings.session,
            state.tasks.clone(),
        ));
        let in_flight = store.load(&id).await.unwrap().unwrap();
        store.delete(&id).await.unwrap();
        assert!(store.save(&in_flight).await.is_err());
        assert!(store.load(&id).await.unwrap().is_none());
        let mut again = in_flight.clone();
        assert!(
            store.create(&mut again).await.is_err(),
            "only a sign-in makes a session"
        );
        assert!(!is_in(&browser).await);
        // "Last seen" of a request in flight does not bring it back either.
        portal.clock.advance(Duration::from_secs(120));
        state.tasks.close();
        state.tasks.wait().await;
        assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_when_idle_and_in_any_case() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        portal.clock.advance(Duration::from_secs(59 * 60));
        assert!(is_in(&browser).await);
        seen(&portal).await;
        portal.clock.advance(Duration::from_secs(59 * 60));
        assert!(is_in(&browser).await);
        seen(&portal).await;
        portal.clock.advance(Duration::from_secs(60 * 60));
        let page = browser.get("/profile").await.expect(303);
        assert_eq!(page.path_of_location(), "/sign-in?return_to=%2Fprofile");
        // However busy, after twelve hours it is over.
        let browser = portal.sign_in(AINO).await;
        for _ in 0..14 {
            portal.clock.advance(Duration::from_secs(50 * 60));
            assert!(is_in(&browser).await);
            seen(&portal).await;
        }
        portal.clock.advance(Duration::from_secs(20 * 60));
        assert!(!is_in(&browser).await);
    })
    .await;
}

/// Waits until "last seen" of the newest session is written.
async fn seen(portal: &Portal) {
    let now = portal.clock.now().as_micros();
    for _ in 0..200 {
        if portal.count("SELECT max(last_seen_at) FROM sessions").await == now {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("last seen was not written");
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_bound_to_this_site_and_kept_from_scripts() {
    each_engine(async |test| {
        let portal = Portal::start_as(
            &test,
            Plan {
                https: true,
                ..Plan::default()
            },
        )
        .await;
        portal.add_person(AINO).await;
        let browser = portal.sign_in(AINO).await;
        browser.open("/profile?lang=de").await.expect(200);
        browser.post("/sign-out", &[]).await.expect(303);
        let own: Vec<String> = browser
            .received_cookies()
            .into_iter()
            .filter(|line| !line.starts_with("vestibule_demo_provider"))
            .collect();
        assert!(own.iter().any(|line| line.starts_with("__Host-sid=")));
        assert!(own.iter().any(|line| line.starts_with("__Host-attempt-")));
        for line in &own {
            let lower = line.to_lowercase();
            assert!(line.starts_with("__Host-"), "{line}");
            let is_removal = lower.contains("max-age=0");
            for needed in ["path=/", "httponly", "secure", "samesite=lax"] {
                assert!(lower.contains(needed) || is_removal, "{needed}: {line}");
            }
            assert!(!lower.contains("domain="), "{line}");
            assert!(line.len() <= 4_096, "{} bytes", line.len());
        }
        let session = own
            .iter()
            .find(|line| line.starts_with("__Host-sid=") && line.len() > 60)
            .unwrap();
        assert!(
            !session.to_lowercase().contains("max-age"),
            "ends with the browser: {session}"
        );
        let page = browser.get("/sign-out").await;
        assert!(
            page.headers["strict-transport-security"]
                .to_str()
                .unwrap()
                .contains("max-age=")
        );
    })
    .await;
}
