//! What a program asks for a token with (RFC 6749 2.3.1, 4.4.2, 5.2).

use axum::http::{HeaderMap, StatusCode, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use url::form_urlencoded;

/// Why no token is handed out, in the words of RFC 6749 5.2.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) about: &'static str,
}

impl Refused {
    pub(super) const fn new(error: &'static str, about: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            about,
        }
    }

    pub(super) fn unproven() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new(
                "invalid_client",
                "The client is unknown, its secret is wrong, or it may not call any more.",
            )
        }
    }
}

/// What a client asks with.
pub(super) struct Asked {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) scope: String,
}

impl Asked {
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refused> {
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refused::new(
                "invalid_request",
                "Send the parameters as application/x-www-form-urlencoded.",
            ));
        }
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let one = |name: &str| -> Result<Option<String>, Refused> {
            let mut values = pairs.iter().filter(|(given, _)| given == name);
            match (values.next(), values.next()) {
                (value, None) => Ok(value.map(|(_, value)| value.clone())),
                _ => Err(Refused::new(
                    "invalid_request",
                    "A parameter stands more than once.",
                )),
            }
        };
        match one("grant_type")?.as_deref() {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(Refused::new(
                    "unsupported_grant_type",
                    "Only client_credentials is offered.",
                ));
            }
            None => return Err(Refused::new("invalid_request", "grant_type is missing.")),
        }
        let scope = one("scope")?.unwrap_or_default();
        let (id, secret) = (one("client_id")?, one("client_secret")?);
        match basic(headers) {
            Basic::Given(header_id, header_secret) => {
                // RFC 6749 2.3: one way of proving oneself in a request.
                if secret.is_some() || id.is_some_and(|id| id != header_id) {
                    return Err(Refused::new(
                        "invalid_request",
                        "Send id and secret in the header or in the body, not in both.",
                    ));
                }
                Ok(Self {
                    id: header_id,
                    secret: header_secret,
                    scope,
                })
            }
            Basic::Unreadable => Err(Refused::unproven()),
            Basic::Absent => Ok(Self {
                id: id.unwrap_or_default(),
                secret: secret.unwrap_or_default(),
                scope,
            }),
        }
    }
}

/// Id and secret of the header, when they can be read.
pub(super) fn basic_of(headers: &HeaderMap) -> Option<(String, String)> {
    match basic(headers) {
        Basic::Given(id, secret) => Some((id, secret)),
        Basic::Absent | Basic::Unreadable => None,
    }
}

enum Basic {
    Absent,
    Unreadable,
    Given(String, String),
}

/// Id and secret of an `Authorization: Basic` header; both are form-encoded in it (RFC 6749 2.3.1).
fn basic(headers: &HeaderMap) -> Basic {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Basic::Absent;
    };
    let read = || {
        let (scheme, code) = value.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let plain = String::from_utf8(STANDARD.decode(code.trim()).ok()?).ok()?;
        let (id, secret) = plain.split_once(':')?;
        Some(Basic::Given(decoded(id), decoded(secret)))
    };
    if values.next().is_some() {
        return Basic::Unreadable;
    }
    read().unwrap_or(Basic::Unreadable)
}

fn decoded(text: &str) -> String {
    let pair = form_urlencoded::parse(text.as_bytes()).next();
    pair.map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(authorization: &str, body: &str) -> Result<(String, String), &'static str> {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, kind);
        if !authorization.is_empty() {
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        }
        let asked = Asked::read(&headers, body.as_bytes());
        asked
            .map(|asked| (asked.id, asked.secret))
            .map_err(|refused| refused.error)
    }

    #[test]
    fn id_and_secret_come_by_header_or_by_body() {
        let grant = "grant_type=client_credentials";
        let basic = format!("Basic {}", STANDARD.encode("a%2Bb:s%20t"));
        let pair = |id: &str, secret: &str| Ok((id.to_owned(), secret.to_owned()));
        assert_eq!(asked(&basic, grant), pair("a+b", "s t"));
        let body = format!("{grant}&client_id=a&client_secret=s");
        assert_eq!(asked("", &body), pair("a", "s"));
        assert_eq!(asked(&basic, &body), Err("invalid_request"));
        assert_eq!(asked("Basic !", grant), Err("invalid_client"));
        assert_eq!(asked("Bearer x", grant), Err("invalid_client"));
        assert_eq!(
            asked("", &format!("{body}&client_id=b")),
            Err("invalid_request")
        );
        assert_eq!(
            asked("", "grant_type=password"),
            Err("unsupported_grant_type")
        );
        assert_eq!(asked("", ""), Err("invalid_request"));
    }
}
