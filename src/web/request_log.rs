//! One log line a request, readable alone; the request id that log, audit and error page share.

use std::time::Instant as Stopwatch;

use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};

use crate::{app::AppState, kernel::Actor};

/// Gives the request a context and logs its end. The path is logged as the router's pattern, so
/// that no id, address or secret of a URL gets into the log.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let cx = state.world.cx(Actor::Visitor);
    let started = Stopwatch::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    request.extensions_mut().insert(cx.clone());
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    state.requests.count(status);
    let route = route.as_deref().unwrap_or("(no route)");
    let millis = started.elapsed().as_secs_f64() * 1_000.0;
    if status >= 500 {
        tracing::warn!(%method, route, status, millis, request = %cx.request_id, "answered with a failure");
    } else {
        tracing::info!(%method, route, status, millis, request = %cx.request_id, "answered");
    }
    if let Ok(value) = HeaderValue::from_str(cx.request_id.to_string().as_str()) {
        // Who names questions themselves gets that name back.
        response
            .headers_mut()
            .entry("x-request-id")
            .or_insert(value);
    }
    response
}
