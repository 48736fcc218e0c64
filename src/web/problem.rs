//! Refusals for machines: `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::Refusal;
use crate::db;

/// Why a machine's request is not answered as asked. No cause that strangers must not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    retry_after: Option<Duration>,
}

impl Problem {
    /// A status and what it means here, in a few words.
    #[must_use]
    pub fn new(status: StatusCode, title: &'static str) -> Self {
        Self {
            status,
            title,
            detail: String::new(),
            retry_after: None,
        }
    }

    /// With a sentence about this case and what to do.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }

    /// With the time after which to try again.
    #[must_use]
    pub fn retry_after(self, pause: Duration) -> Self {
        Self {
            retry_after: Some(pause),
            ..self
        }
    }
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        Self::from(&Refusal::from(error))
    }
}

/// For what the layers around every route refuse.
impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let title = match refusal {
            Refusal::NotFound => "Nothing is here",
            Refusal::Forbidden | Refusal::CrossSite => "Not allowed",
            Refusal::BadRequest => "The request cannot be read",
            Refusal::Method => "This method is not offered here",
            Refusal::TooLarge => "The body is too large",
            Refusal::TooMany => "Too many requests",
            Refusal::Busy => "Too much to do; nothing was changed",
            Refusal::TimedOut => "No answer in time",
            Refusal::SignInAgain => "The credentials are not valid",
            Refusal::Defect | Refusal::Explained { .. } => "Something went wrong",
        };
        let pause = match refusal {
            Refusal::TooMany => Some(Duration::from_secs(30)),
            Refusal::Busy => Some(Duration::from_secs(2)),
            _ => None,
        };
        Self {
            retry_after: pause,
            ..Self::new(refusal.status(), title)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        const KIND: HeaderValue = HeaderValue::from_static("application/problem+json");
        let mut body =
            json!({"type": "about:blank", "title": self.title, "status": self.status.as_u16()});
        if !self.detail.is_empty()
            && let Some(fields) = body.as_object_mut()
        {
            fields.insert("detail".to_owned(), self.detail.into());
        }
        let head = [(header::CONTENT_TYPE, KIND)];
        let mut response = (self.status, head, body.to_string()).into_response();
        if let Some(pause) = self.retry_after {
            let seconds = pause.as_secs().max(1);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
