//! One call: the path below the realm, a token, JSON both ways.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    crm::{
        port::Usage,
        rest::{Answer, Meter, Session, standard_limits},
    },
    directory::{oauth::ClientCredentials, port::DirectoryError},
    kernel::{Clock, text::one_line},
};

const LONG: Duration = Duration::from_secs(20);

/// Calls to one realm.
pub(super) struct Calls {
    client: Client,
    /// `…/admin/realms/NAME`.
    base: Url,
    session: Session,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Problem {
    error: String,
    error_message: String,
    #[serde(rename = "error_description")]
    error_description: String,
}

impl Calls {
    pub(super) fn new(
        client: Client,
        (url, realm): (&Url, &str),
        (client_id, client_secret): (String, SecretString),
        clock: Clock,
    ) -> Result<Self, String> {
        let below = |parts: &[&str]| {
            let mut below = url.clone();
            below
                .path_segments_mut()
                .map_err(|()| "url: is no base of paths")?
                .pop_if_empty()
                .extend(parts);
            Ok::<Url, String>(below)
        };
        let source = ClientCredentials {
            client: client.clone(),
            endpoint: below(&["realms", realm, "protocol", "openid-connect", "token"])?,
            client_id,
            client_secret,
            scope: String::new(),
        };
        Ok(Self {
            base: below(&["admin", "realms", realm])?,
            session: Session::new(Box::new(source), clock, Meter::new(standard_limits)),
            client,
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
        body: Option<&Value>,
    ) -> Result<Answer, DirectoryError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let build = || {
            let request = self.client.request(method.clone(), url.clone());
            let request = request.timeout(LONG).header("accept", "application/json");
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        Ok(self.session.call(build).await?)
    }
}

/// What Keycloak said, in one line; its messages name fields and users' names, never values of ours.
pub(super) fn said(answer: &Answer) -> String {
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words = [
        problem.error,
        problem.error_message,
        problem.error_description,
    ];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let text = format!("HTTP {} {}", answer.status.as_u16(), words.join(": "));
    one_line(text.trim(), 200)
}

/// What a refusal means; `role` is the realm-management role that the call needs.
pub(super) fn refusal(answer: &Answer, role: &str) -> DirectoryError {
    let said = said(answer);
    match answer.status {
        StatusCode::FORBIDDEN => DirectoryError::Denied(format!(
            "the service account lacks the role `{role}` of the client realm-management ({said})"
        )),
        StatusCode::NOT_FOUND => DirectoryError::Setup(format!("there is no such realm ({said})")),
        StatusCode::BAD_REQUEST => DirectoryError::Refused {
            cause: "invalid_field",
            reason: said,
        },
        _ => answer.failure(said).into(),
    }
}
