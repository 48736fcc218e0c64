//! `/operations/reconciliation`: what differs between each CRM and the portal, mending it, and undoing
//! that.

mod csv;
mod deeds;
mod run;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};

use super::{
    connections::known,
    mask,
    tabs::{Tab, tabs},
};
use crate::{
    access::actors::Operator,
    app::AppState,
    crm::reconcile::{self, Class, Run, Started},
    db::{Conn, Error},
    web::{Flash, Refusal, Shell, page, urls},
};

/// The routes of these pages.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(urls::Reconciliation::PATH, get(show))
        .route(urls::ReconcileNow::PATH, post(start))
        .route(urls::ReconciliationRun::PATH, get(run::show))
        .route(urls::ReconciliationCsv::PATH, get(csv::download))
        .route(urls::ReconciliationMendAll::PATH, post(deeds::mend_all))
        .route(urls::ReconciliationMend::PATH, post(deeds::mend))
        .route(urls::ReconciliationUndoAll::PATH, post(deeds::undo_all))
        .route(urls::ReconciliationUndo::PATH, post(deeds::undo))
}

#[derive(Template)]
#[template(path = "operations/reconciliation.html")]
struct Overview {
    shell: Shell,
    tabs: Vec<Tab>,
    connections: Vec<Row>,
}

struct Row {
    key: String,
    name: String,
    state: (String, &'static str),
    problem: String,
    began: String,
    records: i64,
    counts: Vec<Count>,
    run: String,
    is_open: bool,
}

struct Count {
    class: String,
    text: String,
}

/// Shows how the last comparison of each connection ended.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator) -> Result<Response, Refusal> {
    let state = &operator.visit().state;
    let shell = operator.shell("operations-reconciliation-title");
    let mut conn = state.db.read().await?;
    let mut connections = Vec::new();
    for connection in &state.settings.connections {
        let latest = reconcile::latest(&mut conn, &connection.key).await?;
        let counts = counts(&mut conn, &shell, latest.as_ref()).await?;
        connections.push(Row {
            key: connection.key.clone(),
            name: connection.name.clone(),
            state: run_state(&shell, latest.as_ref()),
            problem: latest
                .as_ref()
                .map(|run| mask::text(&run.problem))
                .unwrap_or_default(),
            began: latest
                .as_ref()
                .map(|run| shell.moment(run.started_at))
                .unwrap_or_default(),
            records: latest.as_ref().map_or(0, |run| run.records),
            counts,
            is_open: latest.as_ref().is_some_and(|run| run.finished_at.is_none()),
            run: latest
                .map(|run| urls::ReconciliationRun { run: &run.id }.to_string())
                .unwrap_or_default(),
        });
    }
    Ok(page(
        StatusCode::OK,
        &Overview {
            tabs: tabs(&shell, urls::Reconciliation),
            shell,
            connections,
        },
    ))
}

fn run_state(shell: &Shell, run: Option<&Run>) -> (String, &'static str) {
    let (key, tone) = match run {
        None => ("operations-reconciliation-never", ""),
        Some(run) if run.finished_at.is_some() => ("operations-reconciliation-done", "success"),
        Some(run) if !run.problem.is_empty() => ("operations-reconciliation-stands", "warning"),
        Some(_) => ("operations-reconciliation-runs", "info"),
    };
    (shell.t(key).into_owned(), tone)
}

async fn counts(conn: &mut Conn, shell: &Shell, run: Option<&Run>) -> Result<Vec<Count>, Error> {
    let Some(run) = run else {
        return Ok(Vec::new());
    };
    let counts = reconcile::counts(conn, &run.id).await?;
    let row = |count: reconcile::Count| {
        let left = count.found.saturating_sub(count.mended);
        Count {
            class: class_text(shell, count.class),
            text: shell.t2(
                "operations-reconciliation-count",
                ("found", count.found),
                ("left", left),
            ),
        }
    };
    Ok(counts.into_iter().map(row).collect())
}

fn class_text(shell: &Shell, class: Class) -> String {
    let key = match class {
        Class::MissingHere => "operations-reconciliation-missing-here",
        Class::MissingThere => "operations-reconciliation-missing-there",
        Class::Differs => "operations-reconciliation-differs",
        Class::BrokenLink => "operations-reconciliation-broken-link",
        Class::Duplicate => "operations-reconciliation-duplicate",
    };
    shell.t(key).into_owned()
}

/// Compares a connection now.
///
/// # Errors
/// When there is no such connection, or the database refuses.
pub async fn start(
    operator: Operator,
    Path(connection): Path<String>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    known(visit, &connection)?;
    let (cx, key) = (visit.cx.clone(), connection.clone());
    let started: Result<Started, Error> = visit
        .state
        .db
        .write(move |tx| {
            let by = cx.actor.reference().to_owned();
            Box::pin(async move { reconcile::start(tx, &cx, &key, &by).await })
        })
        .await;
    let flash = match started? {
        Started::Run(_) => Flash::success(visit.t("operations-reconciliation-started")),
        Started::UnderWay => Flash::info(visit.t("operations-reconciliation-under-way")),
    };
    visit.state.comparing.notify_one();
    Ok(visit.go(urls::Reconciliation, Some(flash)))
}
