//! Subscribers on the operators' pages: made, tried, renewed, paused, removed.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Scene, portal};
use crate::support::{
    Portal,
    browser::Page,
    each_engine,
    portal::{DESK, OPERATOR, REP},
    receiver::{Receiver, status, with},
};

const PAGE: &str = "/operations/webhooks";

fn secret(page: &Page) -> String {
    let (_, rest) = page
        .body
        .split_once("id=\"webhook_secret\" value=\"")
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Runs the portal's own workers.
fn work(portal: &Portal) -> CancellationToken {
    let stop = CancellationToken::new();
    portal.state.outbox.start(&TaskTracker::new(), &stop);
    stop
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_makes_tries_renews_pauses_and_removes() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let stop = work(&portal);
        let receiver = Receiver::start().await;
        let browser = portal.sign_in(OPERATOR).await;
        let empty = browser.get(PAGE).await.expect(200);
        assert!(empty.text().contains("Nobody is told anything"));
        let fields = [
            ("name", "Data warehouse"),
            ("url", receiver.url.as_str()),
            ("topics", "membership"),
            ("topics", "contract"),
        ];
        let made = browser.post(PAGE, &fields).await.expect(200);
        let first = secret(&made);
        assert!(first.starts_with("whsec_"));
        assert_eq!(made.headers["cache-control"], "no-store");
        let list = browser.get(PAGE).await.expect(200);
        assert!(
            list.text().contains("Data warehouse")
                && list.text().contains("Memberships · Contracts")
                    | list.text().contains("Contracts · Memberships")
        );
        let start = list.body.find("/operations/webhooks/whk_").unwrap();
        let one = list.body[start..].split('"').next().unwrap().to_owned();

        // A test, over the same way as every other event.
        receiver.answer(|_| with(202, &[], "thank you"));
        let sent = browser.post(&format!("{one}/test"), &[]).await.expect(303);
        let page = browser.follow(sent).await;
        assert!(
            page.text()
                .contains("The test arrived. The answer: 202 Accepted"),
            "{}",
            page.text()
        );
        let test_event = receiver.one("test");
        assert!(test_event.is_signed_with(&first));
        receiver.answer(|_| with(500, &[], "out of order"));
        let sent = browser.post(&format!("{one}/test"), &[]).await.expect(303);
        let page = browser.follow(sent).await;
        assert!(
            page.text().contains("The test did not arrive") && page.text().contains("out of order"),
            "{}",
            page.text()
        );
        receiver.answer(|_| status(204));

        let renewed = browser
            .post(&format!("{one}/rotate"), &[])
            .await
            .expect(200);
        let second = secret(&renewed);
        assert_ne!(first, second);
        receiver.forget();
        browser.post(&format!("{one}/test"), &[]).await.expect(303);
        let both = receiver.received().pop().unwrap();
        assert!(both.is_signed_with(&first) && both.is_signed_with(&second));

        let page = browser.get(&one).await.expect(200);
        assert!(page.text().contains("The old secret signs too until"));
        let question = browser.get(&page.link("Pause")).await.expect(200);
        let form = question.form("/pause").with("reason", "moving");
        let paused = browser.submit(&question, &form).await.expect(303);
        assert_eq!(paused.path_of_location(), one);
        let paused = browser.follow(paused).await;
        assert!(
            paused.text().contains("Paused") && paused.text().contains("moving"),
            "{}",
            paused.text()
        );
        receiver.forget();
        let waits = browser.post(&format!("{one}/test"), &[]).await.expect(303);
        let page = browser.follow(waits).await;
        assert!(page.text().contains("The test is on its way"));
        assert_eq!(receiver.received().len(), 0);

        let question = browser.get(&format!("{one}/remove")).await.expect(200);
        assert!(question.h1().contains("Data warehouse"));
        browser
            .submit(&question, &question.form("/remove"))
            .await
            .expect(303);
        browser.get(&one).await.expect(404);
        for address in [
            format!("{one}/test"),
            format!("{one}/rotate"),
            format!("{one}/remove"),
        ] {
            browser.post(&address, &[]).await.expect(404);
        }
        // Neither secret is on any page, in the log, or in what was recorded.
        for address in [
            PAGE,
            "/operations/audit",
            "/operations/deliveries",
            "/operations",
        ] {
            let page = browser.get(address).await.expect(200);
            assert!(!page.body.contains("whsec_"), "{address}");
        }
        let log = browser
            .get("/operations/audit?action=webhook.created")
            .await
            .expect(200);
        assert!(
            log.text()
                .contains("added the webhook subscriber Data warehouse")
        );
        assert!(!log.body.contains("in-the-address"));
        stop.cancel();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_at_its_field() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let good = "https://hooks.example/";
        for (name, url, topics, field) in [
            (" ", good, "person", "name"),
            ("x", "", "person", "url"),
            ("x", "hooks.example", "person", "url"),
            ("x", "http://hooks.example/", "person", "url"),
            ("x", "https://10.0.0.1/", "person", "url"),
            ("x", "https://u:p@hooks.example/", "person", "url"),
            ("x", good, "", "topics"),
            ("x", good, "everything", "topics"),
        ] {
            let fields = [("name", name), ("url", url), ("topics", topics)];
            let page = browser.post(PAGE, &fields).await.expect(422);
            assert!(
                page.body.contains(&format!("href=\"#{field}")),
                "{name} {url} {topics}: {}",
                page.text()
            );
        }
        assert_eq!(
            portal
                .count("SELECT count(*) FROM webhook_subscribers")
                .await,
            0
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_see_subscribers() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        let one = format!("{PAGE}/{}", scene.made.subscriber.id);
        for who in [REP, DESK] {
            let browser = scene.portal.sign_in(who).await;
            for address in [PAGE, &one] {
                assert!(
                    matches!(browser.get(address).await.status.as_u16(), 403 | 404),
                    "{who}"
                );
            }
            let test = browser.post(&format!("{one}/test"), &[]).await;
            assert!(matches!(test.status.as_u16(), 403 | 404), "{who}");
        }
        let operator = scene.portal.sign_in(OPERATOR).await;
        operator
            .get(&format!("{PAGE}/whk_00000000000000000000000000"))
            .await
            .expect(404);
        scene.suspend().await;
        scene.drain().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        let page = operator.get(&one).await.expect(200);
        assert!(
            page.text().contains("membership.suspended") && page.text().contains("204 No Content"),
            "{}",
            page.text()
        );
        let all = operator
            .get(&format!(
                "/operations/deliveries?destination={}",
                scene.destination()
            ))
            .await
            .expect(200);
        assert!(
            all.text().contains("membership.suspended") && all.text().contains("Data warehouse")
        );
    })
    .await;
}
