//! The web kit: what every page and endpoint needs and no feature owns.
//!
//! A page handler takes a [`Visit`] (or an actor of `access` that contains one), builds its page
//! struct with `visit.shell(…)` and answers with [`page`]. Refusals are values ([`Refusal`]) that one
//! layer turns into pages, so that every refusal looks alike and says what to do.

pub mod assets;
pub mod client_address;
pub mod cookies;
pub mod counts;
pub mod csrf;
pub mod dates;
pub mod flash;
pub mod forms;
pub mod headers;
pub mod health;
pub mod http_client;
pub mod i18n;
pub mod listener;
mod machines;
pub mod problem;
pub mod rate;
pub mod refusal;
pub mod request_log;
pub mod shell;
pub mod urls;
pub mod visit;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

pub use flash::Flash;
pub use forms::{Field, Form, FormErrors, Query};
pub use i18n::Lang;
pub use problem::{FieldError, Problem};
pub use refusal::Refusal;
pub use shell::{NavItem, Shell};
pub use visit::Visit;

/// Renders a page.
///
/// Templates are compiled in and write to memory, so rendering fails only on a defect; then the
/// answer is the page for defects.
pub fn page<T: Template>(status: StatusCode, template: &T) -> Response {
    /// Most pages fit, so that the buffer rarely grows.
    const USUAL_SIZE: usize = 16 * 1024;
    let mut html = String::with_capacity(USUAL_SIZE);
    match template.render_into(&mut html) {
        Ok(()) => {
            const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
            (status, [(header::CONTENT_TYPE, HTML)], html).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a template could not be rendered");
            Refusal::Defect.into_response()
        }
    }
}

/// 303 to a path of our own.
#[must_use]
pub fn see_other(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => Refusal::Defect.into_response(),
    }
}
