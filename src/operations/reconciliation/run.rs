//! What one comparison found.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{class_text, run_state};
use crate::{
    access::actors::Operator,
    crm::reconcile::{self, Change, Class, Finding, Owner, Side},
    kernel::ids::{Id, RunId},
    operations::{
        deliveries::{PAGE, link},
        mask,
        tabs::{Tab, tabs},
    },
    web::{Query, Refusal, Shell, page, urls},
};

/// Which findings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
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
    can_undo: bool,
    mend_all: String,
    undo_all: String,
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
    /// What mending it set: where, the field, before and after.
    changes: Vec<String>,
    mend: String,
    undo: String,
    is_mended: bool,
    is_undone: bool,
}

/// Shows what a comparison found.
///
/// # Errors
/// When there is no such run, or the database refuses.
pub(super) async fn show(
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
            can_undo: counts.iter().any(|it| it.mended > 0),
            mend_all: urls::ReconciliationMendAll { run: &id }.to_string(),
            undo_all: urls::ReconciliationUndoAll { run: &id }.to_string(),
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
    let id = &finding.id;
    let mend = urls::ReconciliationMend { finding: id }.to_string();
    let undo = urls::ReconciliationUndo { finding: id }.to_string();
    let only_if = |can: bool, href: String| if can { href } else { String::new() };
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
        changes: finding.changes().iter().map(|it| set(shell, it)).collect(),
        mend: only_if(can_mend, mend),
        undo: only_if(finding.can_be_undone(), undo),
        is_mended: finding.mended_at.is_some(),
        is_undone: finding.undone_at.is_some(),
    }
}

/// One line about what a mend set, personal data masked.
fn set(shell: &Shell, change: &Change) -> String {
    let side = match change.side {
        Side::Portal => "operations-reconciliation-ours",
        Side::Crm => "operations-reconciliation-theirs",
    };
    let field = match change.field.as_str() {
        reconcile::RECORD => shell.t("operations-reconciliation-record").into_owned(),
        reconcile::LINK => shell.t("operations-reconciliation-link").into_owned(),
        field => field.to_owned(),
    };
    let side = shell.t(side);
    if change.field == reconcile::RECORD {
        return format!("{side}: {field}");
    }
    let shown = |value: &str| match value {
        "" => shell.t("operations-reconciliation-nothing").into_owned(),
        value => mask::text(value),
    };
    format!(
        "{side}: {field}, {} → {}",
        shown(&change.old),
        shown(&change.new)
    )
}
