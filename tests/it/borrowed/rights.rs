//! A lender who may do less than the portal asks for, and a page that must not guess passwords.

use std::time::Duration;

use serde_json::json;
use vestibule::{
    app::AppState,
    crm::port::{Account, Record},
    kernel::{Keyring, World},
    organizations,
    settings::{ConnectionSettings, CredentialSource, LeaverRule, LeaverSettings},
};

use super::{KEPT, PAGE, TOKEN, WIPE, borrowed, endings, join, lend, scene, waiting, written};
use crate::support::{
    Portal, TestDb,
    crm_stand_in::{Fault, StandIn},
    each_engine,
    portal::REP,
};

fn forbidden() -> Fault {
    Fault::Status(403, None)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refused_call_does_not_cost_the_credential() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        crm.fail_next(forbidden());
        assert!(portal.state.crm.catch_up("crm").await.is_err());
        assert_eq!(portal.count(KEPT).await, 1);
        assert!(endings(&portal).await.is_empty());
        portal.state.crm.catch_up("crm").await.unwrap();
        join(&portal, &organization, &["ada"]).await;
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 1);
        assert_eq!(waiting(&portal).await, (0, 0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_that_the_lender_may_not_do_is_one_dead_letter() {
    each_engine(async |test| {
        let crm = StandIn::start().await;
        crm.lock().tokens.insert(TOKEN.to_owned());
        crm.lock().overview = Some(json!({}));
        let mut settings = borrowed(&crm, 1);
        settings.leaver = Some(LeaverSettings {
            rule: LeaverRule::Queue,
            queue: "q-1".to_owned(),
            queue_name: "Service desk".to_owned(),
        });
        let portal = Portal::start_with(&test, move |all| all.connections = vec![settings]).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let account = {
            let mut conn = portal.state.db.read().await.unwrap();
            let found = organizations::find(&mut conn, &organization).await;
            found.unwrap().unwrap().crm_account_id
        };
        crm.lock().records.put(Record::Account(Account {
            id: account,
            ..Account::default()
        }));
        let boss = "boss@kuusi.example";
        portal.add_member(&organization, boss, &["admin"]).await;
        let ben = portal
            .add_member(&organization, "ben@kuusi.example", &["reader"])
            .await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        portal.state.outbox.drain().await.unwrap();
        let boss = portal.sign_in(boss).await;
        portal.state.outbox.drain().await.unwrap();
        let remove = format!("/organizations/{organization}/members/{ben}/remove");
        boss.post(&remove, &[("reason", "")]).await.expect(303);
        // The write goes through, what follows from it may not be done.
        crm.fail_next(Fault::Slow(Duration::ZERO));
        crm.fail_next(forbidden());
        portal.state.outbox.drain().await.unwrap();
        assert_eq!(crm.count_calls("/contacts/hand-over"), 1);
        assert_eq!(portal.count(KEPT).await, 1);
        let dead = "SELECT count(*) FROM deliveries WHERE state = 'dead' AND cause = 'forbidden'";
        assert_eq!(portal.count(dead).await, 1);
        let paused = "SELECT count(*) FROM destinations WHERE paused_until IS NOT NULL";
        assert_eq!(portal.count(paused).await, 0);
        join(&portal, &organization, &["cleo"]).await;
        assert_eq!(
            portal.state.outbox.drain().await.unwrap(),
            1,
            "the lane goes on"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_lender_does_not_wait_for_the_pause_of_the_one_before() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        join(&portal, &organization, &["ada"]).await;
        crm.fail_next(forbidden());
        portal.state.outbox.drain().await.unwrap();
        let paused = "SELECT count(*) FROM destinations WHERE destination = 'crm:crm' AND paused_until IS NOT NULL";
        assert_eq!(portal.count(paused).await, 1);
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 0);
        rep.post(WIPE, &[]).await.expect(303);
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        assert_eq!(portal.count(paused).await, 0);
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 1, "at once");
        let open = "SELECT count(*) FROM tasks WHERE kind = 'credentials_refused' AND closed_at IS NULL";
        assert_eq!(portal.count(open).await, 0, "the task about it is closed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_a_person_stays_when_somebody_lends() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        join(&portal, &organization, &["ada"]).await;
        crm.fail_next(forbidden());
        portal.state.outbox.drain().await.unwrap();
        portal
            .execute(
                "UPDATE destinations SET paused_by_person = TRUE WHERE destination = 'crm:crm'",
            )
            .await;
        rep.post(WIPE, &[]).await.expect(303);
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 0);
    })
    .await;
}

/// The same installation with other connections, or another key.
fn restarted(
    test: &TestDb,
    portal: &Portal,
    change: impl FnOnce(&mut ConnectionSettings, &mut World),
) -> AppState {
    let (mut settings, mut world) = (portal.state.settings.clone(), test.world.clone());
    change(&mut settings.connections[0], &mut world);
    AppState::with(settings, test.db.clone(), world).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_open_any_more_is_wiped_and_the_next_one_counts() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        let changed = || {
            restarted(&test, &portal, |_, world| {
                world.keys = Keyring::new([0x5c; 32]);
            })
        };
        // A write finds out, and so does whoever reads.
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        join(&portal, &organization, &["ada"]).await;
        changed().outbox.drain().await.unwrap();
        assert_eq!(
            waiting(&portal).await,
            (1, 0, 0),
            "it waits, nothing failed"
        );
        assert_eq!(
            (portal.count(KEPT).await, endings(&portal).await),
            (0, vec!["unreadable".to_owned()])
        );
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        assert!(changed().crm.catch_up("crm").await.is_err());
        assert_eq!(endings(&portal).await, ["unreadable", "unreadable"]);
        let page = rep.get(PAGE).await.expect(200);
        assert!(
            page.text().contains("could not be opened"),
            "{}",
            page.text()
        );
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        portal.state.outbox.drain().await.unwrap();
        assert_eq!(written(&crm).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_never_gets_the_value() {
    each_engine(async |test| {
        let (portal, _crm, organization) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        join(&portal, &organization, &["ada"]).await;
        let elsewhere = StandIn::start().await;
        elsewhere.lock().tokens.insert(TOKEN.to_owned());
        let url = elsewhere.settings().url;
        let moved = restarted(&test, &portal, |connection, _| connection.url = url);
        moved.outbox.drain().await.unwrap();
        assert!(elsewhere.lock().by.is_empty());
        assert_eq!(
            (portal.count(KEPT).await, endings(&portal).await),
            (0, vec!["unreadable".to_owned()])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lent_to_a_connection_that_borrows_no_more_is_wiped() {
    each_engine(async |test| {
        let (portal, _crm, _) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        let own = |connection: &mut ConnectionSettings, _: &mut World| {
            connection.credential = CredentialSource::Own;
            connection.token = Some("own-token".to_owned().into());
        };
        let gone = |connection: &mut ConnectionSettings, _: &mut World| {
            connection.key = "other".to_owned();
        };
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        portal.state.crm.keep_borrowed().await.unwrap();
        assert_eq!(portal.count(KEPT).await, 1);
        let other = restarted(&test, &portal, own);
        other.crm.keep_borrowed().await.unwrap();
        assert_eq!(portal.count(KEPT).await, 0);
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        let other = restarted(&test, &portal, gone);
        other.crm.keep_borrowed().await.unwrap();
        assert_eq!(portal.count(KEPT).await, 0);
        assert_eq!(
            endings(&portal).await,
            ["connection_left", "connection_left"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_not_guessed_here() {
    each_engine(async |test| {
        let (portal, crm, _) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        // What says nothing of the value is no try.
        for _ in 0..6 {
            crm.fail_next(Fault::Status(500, None));
            let page = lend(&rep, TOKEN, "4", "0").await.expect(422);
            assert!(page.text().contains("gave no answer"), "{}", page.text());
        }
        for number in 0..5 {
            let guess = format!("guess-number-{number}");
            let page = lend(&rep, &guess, "4", "0").await.expect(422);
            assert!(
                page.text().contains("does not accept it"),
                "{}",
                page.text()
            );
        }
        let asked = crm.lock().by.len();
        let page = lend(&rep, TOKEN, "4", "0").await.expect(422);
        assert!(page.text().contains("five values"), "{}", page.text());
        assert_eq!(crm.lock().by.len(), asked, "the CRM is not asked");
        let refused = portal.audited("credential.refused").await;
        assert_eq!(refused.len(), 5);
        for (_, detail) in &refused {
            assert_eq!(*detail, json!({"connection": "crm"}), "and no value");
        }
        portal.clock.advance(Duration::from_secs(15 * 60));
        for _ in 0..6 {
            lend(&rep, TOKEN, "4", "0").await.expect(303);
            rep.post(WIPE, &[]).await.expect(303);
        }
    })
    .await;
}
