//! How often one program may call, said in the headers of draft-ietf-httpapi-ratelimit-headers.
//!
//! Counted in this node's memory, in windows of a minute.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    http::{HeaderName, HeaderValue},
    response::Response,
};

use crate::{kernel::Instant, settings::ApiSettings};

const WINDOW: Duration = Duration::from_secs(60);
/// Wrong proofs one address may send in a minute.
const WRONG_PROOFS: u32 = 20;
/// Tokens one client may ask for in a minute. One lives a quarter of an hour.
const TOKENS: u32 = 30;
/// Above this many the windows that are over are forgotten.
const KEPT: usize = 10_000;
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// What is counted for everybody.
pub struct Limits {
    /// Requests by client.
    pub(super) requests: Windows,
    /// Questions by client.
    pub(super) questions: Windows,
    /// Tokens by client.
    pub(super) tokens: Windows,
    /// Wrong proofs by address.
    pub(super) wrong: Windows,
}

impl Limits {
    /// As configured.
    #[must_use]
    pub fn new(settings: &ApiSettings) -> Self {
        Self {
            requests: Windows::new(settings.requests_per_minute),
            questions: Windows::new(settings.questions_per_minute),
            tokens: Windows::new(TOKENS),
            wrong: Windows::new(WRONG_PROOFS),
        }
    }
}

/// Counts by key in windows that begin with the first request.
pub(super) struct Windows {
    limit: u32,
    counts: Mutex<HashMap<String, (Instant, u32)>>,
}

/// How one key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stand {
    limit: u32,
    remaining: u32,
    /// Until the window ends.
    pub(super) rest: Duration,
    /// Whether this request is within the limit.
    pub(super) is_within: bool,
}

impl Windows {
    fn new(limit: u32) -> Self {
        Self {
            limit,
            counts: Mutex::default(),
        }
    }

    /// Counts one more.
    pub(super) fn take(&self, key: &str, now: Instant) -> Stand {
        self.count(key, now, 1)
    }

    /// How the key stands, without counting.
    pub(super) fn look(&self, key: &str, now: Instant) -> Stand {
        self.count(key, now, 0)
    }

    fn count(&self, key: &str, now: Instant, more: u32) -> Stand {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() > KEPT {
            counts.retain(|_, (began, _)| now.since(*began) < WINDOW);
        }
        let (began, count) = match counts.get(key) {
            Some((began, count)) if now.since(*began) < WINDOW => (*began, *count),
            _ => (now, 0),
        };
        let counted = count.saturating_add(more);
        if more > 0 {
            counts.insert(key.to_owned(), (began, counted));
        }
        Stand {
            limit: self.limit,
            remaining: self.limit.saturating_sub(counted),
            rest: WINDOW.saturating_sub(now.since(began)),
            is_within: if more > 0 {
                counted <= self.limit
            } else {
                counted < self.limit
            },
        }
    }
}

impl Stand {
    /// Says it in an answer.
    pub(super) fn on(self, mut response: Response) -> Response {
        let seconds = self.rest.as_secs().max(1);
        let policy = format!("\"client\";q={};w={}", self.limit, WINDOW.as_secs());
        let state = format!("\"client\";r={};t={seconds}", self.remaining);
        for (name, value) in [(POLICY, policy), (STATE, state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_with_the_first_request_and_ends_a_minute_later() {
        let windows = Windows::new(2);
        let start = Instant::from_seconds(1_000);
        assert!(windows.look("a", start).is_within);
        assert_eq!(windows.take("a", start).remaining, 1);
        let later = start.plus(Duration::from_secs(59));
        let last = windows.take("a", later);
        assert!(last.is_within);
        assert_eq!((last.remaining, last.rest), (0, Duration::from_secs(1)));
        assert!(!windows.take("a", later).is_within);
        assert!(windows.take("b", later).is_within);
        assert!(!windows.look("a", later).is_within);
        assert!(windows.take("a", start.plus(WINDOW)).is_within);
    }
}
