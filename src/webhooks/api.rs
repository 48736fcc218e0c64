//! `POST /api/v1/crm/{connection}/events`.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Extension, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use governor::{DefaultDirectRateLimiter, Quota};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Intake, ReceiveError, Received, receive, verify};
use crate::{
    crm::port::Skipped,
    db::Database,
    kernel::{Actor, Cx, World, signature::SigningSecret},
    settings::ConnectionSettings,
    web::Problem,
};

/// The router's pattern.
pub const PATH: &str = "/api/v1/crm/{connection}/events";
/// Bytes of one event.
pub const LARGEST_EVENT: usize = 1024 * 1024;
/// Events a sender may send at once, and per second from then on.
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);
const PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(49);

/// What the endpoint needs.
pub struct Inbound {
    db: Database,
    world: World,
    senders: HashMap<String, Sender>,
    nobody: Vec<SigningSecret>,
    intake: Arc<dyn Intake>,
}

/// A connection that may send events.
struct Sender {
    secrets: Vec<SigningSecret>,
    limiter: DefaultDirectRateLimiter,
}

impl Inbound {
    /// Every connection with an `event_secret` may send.
    #[must_use]
    pub fn new(
        db: Database,
        world: World,
        connections: &[ConnectionSettings],
        intake: Arc<dyn Intake>,
    ) -> Self {
        let senders = connections.iter().filter_map(|connection| {
            let secrets = connection.event_secret.as_ref()?.expose_secret();
            let sender = Sender {
                // Settings have checked that the secrets can be read.
                secrets: SigningSecret::parse_all(secrets)?,
                limiter: DefaultDirectRateLimiter::direct(
                    Quota::per_second(PER_SECOND).allow_burst(BURST),
                ),
            };
            Some((connection.key.clone(), sender))
        });
        Self {
            senders: senders.collect(),
            nobody: vec![SigningSecret::random(&world.random)],
            db,
            world,
            intake,
        }
    }
}

/// The route; `S` is the state of the router it joins.
pub fn routes<S: Clone + Send + Sync + 'static>(inbound: Arc<Inbound>) -> Router<S> {
    Router::new()
        .route(PATH, post(receive_event))
        .with_state(inbound)
}

async fn receive_event(
    State(inbound): State<Arc<Inbound>>,
    Path(connection): Path<String>,
    cx: Option<Extension<Cx>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = to_bytes(body, LARGEST_EVENT).await.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The event is too large")
            .detail("An event holds 1 MB at most; send the records in several.")
    })?;
    // An unknown connection takes the same way with a secret nobody has, so that it cannot be told
    // from a wrong signature.
    let sender = inbound.senders.get(&connection);
    let secrets = sender.map_or(&inbound.nobody, |sender| &sender.secrets);
    let proof = verify(secrets, &headers, &body, inbound.world.clock.now());
    let (sender, message) = match (sender, proof) {
        (Some(sender), Ok(message)) => (sender, message),
        (Some(_), Err(forged)) => {
            tracing::warn!(connection, reason = forged.0, "an event was not accepted");
            return Err(unproven());
        }
        (None, _) => return Err(unproven()),
    };
    if sender.limiter.check().is_err() {
        return Err(
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many events")
                .detail("Put several records into one event.")
                .retry_after(Duration::from_secs(2)),
        );
    }
    let actor = Actor::Crm {
        connection: connection.clone(),
        user: None,
    };
    let cx = match cx {
        Some(Extension(cx)) => cx.acting_as(actor),
        None => inbound.world.cx(actor),
    };
    let received = receive(
        &inbound.db,
        &*inbound.intake,
        &cx,
        &connection,
        (message, &body),
    )
    .await;
    answer(received)
}

fn unproven() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "The event proves no sender").detail(
        "Check the connection's key in the address, the secret, the clock, and that the signature \
         is made over the body as it is sent.",
    )
}

fn answer(received: Result<Received, ReceiveError>) -> Result<Response, Problem> {
    let body = match received {
        Ok(Received::New(accepted, skipped)) => {
            let skipped: Vec<Value> = skipped.iter().map(describe).collect();
            json!({"accepted": accepted, "skipped": skipped, "repeated": false})
        }
        Ok(Received::Repeated) => json!({"accepted": 0, "skipped": [], "repeated": true}),
        Ok(Received::IdInUse) => {
            return Err(Problem::new(StatusCode::CONFLICT, "The id is in use")
                .detail("Another event came with this webhook-id. Give every event an id of its own; only a repetition of the same event keeps it."));
        }
        Err(ReceiveError::Unreadable(what)) => {
            return Err(
                Problem::new(StatusCode::BAD_REQUEST, "The event cannot be read").detail(what),
            );
        }
        Err(ReceiveError::Db(error)) => return Err(Problem::from(error)),
    };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

fn describe(skipped: &Skipped) -> Value {
    json!({"type": &skipped.kind, "id": &skipped.id, "reason": &skipped.reason})
}
