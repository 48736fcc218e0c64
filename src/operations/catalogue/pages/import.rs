//! CSV out and in.

use askama::Template;
use axum::{
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{Desk, edit};
use crate::{
    access::actors::Operator,
    operations::catalogue::{
        draft::{Edit, EditError},
        table, versions,
    },
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, page, urls},
};

/// Wrong rows shown at most.
const SHOWN: usize = 200;

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TableForm {
    table: String,
}

/// A row that cannot be taken.
struct Row {
    line: String,
    entry: String,
    text: String,
}

#[derive(Template)]
#[template(path = "operations/catalogue_import.html")]
struct ImportPage {
    shell: Shell,
    errors: FormErrors,
    back: String,
    action: String,
    csv: String,
    table: Field,
    rows: Vec<Row>,
}

/// Roles and services as CSV: the operator's draft, or what counts.
pub(super) async fn download(operator: Operator) -> Result<Response, Refusal> {
    let mut conn = operator.visit().state.db.read().await?;
    let desk = Desk::read(&mut conn, &operator).await?;
    let bytes = table::write(desk.body()).map_err(|_| Refusal::Defect)?;
    Ok(file("catalogue.csv", bytes))
}

/// A CSV file to keep.
pub(super) fn file(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, bytes).into_response()
}

/// The form.
pub(super) async fn form(operator: Operator) -> Result<Response, Refusal> {
    Ok(render(&operator, &TableForm::default(), None, &[]))
}

/// Takes a table into the draft, or says row by row why not.
pub(super) async fn submit(
    operator: Operator,
    Form(form): Form<TableForm>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    if form.table.trim().is_empty() {
        let error = visit.t("catalogue-import-empty");
        return Ok(render(&operator, &form, Some(error), &[]));
    }
    let mut conn = visit.state.db.read().await?;
    let desk = Desk::read(&mut conn, &operator).await?;
    drop(conn);
    let read = table::read(&form.table, desk.body());
    if !read.wrong.is_empty() {
        let count = i64::try_from(read.wrong.len()).unwrap_or(i64::MAX);
        let error = visit.shell("").t1("catalogue-import-wrong", "count", count);
        return Ok(render(&operator, &form, Some(error), &read.wrong));
    }
    let seen = versions::hash_of(desk.body());
    match edit(&operator, Edit::Replace(Box::new(read.body)), seen).await {
        Ok(()) => {}
        Err(EditError::Changed) => {
            let error = visit.t("catalogue-wrong-changed");
            return Ok(render(&operator, &form, Some(error), &[]));
        }
        Err(EditError::Db(error)) => return Err(error.into()),
    }
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let text = visit.shell("").t2(
        "catalogue-imported",
        ("roles", count(read.counts.1)),
        ("services", count(read.counts.0)),
    );
    Ok(visit.go(urls::Catalogue, Some(Flash::success(text))))
}

fn render(
    operator: &Operator,
    form: &TableForm,
    error: Option<String>,
    wrong: &[table::WrongRow],
) -> Response {
    let shell = operator.shell("catalogue-import-title");
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let table = Field::new("table", &*form.table).with_error(error);
    let errors = FormErrors::of(&[&table]);
    let rows = wrong.iter().take(SHOWN).map(|row| Row {
        line: if row.line == 0 {
            String::new()
        } else {
            row.line.to_string()
        },
        entry: row.entry.clone(),
        text: row.fault.sentence(&shell),
    });
    let template = ImportPage {
        rows: rows.collect(),
        back: urls::Catalogue.to_string(),
        action: urls::CatalogueImport.to_string(),
        csv: urls::CatalogueCsv.to_string(),
        table,
        shell: shell.with_errors(!errors.is_empty()),
        errors,
    };
    page(status, &template)
}
