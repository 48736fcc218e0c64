//! Refusals for machines: `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::Refusal;
use crate::{db, kernel::ids::RequestId};

/// What is wrong with one place of a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The place, as the fragment form of a JSON pointer (RFC 6901 6): `#/roles/0`.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl FieldError {
    /// Something wrong at a place.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }

    /// As problem documents write it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"pointer": self.pointer, "detail": self.detail})
    }
}

/// Why a machine's request is not answered as asked. No cause that strangers must not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    retry_after: Option<Duration>,
    authenticate: Option<String>,
    errors: Vec<FieldError>,
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
            authenticate: None,
            errors: Vec::new(),
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// With what is wrong where.
    #[must_use]
    pub fn errors(self, errors: Vec<FieldError>) -> Self {
        Self { errors, ..self }
    }

    /// With how to prove oneself: the value of `WWW-Authenticate`.
    #[must_use]
    pub fn authenticate(self, challenge: impl Into<String>) -> Self {
        Self {
            authenticate: Some(challenge.into()),
            ..self
        }
    }

    /// The document. The request's id stands in it as in the log and in the audit log.
    #[must_use]
    pub fn document(&self, request: Option<&RequestId>) -> Value {
        let mut document =
            json!({"type": "about:blank", "title": self.title, "status": self.status.as_u16()});
        let Some(fields) = document.as_object_mut() else {
            return document;
        };
        if !self.detail.is_empty() {
            fields.insert("detail".to_owned(), self.detail.clone().into());
        }
        if !self.errors.is_empty() {
            let errors = self.errors.iter().map(FieldError::to_json);
            fields.insert("errors".to_owned(), errors.collect());
        }
        if let Some(request) = request {
            fields.insert("request_id".to_owned(), request.to_string().into());
        }
        document
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
        let body = self.document(None).to_string();
        let head = [(header::CONTENT_TYPE, KIND)];
        let mut response = (self.status, head, body).into_response();
        if let Some(pause) = self.retry_after {
            let seconds = pause.as_secs().max(1);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let challenge = self.authenticate.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(challenge)) = challenge {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self);
        response
    }
}
