//! `/operations/receipts`: how fast access ended or came back, for whom, and whether every directory
//! has been told; as a page, as CSV and as JSON.

use askama::Template;
use axum::{
    Router,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    deliveries::link,
    mask,
    tabs::{Tab, tabs},
};
use crate::{
    access::actors::Operator,
    app::AppState,
    contracts::receipts::{self, DirectoryTold, FullReceipt, ReceiptKind},
    kernel::{Cursor, Instant},
    web::{Query, Refusal, Shell, page, urls},
};

/// Receipts of one page.
const PAGE: usize = 50;
/// Rows of a file read at once.
const PART: i64 = 500;

/// The routes of these pages.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(urls::Receipts::PATH, get(show))
        .route(urls::ReceiptsCsv::PATH, get(as_csv))
        .route(urls::ReceiptsJson::PATH, get(as_json))
}

/// Where the page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    before: String,
}

#[derive(Template)]
#[template(path = "operations/receipts.html")]
struct Receipts {
    shell: Shell,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

struct Row {
    kind: (String, &'static str),
    whose: String,
    cause: String,
    decided: String,
    since: String,
    counts: String,
    refused: String,
    told: (String, &'static str),
}

/// Shows receipts, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator, Query(place): Query<Place>) -> Result<Response, Refusal> {
    let shell = operator.shell("operations-receipts-title");
    let mut conn = operator.visit().state.db.read().await?;
    let before = parse(&place.before);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = receipts::all(&mut conn, before.as_ref(), limit).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| has_more).map(|last| {
        let cursor = Cursor {
            key: last.decided_at.as_micros().to_string(),
            id: last.id.to_string(),
            backwards: false,
        };
        link(urls::Receipts::PATH, &[("before", cursor.encode())])
    });
    Ok(page(
        StatusCode::OK,
        &Receipts {
            tabs: tabs(&shell, urls::Receipts),
            rows: found.iter().map(|it| row(&shell, it)).collect(),
            first: before.map(|_| urls::Receipts::PATH.to_owned()),
            next,
            shell,
        },
    ))
}

fn parse(text: &str) -> Option<(Instant, String)> {
    let cursor = Cursor::parse(text)?;
    let at = Instant::from_micros(cursor.key.parse().ok()?);
    Some((at, cursor.id))
}

fn row(shell: &Shell, receipt: &FullReceipt) -> Row {
    let word = |key: &str| shell.t(key).into_owned();
    let kind = match receipt.kind {
        ReceiptKind::Ended => (word("operations-receipts-ended"), "danger"),
        ReceiptKind::Restored => (word("operations-receipts-restored"), "success"),
    };
    let whose = receipt.person.clone().filter(|name| !name.is_empty());
    let place = receipt.organization.clone();
    let (whose, cause) = match (&receipt.person_id, &receipt.contract) {
        (Some(id), _) => (
            whose.unwrap_or_else(|| id.to_string()),
            place.unwrap_or_else(|| word("operations-receipts-everywhere")),
        ),
        (None, Some(number)) => (
            place.unwrap_or_default(),
            shell.t1("operations-receipts-contract", "number", number.as_str()),
        ),
        (None, None) => (place.unwrap_or_default(), String::new()),
    };
    let refused = receipt.first_refused_at;
    Row {
        kind,
        whose,
        cause,
        decided: shell.moment(receipt.decided_at),
        since: since(shell, receipt),
        counts: shell.t2(
            "operations-receipts-counts",
            ("members", receipt.memberships),
            ("sessions", receipt.sessions),
        ),
        refused: refused
            .map(|at| after(shell, receipt.decided_at, at))
            .unwrap_or_default(),
        told: told(shell, receipt),
    }
}

/// How long after the portal heard of it, and after the CRM's own time when that is known.
fn since(shell: &Shell, receipt: &FullReceipt) -> String {
    let decided = receipt.decided_at;
    let heard = after(shell, receipt.received_at, decided);
    match receipt.crm_changed_at {
        Some(changed) => shell.t2(
            "operations-receipts-after-crm",
            ("heard", heard),
            ("changed", after(shell, changed, decided)),
        ),
        None => shell.t1("operations-receipts-after-heard", "heard", heard),
    }
}

/// How long after.
fn after(shell: &Shell, from: Instant, to: Instant) -> String {
    let millis = i64::try_from(to.since(from).as_millis()).unwrap_or(i64::MAX);
    match millis {
        ..1_000 => shell.t1("operations-receipts-millis", "count", millis),
        1_000..120_000 => shell.t1("operations-receipts-seconds", "count", millis / 1_000),
        120_000..7_200_000 => shell.t1("operations-receipts-minutes", "count", millis / 60_000),
        _ => shell.t1("operations-receipts-hours", "count", millis / 3_600_000),
    }
}

fn told(shell: &Shell, receipt: &FullReceipt) -> (String, &'static str) {
    match receipt.directory_told() {
        DirectoryTold::NoneNeeded => (shell.t("operations-receipts-none-needed").into_owned(), ""),
        DirectoryTold::Waiting(count) => (
            shell.t1("operations-receipts-waiting", "count", count),
            "warning",
        ),
        DirectoryTold::At(at) => {
            let after = after(shell, receipt.decided_at, at);
            (
                shell.t1("operations-receipts-told", "after", after),
                "success",
            )
        }
        DirectoryTold::GivenUp => (
            shell.t("operations-receipts-given-up").into_owned(),
            "danger",
        ),
    }
}

/// A receipt as it goes into a file: a person by their id alone.
type Fields = [(&'static str, Value); 14];

async fn file(operator: &Operator) -> Result<Vec<Fields>, Refusal> {
    let mut conn = operator.visit().state.db.read().await?;
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let part = receipts::all(&mut conn, before.as_ref(), PART).await?;
        let Some(last) = part.last() else {
            return Ok(rows);
        };
        before = Some((last.decided_at, last.id.to_string()));
        rows.extend(part.iter().map(fields));
    }
}

fn fields(receipt: &FullReceipt) -> Fields {
    let at = |at: Option<Instant>| at.map_or(Value::Null, |at| json!(at.to_string()));
    let (state, told) = match receipt.directory_told() {
        DirectoryTold::NoneNeeded => ("none_needed", None),
        DirectoryTold::Waiting(_) => ("waiting", None),
        DirectoryTold::At(at) => ("told", Some(at)),
        DirectoryTold::GivenUp => ("given_up", None),
    };
    [
        ("id", json!(receipt.id)),
        ("kind", json!(receipt.kind)),
        ("organization_id", json!(receipt.organization_id)),
        ("organization", json!(receipt.organization)),
        ("contract", json!(receipt.contract)),
        ("person_id", json!(receipt.person_id)),
        ("crm_changed_at", at(receipt.crm_changed_at)),
        ("received_at", at(Some(receipt.received_at))),
        ("decided_at", at(Some(receipt.decided_at))),
        ("memberships", json!(receipt.memberships)),
        ("sessions", json!(receipt.sessions)),
        ("directory", json!(state)),
        ("directory_told_at", at(told)),
        ("first_refused_at", at(receipt.first_refused_at)),
    ]
}

fn attachment(kind: &str, name: &str, bytes: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"{name}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, bytes).into_response()
}

/// All receipts as JSON.
///
/// # Errors
/// When the database refuses.
pub async fn as_json(operator: Operator) -> Result<Response, Refusal> {
    let rows: Vec<Value> = file(&operator)
        .await?
        .into_iter()
        .map(|row| {
            let named = row
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value));
            Value::Object(named.collect())
        })
        .collect();
    let bytes = serde_json::to_vec_pretty(&rows).map_err(|_| Refusal::Defect)?;
    Ok(attachment("application/json", "receipts.json", bytes))
}

/// All receipts as CSV.
///
/// # Errors
/// When the database refuses.
pub async fn as_csv(operator: Operator) -> Result<Response, Refusal> {
    const HEAD: [&str; 14] = [
        "id",
        "kind",
        "organization_id",
        "organization",
        "contract",
        "person_id",
        "crm_changed_at",
        "received_at",
        "decided_at",
        "memberships",
        "sessions",
        "directory",
        "directory_told_at",
        "first_refused_at",
    ];
    let mut file_of = csv::Writer::from_writer(Vec::new());
    let mut written = file_of.write_record(HEAD);
    for row in file(&operator).await? {
        let cells = row.iter().map(|(_, value)| match value {
            Value::Null => String::new(),
            Value::String(text) => mask::csv_cell(text),
            other => other.to_string(),
        });
        written = written.and(file_of.write_record(cells));
    }
    let bytes = file_of.into_inner().map_err(|_| Refusal::Defect)?;
    written.map_err(|_| Refusal::Defect)?;
    Ok(attachment("text/csv; charset=utf-8", "receipts.csv", bytes))
}
