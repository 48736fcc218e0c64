//! Forms: fields that remember what was typed and what is wrong with it.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::Refusal;

/// One field of a form: its name (also its id on the page), what stands in it, what is wrong.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Name and id.
    pub name: &'static str,
    /// What was typed; never a secret.
    pub value: String,
    /// What is wrong, as a sentence in the page's language.
    pub error: Option<String>,
}

impl Field {
    /// A field with a value and nothing wrong.
    #[must_use]
    pub fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self {
            name,
            value: value.into(),
            error: None,
        }
    }

    /// The same field with something wrong.
    #[must_use]
    pub fn with_error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }
}

/// What the error summary lists: the id of a field and a sentence.
#[derive(Debug, Clone, Default)]
pub struct FormErrors(pub Vec<(String, String)>);

impl FormErrors {
    /// Collects the errors of fields, in the order of the page.
    #[must_use]
    pub fn of(fields: &[&Field]) -> Self {
        let listed = fields
            .iter()
            .filter_map(|field| Some((field.name.to_owned(), field.error.clone()?)));
        Self(listed.collect())
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A posted form (`application/x-www-form-urlencoded`); repeated names become lists.
///
/// Replaces axum's own extractor, whose refusals are plain English texts.
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match axum_extra::extract::Form::<T>::from_request(request, state).await {
            Ok(axum_extra::extract::Form(form)) => Ok(Self(form)),
            Err(rejection) => {
                use axum::response::IntoResponse;
                let status = rejection.into_response().status();
                Err(if status == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                    Refusal::TooLarge
                } else {
                    Refusal::BadRequest
                })
            }
        }
    }
}

/// The query of a URL; what cannot be read counts as not given when the type has a default.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        axum_extra::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|axum_extra::extract::Query(query)| Self(query))
            .map_err(|_| Refusal::BadRequest)
    }
}
