//! Three receivers, and tokens verified by a library that we did not write.

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::future::BoxFuture;
use openidconnect::{
    JsonWebKey as _, JsonWebKeySet,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use vestibule::{
    db::{Error, Tx},
    kernel::{Actor, Cx},
    settings::SignalSettings,
    signals,
};

use crate::support::{
    Portal, TestDb,
    receiver::{Received, Receiver},
};

pub(super) const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
pub(super) const REVOKED: &str =
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

pub(super) fn signal(
    key: &str,
    form: &str,
    receiver: &Receiver,
    service: Option<&str>,
) -> SignalSettings {
    let value = json!({
        "key": key, "form": form, "url": receiver.url, "audience": format!("{key}-client"), "service": service,
        "session_required": key == "docs", "token": (form == "caep").then_some("push-token"),
    });
    serde_json::from_value(value).unwrap()
}

/// Three receivers: a shop and the manuals with logout tokens, a security console with events.
pub(super) struct Scene {
    pub(super) portal: Portal,
    pub(super) shop: Receiver,
    pub(super) docs: Receiver,
    pub(super) console: Receiver,
}

impl Scene {
    pub(super) async fn start(test: &TestDb) -> Self {
        let (shop, docs, console) = (
            Receiver::start().await,
            Receiver::start().await,
            Receiver::start().await,
        );
        let signals = vec![
            signal("shop", "logout", &shop, Some("shop")),
            signal("docs", "logout", &docs, Some("docs")),
            signal("console", "caep", &console, None),
        ];
        let portal = Portal::start_with(test, move |all| all.signals = signals).await;
        let state = &portal.state;
        signals::subscribe(&state.db, &state.world, &state.settings.signals)
            .await
            .unwrap();
        Self {
            portal,
            shop,
            docs,
            console,
        }
    }

    pub(super) fn forget(&self) {
        for receiver in [&self.shop, &self.docs, &self.console] {
            receiver.forget();
        }
    }

    pub(super) async fn tell(&self) {
        self.portal.state.outbox.drain().await.unwrap();
    }

    pub(super) async fn keys(&self) -> JsonWebKeySet<CoreJsonWebKey> {
        let page = self
            .portal
            .browser()
            .get("/.well-known/jwks.json")
            .await
            .expect(200);
        serde_json::from_str(&page.body).unwrap()
    }

    /// How many each was told.
    pub(super) fn told(&self) -> [usize; 3] {
        [&self.shop, &self.docs, &self.console].map(|it| it.received().len())
    }

    pub(super) async fn write<T, E, F>(&self, actor: Actor, work: F) -> T
    where
        F: for<'t> FnOnce(&'t mut Tx, Cx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + std::fmt::Debug + Send + 'static,
    {
        let cx = self.portal.state.world.cx(actor);
        let done = self.portal.state.db.write(move |tx| work(tx, cx)).await;
        done.unwrap()
    }
}

pub(super) fn token_of(received: &Received) -> String {
    let body = String::from_utf8(received.body.clone()).unwrap();
    match received.header("content-type") {
        "application/x-www-form-urlencoded" => {
            let mut pairs = url::form_urlencoded::parse(body.as_bytes());
            let (name, token) = pairs.next().unwrap();
            assert_eq!(name, "logout_token");
            assert!(pairs.next().is_none());
            token.into_owned()
        }
        "application/secevent+jwt" => {
            assert_eq!(received.header("accept"), "application/json");
            assert_eq!(received.header("authorization"), "Bearer push-token");
            body
        }
        other => panic!("{other}"),
    }
}

/// Header and claims, when a published key explains the signature: verified by a library of others.
pub(super) fn verified(
    received: &Received,
    keys: &JsonWebKeySet<CoreJsonWebKey>,
) -> (Value, Value) {
    let token = token_of(received);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let parts: Vec<Value> = signed
        .split('.')
        .map(|part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(parts[0]["alg"], "RS256");
    let kid = parts[0]["kid"].as_str().unwrap();
    let key = keys
        .keys()
        .iter()
        .find(|key| key.key_id().is_some_and(|id| id.as_str() == kid));
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
    key.expect("its key is published")
        .verify_signature(&algorithm, signed.as_bytes(), &signature)
        .unwrap();
    (parts[0].clone(), parts[1].clone())
}

pub(super) fn names(claims: &Value) -> BTreeSet<&str> {
    claims
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Every rule of OpenID Connect Back-Channel Logout 1.0 section 2.4.
pub(super) fn is_logout(portal: &Portal, (header, claims): &(Value, Value), audience: &str) {
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(claims["iss"], portal.url.origin().ascii_serialization());
    assert_eq!(claims["aud"], audience);
    assert_eq!(claims["events"], json!({ LOGOUT: {} }));
    let now = portal.state.world.clock.now().as_seconds();
    assert_eq!(claims["iat"], now);
    let ends = claims["exp"].as_i64().unwrap();
    assert!(ends > now && ends <= now + 120, "two minutes at most");
    assert!(!claims["jti"].as_str().unwrap().is_empty());
    assert!(claims.get("nonce").is_none());
    let allowed = BTreeSet::from(["iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"]);
    assert!(names(claims).is_subset(&allowed), "{claims}");
}

/// RFC 8417 2, SSF 1.0 and CAEP 1.0.
pub(super) fn is_event(portal: &Portal, (header, claims): &(Value, Value)) {
    assert_eq!(header["typ"], "secevent+jwt");
    assert_eq!(claims["iss"], portal.url.origin().ascii_serialization());
    assert_eq!(claims["aud"], "console-client");
    assert!(
        claims.get("sub").is_none() && claims.get("exp").is_none(),
        "{claims}"
    );
    assert_eq!(
        names(claims),
        BTreeSet::from(["aud", "events", "iat", "iss", "jti", "sub_id", "txn"])
    );
    let events = claims["events"].as_object().unwrap();
    assert_eq!(events.len(), 1);
    assert!(events[REVOKED]["event_timestamp"].is_i64(), "{claims}");
}
