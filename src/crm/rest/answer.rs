//! One call and its answer: status, headers, a bounded body, `Retry-After`.

use std::time::Duration;

use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{DATE, HeaderMap, RETRY_AFTER},
};
use serde::de::DeserializeOwned;

use crate::crm::port::CrmError;

/// Bytes of an answer, decompressed, unless an adapter knows better.
pub const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
/// Bytes of an answer that says no.
const LARGEST_PROBLEM: usize = 64 * 1024;
/// The longest pause a CRM can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Transport {
    what: String,
    /// Whether bytes came that make no sense, rather than none.
    is_content: bool,
}

impl From<Transport> for CrmError {
    fn from(failure: Transport) -> Self {
        if failure.is_content {
            Self::Protocol(failure.what)
        } else {
            Self::Unreachable(failure.what)
        }
    }
}

impl Transport {
    fn content(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            is_content: true,
        }
    }

    fn of(error: reqwest::Error) -> Self {
        let what = if error.is_timeout() {
            "no answer in time"
        } else if error.is_connect() {
            "no connection"
        } else if error.is_decode() {
            return Self::content("its compression is broken");
        } else if error.is_builder() {
            return Self::content("the request could not be made");
        } else {
            "the connection broke"
        };
        // The driver's own text, for the operator's log; without the address it holds no secret.
        tracing::debug!(error = %error.without_url(), "the CRM gave no answer");
        Self {
            what: what.to_owned(),
            is_content: false,
        }
    }
}

/// What a CRM answered, whatever the status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; of a refusal that is longer than is sensible, nothing.
    pub body: Vec<u8>,
}

/// Sends a request and reads the answer, of which at most `largest` bytes are taken.
///
/// # Errors
/// [`Transport`] when no whole answer came.
pub async fn send(request: RequestBuilder, largest: usize) -> Result<Answer, Transport> {
    let response = request.send().await.map_err(Transport::of)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = if status.is_success() {
        read_body(response, largest).await?
    } else {
        // What cannot be read of a refusal only makes its reason shorter.
        read_body(response, LARGEST_PROBLEM)
            .await
            .unwrap_or_default()
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, Transport> {
    let too_large = || Transport::content(format!("it is larger than {} KB", limit / 1024));
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > limit) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Transport::of)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl Answer {
    /// The body as JSON of this shape.
    ///
    /// # Errors
    /// [`CrmError::Protocol`] names the field, never its content.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CrmError> {
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let place = error.path().to_string();
            CrmError::Protocol(match error.inner().classify() {
                serde_json::error::Category::Data => {
                    format!("the field `{place}` is missing or not what it should be")
                }
                _ => "it is not JSON".to_owned(),
            })
        })
    }

    /// `Retry-After` as seconds or as a date (RFC 9110 section 10.2.3). A date counts from the
    /// answer's own `Date`, so that two clocks that differ do not matter.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let pause = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let until = http_date(text)?;
                let from = http_date(self.headers.get(DATE)?.to_str().ok()?)?;
                Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO)
            }
        };
        Some(pause.min(LONGEST_PAUSE))
    }

    /// The usual meaning of a status that is no success. `reason` is what to show an operator, one
    /// short line without content of records.
    #[must_use]
    pub fn failure(&self, reason: String) -> CrmError {
        let retry_after = self.retry_after();
        match self.status.as_u16() {
            401 | 403 => CrmError::AuthBroken(reason),
            429 => CrmError::Throttled { retry_after },
            503 if retry_after.is_some() => CrmError::Throttled { retry_after },
            408 | 425 | 500..=599 => CrmError::Unreachable(reason),
            300..=399 => CrmError::Protocol(format!("{reason}: redirects are not followed")),
            _ => CrmError::Protocol(reason),
        }
    }
}

fn http_date(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        }
    }

    fn pause(retry_after_text: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let mut answer = answer(429);
        answer
            .headers
            .insert(RETRY_AFTER, retry_after_text.parse().unwrap());
        if let Some(date) = date {
            answer.headers.insert(DATE, date.parse().unwrap());
        }
        answer.retry_after()
    }

    #[test]
    fn a_pause_is_seconds_or_a_date_and_never_longer_than_a_day() {
        const DATE: Option<&str> = Some("Fri, 15 Jan 2027 08:00:00 GMT");
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(pause("120", None), seconds(120));
        assert_eq!(pause(" 0 ", None), seconds(0));
        assert_eq!(pause("Fri, 15 Jan 2027 08:01:30 GMT", DATE), seconds(90));
        assert_eq!(pause("Fri, 15 Jan 2027 07:00:00 GMT", DATE), seconds(0));
        assert_eq!(pause("999999999", None), seconds(86_400));
        assert_eq!(pause("18446744073709551616", None), None);
        assert_eq!(pause("-5", None), None);
        assert_eq!(pause("soon", DATE), None);
        assert_eq!(pause("Fri, 15 Jan 2027 08:01:30 GMT", None), None);
    }

    #[test]
    fn a_status_means_what_it_usually_does() {
        let meaning = |status| answer(status).failure("no".to_owned());
        assert_eq!(meaning(401), CrmError::AuthBroken("no".to_owned()));
        assert_eq!(meaning(429), CrmError::Throttled { retry_after: None });
        assert_eq!(meaning(502), CrmError::Unreachable("no".to_owned()));
        assert_eq!(meaning(422), CrmError::Protocol("no".to_owned()));
    }
}
