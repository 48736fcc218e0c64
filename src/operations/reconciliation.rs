//! `/operations/reconciliation`: what differs between each CRM and the portal, and mending it.

use askama::Template;
use axum::{
    extract::Path,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    connections::known,
    deliveries::{PAGE, link},
    mask,
    tabs::{Tab, tabs},
};
use crate::{
    access::actors::Operator,
    crm::reconcile::{self, Class, Finding, Mended, Owner, Run, Started},
    db::{Conn, Error},
    kernel::ids::{FindingId, Id, RunId},
    web::{Flash, Query, Refusal, Shell, page, urls},
};

/// Findings mended by one press of the button, so that the answer comes in time.
const AT_ONCE: u64 = 500;
/// Rows read at once for the file.
const PART: i64 = 1_000;

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

/// Which findings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    class: String,
    after: String,
}

#[derive(Template)]
#[template(path = "operations/reconciliation_run.html")]
struct RunPage {
    shell: Shell,
    tabs: Vec<Tab>,
    intro: String,
    state: (String, &'static str),
    filters: Vec<(String, String, bool)>,
    rows: Vec<FindingRow>,
    can_mend: bool,
    mend_all: String,
    csv: String,
    first: Option<String>,
    next: Option<String>,
}

struct FindingRow {
    class: String,
    what: String,
    ids: String,
    ours: String,
    theirs: String,
    owner: String,
    mend: String,
    is_mended: bool,
}

/// Shows what a comparison found.
///
/// # Errors
/// When there is no such run, or the database refuses.
pub async fn run(
    operator: Operator,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let id = RunId::parse(&id).map_err(|_| Refusal::NotFound)?;
    let state = &operator.visit().state;
    let shell = operator.shell("operations-reconciliation-run-title");
    let mut conn = state.db.read().await?;
    let run = reconcile::find_run(&mut conn, &id).await?;
    let run = run.ok_or(Refusal::NotFound)?;
    let class = Class::parse(&filter.class).ok();
    let mut found = reconcile::findings(&mut conn, &id, &filter.after, class, PAGE + 1).await?;
    let has_more = i64::try_from(found.len()).is_ok_and(|count| count > PAGE);
    found.truncate(usize::try_from(PAGE).unwrap_or(0));
    let here = urls::ReconciliationRun { run: &id }.to_string();
    let next = found.last().filter(|_| has_more).map(|last| {
        let pairs = [
            ("class", filter.class.clone()),
            ("after", last.id.to_string()),
        ];
        link(&here, &pairs)
    });
    let counts = reconcile::counts(&mut conn, &id).await?;
    let filters = counts.iter().map(|count| {
        let text = format!("{} ({})", class_text(&shell, count.class), count.found);
        let href = link(&here, &[("class", count.class.as_str().to_owned())]);
        (href, text, class == Some(count.class))
    });
    let connection = state.crm.get(&run.connection);
    Ok(page(
        StatusCode::OK,
        &RunPage {
            tabs: tabs(&shell, urls::Reconciliation),
            intro: shell.t2(
                "operations-reconciliation-of",
                (
                    "name",
                    connection.map_or(run.connection.as_str(), |it| &it.settings.name),
                ),
                ("at", shell.moment(run.started_at)),
            ),
            state: run_state(&shell, Some(&run)),
            filters: filters.collect(),
            can_mend: run.finished_at.is_some() && counts.iter().any(|it| it.found > it.mended),
            mend_all: urls::ReconciliationMendAll { run: &id }.to_string(),
            csv: urls::ReconciliationCsv { run: &id }.to_string(),
            first: (!filter.after.is_empty()).then(|| here.clone()),
            rows: found.iter().map(|finding| row(&shell, finding)).collect(),
            next,
            shell,
        },
    ))
}

fn row(shell: &Shell, finding: &Finding) -> FindingRow {
    let kind = match finding.kind {
        reconcile::Kind::Account => "operations-reconciliation-account",
        reconcile::Kind::Contact => "operations-reconciliation-contact",
        reconcile::Kind::Contract => "operations-reconciliation-contract",
        reconcile::Kind::Membership => "operations-reconciliation-membership",
    };
    let owner = match finding.owner {
        Owner::Portal => "operations-reconciliation-owner-portal",
        Owner::Crm => "operations-reconciliation-owner-crm",
        Owner::Nobody => "operations-reconciliation-owner-nobody",
    };
    let kind = shell.t(kind);
    let ids = [finding.subject.as_str(), finding.record_id.as_str()];
    let ids: Vec<&str> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    let can_mend = finding.owner != Owner::Nobody && finding.mended_at.is_none();
    let mend = if can_mend {
        let finding = &finding.id;
        urls::ReconciliationMend { finding }.to_string()
    } else {
        String::new()
    };
    FindingRow {
        class: class_text(shell, finding.class),
        what: match finding.field.as_str() {
            "" => kind.into_owned(),
            field => format!("{kind}: {field}"),
        },
        ids: ids.join(" · "),
        ours: mask::text(&finding.ours),
        theirs: mask::text(&finding.theirs),
        owner: shell.t(owner).into_owned(),
        mend,
        is_mended: finding.mended_at.is_some(),
    }
}

/// Mends one finding.
///
/// # Errors
/// When there is no such finding, or the database refuses.
pub async fn mend(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = FindingId::parse(&id).map_err(|_| Refusal::NotFound)?;
    let visit = operator.visit();
    let state = &visit.state;
    let run = {
        let mut conn = state.db.read().await?;
        let finding = reconcile::finding(&mut conn, &id).await?;
        finding.ok_or(Refusal::NotFound)?.run_id
    };
    let flash = match reconcile::mend(&state.db, &state.crm, &visit.cx, &id).await? {
        Mended::Now => Flash::success(visit.t("operations-reconciliation-mended")),
        Mended::Before => Flash::info(visit.t("operations-reconciliation-mended-before")),
        Mended::NotByUs => Flash::warning(visit.t("operations-reconciliation-not-by-us")),
        Mended::NotFound => return Err(Refusal::NotFound),
    };
    state.outbox.wake();
    Ok(visit.go(urls::ReconciliationRun { run: &run }, Some(flash)))
}

/// Mends what has an owner, at most five hundred of a run at once.
///
/// # Errors
/// When there is no such run, or the database refuses.
pub async fn mend_all(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = RunId::parse(&id).map_err(|_| Refusal::NotFound)?;
    let visit = operator.visit();
    let run = {
        let mut conn = visit.state.db.read().await?;
        reconcile::find_run(&mut conn, &id).await?
    };
    run.ok_or(Refusal::NotFound)?;
    let state = &visit.state;
    let mended = reconcile::mend_all(&state.db, &state.crm, &visit.cx, &id, AT_ONCE).await?;
    state.outbox.wake();
    let count = i64::try_from(mended).unwrap_or(i64::MAX);
    let text = operator
        .shell("")
        .t1("operations-reconciliation-mended-all", "count", count);
    let flash = Flash::success(text);
    Ok(visit.go(urls::ReconciliationRun { run: &id }, Some(flash)))
}

/// A spreadsheet takes what begins like this for a formula.
fn csv_cell(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

/// All findings of a run as CSV, personal data masked as on the page.
///
/// # Errors
/// When there is no such run, or the database refuses.
pub async fn csv(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = RunId::parse(&id).map_err(|_| Refusal::NotFound)?;
    let mut conn = operator.visit().state.db.read().await?;
    let run = reconcile::find_run(&mut conn, &id).await?;
    run.ok_or(Refusal::NotFound)?;
    let mut file = csv::Writer::from_writer(Vec::new());
    let head = [
        "class",
        "kind",
        "portal id",
        "crm id",
        "field",
        "portal",
        "crm",
        "owner",
        "mended",
    ];
    let mut written = file.write_record(head);
    let mut after = String::new();
    loop {
        let part = reconcile::findings(&mut conn, &id, &after, None, PART).await?;
        let Some(last) = part.last() else { break };
        after = last.id.to_string();
        for finding in &part {
            let mended = finding
                .mended_at
                .map(|at| at.to_string())
                .unwrap_or_default();
            written = written.and(file.write_record([
                finding.class.as_str(),
                finding.kind.as_str(),
                &csv_cell(&finding.subject),
                &csv_cell(&finding.record_id),
                &finding.field,
                &csv_cell(&mask::text(&finding.ours)),
                &csv_cell(&mask::text(&finding.theirs)),
                finding.owner.as_str(),
                &mended,
            ]));
        }
    }
    let bytes = file.into_inner().map_err(|_| Refusal::Defect)?;
    written.map_err(|_| Refusal::Defect)?;
    let name = format!("attachment; filename=\"{id}.csv\"");
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, bytes).into_response())
}
