//! `POST /api/v1/token`: OAuth 2.0 client credentials (RFC 6749 4.4).

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::token_request::{Asked, Refused};
use crate::{
    app::AppState,
    clients::{self, Proved, Scopes},
    db::Error,
    kernel::{Actor, Cx},
    web::{Problem, client_address},
};

/// The names are short; so are id and secret.
pub(super) const LARGEST: usize = 8 * 1024;

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
