//! Our cookies: one place for names and attributes.
//!
//! Over https every cookie is `__Host-` + `Secure`; a portal on a loopback host over plain http uses
//! the plain name, because not every browser keeps `Secure` cookies there.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::settings::PortalSettings;

/// The full name of a cookie.
#[must_use]
pub fn full_name(portal: &PortalSettings, name: &str) -> String {
    if portal.is_https() {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

/// The value of a cookie. When a name stands twice, nothing: which one is ours cannot be told.
#[must_use]
pub fn read(headers: &HeaderMap, portal: &PortalSettings, name: &str) -> Option<String> {
    let full = full_name(portal, name);
    let mut found = all(headers)
        .filter(|(known, _)| *known == full)
        .map(|(_, value)| value.to_owned());
    let first = found.next();
    if found.next().is_some() { None } else { first }
}

/// Every cookie of a request.
pub fn all(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// A `Set-Cookie` value that lives `seconds`; `HttpOnly`, `SameSite=Lax`, whole site.
///
/// `value` must be made of cookie octets (RFC 6265 4.1.1): base64url, ids, words.
#[must_use]
pub fn set(portal: &PortalSettings, name: &str, value: &str, seconds: u32) -> HeaderValue {
    let secure = if portal.is_https() { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
        full_name(portal, name)
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// A `Set-Cookie` value that removes a cookie.
#[must_use]
pub fn clear(portal: &PortalSettings, name: &str) -> HeaderValue {
    set(portal, name, "", 0)
}
