//! The provider's description of itself (Discovery 1.0 section 3) and its keys (RFC 7517 5).

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{ACR_SECOND_STEP, ACR_SINGLE_STEP, Misbehaviour, Provider, http, keys};

/// `GET /.well-known/openid-configuration`
pub(super) async fn configuration(State(provider): State<Provider>) -> Response {
    provider.count(|counters| counters.discovery += 1);
    match provider.how() {
        Some(Misbehaviour::DiscoveryServerError) => {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Some(Misbehaviour::DiscoveryGarbage) => http::garbage(),
        Some(Misbehaviour::DiscoveryIssuerMismatch) => {
            let mut document = document(provider.issuer());
            if let Some(issuer) = document.get_mut("issuer") {
                *issuer = "https://another-issuer.invalid".into();
            }
            Json(document).into_response()
        }
        _ => Json(document(provider.issuer())).into_response(),
    }
}

fn document(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/end_session"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account", "consent", "create"],
        "acr_values_supported": [ACR_SINGLE_STEP, ACR_SECOND_STEP],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "acr", "amr", "sid",
            "name", "given_name", "family_name", "email", "email_verified",
        ],
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "ui_locales_supported": ["en", "de"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    })
}

/// `GET /jwks`; waits for a key that is still being made.
pub(super) async fn jwks(State(provider): State<Provider>) -> Response {
    provider.count(|counters| counters.jwks += 1);
    if provider.is(Misbehaviour::KeysServerError) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let Some(key) = provider.keys().current().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut published = match provider.how() {
        Some(Misbehaviour::KeysEmpty) => Vec::new(),
        _ => vec![key.as_jwk()],
    };
    if provider.is(Misbehaviour::KidAbsentTwoKeys) {
        match tokio::task::spawn_blocking(|| keys::stray("demo-second")).await {
            Ok(Ok(second)) => published.push(second.as_jwk()),
            Ok(Err(error)) => return http::broken(&error),
            Err(error) => return http::broken(&error),
        }
    }
    Json(json!({ "keys": published })).into_response()
}
