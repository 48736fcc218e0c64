//! One call: a path below the base, a token, `application/scim+json` both ways.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    crm::{
        port::{CrmError, Usage},
        rest::{Answer, Fetched, Meter, Session, TokenSource, standard_limits},
    },
    directory::{oauth::ClientCredentials, port::DirectoryError},
    kernel::{Clock, text::one_line},
    settings::DirectorySettings,
};

const LONG: Duration = Duration::from_secs(20);
const MEDIA: &str = "application/scim+json";

/// Calls to one server.
pub(super) struct Calls {
    client: Client,
    base: Url,
    session: Session,
}

/// RFC 7644 section 3.12.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Problem {
    detail: String,
    scim_type: String,
}

/// A token that stands in the settings.
struct Static(SecretString);

#[async_trait]
impl TokenSource for Static {
    async fn fetch(&self) -> Result<Fetched, CrmError> {
        Ok(Fetched {
            token: self.0.expose_secret().to_owned(),
            lasts: None,
        })
    }
}

impl Calls {
    pub(super) fn new(
        client: Client,
        base: Url,
        settings: &DirectorySettings,
        clock: Clock,
    ) -> Result<Self, String> {
        let endpoint = settings.scim.as_ref().and_then(|it| it.token_url.clone());
        let source: Box<dyn TokenSource> = match (&settings.token, endpoint) {
            (Some(token), _) => Box::new(Static(token.clone())),
            (None, Some(endpoint)) => Box::new(ClientCredentials {
                client: client.clone(),
                endpoint,
                client_id: settings.client_id.clone(),
                client_secret: settings
                    .client_secret
                    .clone()
                    .ok_or("client_secret: is missing")?,
                scope: settings
                    .scim
                    .as_ref()
                    .map(|it| it.scope.clone())
                    .unwrap_or_default(),
            }),
            (None, None) => return Err("token: is missing".to_owned()),
        };
        Ok(Self {
            client,
            base,
            session: Session::new(source, clock, Meter::new(standard_limits)),
        })
    }

    pub(super) fn usage(&self) -> Usage {
        self.session.usage()
    }

    /// Any answer, also one that says no.
    pub(super) async fn send(
        &self,
        method: Method,
        (path, query): (&[&str], &[(&str, &str)]),
        (body, version): (Option<&Value>, Option<&str>),
    ) -> Result<Answer, DirectoryError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let text = body.map(Value::to_string);
        let build = || {
            let request = self.client.request(method.clone(), url.clone());
            let mut request = request.timeout(LONG).header("accept", MEDIA);
            if let Some(version) = version {
                request = request.header("if-match", version);
            }
            match &text {
                Some(text) => request.header("content-type", MEDIA).body(text.clone()),
                None => request,
            }
        };
        Ok(self.session.call(build).await?)
    }
}

/// What the server said, in one line.
pub(super) fn said(answer: &Answer) -> String {
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = format!(
        "HTTP {} {} {}",
        answer.status.as_u16(),
        problem.scim_type,
        problem.detail
    );
    one_line(text.trim(), 200)
}

/// The answer if it is a success.
pub(super) fn success(answer: &Answer) -> Result<&Answer, DirectoryError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let said = said(answer);
    Err(match answer.status {
        StatusCode::FORBIDDEN => {
            DirectoryError::Denied(format!("our token may not do this ({said})"))
        }
        StatusCode::NOT_FOUND => {
            DirectoryError::Setup(format!("there is no SCIM service at this address ({said})"))
        }
        StatusCode::BAD_REQUEST => DirectoryError::Refused {
            cause: "invalid_field",
            reason: said,
        },
        _ => answer.failure(said).into(),
    })
}
