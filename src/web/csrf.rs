//! Cross-site request forgery: unsafe methods only from our own pages.
//!
//! `Sec-Fetch-Site` must say `same-origin`; a browser too old to send it must send our `Origin`; a
//! request with neither is refused (stricter than tower-http's layer, which lets it through).
//! Machines with their own proof (bearer token, signature) are told apart by path.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Refusal, machines::is_for_machines};
use crate::app::AppState;

/// Refuses unsafe requests that do not come from a page of ours.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if is_safe
        || is_for_machines(request.uri().path())
        || is_own(request.headers(), &state.settings.portal.origin())
    {
        next.run(request).await
    } else {
        Refusal::CrossSite.into_response()
    }
}

fn is_own(headers: &HeaderMap, origin: &str) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers
            .get(header::ORIGIN)
            .is_some_and(|given| given == origin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_our_own_pages_may_post() {
        let own = "https://portal.example";
        assert!(is_own(&headers(&[("sec-fetch-site", "same-origin")]), own));
        assert!(is_own(&headers(&[("origin", own)]), own));
        for bad in [
            headers(&[]),
            headers(&[("sec-fetch-site", "same-site")]),
            headers(&[("sec-fetch-site", "cross-site"), ("origin", own)]),
            headers(&[("sec-fetch-site", "none")]),
            headers(&[("origin", "null")]),
            headers(&[("origin", "https://portal.example.evil.example")]),
        ] {
            assert!(!is_own(&bad, own), "{bad:?}");
        }
    }
}
