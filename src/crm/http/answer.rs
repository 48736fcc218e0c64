//! From an HTTP answer to a value or a failure: status, problem title, bounded body.

use reqwest::{RequestBuilder, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    crm::{
        port::CrmError,
        rest::{Answer, Meter},
    },
    kernel::text::one_line,
};

/// Bytes of an answer, decompressed.
const LARGEST_ANSWER: usize = 2 * 1024 * 1024;
/// Characters of a foreign title that are kept.
const LONGEST_TITLE: usize = 120;

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

/// Makes a call; the value of a successful answer.
pub(super) async fn call<T: DeserializeOwned>(
    meter: &Meter,
    request: RequestBuilder,
) -> Result<T, Failure> {
    let answer = meter
        .send(request, LARGEST_ANSWER)
        .await
        .map_err(CrmError::from)?;
    if answer.status.is_success() {
        Ok(answer.json()?)
    } else {
        Err(refusal(&answer))
    }
}

fn refusal(answer: &Answer) -> Failure {
    Failure {
        status: Some(answer.status),
        error: answer.failure(reason(answer.status, &answer.body)),
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

#[cfg(test)]
mod tests {
    use super::*;

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
