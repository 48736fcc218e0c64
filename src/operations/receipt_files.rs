//! All receipts as CSV and as JSON. A file is sent while it is read, a part at a time: there may be
//! more of them than fit into memory.

use axum::{
    BoxError,
    body::Body,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::mask;
use crate::{
    access::actors::Operator,
    app::AppState,
    contracts::receipts::{self, DirectoryTold, FullReceipt},
    db::Error,
    kernel::Instant,
    web::Refusal,
};

/// Rows of a file read at once.
const PART: i64 = 500;

/// A receipt as it goes into a file: a person by their id alone.
type Fields = [(&'static str, Value); 14];

#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Json,
}

/// What comes next of a file.
enum Next {
    /// These rows; nothing was sent before the first.
    Rows {
        rows: Vec<FullReceipt>,
        is_first: bool,
    },
    Nothing,
}

/// All receipts as CSV.
///
/// # Errors
/// When the database refuses.
pub async fn as_csv(operator: Operator) -> Result<Response, Refusal> {
    let body = file(&operator, Kind::Csv).await?;
    Ok(attachment("text/csv; charset=utf-8", "receipts.csv", body))
}

/// All receipts as JSON.
///
/// # Errors
/// When the database refuses.
pub async fn as_json(operator: Operator) -> Result<Response, Refusal> {
    let body = file(&operator, Kind::Json).await?;
    Ok(attachment("application/json", "receipts.json", body))
}

fn attachment(kind: &str, name: &str, body: Body) -> Response {
    let name = format!("attachment; filename=\"{name}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, body).into_response()
}

async fn part(
    state: &AppState,
    before: Option<&(Instant, String)>,
) -> Result<Vec<FullReceipt>, Error> {
    let mut conn = state.db.read().await?;
    receipts::all(&mut conn, before, PART).await
}

/// The first part is read before anything is sent, so that a refusal is still an answer.
async fn file(operator: &Operator, kind: Kind) -> Result<Body, Refusal> {
    let state = operator.visit().state.clone();
    let first = Next::Rows {
        rows: part(&state, None).await?,
        is_first: true,
    };
    let parts = stream::unfold((state, first), move |(state, next)| async move {
        let Next::Rows { rows, is_first } = next else {
            return None;
        };
        let (sent, next) = match send(&state, kind, &rows, is_first).await {
            Ok((bytes, next)) => (Ok(bytes), next),
            Err(error) => (Err(error), Next::Nothing),
        };
        Some((sent, (state, next)))
    });
    // What sends it may ask once more after the end.
    Ok(Body::from_stream(parts.fuse()))
}

/// What is sent of these rows, and what comes after them.
async fn send(
    state: &AppState,
    kind: Kind,
    rows: &[FullReceipt],
    is_first: bool,
) -> Result<(Vec<u8>, Next), BoxError> {
    let mut bytes = match kind {
        Kind::Csv => csv(rows, is_first)?,
        Kind::Json => json_rows(rows, is_first)?,
    };
    let Some(last) = rows.last() else {
        if matches!(kind, Kind::Json) {
            bytes.extend_from_slice(b"\n]\n");
        }
        return Ok((bytes, Next::Nothing));
    };
    let before = (last.decided_at, last.id.to_string());
    let next = Next::Rows {
        rows: part(state, Some(&before)).await?,
        is_first: false,
    };
    Ok((bytes, next))
}

fn csv(rows: &[FullReceipt], is_first: bool) -> Result<Vec<u8>, BoxError> {
    let mut file = csv::Writer::from_writer(Vec::new());
    if is_first {
        file.write_record(HEAD)?;
    }
    for row in rows {
        let cells = fields(row).map(|(_, value)| match value {
            Value::Null => String::new(),
            Value::String(text) => mask::csv_cell(&text),
            other => other.to_string(),
        });
        file.write_record(cells)?;
    }
    let bytes = file.into_inner().map_err(|error| error.into_error())?;
    Ok(bytes)
}

fn json_rows(rows: &[FullReceipt], is_first: bool) -> Result<Vec<u8>, BoxError> {
    let mut bytes = Vec::new();
    if is_first {
        bytes.push(b'[');
    }
    for (place, row) in rows.iter().enumerate() {
        let is_very_first = is_first && place == 0;
        bytes.extend_from_slice(if is_very_first {
            b"\n".as_slice()
        } else {
            b",\n"
        });
        let named = fields(row).map(|(name, value)| (name.to_owned(), value));
        let row: serde_json::Map<String, Value> = named.into_iter().collect();
        serde_json::to_writer(&mut bytes, &row)?;
    }
    Ok(bytes)
}

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

fn fields(receipt: &FullReceipt) -> Fields {
    let at = |at: Option<Instant>| at.map_or(Value::Null, |at| json!(at.to_string()));
    let (state, told) = match receipt.directory_told() {
        DirectoryTold::NoneNeeded => ("none_needed", None),
        DirectoryTold::Waiting(_) => ("waiting", None),
        DirectoryTold::At(at) => ("told", Some(at)),
        DirectoryTold::Nobody => ("nobody_there", None),
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
