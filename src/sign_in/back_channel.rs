//! A provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0).

use std::time::Duration;

use axum::{
    Form, Json, Router,
    extract::{Path, State, rejection::FormRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_http::limit::RequestBodyLimitLayer;

use super::{
    providers::Provider,
    signed::{self, Signed},
};
use crate::{
    access::sessions::{self, SignedOutElsewhere},
    app::AppState,
    kernel::{Actor, Instant},
    web::{Refusal, urls},
};

/// The member of `events` by which a logout token is known (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long ago a logout token may have been made: it comes at once, or again after a failure.
const OLDEST: Duration = Duration::from_secs(10 * 60);
/// The longest id of a token, a session or a person.
const ID_LIMIT: usize = 255;

/// Bytes of a message at most: a token and its name.
const LARGEST: usize = 32 * 1024;

/// Its one route, with a limit of its own: it stands outside the pages and theirs.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(urls::BackChannelLogout::PATH, post(log_out))
        .layer(RequestBodyLimitLayer::new(LARGEST))
}

/// What a provider sends.
#[derive(Deserialize)]
pub struct Message {
    logout_token: String,
}

/// `POST /sign-in/back-channel/{provider}`
///
/// # Errors
/// 404 for a provider that there is not, 503 when the database is busy: the provider tries again.
pub async fn log_out(
    State(state): State<AppState>,
    Path(provider): Path<String>,
    message: Result<Form<Message>, FormRejection>,
) -> Result<Response, Refusal> {
    let provider = state.providers.find(&provider).ok_or(Refusal::NotFound)?;
    let key = provider.settings.key.clone();
    let Ok(Form(message)) = message else {
        return Ok(refused(&key, "logout_token is missing"));
    };
    let cx = state.world.cx(Actor::Provider {
        provider: key.clone(),
    });
    let checked = signed::check(&state.providers, provider, &message.logout_token, cx.now()).await;
    let checked = checked.and_then(|signed| read(provider, &signed, cx.now()));
    let told = match checked {
        Ok(told) => told,
        Err(why) => return Ok(refused(&key, &why)),
    };
    let ended = state
        .db
        .write(move |tx| Box::pin(async move { sessions::end_from_provider(tx, &cx, &told).await }))
        .await?;
    match ended {
        Some(ended) => {
            tracing::info!(provider = %key, ended, "a provider ended sessions");
            Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response())
        }
        None => Ok(refused(&key, "the token was used before")),
    }
}

/// The rules of section 2.6 beside those that hold for every signed token.
fn read(provider: &Provider, signed: &Signed, now: Instant) -> Result<SignedOutElsewhere, String> {
    let settings = &provider.settings;
    // A token of another kind says so; many logout tokens say nothing.
    if !matches!(signed.kind.as_str(), "" | "jwt" | "logout+jwt") {
        return Err("it is a token of another kind".to_owned());
    }
    if !signed.is_for(&settings.client_id) {
        return Err("it was made for somebody else".to_owned());
    }
    let leeway = Duration::from_secs(u64::from(settings.leeway_seconds));
    let made = signed.seconds("iat").ok_or("iat is missing")?;
    let made = Instant::from_seconds(made);
    if made < now.minus(OLDEST + leeway) {
        return Err("it was made long ago".to_owned());
    }
    if signed.claims.contains_key("nonce") {
        return Err("it carries a nonce, as ID tokens do".to_owned());
    }
    let event = signed.claims.get("events").and_then(|all| all.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err("it is about no logout".to_owned());
    }
    let id = |name: &str| -> Result<String, String> {
        match signed.claims.get(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) if !text.is_empty() && text.len() <= ID_LIMIT => {
                Ok(text.clone())
            }
            Some(_) => Err(format!("{name} cannot be read")),
        }
    };
    let told = SignedOutElsewhere {
        issuer: settings.issuer.clone(),
        token: id("jti")?,
        session: id("sid")?,
        subject: id("sub")?,
        made_at: made,
        remember_until: now.plus(OLDEST + leeway + leeway),
    };
    if told.token.is_empty() {
        return Err("jti is missing".to_owned());
    }
    if told.session.is_empty() && told.subject.is_empty() {
        return Err("it names neither a session nor a person".to_owned());
    }
    Ok(told)
}

fn refused(provider: &str, why: &str) -> Response {
    tracing::warn!(%provider, why, "a logout token was refused");
    let body = json!({"error": "invalid_request", "error_description": why});
    let head = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::BAD_REQUEST, head, Json(body)).into_response()
}
