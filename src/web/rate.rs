//! How often one address may ask.

use std::{net::IpAddr, num::NonZeroU32};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota};

use super::{Refusal, client_address};
use crate::app::AppState;

/// Counts requests by address.
pub type Limiter = DefaultKeyedRateLimiter<IpAddr>;

/// A limiter for this many requests per minute, with bursts up to as many.
#[must_use]
pub fn limiter(per_minute: u32) -> Limiter {
    Limiter::keyed(Quota::per_minute(
        NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN),
    ))
}

/// Turns away an address that asks too often; health checks and embedded files are exempt.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/assets/") || path == "/healthz" || path == "/readyz" {
        return next.run(request).await;
    }
    let address = client_address::client_address(
        request.headers(),
        request.extensions(),
        &state.trusted_proxies,
    );
    if state
        .limiter
        .check_key(&client_address::rate_key(address))
        .is_ok()
    {
        next.run(request).await
    } else {
        Refusal::TooMany.into_response()
    }
}
