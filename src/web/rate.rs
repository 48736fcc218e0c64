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

/// Forgets the addresses whose allowance is whole again, so that a stream of new ones fills no
/// memory.
pub fn forget_idle(limiter: &Limiter) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
}

/// What a service or an identity provider asks or says about everybody who uses it.
const QUESTIONS: [&str; 4] = [
    "/forward-auth",
    "/access/v1/",
    "/api/v1/identity/claims",
    "/sign-in/back-channel/",
];

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
    let limiter = if QUESTIONS.iter().any(|begin| path.starts_with(begin)) {
        &state.questions
    } else {
        &state.limiter
    };
    if limiter
        .check_key(&client_address::rate_key(address))
        .is_ok()
    {
        next.run(request).await
    } else {
        Refusal::TooMany.into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use super::*;

    #[test]
    fn addresses_that_went_away_are_forgotten() {
        // One request a microsecond: a moment later the allowance is whole again.
        let quick = limiter(60_000_000);
        for number in 0..10_000 {
            let address = Ipv4Addr::from_bits(number);
            assert!(quick.check_key(&address.into()).is_ok());
        }
        std::thread::sleep(Duration::from_millis(20));
        forget_idle(&quick);
        assert_eq!(quick.len(), 0);
        // Who still owes is kept.
        let slow = limiter(1);
        let address = Ipv4Addr::LOCALHOST.into();
        assert!(slow.check_key(&address).is_ok());
        forget_idle(&slow);
        assert!(slow.check_key(&address).is_err());
    }
}
