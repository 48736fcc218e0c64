//! One call: a path below the version, a token, JSON both ways.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    crm::{
        port::{Limit, Usage},
        rest::{Answer, Meter, Session},
    },
    directory::{oauth::ClientCredentials, port::DirectoryError},
    kernel::{Clock, text::one_line},
};

const LONG: Duration = Duration::from_secs(20);

/// Where Graph is in the public cloud.
pub(super) fn usual_base() -> Result<Url, url::ParseError> {
    Url::parse("https://graph.microsoft.com/v1.0")
}

/// Calls of one application to one tenant.
pub(super) struct Calls {
    client: Client,
    base: Url,
    session: Session,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answered {
    error: Problem,
}

/// What Graph says is wrong.
#[derive(Deserialize, Default, Debug, Clone)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) message: String,
    details: Vec<Detail>,
}

#[derive(Deserialize, Default, Debug, Clone)]
#[serde(default)]
struct Detail {
    code: String,
}

impl Problem {
    pub(super) fn of(answer: &Answer) -> Self {
        let answered: Answered = serde_json::from_slice(&answer.body).unwrap_or_default();
        answered.error
    }

    /// Whether a name or address is somebody's already.
    pub(super) fn is_conflict(&self) -> bool {
        let is_code = |code: &str| code == "ObjectConflict";
        is_code(&self.code)
            || self.details.iter().any(|detail| is_code(&detail.code))
            || self.message.contains("already exists")
    }

    fn line(&self, status: StatusCode) -> String {
        let text = format!("HTTP {} {} {}", status.as_u16(), self.code, self.message);
        one_line(text.trim(), 240)
    }
}

impl Calls {
    pub(super) fn new(
        client: Client,
        base: Url,
        (client_id, client_secret, endpoint): (String, SecretString, Url),
        clock: Clock,
    ) -> Self {
        let source = ClientCredentials {
            client: client.clone(),
            endpoint,
            client_id,
            client_secret,
            scope: format!("{}/.default", base.origin().ascii_serialization()),
        };
        Self {
            client,
            base,
            session: Session::new(Box::new(source), clock, Meter::new(limits)),
        }
    }

    pub(super) fn usage(&self) -> Usage {
        self.session.usage()
    }

    /// The address of a path with a query.
    pub(super) fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// A link that Graph gave; only one that leads to Graph is followed, as our token goes with it.
    pub(super) fn link(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let is_ours = url.origin() == self.base.origin()
            && url.path().starts_with(self.base.path())
            && url.username().is_empty();
        is_ours.then_some(url)
    }

    /// Any answer, also one that says no.
    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, DirectoryError> {
        let build = || {
            let request = self.client.request(method.clone(), url.clone());
            let request = request.timeout(LONG);
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        Ok(self.session.call(build).await?)
    }
}

/// Graph says nothing about its limits until it refuses.
fn limits(_headers: &HeaderMap) -> (Option<Limit>, Option<Limit>) {
    (None, None)
}

/// The answer if it is a success; `permission` is what the call needs.
pub(super) fn success<'a>(
    answer: &'a Answer,
    permission: &str,
) -> Result<&'a Answer, DirectoryError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let problem = Problem::of(answer);
    let said = problem.line(answer.status);
    Err(match answer.status {
        StatusCode::FORBIDDEN => DirectoryError::Denied(format!(
            "the application lacks the permission {permission} of Microsoft Graph, or nobody has consented to it ({said})"
        )),
        StatusCode::BAD_REQUEST if problem.message.contains("extension propert") => {
            DirectoryError::Setup(format!(
                "the directory extensions are not registered on graph.extension_app ({said})"
            ))
        }
        StatusCode::BAD_REQUEST => DirectoryError::Refused {
            cause: "invalid_field",
            reason: said,
        },
        StatusCode::NOT_FOUND => {
            DirectoryError::Setup(format!("there is no such address or tenant ({said})"))
        }
        StatusCode::GATEWAY_TIMEOUT if answer.retry_after().is_some() => {
            DirectoryError::Throttled {
                retry_after: answer.retry_after(),
            }
        }
        _ => answer.failure(said).into(),
    })
}
