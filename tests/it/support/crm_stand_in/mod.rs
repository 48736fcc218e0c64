//! A CRM that stands in for a vendor's: it keeps the REST contract of docs/crm/http.md over a real
//! socket, with a token, limits, and faults on demand.

mod fault;
mod limit;
mod records;
pub mod socket;

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, DefaultBodyLimit, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use vestibule::{
    crm::{
        http,
        port::{Crm, Write},
    },
    settings::ConnectionSettings,
    web::http_client::http_client,
};

use super::delay::Delay;
pub use fault::{Chaos, Fault};
use limit::Passage;
pub use limit::RateLimit;
pub use records::Records;
use socket::{Scissors, Sockets};

/// The token the stand-in accepts.
pub const TOKEN: &str = "stand-in-token";

/// A running stand-in; it ends when this is dropped.
#[derive(Clone)]
pub struct StandIn {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
    _server: Arc<Server>,
}

struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The state behind the socket.
#[derive(Default)]
pub struct Inner {
    pub records: Records,
    /// Each is used up by one call, first come first served.
    pub faults: VecDeque<Fault>,
    pub chaos: Chaos,
    /// How many calls it takes.
    pub limit: Option<RateLimit>,
    pub delay: Delay,
    /// Users' own tokens, which it takes beside [`TOKEN`].
    pub tokens: HashSet<String>,
    /// Every call that was let in: its path and with which token.
    pub by: Vec<(String, String)>,
    /// Takes no token.
    pub refuses_credentials: bool,
    /// Calls with a write that has one of these keys or subjects are refused as a whole with 400.
    pub poison: HashSet<String>,
    /// Writes in one call at most; more are refused with 413.
    pub batch_limit: Option<usize>,
    /// Cursors are forgotten once (410).
    pub forgets_cursors: bool,
    /// What the optional calls show; without it they are not there.
    pub overview: Option<Value>,
    /// Open cases with the contact or queue that has them.
    pub cases: Vec<(String, Value)>,
    /// Every call: its path and how many writes it carried.
    pub calls: Vec<(String, usize)>,
}

impl StandIn {
    pub async fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/crm", listener.local_addr().unwrap());
        let contract = Router::new()
            .route("/health", get(health))
            .route("/contracts/lookup", post(lookup))
            .route("/changes", get(changes))
            .route("/writes", post(writes))
            .route("/overview", get(overview))
            .route("/contacts/cases", get(cases))
            .route("/contacts/hand-over", post(hand_over))
            .layer(from_fn_with_state(inner.clone(), guard))
            .layer(DefaultBodyLimit::max(2 * 1024 * 1024));
        let service = Router::new()
            .nest("/crm", contract)
            .with_state(inner.clone())
            .into_make_service_with_connect_info::<Scissors>();
        let server = tokio::spawn(async move {
            axum::serve(Sockets(listener), service).await.unwrap();
        });
        Self {
            url,
            inner,
            _server: Arc::new(Server(server)),
        }
    }

    /// The state; never hold it over an await.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next call fails like this.
    pub fn fail_next(&self, fault: Fault) {
        self.lock().faults.push_back(fault);
    }

    /// Calls so far to a path that ends so.
    pub fn count_calls(&self, path: &str) -> usize {
        let inner = self.lock();
        inner.calls.iter().filter(|call| call.0 == path).count()
    }

    pub fn settings(&self) -> ConnectionSettings {
        let table = toml::toml! {
            key = "main"
            name = "Stand-in"
            kind = "http"
            event_secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
        };
        let mut settings: ConnectionSettings = table.try_into().unwrap();
        settings.url = Some(self.url.parse().unwrap());
        settings.token = Some(TOKEN.to_owned().into());
        settings
    }

    pub fn adapter(&self) -> Arc<dyn Crm> {
        http::adapter(&self.settings(), http_client().unwrap()).unwrap()
    }
}

type Shared = State<Arc<Mutex<Inner>>>;

fn lock(shared: &Arc<Mutex<Inner>>) -> MutexGuard<'_, Inner> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn problem(status: u16, title: &str) -> Response {
    (
        StatusCode::from_u16(status).unwrap(),
        [(header::CONTENT_TYPE, "application/problem+json")],
        json!({"type": "about:blank", "title": title, "status": status}).to_string(),
    )
        .into_response()
}

/// Token, log of calls, and the faults that need no look at the content.
async fn guard(
    State(shared): Shared,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = given.unwrap_or_default().to_owned();
    let path = request.uri().path().to_owned();
    {
        let mut inner = lock(&shared);
        let is_known = token == TOKEN || inner.tokens.contains(&token);
        if !is_known || inner.refuses_credentials {
            return problem(401, &format!("The token {token} is not valid"));
        }
        inner.by.push((path.clone(), token));
    }
    let (mut parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 2 * 1024 * 1024)
        .await
        .unwrap_or_default();
    let delay = lock(&shared).delay.clone();
    delay.wait().await;
    let fault = {
        let mut inner = lock(&shared);
        let count = serde_json::from_slice::<Value>(&body)
            .ok()
            .and_then(|body| body["writes"].as_array().map(Vec::len));
        inner.calls.push((path, count.unwrap_or(0)));
        match inner.limit.as_mut().map(RateLimit::pass) {
            Some(Passage::Cut) => Some(Fault::ResetBefore),
            Some(Passage::Refused(wait)) => {
                Some(Fault::Status(429, wait.map(|wait| wait.to_string())))
            }
            _ => inner.faults.pop_front().or_else(|| inner.chaos.roll()),
        }
    };
    let forward =
        async |parts, body: Bytes| next.run(Request::from_parts(parts, Body::from(body))).await;
    let mut answer = match fault {
        None => forward(parts, body).await,
        Some(Fault::Slow(time)) => {
            tokio::time::sleep(time).await;
            forward(parts, body).await
        }
        Some(Fault::ResetBefore) => {
            scissors.cut();
            StatusCode::OK.into_response()
        }
        Some(Fault::ResetAfter) => {
            let response = forward(parts, body).await;
            scissors.cut();
            response
        }
        Some(Fault::HalfAnswer) => half(forward(parts, body).await).await,
        Some(fault @ (Fault::EverySecond(_) | Fault::DuplicateResult | Fault::MissingResult)) => {
            parts.extensions.insert(fault);
            forward(parts, body).await
        }
        Some(fault) => canned(fault),
    };
    if let Some(limit) = &lock(&shared).limit {
        limit.report(answer.headers_mut());
    }
    answer
}

/// Answers that need no content.
fn canned(fault: Fault) -> Response {
    match fault {
        Fault::Status(status, pause) => {
            let mut response = problem(status, "Not now");
            if let Some(pause) = pause {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, pause.parse().unwrap());
            }
            response
        }
        Fault::Problem(status, title) => problem(status, &title),
        Fault::Body(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Fault::Redirect(to) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()
        }
        _ => {
            let chunks =
                stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 64 * 1024])));
            Body::from_stream(chunks).into_response()
        }
    }
}

/// The first half of the body, then an end of the connection.
async fn half(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let first = bytes.slice(..bytes.len() / 2);
    let parts_of_body = [Ok(first), Err(std::io::Error::other("cut"))];
    Response::from_parts(parts, Body::from_stream(stream::iter(parts_of_body)))
}

async fn health(State(shared): Shared) -> Json<Value> {
    let limit = lock(&shared).batch_limit;
    Json(json!({"contract": 1, "name": "Stand-in", "batch_limit": limit}))
}

async fn lookup(State(shared): Shared, Json(question): Json<Value>) -> Json<Value> {
    Json(lock(&shared).records.lookup(&question))
}

async fn changes(State(shared): Shared, Query(query): Query<Vec<(String, String)>>) -> Response {
    let value = |name: &str| {
        query
            .iter()
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.as_str())
    };
    let (Some(cursor), Some(limit)) = (value("cursor"), value("limit")) else {
        return problem(400, "cursor and limit are needed");
    };
    let mut inner = lock(&shared);
    if inner.forgets_cursors && !cursor.is_empty() {
        inner.forgets_cursors = false;
        return problem(410, "This cursor is no longer known");
    }
    Json(inner.records.changes(cursor, limit.parse().unwrap())).into_response()
}

/// The optional calls: 404 says that they are not offered.
fn not_here() -> Response {
    problem(404, "Nothing is here")
}

async fn overview(State(shared): Shared) -> Response {
    match &lock(&shared).overview {
        Some(overview) => Json(overview.clone()).into_response(),
        None => not_here(),
    }
}

async fn cases(State(shared): Shared, Query(query): Query<Vec<(String, String)>>) -> Response {
    let inner = lock(&shared);
    if inner.overview.is_none() {
        return not_here();
    }
    let contact = query.iter().find(|pair| pair.0 == "contact_id");
    let held = inner
        .cases
        .iter()
        .filter(|(holder, _)| contact.is_some_and(|(_, id)| id == holder));
    let held: Vec<Value> = held.map(|(_, case)| case.clone()).collect();
    Json(json!({ "cases": held })).into_response()
}

async fn hand_over(State(shared): Shared, Json(body): Json<Value>) -> Response {
    let mut inner = lock(&shared);
    if inner.overview.is_none() {
        return not_here();
    }
    let to = body["to_contact_id"].as_str().or(body["to_queue"].as_str());
    let (Some(from), Some(to)) = (body["contact_id"].as_str(), to) else {
        return problem(
            400,
            "contact_id and one of to_contact_id and to_queue are needed",
        );
    };
    let mut numbers = Vec::new();
    for (holder, case) in inner.cases.iter_mut().filter(|(holder, _)| holder == from) {
        to.clone_into(holder);
        numbers.push(case["number"].clone());
    }
    Json(json!({ "numbers": numbers })).into_response()
}

async fn writes(State(shared): Shared, headers: HeaderMap, request: Request) -> Response {
    if headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind != "application/json")
    {
        return problem(415, "Only application/json");
    }
    let fault = request.extensions().get::<Fault>().cloned();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX)
        .await
        .unwrap();
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return problem(400, "Not JSON");
    };
    let Ok(writes) = serde_json::from_value::<Vec<Write>>(body["writes"].clone()) else {
        return problem(400, "Not the writes of the contract");
    };
    let mut inner = lock(&shared);
    if inner.batch_limit.is_some_and(|limit| writes.len() > limit) {
        return problem(413, "Too many writes in one call");
    }
    let is_poisoned =
        |write: &Write| inner.poison.contains(&write.key) || inner.poison.contains(&write.subject);
    if writes.iter().any(is_poisoned) {
        return problem(400, "A write is malformed");
    }
    let mut results = Vec::new();
    for (place, write) in writes.iter().enumerate() {
        results.push(match fault {
            Some(Fault::EverySecond(word)) if place % 2 == 1 => {
                json!({"key": write.key, "verdict": word, "reason": "by order", "retry_after": 1})
            }
            _ => inner.records.apply(write),
        });
    }
    match fault {
        Some(Fault::DuplicateResult) => {
            let first = results[0].clone();
            *results.last_mut().unwrap() = first;
        }
        Some(Fault::MissingResult) => drop(results.pop()),
        _ => {}
    }
    Json(json!({ "results": results })).into_response()
}
