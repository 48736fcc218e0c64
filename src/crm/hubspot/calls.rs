//! One call: the path under the configured version, a token, JSON both ways.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::errors;
use crate::{
    crm::{
        port::{CrmError, Limit, Usage},
        rest::{Answer, Meter, Session, TokenSource, number},
    },
    kernel::Clock,
};

const LONG: Duration = Duration::from_secs(20);

/// Where HubSpot's API is.
pub(super) fn usual_base() -> Result<Url, url::ParseError> {
    Url::parse("https://api.hubapi.com")
}

/// Calls to one account.
pub(super) struct Calls {
    client: Client,
    base: Url,
    version: String,
    session: Session,
}

impl Calls {
    pub(super) fn new(
        client: Client,
        base: Url,
        version: String,
        tokens: Box<dyn TokenSource>,
        clock: Clock,
    ) -> Self {
        Self {
            client,
            base,
            version,
            session: Session::new(tokens, clock, Meter::new(limits)),
        }
    }

    /// The path of a part of the CRM API: `crm/v3/objects/…`, or `crm/objects/2026-03/…` since
    /// versions are dates. Associations are at version 4 as long as the others are at 3.
    fn url(&self, area: &str, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("crm");
            match (self.version.as_str(), area) {
                ("v3", "associations") => segments.extend(["v4", area]),
                ("v3", _) => segments.extend(["v3", area]),
                (version, _) => segments.extend([area, version]),
            };
            segments.extend(path);
        }
        url
    }

    /// Calls and limits since the last look.
    pub(super) fn usage(&self) -> Usage {
        self.session.usage()
    }

    /// Any answer, also one that says no.
    pub(super) async fn send(
        &self,
        method: Method,
        area: &str,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Answer, CrmError> {
        let url = self.url(area, path);
        let build = || {
            let request = self
                .client
                .request(method.clone(), url.clone())
                .timeout(LONG);
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        self.session.call(build).await
    }

    /// A value that is read.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        area: &str,
        path: &[&str],
    ) -> Result<T, CrmError> {
        let answer = self.send(Method::GET, area, path, None).await?;
        success(&answer)?.json()
    }

    /// One page of the account's owners.
    pub(super) async fn owners<T: DeserializeOwned>(&self, after: &str) -> Result<T, CrmError> {
        let mut url = self.url("owners", &[]);
        url.query_pairs_mut().append_pair("limit", "500");
        if !after.is_empty() {
            url.query_pairs_mut().append_pair("after", after);
        }
        let build = || self.client.get(url.clone()).timeout(LONG);
        let answer = self.session.call(build).await?;
        success(&answer)?.json()
    }

    /// The answer to what is posted; 207 is a success of which parts failed.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        area: &str,
        path: &[&str],
        body: &Value,
    ) -> Result<T, CrmError> {
        let answer = self.send(Method::POST, area, path, Some(body)).await?;
        success(&answer)?.json()
    }
}

/// What an answer says about the limits of some seconds and of the day; an app with OAuth is not told
/// the latter.
fn limits(headers: &HeaderMap) -> (Option<Limit>, Option<Limit>) {
    let said = |name: &str| number(headers, &format!("x-hubspot-ratelimit-{name}"));
    let limit = |allowed: &str, left: &str, window: Option<Duration>| {
        Some(Limit {
            allowed: said(allowed).filter(|allowed| *allowed > 0)?,
            window: window?,
            left: said(left),
        })
    };
    let short = said("interval-milliseconds").filter(|window| *window > 0);
    let short = short.map(|window| Duration::from_millis(window.min(3_600_000)));
    let day = Duration::from_secs(86_400);
    (
        limit("max", "remaining", short),
        limit("daily", "daily-remaining", Some(day)),
    )
}

fn success(answer: &Answer) -> Result<&Answer, CrmError> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let error = errors::of(answer);
    if answer.status == StatusCode::NOT_FOUND {
        let said = errors::Problem::read(answer).line();
        return Err(CrmError::Setup(format!(
            "there is no such object or version: {said}"
        )));
    }
    Err(error)
}
