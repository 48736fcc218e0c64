//! `/operations/connections/{connection}/mapping`: how a connection's fields are mapped, and what
//! another mapping would make of real records before it is switched on.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use serde::Deserialize;

use super::{
    mask,
    tabs::{Tab, tabs},
};
use crate::{
    access::actors::Operator,
    app::AppState,
    crm::preview::{self, Compared, Line, Preview, Side},
    settings::{ConnectionSettings, FieldOwner, MappingSettings},
    web::{Field, Form, FormErrors, Refusal, Shell, Visit, page, urls},
};

/// The longest mapping that is looked at, in bytes.
const LONGEST: usize = 50_000;

/// The routes of this page.
pub fn routes() -> Router<AppState> {
    Router::new().route(urls::ConnectionMapping::PATH, get(show).post(look))
}

#[derive(Template)]
#[template(path = "operations/mapping.html")]
struct MappingPage {
    shell: Shell,
    tabs: Vec<Tab>,
    errors: FormErrors,
    intro: String,
    rows: Vec<Row>,
    action: String,
    typed: Field,
    result: Option<Shown>,
}

/// One line of the mapping.
struct Row {
    path: String,
    theirs: String,
    owner: String,
    transform: String,
    values: String,
}

/// What a preview gave.
struct Shown {
    summary: String,
    notes: Vec<Note>,
    records: Vec<RecordRow>,
    lines: String,
}

/// What is to be known about one side.
struct Note {
    title: String,
    tone: &'static str,
    lines: Vec<String>,
}

struct RecordRow {
    title: String,
    cells: Vec<CellRow>,
}

struct CellRow {
    path: String,
    before: String,
    after: String,
    word: String,
    tone: &'static str,
}

fn known<'a>(visit: &'a Visit, key: &str) -> Result<&'a ConnectionSettings, Refusal> {
    let mut all = visit.state.settings.connections.iter();
    all.find(|it| it.key == key).ok_or(Refusal::NotFound)
}

/// Shows the mapping that is in force.
///
/// # Errors
/// When there is no such connection.
pub async fn show(operator: Operator, Path(key): Path<String>) -> Result<Response, Refusal> {
    let connection = known(operator.visit(), &key)?;
    let typed = MappingSettings::of(connection).lines();
    let typed = Field::new("mapping", typed);
    Ok(page(
        StatusCode::OK,
        &of(&operator, connection, typed, None),
    ))
}

/// Another mapping, as TOML.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    mapping: String,
}

/// Reads real records by the mapping in force and by another one. Changes nothing, here or there; it
/// asks the CRM because somebody pressed the button for it.
///
/// # Errors
/// When there is no such connection.
pub async fn look(
    operator: Operator,
    Path(key): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let connection = known(visit, &key)?;
    let field = Field::new("mapping", typed.mapping.as_str());
    let proposed = if typed.mapping.len() > LONGEST {
        Err(vec![visit.t("operations-mapping-long")])
    } else {
        read(&typed.mapping, connection)
    };
    let proposed = match proposed {
        Ok(proposed) => proposed,
        Err(problems) => {
            let field = field.with_error(Some(problems.join(" ")));
            let template = of(&operator, connection, field, None);
            return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &template));
        }
    };
    let state = &visit.state;
    let preview = state
        .crm
        .preview(&key, &proposed, &state.http, preview::RECORDS)
        .await;
    let preview = match preview {
        Ok(preview) => preview.ok_or(Refusal::NotFound)?,
        Err(error) => Preview::failed(error.to_string()),
    };
    let shell = operator.shell("");
    let shown = shown(&shell, &proposed, &preview);
    let template = of(&operator, connection, field, Some(shown));
    Ok(page(StatusCode::OK, &template))
}

/// What was typed, when a start with it would succeed.
fn read(typed: &str, connection: &ConnectionSettings) -> Result<MappingSettings, Vec<String>> {
    let proposed = MappingSettings::parse(typed, &connection.key);
    let proposed = proposed.map_err(|problem| vec![problem])?;
    let problems = proposed.problems(connection);
    if problems.is_empty() {
        Ok(proposed)
    } else {
        Err(problems)
    }
}

fn of(
    operator: &Operator,
    connection: &ConnectionSettings,
    typed: Field,
    result: Option<Shown>,
) -> MappingPage {
    let shell = operator.shell("operations-mapping-title");
    let mapping = MappingSettings::of(connection);
    let rows = preview::table(&mapping, true);
    let key = connection.key.as_str();
    let errors = FormErrors::of(&[&typed]);
    MappingPage {
        tabs: tabs(&shell, urls::Connections),
        errors,
        intro: shell.t1("operations-mapping-intro", "name", connection.name.as_str()),
        rows: rows.iter().map(|line| row(&shell, line)).collect(),
        action: urls::ConnectionMapping { connection: key }.to_string(),
        typed,
        result,
        shell,
    }
}

fn row(shell: &Shell, line: &Line) -> Row {
    let owner = match line.owner {
        FieldOwner::Portal => "operations-mapping-owner-portal",
        FieldOwner::Crm => "operations-mapping-owner-crm",
    };
    let values: Vec<String> = line
        .values
        .iter()
        .map(|(theirs, ours)| format!("{theirs} = {ours}"))
        .collect();
    Row {
        path: line.path.clone(),
        theirs: match line.theirs.as_deref() {
            None => shell.t("operations-mapping-usual").into_owned(),
            Some("") => shell.t("operations-mapping-kept").into_owned(),
            Some(theirs) => theirs.to_owned(),
        },
        owner: shell.t(owner).into_owned(),
        transform: line.transform.clone(),
        values: values.join(", "),
    }
}

fn shown(shell: &Shell, proposed: &MappingSettings, preview: &Preview) -> Shown {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let changed = preview.records.iter().filter(|it| it.changes()).count();
    let mut notes = side(shell, "operations-mapping-in-force", &preview.before);
    notes.extend(side(shell, "operations-mapping-proposed", &preview.after));
    Shown {
        summary: shell.t2(
            "operations-mapping-summary",
            ("records", count(preview.records.len())),
            ("changed", count(changed)),
        ),
        notes,
        records: preview.records.iter().map(|it| record(shell, it)).collect(),
        lines: proposed.lines(),
    }
}

fn side(shell: &Shell, name: &str, side: &Side) -> Vec<Note> {
    let name = shell.t(name).into_owned();
    let parts = [
        (
            "operations-mapping-error",
            "danger",
            Vec::from_iter(Some(mask::text(&side.error)).filter(|it| !it.is_empty())),
        ),
        (
            "operations-mapping-passed-over",
            "warning",
            side.passed_over.iter().map(|it| mask::text(it)).collect(),
        ),
        ("operations-mapping-empty", "warning", side.empty.clone()),
    ];
    parts
        .into_iter()
        .filter(|(_, _, lines)| !lines.is_empty())
        .map(|(key, tone, lines)| Note {
            title: format!("{name}: {}", shell.t(key)),
            tone,
            lines,
        })
        .collect()
}

fn record(shell: &Shell, record: &Compared) -> RecordRow {
    let kind = match record.kind.as_str() {
        "account" => "operations-reconciliation-account",
        "contact" => "operations-reconciliation-contact",
        "contract" => "operations-reconciliation-contract",
        _ => "operations-mapping-lead",
    };
    let cells = record.cells.iter().map(|cell| {
        let field = cell.path.split('.').nth(1).unwrap_or_default();
        let (key, tone) = if cell.before == cell.after {
            ("operations-mapping-same", "")
        } else {
            ("operations-mapping-changes", "warning")
        };
        CellRow {
            path: cell.path.clone(),
            before: mask::value(field, &cell.before),
            after: mask::value(field, &cell.after),
            word: shell.t(key).into_owned(),
            tone,
        }
    });
    RecordRow {
        title: format!("{} {}", shell.t(kind), record.id),
        cells: cells.collect(),
    }
}
