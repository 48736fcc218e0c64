//! What an operation answers when nothing is wrong.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

/// An answer, as it is sent and as it is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Value,
    /// Where what was made can be read; empty when nothing was made.
    pub location: String,
}

impl Answer {
    /// 200.
    #[must_use]
    pub fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body,
            location: String::new(),
        }
    }

    /// 201 with the address of what was made.
    #[must_use]
    pub fn created(body: Value, location: String) -> Self {
        Self {
            status: StatusCode::CREATED,
            body,
            location,
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Ok(location) = HeaderValue::from_str(&self.location)
            && !self.location.is_empty()
        {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}
