//! `POST /api/v1/crm/{connection}/notices`: a CRM's own webhook, in the vendor's form and with the
//! vendor's proof.
//!
//! A notice is a hint: once it is proven, the change feed is read, and what the feed says holds. A
//! notice that comes twice, late or in another order does no harm, and one that is lost is caught by
//! the poll.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{OriginalUri, Path, State},
    http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use governor::{DefaultDirectRateLimiter, Quota};
use url::Url;

use crate::{
    crm::{
        Connections,
        port::{Forged, Notice, Reply},
    },
    kernel::World,
    web::Problem,
};

/// The router's pattern, for vendors that sign what they send.
pub const PATH: &str = "/api/v1/crm/{connection}/notices";
/// The same for vendors that sign nothing: the last part is a secret.
pub const PATH_WITH_SECRET: &str = "/api/v1/crm/{connection}/notices/{secret}";
/// Bytes of one notice; Dataverse sends 256 KB at most, HubSpot 100 events.
const LARGEST_NOTICE: usize = 1024 * 1024;
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);
const PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(49);

/// What the endpoint needs.
pub struct Notices {
    world: World,
    connections: Connections,
    public_url: Url,
    limiters: HashMap<String, DefaultDirectRateLimiter>,
}

impl Notices {
    /// Every connection may send; its adapter says what proves it.
    #[must_use]
    pub fn new(world: World, connections: Connections, public_url: Url) -> Self {
        let quota = Quota::per_second(PER_SECOND).allow_burst(BURST);
        let limiter = |key: &str| (key.to_owned(), DefaultDirectRateLimiter::direct(quota));
        Self {
            limiters: connections.iter().map(|it| limiter(it.key())).collect(),
            world,
            connections,
            public_url,
        }
    }
}

/// The routes; `S` is the state of the router they join.
pub fn routes<S: Clone + Send + Sync + 'static>(notices: Arc<Notices>) -> Router<S> {
    Router::new()
        .route(PATH, post(signed))
        .route(PATH_WITH_SECRET, post(with_secret))
        .with_state(notices)
}

async fn signed(
    State(notices): State<Arc<Notices>>,
    Path(connection): Path<String>,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    take(&notices, (&connection, ""), uri, &headers, body).await
}

async fn with_secret(
    State(notices): State<Arc<Notices>>,
    Path((connection, secret)): Path<(String, String)>,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    take(&notices, (&connection, &secret), uri, &headers, body).await
}

async fn take(
    notices: &Notices,
    (key, secret): (&str, &str),
    OriginalUri(uri): OriginalUri,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = to_bytes(body, LARGEST_NOTICE).await.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The notice is too large")
            .detail("A notice holds 1 MB at most.")
    })?;
    let Some(connection) = notices.connections.get(key) else {
        return Err(unproven());
    };
    let mut url = notices.public_url.clone();
    url.set_path(uri.path());
    url.set_query(uri.query());
    let headers = texts(headers);
    let notice = Notice {
        method: Method::POST.as_str(),
        url: url.as_str(),
        secret,
        headers: &headers,
        body: &body,
        now: notices.world.clock.now(),
    };
    let reply = match connection.crm.hear(&notice).await {
        Ok(reply) => reply,
        Err(Forged(reason)) => {
            tracing::warn!(connection = key, reason, "a notice was not accepted");
            return Err(unproven());
        }
    };
    let limiter = notices.limiters.get(key);
    if limiter.is_some_and(|limiter| limiter.check().is_ok()) {
        notices.connections.wake(key);
    }
    Ok(answer(reply))
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

/// The same for an unknown connection and a wrong proof.
fn unproven() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "The notice proves no sender").detail(
        "Check the connection's key in the address, the secret or signature, and the clock.",
    )
}

fn answer(reply: Reply) -> Response {
    if reply.media_type.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    ([(CONTENT_TYPE, reply.media_type)], reply.body).into_response()
}
