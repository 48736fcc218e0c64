//! The one way that every call of a client takes, before and after its handler.

use std::collections::BTreeMap;

use axum::{
    body::{Bytes, to_bytes},
    extract::{RawPathParams, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Answer, ApiClient,
    idempotency::{self, Claim, Claimed},
    operation::{Handler, Operation, Place},
    schema, schemas,
};
use crate::{
    clients::Scope,
    db::{Conn, Tx, TxFuture},
    kernel::Cx,
    web::Problem,
};

/// How a caller names a question (AuthZEN Authorization API 1.0, request identification).
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A call that has passed everything that is the same for all.
pub struct Call {
    /// Who calls.
    pub client: ApiClient,
    /// The body, which fits the operation's schema; null when it takes none.
    pub(super) body: Value,
    parameters: BTreeMap<String, String>,
    pub(super) claim: Option<Claim>,
    /// What an earlier node had done of the same request, when it stopped.
    pub(super) part: String,
}

impl Call {
    /// A parameter of path or query; empty when it is not given.
    #[must_use]
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// How many rows of a page are wanted.
    #[must_use]
    pub fn limit(&self, usual: i64) -> i64 {
        self.parameter("limit").parse().unwrap_or(usual)
    }

    /// The body as a type.
    ///
    /// # Errors
    /// When the schema lets something through that the type does not take.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_value(self.body.clone()).map_err(|error| unfit().detail(error.to_string()))
    }

    /// The context with the client as the author.
    #[must_use]
    pub fn cx(&self) -> Cx {
        self.client.cx.clone()
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// When the database is busy.
    pub async fn conn(&self) -> Result<Conn, Problem> {
        Ok(self.client.state.db.read().await?)
    }

    /// Does the work in one transaction, in which its answer is remembered too; the client that it is
    /// given knows the newest roles and services.
    ///
    /// # Errors
    /// The work's own problem, and then nothing was done.
    pub async fn act<F>(&self, work: F) -> Result<Answer, Problem>
    where
        F: for<'t> FnOnce(&'t mut Tx, ApiClient) -> TxFuture<'t, Answer, Problem> + Send + 'static,
    {
        let (claim, client) = (self.claim.clone(), self.client.clone());
        let write = self.client.state.write(move |tx, state| {
            Box::pin(async move {
                let answer = work(tx, ApiClient { state, ..client }).await?;
                if let Some(claim) = &claim {
                    idempotency::keep(tx, claim, &answer).await?;
                }
                Ok(answer)
            })
        });
        write.await
    }
}

/// Answers a call.
pub(super) async fn run(
    operation: &'static Operation,
    client: ApiClient,
    params: RawPathParams,
    request: Request,
) -> Response {
    let state = client.state.clone();
    let key = client.client.id.to_string();
    let limit = if operation.is_question() {
        &state.api.questions
    } else {
        &state.api.requests
    };
    let stand = limit.take(&key, client.cx.now());
    let named = request.headers().get(REQUEST_ID).cloned();
    let answer = if stand.is_within {
        answer(operation, client, &params, request).await
    } else {
        Err(
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests")
                .detail("Wait, or ask for more at once: /api/v1/invitations/batch takes 1,000.")
                .retry_after(stand.rest),
        )
    };
    if operation.is_question() {
        let mut response = answer.unwrap_or_else(IntoResponse::into_response);
        if let Some(named) = named {
            response.headers_mut().insert(REQUEST_ID, named);
        }
        return stand.on(response);
    }
    if operation.is_post() {
        state.outbox.wake();
    }
    stand.on(answer.unwrap_or_else(IntoResponse::into_response))
}

async fn answer(
    operation: &'static Operation,
    client: ApiClient,
    params: &RawPathParams,
    request: Request,
) -> Result<Response, Problem> {
    let (Handler::Client(scope, handle) | Handler::Question(scope, handle)) = operation.handler
    else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "Nothing is here"));
    };
    if !client.scopes.has(scope) {
        return Err(lacks(scope));
    }
    let parameters = parameters(operation, params, request.uri().query().unwrap_or_default())?;
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, operation.largest)
        .await
        .map_err(|_| too_large(operation.largest))?;
    let body = read_body(operation, &parts.headers, &bytes)?;
    let key = if operation.is_post() && !operation.is_question() {
        idempotency::key_of(&parts.headers)?
    } else {
        None
    };
    let (state, now) = (client.state.clone(), client.cx.now());
    let (claim, part) = match key {
        None => (None, String::new()),
        Some(key) => {
            let digest = idempotency::digest(parts.uri.path(), &bytes);
            let id = &client.client.id;
            match idempotency::claim(&state.db, id, (key, digest), now).await? {
                Claimed::Ours(claim, part) => (Some(claim), part),
                Claimed::Before(answer) => return Ok(replayed(answer)),
                Claimed::OtherRequest => return Err(other_request()),
                Claimed::UnderWay => return Err(under_way()),
            }
        }
    };
    let call = Call {
        client,
        body,
        parameters,
        claim: claim.clone(),
        part,
    };
    let answer = handle(call).await;
    if let (Err(_), Some(claim)) = (&answer, claim)
        && let Err(error) = idempotency::release(&state.db, claim).await
    {
        tracing::warn!(%error, "a claim was not given up; it ends by itself");
    }
    answer.map(IntoResponse::into_response)
}

fn replayed(answer: Answer) -> Response {
    let mut response = answer.into_response();
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn lacks(scope: Scope) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "The token lacks a scope")
        .detail(format!("This needs the scope {scope}. An operator gives scopes when making the client; ask for the scope at /api/v1/token."))
        .authenticate(format!(
            "Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"{scope}\""
        ))
}

fn too_large(largest: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large").detail(format!(
        "{} KiB at most; send more in several requests.",
        largest / 1024
    ))
}

fn other_request() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "The Idempotency-Key was used with another request",
    )
    .detail("Give every request a key of its own; only a repetition of the same request keeps it.")
}

fn under_way() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "The same request is still being worked on",
    )
    .detail("Ask again in a moment with the same Idempotency-Key to get its answer.")
    .retry_after(std::time::Duration::from_secs(2))
}

/// What the schema of a body or parameter does not take.
pub(super) fn unfit() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "The request does not fit")
}

/// Path and query, as the operation describes them.
fn parameters(
    operation: &Operation,
    params: &RawPathParams,
    query: &str,
) -> Result<BTreeMap<String, String>, Problem> {
    let path = params
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut parameters: BTreeMap<String, String> = path.collect();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let known = operation
            .parameters
            .iter()
            .find(|known| known.place == Place::Query && known.name == name);
        let Some(known) = known else { continue };
        let described = schemas::component(known.schema);
        let is_number = described.get("type").and_then(Value::as_str) == Some("integer");
        let typed = match value.parse::<i64>() {
            Ok(number) if is_number => Value::from(number),
            _ => Value::from(value.as_ref()),
        };
        let faults = schema::check(&described, &typed, &schemas::component);
        if let Some(fault) = faults.first() {
            return Err(unfit().detail(format!("The parameter {name} {}.", fault.detail)));
        }
        parameters.insert(name.into_owned(), value.into_owned());
    }
    Ok(parameters)
}

/// The body, when the operation takes one and it fits.
fn read_body(operation: &Operation, headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Problem> {
    if operation.request.is_empty() {
        return Ok(Value::Null);
    }
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be JSON")
                .detail("Send it with `Content-Type: application/json`."),
        );
    }
    let body: Value = serde_json::from_slice(bytes).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "The body cannot be read as JSON")
            .detail(error.to_string())
    })?;
    let described = schemas::component(operation.request);
    let faults = schema::check(&described, &body, &schemas::component);
    if faults.is_empty() {
        return Ok(body);
    }
    let problem = if operation.is_question() {
        Problem::new(StatusCode::BAD_REQUEST, "The request does not fit")
    } else {
        unfit()
    };
    Err(problem
        .detail("`errors` says what is wrong where.")
        .errors(faults))
}
