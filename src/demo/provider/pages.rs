//! What the pages share: language, frame, headers; the start page; the error pages.

use std::borrow::Cow;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use url::Url;

use crate::web::i18n::{self, Lang};

use super::{Provider, http, http::Params, request::Request};

/// `ui_locales` first (Core 3.1.2.1), then what the browser says, then English.
fn language(ui_locales: &[&str], headers: &HeaderMap) -> Lang {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Lang::accepted(&ui_locales.join(","))
        .or_else(|| Lang::accepted(accepted))
        .unwrap_or(Lang::En)
}

/// What every page has around its own part.
pub(super) struct Frame {
    pub(super) lang: Lang,
    /// This page in the other language, where a link can bring it back.
    pub(super) other: Option<Switch>,
}

/// The link to the other language.
pub(super) struct Switch {
    pub(super) href: String,
    pub(super) lang: Lang,
}

impl Frame {
    /// A text in the language of the page.
    pub(super) fn t(&self, key: &str) -> Cow<'static, str> {
        i18n::text(self.lang, key)
    }

    pub(super) fn of(headers: &HeaderMap, params: &Params) -> Self {
        let lang = language(&params.words("ui_locales"), headers);
        Self { lang, other: None }
    }

    /// For a page that a sign-in request shows and can show again.
    pub(super) fn of_request(headers: &HeaderMap, request: &Request) -> Self {
        Self::of(headers, &request.params).at("/authorize", &request.params)
    }

    fn at(mut self, path: &str, params: &Params) -> Self {
        let other = match self.lang {
            Lang::En => Lang::De,
            Lang::De => Lang::En,
        };
        self.other = Some(Switch {
            href: format!("{path}?{}", params.with("ui_locales", Some(other.as_str()))),
            lang: other,
        });
        self
    }
}

/// An HTML answer whose forms may end at `form_target` besides this origin: browsers hold the
/// redirect after a form to `form-action`, too.
pub(super) fn respond(
    status: StatusCode,
    page: &impl Template,
    form_target: Option<&str>,
) -> Response {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => return http::broken(&error),
    };
    let target = form_target
        .and_then(|target| Url::parse(target).ok())
        .map(|target| target.origin().ascii_serialization())
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {target}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = (status, Html(html)).into_response();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// `no-referrer` makes browsers send `Origin: null` with forms. That is fine where they also send
/// Fetch Metadata, which is https and loopback; anywhere else `same-origin` keeps the forms usable
/// and tells other sites just as little.
pub(super) fn referrer_policy(issuer: &Url) -> &'static str {
    let loopback = match issuer.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if issuer.scheme() == "https" || loopback {
        "no-referrer"
    } else {
        "same-origin"
    }
}

/// Host and port of a client, which is the name people know it by.
pub(super) fn host_of(uri: &str) -> String {
    let url = Url::parse(uri).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    match url.as_ref().and_then(Url::port) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Why there is an error page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    UnknownClient,
    UnknownRedirect,
    UnknownPostLogout,
    TooLong,
    ForeignForm,
    Full,
    Broken,
    NotFound,
    WrongMethod,
}

impl Problem {
    const fn status(self) -> StatusCode {
        match self {
            Self::UnknownClient | Self::UnknownRedirect | Self::UnknownPostLogout => {
                StatusCode::BAD_REQUEST
            }
            Self::TooLong => StatusCode::URI_TOO_LONG,
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The keys of heading and sentence.
    const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::UnknownClient => (
                "demo-provider-problem-unknown-client-title",
                "demo-provider-problem-unknown-client-text",
            ),
            Self::UnknownRedirect => (
                "demo-provider-problem-unknown-redirect-title",
                "demo-provider-problem-unknown-redirect-text",
            ),
            Self::UnknownPostLogout => (
                "demo-provider-problem-unknown-post-logout-title",
                "demo-provider-problem-unknown-post-logout-text",
            ),
            Self::TooLong => (
                "demo-provider-problem-too-long-title",
                "demo-provider-problem-too-long-text",
            ),
            Self::ForeignForm => (
                "demo-provider-problem-foreign-form-title",
                "demo-provider-problem-foreign-form-text",
            ),
            Self::Full => (
                "demo-provider-problem-full-title",
                "demo-provider-problem-full-text",
            ),
            Self::Broken => (
                "demo-provider-problem-broken-title",
                "demo-provider-problem-broken-text",
            ),
            Self::NotFound => (
                "demo-provider-problem-not-found-title",
                "demo-provider-problem-not-found-text",
            ),
            Self::WrongMethod => (
                "demo-provider-problem-wrong-method-title",
                "demo-provider-problem-wrong-method-text",
            ),
        }
    }
}

#[derive(Template)]
#[template(path = "demo/provider/problem.html")]
struct ProblemPage {
    frame: Frame,
    heading: &'static str,
    sentence: &'static str,
}

pub(super) fn problem(_provider: &Provider, headers: &HeaderMap, problem: Problem) -> Response {
    problem_page(headers, problem)
}

fn problem_page(headers: &HeaderMap, problem: Problem) -> Response {
    let frame = Frame::of(headers, &Params::default());
    let (heading, sentence) = problem.keys();
    let page = ProblemPage {
        frame,
        heading,
        sentence,
    };
    respond(problem.status(), &page, None)
}

pub(super) async fn not_found(headers: HeaderMap) -> Response {
    problem_page(&headers, Problem::NotFound)
}

pub(super) async fn method_not_allowed(headers: HeaderMap) -> Response {
    problem_page(&headers, Problem::WrongMethod)
}

#[derive(Template)]
#[template(path = "demo/provider/home.html")]
struct HomePage {
    frame: Frame,
    issuer: String,
    signed_in: Option<String>,
}

/// `GET /`: what this is, and who is signed in.
pub(super) async fn home(
    State(provider): State<Provider>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::read(query.unwrap_or_default().as_bytes());
    let page = HomePage {
        frame: Frame::of(&headers, &params).at("/", &Params::default()),
        issuer: provider.issuer().to_owned(),
        signed_in: provider
            .session(&headers)
            .map(|session| session.person.name()),
    };
    respond(StatusCode::OK, &page, None)
}

/// `GET /provider.css`
pub(super) async fn style_sheet() -> Response {
    asset(
        "text/css; charset=utf-8",
        include_str!("../../../static/provider.css"),
    )
}

/// `GET /provider.svg`
pub(super) async fn icon() -> Response {
    asset(
        "image/svg+xml",
        include_str!("../../../static/provider.svg"),
    )
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=600"),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_locales_wins_over_the_browser_and_english_is_the_rest() {
        let german = HeaderMap::from_iter([(
            header::ACCEPT_LANGUAGE,
            HeaderValue::from_static("fr, de-AT;q=0.8, en;q=0.3"),
        )]);
        assert_eq!(language(&[], &german), Lang::De);
        assert_eq!(language(&["fi", "en-GB"], &german), Lang::En);
        assert_eq!(language(&["fi"], &HeaderMap::new()), Lang::En);
    }

    #[test]
    fn the_referrer_is_told_to_nobody_else() {
        let policy = |issuer: &str| referrer_policy(&Url::parse(issuer).unwrap());
        assert_eq!(policy("http://localhost:8081"), "no-referrer");
        assert_eq!(policy("http://[::1]:8081"), "no-referrer");
        assert_eq!(policy("https://id.example.com"), "no-referrer");
        assert_eq!(policy("http://192.168.1.5:8081"), "same-origin");
    }
}
