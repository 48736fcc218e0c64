//! Calls: a read, a page, a batch.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::{
    batch::{self, Item, Operation, Outcome},
    errors, odata,
};
use crate::crm::{
    port::{CrmError, Limit, Usage},
    rest::{Answer, Session, number},
};

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(25);
/// Calls that one user of one web server may make in [`WINDOW`].
const ALLOWED: u64 = 6_000;
const WINDOW: Duration = Duration::from_secs(300);
/// Says in each webhook that a change was ours (`SharedVariables`).
const TAG: &str = "tag=vestibule";

/// A row.
pub(super) type Row = Map<String, Value>;

/// One environment's Web API.
pub(super) struct Api {
    client: Client,
    base: Url,
    version: String,
    session: Session,
}

/// A page of rows.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Page {
    pub(super) value: Vec<Row>,
    #[serde(default, rename = "@odata.nextLink")]
    pub(super) next: Option<String>,
    #[serde(default, rename = "@odata.deltaLink")]
    pub(super) delta: Option<String>,
}

impl Api {
    pub(super) fn new(client: Client, base: Url, version: &str, session: Session) -> Self {
        Self {
            client,
            base,
            version: version.to_owned(),
            session,
        }
    }

    /// Calls and limits since the last look.
    pub(super) fn usage(&self) -> Usage {
        self.session.usage()
    }

    /// The host, for people.
    pub(super) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// `/api/data/v9.2` and what stands below it.
    pub(super) fn path(&self, below: &str) -> String {
        format!("/api/data/v{}{below}", self.version)
    }

    /// A write's path: with the tag by which our own changes are told apart.
    pub(super) fn tagged(&self, below: &str) -> String {
        let sign = if below.contains('?') { '&' } else { '?' };
        format!("{}{sign}{TAG}", self.path(below))
    }

    /// `path` below the host, with its query.
    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut url = self.base.clone();
        url.set_path(path);
        url.set_query((!query.is_empty()).then_some(query));
        self.client
            .request(method.clone(), url)
            .timeout(PATIENCE)
            .header("accept", "application/json")
            .header("odata-version", "4.0")
            .header("odata-maxversion", "4.0")
    }

    /// The part of a link below the host; `None` when it leads to another one, where our token has no
    /// business.
    pub(super) fn below_host(&self, link: &str) -> Option<String> {
        let url = self.base.join(link).ok()?;
        let is_ours = url.origin() == self.base.origin() && url.path().starts_with("/api/data/");
        is_ours.then(|| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        })
    }

    /// Reads; `path` is the whole one below the host.
    async fn read(&self, path: &str, prefer: &str) -> Result<Answer, CrmError> {
        let build = || {
            let request = self.request(&Method::GET, path);
            // Otherwise a gateway may answer from its memory.
            let request = request.header("if-none-match", "null");
            if prefer.is_empty() {
                request
            } else {
                request.header("prefer", prefer)
            }
        };
        self.session.call(build).await
    }

    /// One resource below the version.
    pub(super) async fn get(&self, below: &str) -> Result<Value, CrmError> {
        let answer = self.read(&self.path(below), "").await?;
        if answer.status.is_success() {
            answer.json()
        } else {
            Err(errors::of_answer(&answer))
        }
    }

    /// One page; `path` is the whole one below the host. `None` when the environment no longer knows
    /// the place that the path names.
    pub(super) async fn page(&self, path: &str, prefer: &str) -> Result<Option<Page>, CrmError> {
        let answer = self.read(path, prefer).await?;
        let is_forgotten = matches!(answer.status.as_u16(), 400 | 404 | 410);
        if answer.status.is_success() {
            answer.json().map(Some)
        } else if is_forgotten && path.contains("token=") {
            Ok(None)
        } else {
            Err(errors::of_answer(&answer))
        }
    }

    /// All rows of some queries (paths below the version), in one call.
    pub(super) async fn rows(&self, queries: &[String]) -> Result<Vec<Vec<Row>>, CrmError> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let read = |below: &String| {
            Item::Read(Operation {
                method: "GET",
                path: self.path(below),
                headers: Vec::new(),
                body: None,
            })
        };
        let items: Vec<Item> = queries.iter().map(read).collect();
        let mut all = Vec::new();
        for outcomes in self.batch(&items).await? {
            let outcome = outcomes.first().cloned().unwrap_or_default();
            if !outcome.is_done() {
                return Err(errors::of_call(outcome.status, &outcome.body, None));
            }
            let mut page = Page::deserialize(&outcome.body)
                .map_err(|_| CrmError::Protocol("a page without rows".to_owned()))?;
            let mut rows = Vec::new();
            loop {
                rows.append(&mut page.value);
                let next = page.next.as_deref().and_then(|link| self.below_host(link));
                let Some(next) = next else { break };
                let Some(more) = self.page(&next, "").await? else {
                    break;
                };
                page = more;
            }
            all.push(rows);
        }
        Ok(all)
    }

    /// Sends a batch; the outcomes of each item, in order.
    pub(super) async fn batch(&self, items: &[Item]) -> Result<Vec<Vec<Outcome>>, CrmError> {
        let body = batch::write(items);
        let content_type = format!("multipart/mixed; boundary=\"{}\"", batch::BOUNDARY);
        let path = self.path("/$batch");
        let build = || {
            self.request(&Method::POST, &path)
                .header("content-type", &content_type)
                // Otherwise the first refusal stops everything behind it.
                .header("prefer", "odata.continue-on-error")
                .body(body.clone())
        };
        let answer = self.session.call(build).await?;
        if !answer.status.is_success() {
            return Err(errors::of_answer(&answer));
        }
        let header = answer.headers.get("content-type");
        let kind = header.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let outcomes = batch::read(kind, &answer.body)?;
        if outcomes.len() == items.len() {
            Ok(outcomes)
        } else {
            let what = "a batch's answer of another length".to_owned();
            Err(CrmError::Protocol(what))
        }
    }
}

/// What an answer says about the calls that are left; how many there are in all it does not say.
pub(super) fn limits(headers: &HeaderMap) -> (Option<Limit>, Option<Limit>) {
    let left = number(headers, "x-ms-ratelimit-burst-remaining-xrm-requests");
    let burst = left.map(|left| Limit {
        allowed: ALLOWED,
        window: WINDOW,
        left: Some(left),
    });
    (burst, None)
}

/// A query below the version.
pub(super) fn query(table: &str, columns: &[&str], filter: &str) -> String {
    format!(
        "/{table}?$select={}&$filter={}",
        columns.join(","),
        odata::encode(filter)
    )
}
