//! `POST /api/v1/identity/claims`: what belongs into somebody's token, asked by an identity provider
//! while they sign in there. Answered from the mirror by the one engine; nothing waits for the CRM.
//!
//! Each provider asks in its own words and proves itself in its own way: `plain` and Azure AD B2C by
//! our client's id and secret or token, Microsoft Entra by a token that the tenant signs. Start
//! reading at [`ask`], then `facts.rs`.

mod b2c;
mod entra;
mod facts;
mod plain;
mod proof;
mod sign_up;

use axum::{
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    app::AppState,
    kernel::{Actor, Cx},
    settings::{ClaimsForm, ClaimsSettings},
    web::{Problem, client_address},
};

pub(super) const PATH: &str = "/api/v1/identity/claims";
/// Bytes of a question at most.
pub(super) const LARGEST: usize = 64 * 1024;

/// A question that has proved whose it is.
struct Asked<'a> {
    state: &'a AppState,
    cx: Cx,
    source: &'a ClaimsSettings,
    /// The issuer whose people are asked about.
    issuer: &'a str,
    /// The connection whose organizations exist for the caller; empty for all.
    connection: String,
    body: Value,
}

/// `POST /api/v1/identity/claims?source=KEY`
pub(super) async fn ask(State(state): State<AppState>, request: Request) -> Response {
    let cx = request.extensions().get::<Cx>().cloned();
    let cx = cx.unwrap_or_else(|| state.world.cx(Actor::Visitor));
    let address = client_address::client_address(
        request.headers(),
        request.extensions(),
        &state.trusted_proxies,
    );
    let address = client_address::rate_key(address).to_string();
    let wrong = state.api.wrong.look(&address, cx.now());
    if !wrong.is_within {
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many wrong proofs")
            .retry_after(wrong.rest)
            .into_response();
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large")
            .into_response();
    };
    match answer(&state, cx.clone(), (&query, &parts.headers, &body)).await {
        Ok(response) => response,
        Err(problem) => {
            if problem.status() == StatusCode::UNAUTHORIZED {
                state.api.wrong.take(&address, cx.now());
            }
            problem.into_response()
        }
    }
}

async fn answer(
    state: &AppState,
    cx: Cx,
    (query, headers, body): (&str, &HeaderMap, &Bytes),
) -> Result<Response, Problem> {
    let source = source(state, query)?;
    let provider = state.providers.find(&source.provider);
    let provider = provider.ok_or_else(unknown_source)?;
    // Who asks, before anything is said about what was asked.
    let connection = match source.form {
        ClaimsForm::Extension => {
            entra::prove(state, source, provider, headers, cx.now()).await?;
            String::new()
        }
        ClaimsForm::Plain | ClaimsForm::ApiConnector | ClaimsForm::TechnicalProfile => {
            let client = proof::client(state, headers, cx.now()).await?;
            client.connection.unwrap_or_default()
        }
    };
    let asked = Asked {
        state,
        cx,
        source,
        issuer: &provider.settings.issuer,
        connection,
        body: read(headers, body)?,
    };
    match source.form {
        ClaimsForm::Plain => plain::answer(&asked).await,
        ClaimsForm::ApiConnector => b2c::connector(&asked).await,
        ClaimsForm::TechnicalProfile => b2c::profile(&asked).await,
        ClaimsForm::Extension => entra::answer(&asked).await,
    }
}

/// The configured source that is meant: the named one, or the only one.
fn source<'s>(state: &'s AppState, query: &str) -> Result<&'s ClaimsSettings, Problem> {
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "source");
    let sources = &state.settings.claims;
    let found = match (named, sources.as_slice()) {
        (Some((_, key)), _) => sources.iter().find(|source| source.key == key),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    found.ok_or_else(unknown_source)
}

fn unknown_source() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is no such source")
        .detail("Name one of [[claims]] in the configuration: /api/v1/identity/claims?source=KEY.")
}

fn read(headers: &HeaderMap, body: &Bytes) -> Result<Value, Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be JSON")
                .detail("Send it with `Content-Type: application/json`."),
        );
    }
    let body: Result<Value, _> = serde_json::from_slice(body);
    let body = body.map_err(|error| unfit(error.to_string()))?;
    if body.is_object() {
        Ok(body)
    } else {
        Err(unfit("the body must be an object"))
    }
}

/// A question that cannot be understood.
fn unfit(why: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "The question cannot be understood").detail(why)
}

/// A text in the body, by the names of the way to it; `None` when it is not there or empty.
fn text<'b>(body: &'b Value, way: &[&str]) -> Option<&'b str> {
    let found = way.iter().try_fold(body, |place, name| place.get(name))?;
    found
        .as_str()
        .filter(|text| !text.is_empty() && !text.contains('\0'))
}

/// Exactly `application/json`, as Microsoft Entra insists.
fn plain_json(status: StatusCode, body: &Value) -> Response {
    let head = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, head, json!(body).to_string()).into_response()
}
