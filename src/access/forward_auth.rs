//! `/forward-auth?service=…`: a reverse proxy asks before it lets a request through.
//!
//! 200 with who it is and what they may do there, 401 when nobody is signed in, 403 when the one
//! engine refuses. Works with nginx `auth_request`, Traefik `ForwardAuth` and Caddy `forward_auth`.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    Wanted,
    actors::{NotAllowed, SignedIn},
    first_refusals,
};
use crate::web::Query;

/// What the proxy asks.
#[derive(Deserialize)]
pub struct Question {
    /// The service's key.
    service: String,
    /// Only as a member of this organization; otherwise any that grants.
    organization: Option<String>,
}

/// Answers from what the gate read for this request.
pub async fn answer(
    signed_in: Result<SignedIn, NotAllowed>,
    Query(question): Query<Question>,
) -> Response {
    let signed_in = match signed_in {
        Ok(signed_in) => signed_in,
        Err(NotAllowed::SignIn(_)) => {
            return (StatusCode::UNAUTHORIZED, "not signed in").into_response();
        }
        Err(NotAllowed::Refused(refusal)) => return (refusal.status(), "refused").into_response(),
    };
    let wanted = Wanted::Service(&question.service);
    let (state, now) = (&signed_in.visit.state, signed_in.visit.cx.now());
    let organization = question.organization.as_deref();
    let asked = signed_in
        .gate
        .ask(&state.catalogue, wanted, organization, now);
    let (membership, grant) = match asked {
        Ok(granted) => granted,
        Err(refused) => {
            for (membership, reason) in &refused {
                first_refusals::note(state, &membership.organization_id, reason, now);
            }
            return (StatusCode::FORBIDDEN, "refused").into_response();
        }
    };
    let mut headers = HeaderMap::new();
    let access = if grant.read_only { "read" } else { "write" };
    put(
        &mut headers,
        "x-vestibule-person",
        signed_in.gate.person_id.to_string().as_str(),
    );
    put(
        &mut headers,
        "x-vestibule-session",
        signed_in.gate.session_id.to_string().as_str(),
    );
    put(
        &mut headers,
        "x-vestibule-organization",
        membership.organization_id.to_string().as_str(),
    );
    put(
        &mut headers,
        "x-vestibule-roles",
        &grant.application_roles.join(","),
    );
    put(&mut headers, "x-vestibule-access", access);
    (StatusCode::OK, headers, "ok").into_response()
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
