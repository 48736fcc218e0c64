//! Webhooks to other systems: what is told, in which order, signed by whom, and where nothing goes.

mod failing;
mod guarding;
mod operators;
mod telling;

use std::{sync::Arc, time::Duration};

use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use vestibule::{
    audit::Topic,
    db::Error,
    kernel::{
        World,
        ids::{Id, MembershipId, OrganizationId, WebhookId},
    },
    on,
    organizations::{self, Restore, Suspend},
    outbox::{Outbox, Pace},
    settings::{Settings, WebhookSettings},
    webhooks::subscribers::{self, Allowed, Create, CreateError, Made, Subscribers, Wiring},
};

use crate::support::{Plan, Portal, TestDb, receiver::Receiver};

/// Receivers of tests listen here.
pub const LOOPBACK: &str = "127.0.0.0/8";

pub fn allowing(networks: &[&str]) -> Allowed {
    Allowed::of(&WebhookSettings {
        allow_internal: networks.iter().map(ToString::to_string).collect(),
    })
}

pub fn allow_loopback(settings: &mut Settings) {
    settings.webhooks.allow_internal = vec![LOOPBACK.to_owned()];
}

pub async fn portal(test: &TestDb) -> Portal {
    Portal::start_with(test, allow_loopback).await
}

/// A subscriber to these topics.
pub async fn subscribe(portal: &Portal, url: &str, topics: &[Topic]) -> Made {
    try_subscribe(portal, &allowing(&[LOOPBACK]), url, topics)
        .await
        .unwrap()
}

pub async fn try_subscribe(
    portal: &Portal,
    allowed: &Allowed,
    url: &str,
    topics: &[Topic],
) -> Result<Made, CreateError> {
    let command = Create {
        name: "Data warehouse".to_owned(),
        url: url.to_owned(),
        topics: topics.to_vec(),
    };
    let (cx, allowed) = (portal.state.world.system("test"), allowed.clone());
    let made = portal.state.db.write(move |tx| {
        Box::pin(async move { subscribers::create(tx, &cx, &allowed, command).await })
    });
    made.await
}

pub async fn remove(portal: &Portal, id: &WebhookId) -> bool {
    let (cx, id) = (portal.state.world.system("test"), id.clone());
    let removed: Result<bool, Error> = portal
        .state
        .db
        .write(move |tx| Box::pin(async move { subscribers::remove(tx, &cx, &id).await }))
        .await;
    removed.unwrap()
}

pub async fn rotate(portal: &Portal, id: &WebhookId, overlap: Duration) -> Made {
    let (cx, id) = (portal.state.world.system("test"), id.clone());
    let made: Result<Option<Made>, Error> = portal
        .state
        .db
        .write(move |tx| Box::pin(async move { subscribers::rotate(tx, &cx, &id, overlap).await }))
        .await;
    made.unwrap().unwrap()
}

/// Another engine on the same database, as a second node has it.
pub fn engine(test: &TestDb, wiring: Wiring, pace: Pace) -> Outbox {
    let (db, world): (_, World) = (test.db.clone(), test.world.clone());
    Outbox::with_source(db, world, (vec![], Arc::new(Subscribers(wiring))), pace)
}

/// A customer with an admin and somebody who can be suspended, a receiver, a subscriber.
pub struct Scene {
    pub portal: Portal,
    pub receiver: Receiver,
    pub made: Made,
    pub organization: OrganizationId,
    pub member: MembershipId,
}

impl Scene {
    /// With a subscriber to memberships, who knows nothing of what was before.
    pub async fn new(test: &TestDb) -> Self {
        Self::of(test, &[Topic::Membership]).await
    }

    pub async fn of(test: &TestDb, topics: &[Topic]) -> Self {
        let portal = portal(test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let boss = "boss@kuusi.example";
        portal.add_member(&organization, boss, &["admin"]).await;
        let email = "aino@kuusi.example";
        let member = portal.add_member(&organization, email, &["orders"]).await;
        portal.state.outbox.drain().await.unwrap();
        let receiver = Receiver::start().await;
        let made = subscribe(&portal, &receiver.url, topics).await;
        Self {
            portal,
            receiver,
            made,
            organization,
            member,
        }
    }

    pub fn destination(&self) -> String {
        self.made.subscriber.destination()
    }

    pub async fn suspend(&self) {
        let (organization_id, membership_id) = (self.organization.clone(), self.member.clone());
        let (cx, catalogue) = self.context();
        let command = Suspend {
            organization_id,
            membership_id,
            reason: "a secret reason".to_owned(),
        };
        let done = self.portal.state.db.write(move |tx| {
            Box::pin(async move { organizations::suspend(tx, &cx, &catalogue, command).await })
        });
        done.await.unwrap();
    }

    pub async fn restore(&self) {
        let (organization_id, membership_id) = (self.organization.clone(), self.member.clone());
        let (cx, catalogue) = self.context();
        let command = Restore {
            organization_id,
            membership_id,
        };
        let done = self.portal.state.db.write(move |tx| {
            Box::pin(async move { organizations::restore(tx, &cx, &catalogue, command).await })
        });
        done.await.unwrap();
    }

    fn context(&self) -> (vestibule::kernel::Cx, vestibule::access::Catalogue) {
        let state = &self.portal.state;
        (state.world.system("test"), state.catalogue.clone())
    }

    pub async fn drain(&self) {
        self.portal.state.outbox.drain().await.unwrap();
    }

    pub async fn later(&self, seconds: u64) {
        self.portal.clock.advance(Duration::from_secs(seconds));
        self.drain().await;
    }

    /// States of the subscriber's deliveries, oldest first.
    pub async fn states(&self) -> Vec<String> {
        let mut conn = self.portal.state.db.read().await.unwrap();
        on!(conn, |c| sqlx::query_scalar(
            "SELECT state FROM deliveries WHERE destination = $1 ORDER BY seq"
        )
        .bind(self.destination())
        .fetch_all(c)
        .await)
        .unwrap()
    }

    /// State, cause and last reason of the subscriber's newest delivery.
    pub async fn last(&self) -> (String, String, String) {
        let mut conn = self.portal.state.db.read().await.unwrap();
        on!(conn, |c| sqlx::query_as(
            "SELECT state, cause, last_error FROM deliveries WHERE destination = $1 ORDER BY seq DESC LIMIT 1"
        )
        .bind(self.destination())
        .fetch_one(c)
        .await)
        .unwrap()
    }

    pub async fn last_id(&self) -> vestibule::kernel::ids::DeliveryId {
        let mut conn = self.portal.state.db.read().await.unwrap();
        let id: String = on!(conn, |c| sqlx::query_scalar(
            "SELECT id FROM deliveries WHERE destination = $1 ORDER BY seq DESC LIMIT 1"
        )
        .bind(self.destination())
        .fetch_one(c)
        .await)
        .unwrap();
        Id::parse(&id).unwrap()
    }
}

/// What a subscriber was sent, for a library that is not ours, until standard input ends;
/// tests/vendors starts it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves other programs"]
async fn serves_clients_that_are_not_ours() {
    let test = TestDb::sqlite().await;
    let plan = Plan {
        real_time: true,
        change: Some(Box::new(allow_loopback)),
        ..Plan::default()
    };
    let portal = Portal::start_as(&test, plan).await;
    let receiver = Receiver::start().await;
    let made = subscribe(&portal, &receiver.url, Topic::ALL).await;
    let day = Duration::from_secs(86_400);
    let renewed = rotate(&portal, &made.subscriber.id, day).await;
    portal.add_customer("Kuusi Oy").await;
    portal.add_person("aino@kuusi.example").await;
    portal.state.outbox.drain().await.unwrap();
    let sent: Vec<Value> = receiver
        .received()
        .iter()
        .map(|it| {
            let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
            let headers: Vec<_> = names.iter().map(|name| (*name, it.header(name))).collect();
            json!({ "headers": headers, "body": String::from_utf8(it.body.clone()).unwrap() })
        })
        .collect();
    let answer = json!({ "secrets": [renewed.secret, made.secret], "sent": sent });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("serving http://{} none", listener.local_addr().unwrap());
    let routes = Router::new().fallback(move || async move { Json(answer) });
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    let ended =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    ended.await.unwrap().unwrap();
}
