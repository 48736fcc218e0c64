//! Counting calls, and remembering what the answers say about limits.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{RequestBuilder, header::HeaderMap};

use super::{Answer, Transport, send};
use crate::crm::port::{Limit, Usage};

/// Reads a CRM's limits from the headers of an answer: those of a short time, and those of a day.
pub type ReadLimits = fn(&HeaderMap) -> (Option<Limit>, Option<Limit>);

/// The meter of one connection; clones count together.
#[derive(Clone)]
pub struct Meter {
    read: ReadLimits,
    usage: Arc<Mutex<Usage>>,
}

impl Meter {
    /// A meter that reads limits this way.
    #[must_use]
    pub fn new(read: ReadLimits) -> Self {
        Self {
            read,
            usage: Arc::default(),
        }
    }

    /// As [`send`], and counts the call.
    ///
    /// # Errors
    /// As [`send`].
    pub async fn send(&self, request: RequestBuilder, largest: usize) -> Result<Answer, Transport> {
        let answer = send(request, largest).await;
        let limits = answer.as_ref().map(|answer| (self.read)(&answer.headers));
        let (burst, day) = limits.unwrap_or_default();
        let is_away = answer
            .as_ref()
            .map_or(true, |answer| answer.status.is_server_error());
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.calls = usage.calls.saturating_add(1);
        usage.failed = usage.failed.saturating_add(u64::from(is_away));
        usage.burst = burst.or(usage.burst);
        usage.day = day.or(usage.day);
        drop(usage);
        answer
    }

    /// What was counted since the last time, and the limits that were heard since.
    #[must_use]
    pub fn take(&self) -> Usage {
        std::mem::take(&mut *self.usage.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A header as a whole number.
#[must_use]
pub fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// `RateLimit-Policy: "name";q=100;w=60` and `RateLimit: "name";r=40;t=12` (draft-ietf-httpapi-ratelimit-headers),
/// of several policies the first.
#[must_use]
pub fn standard_limits(headers: &HeaderMap) -> (Option<Limit>, Option<Limit>) {
    let parameter = |header: &str, name: &str| -> Option<u64> {
        let text = headers.get(header)?.to_str().ok()?;
        let first = text.split(',').next()?;
        let mut pairs = first.split(';').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
        value.trim().parse().ok()
    };
    let policy = |name| parameter("ratelimit-policy", name).filter(|value| *value > 0);
    let (Some(allowed), Some(window)) = (policy("q"), policy("w")) else {
        return (None, None);
    };
    let limit = Limit {
        allowed,
        window: Duration::from_secs(window.min(86_400)),
        left: parameter("ratelimit", "r"),
    };
    if limit.window >= Duration::from_secs(3_600) {
        (None, Some(limit))
    } else {
        (Some(limit), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_headers_are_read() {
        let read = |policy: &'static str, state: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("ratelimit-policy", policy.parse().unwrap());
            headers.insert("ratelimit", state.parse().unwrap());
            standard_limits(&headers)
        };
        let minute = |left| Limit {
            allowed: 100,
            window: Duration::from_secs(60),
            left,
        };
        assert_eq!(
            read("\"burst\";q=100;w=60", "\"burst\";r=40;t=12"),
            (Some(minute(Some(40))), None)
        );
        assert_eq!(
            read("\"a\"; w=60; q=100, \"b\";q=1;w=1", "x"),
            (Some(minute(None)), None)
        );
        let (short, day) = read("\"daily\";q=5000;w=86400", "\"daily\";r=4");
        assert_eq!((short, day.and_then(|day| day.left)), (None, Some(4)));
        for wrong in ["", "\"a\";q=0;w=60", "\"a\";q=5", "q=-1;w=1"] {
            assert_eq!(read(wrong, ""), (None, None), "{wrong}");
        }
    }
}
