//! What receivers read before they believe a token: the keys, and who sends.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, header},
    routing::get,
};
use serde_json::{Value, json};

use crate::{
    app::AppState,
    web::{Refusal, urls},
};

/// How long they may keep it; far shorter than a key is published before it signs.
const KEPT: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=3600")];
/// Nobody keeps that there is no key: the first one signs at once.
const NOT_KEPT: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// Keys and metadata.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(urls::SigningKeys::PATH, get(keys))
        .route(urls::SsfConfiguration::PATH, get(configuration))
}

type Kept = ([(HeaderName, &'static str); 1], Json<Value>);

/// `GET /.well-known/jwks.json`
async fn keys(State(state): State<AppState>) -> Result<Kept, Refusal> {
    let published = state.signing_keys.published().await?;
    let keys = published.get("keys").and_then(Value::as_array);
    let is_empty = keys.is_none_or(Vec::is_empty);
    Ok((if is_empty { NOT_KEPT } else { KEPT }, Json(published)))
}

/// `GET /.well-known/ssf-configuration` (SSF 1.0 section 7), as far as it is true: receivers are set
/// up by the operator, so there is no address to manage streams at.
async fn configuration(State(state): State<AppState>) -> Kept {
    let portal = &state.settings.portal;
    let issuer = portal.origin();
    let document = json!({
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": format!("{issuer}{}", urls::SigningKeys),
        "delivery_methods_supported": ["urn:ietf:rfc:8935"],
        "default_subjects": "ALL",
    });
    (KEPT, Json(document))
}
