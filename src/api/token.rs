//! `POST /api/v1/token`: OAuth 2.0 client credentials (RFC 6749 4.4).

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    app::AppState,
    clients::{self, Proved, Scopes},
    db::Error,
    kernel::{Actor, Cx},
    web::{Problem, client_address},
};

/// The names are short; so are id and secret.
pub(super) const LARGEST: usize = 8 * 1024;

/// Why no token is handed out, in the words of RFC 6749 5.2.
struct Refused {
    status: StatusCode,
    error: &'static str,
    about: &'static str,
}

impl Refused {
    const fn new(error: &'static str, about: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            about,
        }
    }

    fn unproven() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new(
                "invalid_client",
                "The client is unknown, its secret is wrong, or it may not call any more.",
            )
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "error_description": self.about});
        let mut response = answer(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"api\", charset=\"UTF-8\""),
            );
        }
        response
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let head = [
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, head, axum::Json(body)).into_response()
}

/// Hands out a token.
pub(super) async fn token(State(state): State<AppState>, request: Request) -> Response {
    let address = client_address::client_address(
        request.headers(),
        request.extensions(),
        &state.trusted_proxies,
    );
    let address = client_address::rate_key(address).to_string();
    let cx = request.extensions().get::<Cx>().cloned();
    let cx = cx.unwrap_or_else(|| state.world.cx(Actor::Visitor));
    let now = cx.now();
    let wrong = state.api.wrong.look(&address, now);
    if !wrong.is_within {
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many wrong secrets")
            .retry_after(wrong.rest)
            .into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large")
            .into_response();
    };
    match hand_out(&state, &cx, &parts.headers, &body).await {
        Ok(Ok(body)) => answer(StatusCode::OK, &body),
        Ok(Err(End::Refused(refused))) => {
            if refused.error == "invalid_client" {
                state.api.wrong.take(&address, now);
                tracing::warn!(request = %cx.request_id, "a client did not prove itself");
            }
            refused.into_response()
        }
        Ok(Err(End::TooMany(problem))) => problem.into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

enum End {
    Refused(Refused),
    TooMany(Problem),
}

async fn hand_out(
    state: &AppState,
    cx: &Cx,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Result<Value, End>, Error> {
    let asked = match Asked::read(headers, body) {
        Ok(asked) => asked,
        Err(refused) => return Ok(Err(End::Refused(refused))),
    };
    let now = cx.now();
    let mut conn = state.db.read().await?;
    let proved = clients::prove(&mut conn, &asked.id, &asked.secret, now).await?;
    drop(conn);
    let Some(proved) = proved else {
        return Ok(Err(End::Refused(Refused::unproven())));
    };
    let stand = state.api.tokens.take(&proved.client.id.to_string(), now);
    if !stand.is_within {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many tokens")
            .detail("A token counts for 15 minutes: use it until it ends.")
            .retry_after(stand.rest);
        return Ok(Err(End::TooMany(problem)));
    }
    let Some(scopes) = granted(&asked, &proved) else {
        let refused = Refused::new(
            "invalid_scope",
            "The scope names something that there is not or that this client may not do.",
        );
        return Ok(Err(End::Refused(refused)));
    };
    let (inner, wanted) = (cx.clone(), scopes.clone());
    let token = state.db.write(move |tx| {
        Box::pin(async move { clients::issue(tx, &inner, &proved, &wanted).await })
    });
    let token: clients::Token = token.await?;
    Ok(Ok(json!({
        "access_token": token.text, "token_type": "Bearer", "expires_in": token.life.as_secs(), "scope": scopes.to_string(),
    })))
}

/// What was asked for, or everything that the client may do.
fn granted(asked: &Asked, proved: &Proved) -> Option<Scopes> {
    let own = &proved.client.scopes;
    if asked.scope.is_empty() {
        return Some(own.clone());
    }
    let wanted = Scopes::parse(&asked.scope).ok()?;
    (!wanted.is_empty() && own.cover(&wanted)).then_some(wanted)
}

/// What a client asks with.
struct Asked {
    id: String,
    secret: String,
    scope: String,
}

impl Asked {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refused> {
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
