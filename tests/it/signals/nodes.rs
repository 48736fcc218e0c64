//! Several nodes: with other settings, with another key.

use std::time::Duration;

use openidconnect::JsonWebKey as _;
use vestibule::{
    app::AppState,
    kernel::{Keyring, World},
    settings::SignalSettings,
    signals::{self, FORGOTTEN_AFTER},
};

use super::{
    end_something,
    scene::{Scene, verified},
};
use crate::support::{Portal, TestDb, each_engine};

const WAITING: &str =
    "SELECT count(*) FROM deliveries WHERE state = 'waiting' AND destination = 'service:docs'";

fn without_docs(portal: &Portal) -> Vec<SignalSettings> {
    let all = portal.state.settings.signals.iter();
    all.filter(|it| it.key != "docs").cloned().collect()
}

async fn says(portal: &Portal, receivers: &[SignalSettings]) {
    let state = &portal.state;
    signals::subscribe(&state.db, &state.world, receivers)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_older_settings_takes_no_receiver_away() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let ada = portal.add_person("ada@kuusi.example").await;
        let (all, older) = (portal.state.settings.signals.clone(), without_docs(portal));
        // Both sweep, minute by minute, for longer than a receiver is remembered.
        for _ in 0..90 {
            says(portal, &older).await;
            says(portal, &all).await;
            portal.clock.advance(Duration::from_secs(60));
        }
        says(portal, &older).await;
        end_something(&scene, &ada).await;
        scene.tell().await;
        assert_eq!(scene.told(), [1, 1, 1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_leaves_the_settings_leaves_nothing_waiting() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let ada = portal.add_person("ada@kuusi.example").await;
        end_something(&scene, &ada).await;
        let kept = without_docs(portal);
        says(portal, &kept).await;
        assert_eq!(portal.count(WAITING).await, 1, "another node may know it");
        portal.clock.advance(FORGOTTEN_AFTER);
        says(portal, &kept).await;
        assert_eq!(portal.count(WAITING).await, 0);
        end_something(&scene, &ada).await;
        assert_eq!(portal.count(WAITING).await, 0);
        says(portal, &kept).await;
        scene.tell().await;
        assert_eq!(scene.told(), [2, 0, 2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anybody_is_served_there_is_a_key_and_who_is_told() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        portal.execute("DELETE FROM subscriptions").await;
        signals::prepare(&portal.state).await.unwrap();
        let keys = "SELECT count(*) FROM signing_keys";
        assert_eq!(portal.count(keys).await, 1);
        let told = "SELECT count(*) FROM subscriptions WHERE topic = 'access'";
        assert_eq!(portal.count(told).await, 3);
        let page = portal.browser().get("/.well-known/jwks.json").await;
        assert_eq!(page.headers["cache-control"], "public, max-age=3600");
    })
    .await;
}

/// The installation with another `security.encryption_key`.
fn with_other_key(test: &TestDb, portal: &Portal) -> AppState {
    let world = World {
        keys: Keyring::new([0x5c; 32]),
        ..test.world.clone()
    };
    AppState::with(portal.state.settings.clone(), test.db.clone(), world).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_signed_though_the_key_of_the_installation_was_changed() {
    each_engine(async |test| {
        let scene = Scene::start(&test).await;
        let portal = &scene.portal;
        let first = portal.state.signing_keys.signer().await.unwrap();
        let ada = portal.add_person("ada@kuusi.example").await;
        end_something(&scene, &ada).await;
        let changed = with_other_key(&test, portal);
        changed.outbox.drain().await.unwrap();
        assert_eq!(scene.told(), [1, 1, 1]);
        let published = scene.keys().await;
        assert_eq!(
            published.keys().len(),
            2,
            "tokens on their way still verify"
        );
        let (header, _) = verified(&scene.shop.received()[0], &published);
        assert_ne!(header["kid"], first.id());
        let kids: Vec<&str> = published
            .keys()
            .iter()
            .map(|key| key.key_id().unwrap().as_str())
            .collect();
        assert!(kids.contains(&first.id()));
        changed.signing_keys.keep().await.unwrap();
        assert_eq!(
            portal.count("SELECT count(*) FROM signing_keys").await,
            2,
            "one successor"
        );
    })
    .await;
}
