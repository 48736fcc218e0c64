//! The UserInfo endpoint: the claims behind an access token (Core 5.3).

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{Misbehaviour, Provider, store::Access};

/// `GET` and `POST /userinfo`, the token in the `Authorization` header (RFC 6750 2.1).
pub(super) async fn answer(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.count(|counters| counters.userinfo += 1);
    if provider.is(Misbehaviour::UserinfoServerError) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let Some(token) = bearer(&headers) else {
        return refused("Bearer realm=\"demo identity provider\"");
    };
    match provider.store().tokens().get(token, provider.now()) {
        Some(access) => claims(&access, provider.how()),
        None => refused("Bearer error=\"invalid_token\""),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

fn refused(challenge: &'static str) -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, challenge)];
    (StatusCode::UNAUTHORIZED, challenge).into_response()
}

fn claims(access: &Access, how: Option<Misbehaviour>) -> Response {
    let mut claims = access.person.claims(access.scope, how);
    let subject = match how {
        Some(Misbehaviour::UserinfoSubjectMissing) => None,
        Some(Misbehaviour::UserinfoSubjectDiffers) => Some("somebody-else".to_owned()),
        _ => Some(access.person.subject.clone()),
    };
    if let Some(subject) = subject {
        claims.insert("sub".to_owned(), subject.into());
    }
    if how == Some(Misbehaviour::UserinfoEmailDiffers) {
        claims.insert("email".to_owned(), "somebody.else@example.com".into());
    }
    Json(claims).into_response()
}
