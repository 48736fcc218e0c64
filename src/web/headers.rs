//! Security headers on every answer, the script nonce, and no caching of what is personal.

use std::sync::{Arc, PoisonError, RwLock};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use url::Url;

use super::{cookies, flash};
use crate::app::AppState;

/// Origins that forms may lead to beside our own: where providers sign people in and out. Chromium
/// applies `form-action` to redirects too. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct FormTargets(Arc<RwLock<String>>);

impl FormTargets {
    /// Adds the origins of addresses; those known already stay as they are.
    pub fn add<'u>(&self, addresses: impl IntoIterator<Item = &'u Url>) {
        let mut targets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for address in addresses {
            let origin = address.origin().ascii_serialization();
            if !targets.split(' ').any(|known| known == origin) {
                targets.push(' ');
                targets.push_str(&origin);
            }
        }
    }

    /// The list as the policy writes it: each with a leading space.
    fn append_to(&self, policy: &mut String) {
        policy.push_str(&self.0.read().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The script nonce of one response (128 random bits).
#[derive(Debug, Clone)]
pub struct Nonce(pub String);

/// Adds the nonce for the page and the headers to its answer.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce(STANDARD_NO_PAD.encode(state.world.random.bytes::<16>()));
    request.extensions_mut().insert(nonce.clone());
    let shows_flash = request.method() == Method::GET
        && cookies::read(request.headers(), &state.settings.portal, flash::COOKIE).is_some();
    let mut response = next.run(request).await;
    let is_html = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    if is_html {
        // What shows foreign content (a mail in the demo) brings a narrower policy of its own.
        if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
            set(
                headers,
                header::CONTENT_SECURITY_POLICY,
                &policy(&state, &nonce),
            );
        }
        if shows_flash && !headers.contains_key(header::SET_COOKIE) {
            headers.append(
                header::SET_COOKIE,
                cookies::clear(&state.settings.portal, flash::COOKIE),
            );
        }
    }
    add_fixed(headers, state.settings.portal.is_https());
    response
}

/// The policy of pages: nothing but our own files, scripts by nonce, forms only to us and to the
/// providers' sign-in and sign-out.
fn policy(state: &AppState, nonce: &Nonce) -> String {
    let mut policy = String::with_capacity(400);
    policy.push_str("default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; ");
    policy.push_str("base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types htmx; script-src 'nonce-");
    policy.push_str(&nonce.0);
    policy.push_str(if state.settings.portal.demo {
        // The demo's mailbox shows mails in a frame.
        "' 'strict-dynamic'; frame-src 'self'; form-action 'self'"
    } else {
        "' 'strict-dynamic'; form-action 'self'"
    });
    state.form_targets.append_to(&mut policy);
    policy
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

const FIXED: [(HeaderName, HeaderValue); 5] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
        ),
    ),
];

fn add_fixed(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in FIXED {
        headers.entry(name).or_insert(value);
    }
    if !headers.contains_key(header::REFERRER_POLICY) {
        headers.insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if is_https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
}
