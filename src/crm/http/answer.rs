//! From an HTTP answer to a value or a failure: status, `Retry-After`, problem title, bounded body.

use std::time::Duration;

use reqwest::{
    Response, StatusCode,
    header::{DATE, HeaderMap, RETRY_AFTER},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{crm::port::CrmError, kernel::text::one_line};

/// Bytes of an answer, decompressed.
const LARGEST_ANSWER: usize = 2 * 1024 * 1024;
/// Bytes of an answer that says no.
const LARGEST_PROBLEM: usize = 64 * 1024;
/// Characters of a foreign title that are kept.
const LONGEST_TITLE: usize = 120;
/// The longest pause a CRM can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a call gave no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The status, when there was an answer that says no.
    pub(super) status: Option<StatusCode>,
    /// The meaning.
    pub(super) error: CrmError,
}

impl From<Failure> for CrmError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl From<CrmError> for Failure {
    fn from(error: CrmError) -> Self {
        Self {
            status: None,
            error,
        }
    }
}

impl Failure {
    /// No answer, or only a part of one.
    pub(super) fn of_transport(error: reqwest::Error) -> Self {
        let what = if error.is_timeout() {
            "no answer in time"
        } else if error.is_connect() {
            "no connection"
        } else if error.is_decode() {
            return Self::of_content("its compression is broken");
        } else if error.is_builder() {
            return Self::of_content("the request could not be made");
        } else {
            "the connection broke"
        };
        // The driver's own text, for the operator's log; without the address it holds no secret.
        tracing::debug!(error = %error.without_url(), "the CRM gave no answer");
        Self {
            status: None,
            error: CrmError::Unreachable(what.to_owned()),
        }
    }

    /// An answer that came and makes no sense.
    pub(super) fn of_content(what: impl Into<String>) -> Self {
        Self {
            status: None,
            error: CrmError::Protocol(what.into()),
        }
    }

    /// Whether the CRM says that what was asked for is gone for good.
    pub(super) fn is_gone(&self) -> bool {
        self.status == Some(StatusCode::GONE)
    }

    /// A call that is larger than what any server has to take.
    pub(super) fn too_large() -> Self {
        Self {
            status: Some(StatusCode::PAYLOAD_TOO_LARGE),
            error: CrmError::Protocol("the call is larger than 1 MB".to_owned()),
        }
    }

    /// Whether the CRM says that the call was too large.
    pub(super) fn is_too_large(&self) -> bool {
        self.status == Some(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// Whether the content of the request was refused, so that a part of it may be accepted.
    pub(super) fn is_about_content(&self) -> bool {
        matches!(
            self.status,
            Some(
                StatusCode::BAD_REQUEST
                    | StatusCode::PAYLOAD_TOO_LARGE
                    | StatusCode::UNPROCESSABLE_ENTITY
            )
        )
    }
}

/// The value of a successful answer.
pub(super) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let status = response.status();
    if !status.is_success() {
        return Err(refusal(response).await);
    }
    let body = read_body(response, LARGEST_ANSWER).await?;
    let mut reader = serde_json::Deserializer::from_slice(&body);
    // The path names fields of the contract; the error's own text could quote the content.
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = error.path().to_string();
        Failure::of_content(match error.inner().classify() {
            serde_json::error::Category::Data => {
                format!("the field `{place}` is missing or not what it should be")
            }
            _ => "it is not JSON".to_owned(),
        })
    })
}

async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::of_content(format!("it is larger than {} KB", limit / 1024));
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > limit) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Failure::of_transport)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn refusal(response: Response) -> Failure {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    // What cannot be read of a refusal only makes its reason shorter.
    let body = read_body(response, LARGEST_PROBLEM)
        .await
        .unwrap_or_default();
    let reason = reason(status, &body);
    let error = match status.as_u16() {
        401 | 403 => CrmError::AuthBroken(reason),
        429 => CrmError::Throttled { retry_after },
        503 if retry_after.is_some() => CrmError::Throttled { retry_after },
        408 | 425 | 500..=599 => CrmError::Unreachable(reason),
        300..=399 => CrmError::Protocol(format!("{reason}: redirects are not followed")),
        _ => CrmError::Protocol(reason),
    };
    Failure {
        status: Some(status),
        error,
    }
}

/// `HTTP 422: title`, with the title of problem+json (RFC 9457) when there is one.
fn reason(status: StatusCode, body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Problem {
        title: String,
    }
    let title = serde_json::from_slice::<Problem>(body)
        .map(|problem| one_line(&problem.title, LONGEST_TITLE))
        .unwrap_or_default();
    if title.is_empty() {
        format!("HTTP {}", status.as_u16())
    } else {
        format!("HTTP {}: {title}", status.as_u16())
    }
}

/// `Retry-After` as seconds or as a date (RFC 9110 section 10.2.3). A date counts from the answer's
/// own `Date`, so that two clocks that differ do not matter.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = http_date(text)?;
            let from = http_date(headers.get(DATE)?.to_str().ok()?)?;
            Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO)
        }
    };
    Some(pause.min(LONGEST_PAUSE))
}

fn http_date(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(retry_after_text: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after_text.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers)
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
    fn a_reason_is_one_short_line() {
        let long = format!(
            r#"{{"title":"{}\nb","detail":"secret"}}"#,
            "x".repeat(1_000)
        );
        let text = reason(StatusCode::UNPROCESSABLE_ENTITY, long.as_bytes());
        assert_eq!(text, format!("HTTP 422: {}", "x".repeat(LONGEST_TITLE)));
        for body in ["", "<html>", r#"{"title":7}"#, r#"{"title":" "}"#] {
            assert_eq!(reason(StatusCode::NOT_FOUND, body.as_bytes()), "HTTP 404");
        }
    }
}
