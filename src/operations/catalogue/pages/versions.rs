//! The versions: the list, one with what differs from another, restoring it.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    author,
    matrix::Matrix,
    overview::put,
    preview::{DifferenceView, views},
};
use crate::{
    access::{CatalogueBody, actors::Operator},
    operations::catalogue::{
        difference,
        draft::Edit,
        versions::{self, Listed},
    },
    web::{Field, Flash, Query, Refusal, Shell, page, urls},
};

/// Versions on a page.
const SHOWN: i64 = 50;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    before: String,
}

/// With what a version is compared.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VersionQuery {
    with: String,
}

struct Row {
    number: i64,
    href: String,
    at: String,
    by: String,
    note: String,
}

#[derive(Template)]
#[template(path = "operations/catalogue_versions.html")]
struct VersionsPage {
    shell: Shell,
    back: String,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

#[derive(Template)]
#[template(path = "operations/catalogue_version.html")]
struct VersionPage {
    shell: Shell,
    catalogue: String,
    back: String,
    action: String,
    restore: String,
    is_newest: bool,
    line: String,
    note: String,
    with: Field,
    compared: String,
    differences: Vec<DifferenceView>,
    matrix: Matrix,
}

/// The list.
///
/// # Errors
/// When the database refuses.
pub(super) async fn list(
    operator: Operator,
    Query(query): Query<ListQuery>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let shell = operator.shell("catalogue-versions-title");
    let before: Option<i64> = query.before.parse().ok();
    let mut conn = visit.state.db.read().await?;
    let mut found = versions::list(&mut conn, before.unwrap_or(i64::MAX), SHOWN + 1).await?;
    drop(conn);
    let shown = usize::try_from(SHOWN).unwrap_or_default();
    let more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| more);
    let next = next.map(|last| format!("{}?before={}", urls::CatalogueVersions, last.version));
    let row = |listed: &Listed| Row {
        number: listed.version,
        href: urls::CatalogueVersion {
            version: &listed.version,
        }
        .to_string(),
        at: shell.moment(listed.made_at),
        by: author(&shell, listed.origin, &listed.made_by_name),
        note: listed.note.clone(),
    };
    let template = VersionsPage {
        rows: found.iter().map(row).collect(),
        back: urls::Catalogue.to_string(),
        first: before.map(|_| urls::CatalogueVersions.to_string()),
        next,
        shell,
    };
    Ok(page(StatusCode::OK, &template))
}

fn number(text: &str) -> Result<i64, Refusal> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or(Refusal::NotFound)
}

/// One version, compared with the one before it or another.
///
/// # Errors
/// When there is no such version, or the database refuses.
pub(super) async fn show(
    operator: Operator,
    Path(version): Path<String>,
    Query(query): Query<VersionQuery>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let version = number(&version)?;
    let mut conn = visit.state.db.read().await?;
    let found = versions::find(&mut conn, version).await?;
    let found = found.ok_or(Refusal::NotFound)?;
    let other = query.with.trim().parse().unwrap_or(version - 1);
    let with = versions::find(&mut conn, other).await?;
    let newest = versions::newest(&mut conn).await?;
    drop(conn);
    let shell = operator.shell("");
    let title = shell.t1("catalogue-version-title", "version", version);
    let shell = Shell { title, ..shell };
    let error = (with.is_none() && !query.with.trim().is_empty())
        .then(|| shell.t("catalogue-wrong-version").into_owned());
    let base: CatalogueBody = with
        .as_ref()
        .map(|with| with.body.clone())
        .unwrap_or_default();
    let arguments = [
        ("version", version.into()),
        ("at", shell.moment(found.made_at).into()),
        (
            "by",
            author(&shell, found.origin, &found.made_by_name).into(),
        ),
    ];
    let template = VersionPage {
        catalogue: urls::Catalogue.to_string(),
        back: urls::CatalogueVersions.to_string(),
        action: urls::CatalogueVersion { version: &version }.to_string(),
        restore: urls::CatalogueRestore { version: &version }.to_string(),
        is_newest: newest.is_some_and(|newest| newest.version == version),
        line: shell.tn("catalogue-version-line", &arguments),
        note: found.note.clone(),
        with: Field::new("with", query.with.trim()).with_error(error),
        compared: with.map_or_else(String::new, |with| {
            shell.t1("catalogue-compared", "version", with.version)
        }),
        differences: views(&shell, &difference::between(&base, &found.body)),
        matrix: Matrix::of(&shell, &found.body, &found.body),
        shell,
    };
    Ok(page(StatusCode::OK, &template))
}

/// Makes an old version the operator's draft, to be looked at and saved like any other.
///
/// # Errors
/// When there is no such version, or the database refuses.
pub(super) async fn restore(
    operator: Operator,
    Path(version): Path<String>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let version = number(&version)?;
    let mut conn = visit.state.db.read().await?;
    let found = versions::find(&mut conn, version).await?;
    let found = found.ok_or(Refusal::NotFound)?;
    drop(conn);
    put(&operator, Edit::Restore(Box::new(found.body))).await?;
    let text = visit.shell("").t1("catalogue-restored", "version", version);
    Ok(visit.go(urls::CataloguePreview, Some(Flash::success(text))))
}
