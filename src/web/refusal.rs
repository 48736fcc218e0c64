//! Refusals: what went wrong, as a value that one layer turns into a page.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Problem, Shell, Visit, machines::is_for_machines, page, urls};
use crate::{app::AppState, db};

/// Why a request is not answered as asked. Each has its own page; none shows a cause to strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is here, or nothing that this person may know of (law 8).
    NotFound,
    /// The person is known and may not.
    Forbidden,
    /// An unsafe request that did not come from our own page.
    CrossSite,
    /// The request cannot be read.
    BadRequest,
    /// The method is not offered here.
    Method,
    /// More than a limit accepts.
    TooLarge,
    /// Too often.
    TooMany,
    /// Too much to do; nothing was changed.
    Busy,
    /// No answer in time.
    TimedOut,
    /// The session ended before a change was made.
    SignInAgain,
    /// Our mistake.
    Defect,
    /// A page of its own: title and sentences in the person's language.
    Explained {
        /// The status.
        status: StatusCode,
        /// The heading.
        title: String,
        /// What it means and what to do, one paragraph each.
        text: Vec<String>,
        /// The way on: address and words.
        way_on: Option<(String, String)>,
    },
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::SignInAgain => StatusCode::UNAUTHORIZED,
            Self::Defect => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Explained { status, .. } => *status,
        }
    }

    fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "refusal-not-found",
            Self::Forbidden => "refusal-forbidden",
            Self::CrossSite => "refusal-cross-site",
            Self::BadRequest => "refusal-bad-request",
            Self::Method => "refusal-method",
            Self::TooLarge => "refusal-too-large",
            Self::TooMany => "refusal-too-many",
            Self::Busy => "refusal-busy",
            Self::TimedOut => "refusal-timeout",
            Self::SignInAgain => "refusal-sign-in",
            Self::Defect | Self::Explained { .. } => "refusal-defect",
        }
    }
}

/// A failed database is the portal's fault or its load, never the person's.
impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        if error.is_temporary() {
            tracing::warn!(%error, "the database is busy");
            Self::Busy
        } else {
            tracing::error!(%error, "the database failed");
            Self::Defect
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "errors/refusal.html")]
struct RefusalPage {
    shell: Shell,
    text: Vec<String>,
    reference: String,
    way_on: Option<(String, String)>,
}

/// Turns refusals, and bare failures of the router and its layers, into pages, and for machines into
/// problem documents.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::of(&mut parts, &state);
    let is_machine = is_for_machines(parts.uri.path());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let refusal = response
        .extensions_mut()
        .remove::<Refusal>()
        .or_else(|| bare(&response));
    match refusal {
        Some(refusal) if is_machine => {
            let problem = Problem::from(&refusal).into_response();
            with_request(keeping(problem, &response), &visit)
        }
        Some(refusal) => render(&visit, refusal, &response),
        None if is_machine => with_request(response, &visit),
        None => response,
    }
}

/// A problem document with the request's id in it.
fn with_request(mut response: Response, visit: &Visit) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let document = problem.document(Some(&visit.cx.request_id));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = axum::body::Body::from(document.to_string());
    response
}

/// With the headers that say what to do.
fn keeping(mut response: Response, original: &Response) -> Response {
    for name in [header::RETRY_AFTER, header::ALLOW] {
        for value in original.headers().get_all(&name) {
            response.headers_mut().insert(&name, value.clone());
        }
    }
    response
}

/// The refusal behind a status that a layer or the router answered without a body of ours.
fn bare(response: &Response) -> Option<Refusal> {
    if response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"))
    {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Refusal::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Refusal::Method),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Refusal::TooLarge),
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Some(Refusal::TimedOut),
        StatusCode::SERVICE_UNAVAILABLE => Some(Refusal::Busy),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Refusal::Defect),
        StatusCode::BAD_REQUEST
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Some(Refusal::BadRequest),
        _ => None,
    }
}

fn render(visit: &Visit, refusal: Refusal, original: &Response) -> Response {
    let status = refusal.status();
    let key = refusal.key();
    let reference = visit.cx.request_id.to_string();
    let shell = visit.shell("");
    let (title, text, way_on) = match refusal {
        Refusal::Explained {
            title,
            text,
            way_on,
            ..
        } => (title, text, way_on),
        Refusal::SignInAgain => {
            let way_on = (
                urls::SignIn.to_string(),
                shell.t("refusal-sign-in").into_owned(),
            );
            (
                shell.t("refusal-sign-in-title").into_owned(),
                vec![shell.t("refusal-sign-in-text").into_owned()],
                Some(way_on),
            )
        }
        _ => {
            let way_on = (urls::Root.to_string(), shell.t("refusal-home").into_owned());
            (
                shell.t(&format!("{key}-title")).into_owned(),
                vec![shell.t(&format!("{key}-text")).into_owned()],
                Some(way_on),
            )
        }
    };
    let mut response = page(
        status,
        &RefusalPage {
            shell: Shell { title, ..shell },
            text,
            reference,
            way_on,
        },
    );
    for name in [header::RETRY_AFTER, header::ALLOW, header::SET_COOKIE] {
        for value in original.headers().get_all(&name) {
            response.headers_mut().append(&name, value.clone());
        }
    }
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        response
            .headers_mut()
            .entry(header::RETRY_AFTER)
            .or_insert(HeaderValue::from_static("30"));
    }
    response
}
