//! Internal addresses: refused when they are typed, and when they are connected to.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::BoxFuture;
use vestibule::{
    audit::Topic,
    outbox::Pace,
    webhooks::subscribers::{CreateError, Lookup, Unfit, Wiring},
};

use super::{LOOPBACK, Scene, allowing, engine, try_subscribe};
use crate::support::{each_engine, receiver::Receiver};

/// Answers each question with the next of these lists, the last one for ever.
struct Changing {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Changing {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let read = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self {
            answers: answers.iter().map(read).collect(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Lookup for Changing {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[turn.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_inside_is_not_connected_to() {
    each_engine(async |test| {
        let scene = Scene::of(&test, &[Topic::Contract]).await;
        let inside = Receiver::start().await;
        let port = inside.url.split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
        let url = format!("https://hooks.example:{port}/");
        let none = allowing(&[]);
        try_subscribe(&scene.portal, &none, &url, &[Topic::Membership]).await.unwrap();
        let (db, world) = (&test.db, &test.world);
        for (number, answers) in [
            &[&["127.0.0.1"] as &[&str]] as &[&[&str]],
            &[&["::1", "10.0.0.1", "169.254.169.254"]],
            &[&["::ffff:127.0.0.1"]],
            // Public when it was looked at, internal when it is connected to: only the one answer
            // that is connected to counts.
            &[&["127.0.0.1"], &["8.8.8.8"]],
        ]
        .into_iter()
        .enumerate()
        {
            let lookup = Changing::new(answers);
            let wiring = Wiring::with_lookup(db, world, none.clone(), lookup.clone()).unwrap();
            let outbox = engine(&test, wiring, Pace::default());
            scene.suspend().await;
            outbox.drain().await.unwrap();
            let dead = "SELECT count(*) FROM deliveries WHERE state = 'dead' AND cause = 'address'";
            assert_eq!(scene.portal.count(dead).await, 1, "{number}");
            assert_eq!(lookup.asked.load(Ordering::SeqCst), 1, "resolved once");
            scene.portal.execute("UPDATE deliveries SET state = 'skipped', cause = ''  WHERE state = 'dead'").await;
            scene.restore().await;
            scene.portal.execute("UPDATE deliveries SET state = 'skipped' WHERE state = 'waiting' AND kind = 'happened'").await;
        }
        assert_eq!(inside.received().len(), 0);

        // What the configuration allows is connected to, by the very address that was judged.
        let lookup = Changing::new(&[&["10.0.0.1", "127.0.0.1"]]);
        let wiring = Wiring::with_lookup(db, world, allowing(&[LOOPBACK]), lookup).unwrap();
        let outbox = engine(&test, wiring, Pace::default());
        scene.suspend().await;
        outbox.drain().await.unwrap();
        // No TLS there, so no request; but a connection was tried, and nothing was refused by us.
        let (state, reason) = {
            let mut conn = test.db.read().await.unwrap();
            let row: (String, String) = vestibule::on!(conn, |c| sqlx::query_as(
                "SELECT state, last_error FROM deliveries WHERE kind = 'happened' ORDER BY seq DESC LIMIT 1"
            ).fetch_one(c).await).unwrap();
            row
        };
        assert_eq!(state, "waiting", "{reason}");
        assert_eq!(reason, "No connection.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_allowed_any_more_is_refused() {
    each_engine(async |test| {
        let scene = Scene::new(&test).await;
        scene.suspend().await;
        let wiring = Wiring::new(&test.db, &test.world, allowing(&["10.0.0.0/8"])).unwrap();
        engine(&test, wiring, Pace::default())
            .drain()
            .await
            .unwrap();
        assert_eq!(scene.receiver.received().len(), 0);
        let (state, cause, reason) = scene.last().await;
        assert_eq!((state.as_str(), cause.as_str()), ("dead", "address"));
        assert!(reason.contains("webhooks.allow_internal"), "{reason}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_subscribes_an_internal_address() {
    each_engine(async |test| {
        let scene = Scene::of(&test, &[Topic::Contract]).await;
        let before = scene
            .portal
            .count("SELECT count(*) FROM webhook_subscribers")
            .await;
        for (url, why) in [
            ("https://127.0.0.1/", Unfit::Internal),
            ("https://localhost:8443/", Unfit::Internal),
            ("https://[::ffff:10.0.0.1]/", Unfit::Internal),
            ("https://169.254.169.254/latest/meta-data", Unfit::Internal),
            ("https://0x7f000001/", Unfit::Internal),
            ("http://hooks.example/", Unfit::NotHttps),
            ("ftp://hooks.example/", Unfit::Malformed),
            ("https://a:b@hooks.example/", Unfit::Credentials),
        ] {
            match try_subscribe(&scene.portal, &allowing(&[]), url, &[Topic::Person]).await {
                Err(CreateError::Address(unfit)) => assert_eq!(unfit, why, "{url}"),
                _ => panic!("{url} was taken"),
            }
        }
        let after = scene
            .portal
            .count("SELECT count(*) FROM webhook_subscribers")
            .await;
        assert_eq!(before, after);
    })
    .await;
}
