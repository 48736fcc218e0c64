//! `/operations/receipts`: how fast access ended or came back, for whom, and whether every directory
//! has been told; as a page. The same as CSV and as JSON: `receipt_files`.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use serde::Deserialize;

use super::{
    deliveries::link,
    receipt_files,
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

/// The routes of these pages.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(urls::Receipts::PATH, get(show))
        .route(urls::ReceiptsCsv::PATH, get(receipt_files::as_csv))
        .route(urls::ReceiptsJson::PATH, get(receipt_files::as_json))
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
        DirectoryTold::Nobody => (shell.t("operations-receipts-nobody").into_owned(), ""),
        DirectoryTold::GivenUp => (
            shell.t("operations-receipts-given-up").into_owned(),
            "danger",
        ),
    }
}
