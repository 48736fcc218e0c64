//! The HTTP adapter: any CRM or integration platform behind the REST contract of `docs/crm/http.md`.
//!
//! [`HttpCrm`] makes the four calls and [`overview`] the optional ones, [`answer`] turns status, headers and a bounded body into a
//! value or a [`CrmError`], [`wire`] holds the JSON of the contract, [`records`] reads records as
//! foreign systems send them, [`apply`] delivers writes, [`bench`] lets the conformance suite run
//! against somebody's server. Nothing here retries: the outbox and the poll do. Neither bodies nor
//! the token are ever logged.

mod answer;
mod apply;
mod bench;
mod overview;
mod records;
mod wire;

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use async_trait::async_trait;
use reqwest::{Client, Method, RequestBuilder, header::HeaderValue};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    mapping::FieldMap,
    port::{
        About, Case, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, HandOver,
        Overview, Part, Usage, Verdict, Write,
    },
    rest::{Meter, standard_limits},
};
use crate::settings::{ConnectionSettings, is_safe_address};

pub use bench::TestSystem;
pub use records::read_records;

/// The version of the contract that this adapter speaks.
pub const CONTRACT: u32 = 1;
/// Records on a page of the feed and writes in a call, at most.
pub const CEILING: usize = 1_000;

const SHORT: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(20);

/// Settings of a connection from which no adapter can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{key} {problem}")]
pub struct WrongSettings {
    /// The key below `[[connections]]`.
    pub key: &'static str,
    /// What is wrong with its value.
    pub problem: &'static str,
}

/// One CRM behind the REST contract.
struct HttpCrm {
    client: Client,
    base: Url,
    authorization: HeaderValue,
    /// What its fields are called.
    fields: FieldMap,
    /// Writes a call takes; grows smaller when the CRM says that a call was too large.
    batch: AtomicUsize,
    meter: Meter,
}

/// The adapter for one connection of the kind `http`.
///
/// `client` must not follow redirects, or the token would go where the CRM sends us; its connection
/// time-out holds, the others are set here.
///
/// # Errors
/// [`WrongSettings`] when the address is missing or plain http to another machine, or the token is
/// missing or not fit for a header.
pub fn adapter(
    settings: &ConnectionSettings,
    client: Client,
) -> Result<Arc<dyn Crm>, WrongSettings> {
    Ok(Arc::new(HttpCrm::new(settings, client)?))
}

impl HttpCrm {
    fn new(settings: &ConnectionSettings, client: Client) -> Result<Self, WrongSettings> {
        let wrong = |key, problem| WrongSettings { key, problem };
        let base = settings.url.clone().ok_or(wrong("url", "is missing"))?;
        if !is_safe_address(&base) {
            return Err(wrong(
                "url",
                "must be https; plain http is only for a loopback host",
            ));
        }
        let token = settings
            .token
            .as_ref()
            .ok_or(wrong("token", "is missing"))?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
            .map_err(|_| wrong("token", "holds characters that no header can carry"))?;
        authorization.set_sensitive(true);
        let batch = usize::try_from(settings.batch).unwrap_or(CEILING);
        Ok(Self {
            client,
            base,
            authorization,
            fields: FieldMap::new(&settings.fields),
            batch: AtomicUsize::new(batch.clamp(1, CEILING)),
            meter: Meter::new(standard_limits),
        })
    }

    /// A request to `{base}/{path}`, with the token.
    fn request(&self, method: Method, path: &[&str], limit: Duration) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        self.client
            .request(method, url)
            .timeout(limit)
            .header("authorization", self.authorization.clone())
            .header("accept", "application/json, application/problem+json")
            .header("vestibule-contract", CONTRACT)
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, CrmError> {
        self.call_for_body(request).await.map_err(CrmError::from)
    }

    async fn call_for_body<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, answer::Failure> {
        answer::call(&self.meter, request).await
    }

    async fn page(&self, cursor: &str, limit: usize) -> Result<wire::FeedAnswer, answer::Failure> {
        let limit = limit.clamp(1, CEILING).to_string();
        let query = [("cursor", cursor), ("limit", limit.as_str())];
        let request = self.request(Method::GET, &["changes"], LONG).query(&query);
        self.call_for_body(request).await
    }
}

#[async_trait]
impl Crm for HttpCrm {
    fn batch_limit(&self) -> usize {
        self.batch.load(std::sync::atomic::Ordering::Relaxed)
    }

    async fn check(&self) -> Result<String, CrmError> {
        let health: wire::Health = self
            .call(self.request(Method::GET, &["health"], SHORT))
            .await?;
        let text = health.describe()?;
        if let Some(limit) = health.batch_limit {
            self.learn_batch_limit(limit);
        }
        // The feed too, because an answer to `health` says nothing about the right to read.
        self.changes("", 1).await?;
        Ok(text)
    }

    async fn find_contract(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        let request = self
            .request(Method::POST, &["contracts", "lookup"], SHORT)
            .json(question);
        let answer: wire::LookupAnswer = self.call(request).await?;
        answer.evidence_for(question, &self.fields)
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        match self.page(cursor, limit).await {
            Ok(answer) => answer.into_page(cursor, &self.fields),
            // The CRM forgot the cursor (restored from a backup, say). From the beginning is safe:
            // versions make everything already known a no-op.
            Err(failure) if failure.is_gone() && !cursor.is_empty() => {
                tracing::warn!(
                    "the CRM no longer knows the cursor; its feed is read from the beginning"
                );
                self.page("", limit).await?.into_page("", &self.fields)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        self.apply_in_parts(writes).await
    }

    async fn overview(&self, about: &About) -> Result<Overview, CrmError> {
        self.glance(about).await
    }

    async fn cases_of(&self, contact_id: &str) -> Result<Part<Vec<Case>>, CrmError> {
        self.held_cases(contact_id).await
    }

    async fn hand_over(&self, hand_over: &HandOver) -> Result<Vec<String>, CrmError> {
        self.hand_cases_over(hand_over).await
    }

    fn usage(&self) -> Option<Usage> {
        Some(self.meter.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, token: Option<&str>) -> ConnectionSettings {
        let mut table = toml::Table::new();
        table.insert("key".into(), "main".into());
        table.insert("name".into(), "Main".into());
        table.insert("kind".into(), "http".into());
        if !url.is_empty() {
            table.insert("url".into(), url.into());
        }
        if let Some(token) = token {
            table.insert("token".into(), token.into());
        }
        table.try_into().unwrap()
    }

    fn client() -> Client {
        // TLS needs a provider as soon as a client is made.
        drop(rustls::crypto::ring::default_provider().install_default());
        Client::builder().build().unwrap()
    }

    #[test]
    fn the_token_goes_only_where_it_is_safe() {
        for (url, token, key) in [
            ("", Some("t"), "url"),
            ("http://crm.example/api", Some("t"), "url"),
            ("http://localhost.example/api", Some("t"), "url"),
            ("http://10.0.0.5/api", Some("t"), "url"),
            ("ftp://crm.example", Some("t"), "url"),
            ("https://crm.example/api", None, "token"),
            ("https://crm.example/api", Some("a\nb"), "token"),
        ] {
            let refused = adapter(&settings(url, token), client()).err().unwrap();
            assert_eq!(refused.key, key, "{url}");
        }
        for url in [
            "https://crm.example/api",
            "http://127.0.0.1:1/",
            "http://[::1]/a/b",
            "http://localhost:9",
        ] {
            assert!(
                adapter(&settings(url, Some("t")), client()).is_ok(),
                "{url}"
            );
        }
    }

    #[test]
    fn the_address_may_have_a_path() {
        for (base, whole) in [
            (
                "https://crm.example",
                "https://crm.example/contracts/lookup",
            ),
            (
                "https://crm.example/a/b",
                "https://crm.example/a/b/contracts/lookup",
            ),
            (
                "https://crm.example/a/b/",
                "https://crm.example/a/b/contracts/lookup",
            ),
        ] {
            let crm = HttpCrm {
                client: client(),
                base: base.parse().unwrap(),
                authorization: HeaderValue::from_static("Bearer t"),
                fields: FieldMap::default(),
                batch: AtomicUsize::new(1),
                meter: Meter::new(standard_limits),
            };
            let request = crm.request(Method::POST, &["contracts", "lookup"], SHORT);
            assert_eq!(request.build().unwrap().url().as_str(), whole);
        }
    }
}
