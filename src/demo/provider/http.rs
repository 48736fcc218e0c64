//! Small things every endpoint needs: parameters, cookies, headers, replies.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use url::Url;

/// Parameters at most in one request; more is nobody's sign-in.
const PARAMETERS_AT_MOST: usize = 64;

/// The parameters of a query or form (`application/x-www-form-urlencoded`).
///
/// An empty value counts as none (RFC 6749 3.1). Of a repeated parameter the first value stays
/// and its name is remembered, for such a request is invalid.
#[derive(Default)]
pub(super) struct Params {
    values: BTreeMap<String, String>,
    repeated: Vec<String>,
}

impl Params {
    pub(super) fn read(encoded: &[u8]) -> Self {
        let mut params = Self::default();
        for (name, value) in url::form_urlencoded::parse(encoded).take(PARAMETERS_AT_MOST) {
            if params.values.contains_key(name.as_ref()) {
                params.repeated.push(name.into_owned());
            } else if !value.is_empty() {
                params.values.insert(name.into_owned(), value.into_owned());
            }
        }
        params
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(super) fn take(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    /// The words of a space-delimited parameter.
    pub(super) fn words(&self, name: &str) -> Vec<&str> {
        self.get(name)
            .unwrap_or_default()
            .split_ascii_whitespace()
            .collect()
    }

    pub(super) fn any_repeated(&self) -> bool {
        !self.repeated.is_empty()
    }

    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|repeated| repeated == name)
    }

    /// The same query with one parameter set to another value, or left out.
    pub(super) fn with(&self, name: &str, value: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (other, kept) in self.values.iter().filter(|(other, _)| *other != name) {
            query.append_pair(other, kept);
        }
        if let Some(value) = value {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

/// A cookie of the request.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// Whether a form came from a page of this origin.
///
/// Fetch Metadata decides; `Origin` decides for browsers that do not send it. A request that has
/// neither is refused.
pub(super) fn is_own_form(headers: &HeaderMap, issuer: &Url) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin",
        None => text(header::ORIGIN) == Some(issuer.origin().ascii_serialization().as_str()),
    }
}

/// Fills in the headers every answer has unless it brought its own.
pub(super) fn guard(mut response: Response, referrer_policy: &'static str) -> Response {
    let defaults = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, referrer_policy),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ];
    for (name, value) in defaults {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Sends the browser on with a GET (RFC 9110 15.4.4).
pub(super) fn see_other(target: &str) -> Response {
    HeaderValue::try_from(target).map_or_else(
        |_| StatusCode::BAD_REQUEST.into_response(),
        |target| (StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response(),
    )
}

/// An error reply of the token endpoint (RFC 6749 5.2).
pub(super) fn oauth_error(status: StatusCode, error: &str, description: &str) -> Response {
    let body: Value = json!({ "error": error, "error_description": description });
    (status, [(header::PRAGMA, "no-cache")], Json(body)).into_response()
}

/// Says it is JSON and is not.
pub(super) fn garbage() -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, "<html>It works!</html>").into_response()
}

/// 500 without a word about the cause, which goes to the log.
pub(super) fn broken(error: &(dyn std::fmt::Display + Sync)) -> Response {
    tracing::error!(%error, "the demo identity provider could not answer");
    let body = json!({ "error": "server_error" });
    (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_the_rfc_says() {
        let params = Params::read(b"a=1&b=&c=x+y&a=2&%C3%A4=%FF");
        assert_eq!(params.get("a"), Some("1"));
        assert!(params.is_repeated("a") && params.any_repeated());
        assert_eq!(params.get("b"), None);
        assert_eq!(params.words("c"), ["x", "y"]);
        assert_eq!(params.get("ä"), Some("\u{fffd}"));
        assert_eq!(Params::read(b"a=1&b=2").with("a", Some("&")), "b=2&a=%26");
        assert_eq!(Params::read(b"a=1&b=2").with("a", None), "b=2");
    }

    #[test]
    fn only_own_forms_count() {
        let issuer = Url::parse("http://localhost:8081").unwrap();
        let asked = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect();
            is_own_form(&headers, &issuer)
        };
        assert!(asked(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "null")
        ]));
        assert!(asked(&[("origin", "http://localhost:8081")]));
        assert!(!asked(&[]));
        assert!(!asked(&[("origin", "null")]));
        assert!(!asked(&[("origin", "http://localhost:8080")]));
        assert!(!asked(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "http://localhost:8081")
        ]));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let headers = HeaderMap::from_iter([(
            header::COOKIE,
            HeaderValue::from_static("xsid=0; sid=1; sid=2"),
        )]);
        assert_eq!(cookie(&headers, "sid"), Some("1"));
        assert_eq!(cookie(&headers, "si"), None);
    }
}
