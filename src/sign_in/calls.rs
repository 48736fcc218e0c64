//! Calls to a provider: one request, bounded in time and size, never redirected.

use std::time::Duration;

use futures_util::future::BoxFuture;
use openidconnect::{HttpRequest, HttpResponse};

/// How long one call may take. People wait for it.
const LIMIT: Duration = Duration::from_secs(5);
/// Bytes of an answer at most.
const LARGEST: usize = 1024 * 1024;

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The provider could not be reached, or not in time.
    #[error("the provider did not answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// The answer is larger than any right one.
    #[error("the provider's answer is larger than {LARGEST} bytes")]
    TooLarge,
    /// The answer cannot be put together.
    #[error("the provider's answer is no HTTP answer")]
    Malformed,
}

/// The client that openidconnect calls the provider with.
pub(super) fn caller(
    http: &reqwest::Client,
) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, CallError>> + Send + Sync + use<>
{
    let http = http.clone();
    move |request| Box::pin(call(http.clone(), request))
}

/// Makes one call.
///
/// # Errors
/// [`CallError`]; an answer with a bad status is an answer.
pub(super) async fn call(
    http: reqwest::Client,
    request: HttpRequest,
) -> Result<HttpResponse, CallError> {
    let mut request = reqwest::Request::try_from(request)?;
    *request.timeout_mut() = Some(LIMIT);
    let mut response = http.execute(request).await.map_err(without_address)?;
    let mut answer = openidconnect::http::Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        headers.clone_from(response.headers());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(without_address)? {
        if body.len().saturating_add(chunk.len()) > LARGEST {
            return Err(CallError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    answer.body(body).map_err(|_| CallError::Malformed)
}

/// Reads a document.
///
/// # Errors
/// [`CallError`], or a status other than 200 as text.
pub(super) async fn get(http: &reqwest::Client, url: &str) -> Result<Vec<u8>, String> {
    let request = openidconnect::http::Request::get(url)
        .header("accept", "application/json")
        .body(Vec::new())
        .map_err(|error| error.to_string())?;
    let answer = call(http.clone(), request)
        .await
        .map_err(|error| describe(&error))?;
    if answer.status() == 200 {
        Ok(answer.into_body())
    } else {
        Err(format!("it answered {}", answer.status()))
    }
}

/// An error with its causes, without what was sent.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = deeper.source();
    }
    text
}

/// The address may carry what belongs in no log.
fn without_address(error: reqwest::Error) -> reqwest::Error {
    error.without_url()
}
