//! Calls: one at a time or several as one composite call, and what is left of the day's allowance.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::{errors, soql};
use crate::{
    crm::{
        port::{CrmError, Limit, Usage as Metered},
        rest::{Answer, Session},
    },
    kernel::{Clock, Instant},
};

/// Parts of a composite call that are queries or collections, at most.
const PARTS: usize = 5;
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of a hundred allowed calls, those that writes may use; the rest is for people who wait and for
/// contracts that end.
const FOR_WRITES: u64 = 95;
/// How long a figure of used calls is believed.
const BELIEVED: Duration = Duration::from_secs(60);
/// The time that the allowance is for.
const DAY: Duration = Duration::from_secs(86_400);
/// Our name in change events (`changeOrigin`).
const TAG: &str = "client=vestibule";

/// A row of a query, or any record.
pub(super) type Row = Map<String, Value>;

/// One org's REST API.
pub(super) struct Api {
    client: Client,
    base: Url,
    version: String,
    session: Session,
    clock: Clock,
    usage: Mutex<Option<Usage>>,
}

/// Calls of the last 24 hours, as the org counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) used: u64,
    pub(super) allowed: u64,
    seen_at: Instant,
}

/// One call within a composite one. The path stands below the version.
pub(super) struct Part {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) headers: &'static [(&'static str, &'static str)],
}

/// What became of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartAnswer {
    #[serde(rename = "httpStatusCode")]
    pub(super) status: u16,
    #[serde(default)]
    pub(super) body: Value,
}

impl PartAnswer {
    /// The body of a success.
    ///
    /// # Errors
    /// What the refusal means.
    pub(super) fn ok(&self) -> Result<&Value, CrmError> {
        if (200..300).contains(&self.status) {
            Ok(&self.body)
        } else {
            Err(errors::of_call(self.status, &errors::complaint(&self.body)))
        }
    }
}

/// A page of a query.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    next_records_url: Option<String>,
    records: Vec<Row>,
}

impl Api {
    pub(super) fn new(
        client: Client,
        base: Url,
        version: &str,
        session: Session,
        clock: Clock,
    ) -> Self {
        Self {
            client,
            base,
            version: version.to_owned(),
            session,
            clock,
            usage: Mutex::new(None),
        }
    }

    /// The host, for people.
    pub(super) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// The day's calls, if the org has said.
    pub(super) fn usage(&self) -> Option<Usage> {
        *self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls and limits since the last look.
    pub(super) fn metered(&self) -> Metered {
        self.session.usage()
    }

    /// Whether writes should leave what is left of the day's calls to others for a while.
    pub(super) fn is_nearly_spent(&self) -> Option<Duration> {
        let usage = self.usage()?;
        let age = self.clock.now().since(usage.seen_at);
        let is_spent = usage.used.saturating_mul(100) >= usage.allowed.saturating_mul(FOR_WRITES);
        (is_spent && age < BELIEVED).then(|| BELIEVED.saturating_sub(age))
    }

    fn note_usage(&self, answer: &Answer) {
        let Some(usage) = usage_in(&answer.headers) else {
            return;
        };
        *self.usage.lock().unwrap_or_else(PoisonError::into_inner) = Some(Usage {
            used: usage.0,
            allowed: usage.1,
            seen_at: self.clock.now(),
        });
    }

    /// `/services/data/v66.0` and what stands below it.
    pub(super) fn path(&self, below: &str) -> String {
        format!("/services/data/v{}{below}", self.version)
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        // The host is ours to say: a path with one of its own would take the token elsewhere.
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut url = self.base.clone();
        url.set_path(path);
        url.set_query((!query.is_empty()).then_some(query));
        self.client
            .request(method.clone(), url)
            .timeout(PATIENCE)
            .header("accept", "application/json")
            .header("sforce-call-options", TAG)
    }

    /// One call; `path` is the whole one.
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, CrmError> {
        let build = || {
            let request = self.request(&method, path);
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        let answer = self.session.call(build).await?;
        self.note_usage(&answer);
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(errors::of_answer(&answer))
        }
    }

    /// Reads one resource below the version.
    pub(super) async fn get(&self, below: &str) -> Result<Value, CrmError> {
        self.call(Method::GET, &self.path(below), None)
            .await?
            .json()
    }

    /// Makes the calls, as few composite ones as Salesforce takes; what became of each, and the
    /// org's time when it answered.
    pub(super) async fn composite(
        &self,
        parts: &[Part],
    ) -> Result<(Vec<PartAnswer>, Option<Instant>), CrmError> {
        let (mut answers, mut at) = (Vec::with_capacity(parts.len()), None);
        for some in parts.chunks(PARTS) {
            let requests: Vec<Value> = some
                .iter()
                .enumerate()
                .map(|(place, part)| self.part(place, part))
                .collect();
            let body = json!({"allOrNone": false, "collateSubrequests": false, "compositeRequest": requests});
            let path = self.path("/composite");
            let answer = self.call(Method::POST, &path, Some(&body)).await?;
            at = at.or_else(|| date_of(&answer));
            let mut got = answer.json::<Composite>()?.composite_response;
            if got.len() != some.len() {
                return Err(CrmError::Protocol(
                    "a composite answer of another length".to_owned(),
                ));
            }
            answers.append(&mut got);
        }
        Ok((answers, at))
    }

    fn part(&self, place: usize, part: &Part) -> Value {
        let headers: Map<String, Value> = part
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        let mut request = json!({
            "method": part.method,
            "url": self.path(&part.path),
            "referenceId": format!("part{place}"),
        });
        if let (Some(request), false) = (request.as_object_mut(), headers.is_empty()) {
            request.insert("httpHeaders".to_owned(), headers.into());
        }
        if let (Some(request), Some(body)) = (request.as_object_mut(), &part.body) {
            request.insert("body".to_owned(), body.clone());
        }
        request
    }

    /// All rows of some queries, in as few calls as possible.
    pub(super) async fn rows(&self, queries: &[String]) -> Result<Vec<Row>, CrmError> {
        let parts: Vec<Part> = queries
            .iter()
            .map(|soql| Part::query(soql, false))
            .collect();
        let (answers, _) = self.composite(&parts).await?;
        let mut rows = Vec::new();
        for answer in &answers {
            let mut page = read_page(answer.ok()?)?;
            loop {
                rows.append(&mut page.records);
                let Some(next) = page.next_records_url else {
                    break;
                };
                let answer = self.call(Method::GET, &next, None).await?;
                page = answer.json()?;
            }
        }
        Ok(rows)
    }
}

impl Part {
    /// A query; `all` finds deleted records too.
    pub(super) fn query(soql: &str, all: bool) -> Self {
        Self {
            method: "GET",
            path: soql::query_path(soql, all),
            body: None,
            headers: &[],
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Composite {
    composite_response: Vec<PartAnswer>,
}

fn read_page(body: &Value) -> Result<Page, CrmError> {
    Page::deserialize(body)
        .map_err(|_| CrmError::Protocol("a query's answer without records".to_owned()))
}

/// The rows of a page, without those behind it, and whether there are such.
pub(super) fn page_rows(body: &Value) -> Result<(Vec<Row>, bool), CrmError> {
    let page = read_page(body)?;
    Ok((page.records, page.next_records_url.is_some()))
}

/// What an answer says about the day's calls; Salesforce limits no shorter time by their number.
pub(super) fn limits(headers: &HeaderMap) -> (Option<Limit>, Option<Limit>) {
    let day = usage_in(headers).map(|(used, allowed)| Limit {
        allowed,
        window: DAY,
        left: Some(allowed.saturating_sub(used)),
    });
    (None, day)
}

fn usage_in(headers: &HeaderMap) -> Option<(u64, u64)> {
    read_usage(headers.get("sforce-limit-info")?.to_str().ok()?)
}

/// `api-usage=18/15000`, with more behind it.
fn read_usage(header: &str) -> Option<(u64, u64)> {
    let all = header.split([';', ',']).map(str::trim);
    let usage = all.filter_map(|it| it.strip_prefix("api-usage=")).next()?;
    let (used, allowed) = usage.split_once('/')?;
    let (used, allowed) = (used.parse().ok()?, allowed.parse().ok()?);
    (allowed > 0).then_some((used, allowed))
}

fn date_of(answer: &Answer) -> Option<Instant> {
    let text = answer.headers.get("date")?.to_str().ok()?;
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    parser.parse_timestamp(text).ok().map(Instant::from_jiff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_allowance_is_read() {
        for (header, usage) in [
            ("api-usage=18/15000", Some((18, 15_000))),
            (
                "api-usage=25/5000; per-app-api-usage=17/250(appName=x)",
                Some((25, 5_000)),
            ),
            ("per-app-api-usage=17/250(appName=x)", None),
            ("api-usage=1/0", None),
            ("api-usage=many", None),
        ] {
            assert_eq!(read_usage(header), usage, "{header}");
        }
    }
}
