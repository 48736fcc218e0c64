//! What a comparison found, as a file.

use axum::{
    extract::Path,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use crate::{
    access::actors::Operator,
    crm::reconcile,
    kernel::{
        Instant,
        ids::{Id, RunId},
    },
    operations::mask,
    web::Refusal,
};

/// Rows read at once.
const PART: i64 = 1_000;

/// All findings of a run as CSV, personal data masked as on the page.
///
/// # Errors
/// When there is no such run, or the database refuses.
pub(super) async fn download(
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
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
        "undone",
    ];
    let mut written = file.write_record(head);
    let mut after = String::new();
    loop {
        let part = reconcile::findings(&mut conn, &id, &after, None, PART).await?;
        let Some(last) = part.last() else { break };
        after = last.id.to_string();
        for finding in &part {
            let at = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
            written = written.and(file.write_record([
                finding.class.as_str(),
                finding.kind.as_str(),
                &mask::csv_cell(&finding.subject),
                &mask::csv_cell(&finding.record_id),
                &finding.field,
                &mask::csv_cell(&mask::text(&finding.ours)),
                &mask::csv_cell(&mask::text(&finding.theirs)),
                finding.owner.as_str(),
                &at(finding.mended_at),
                &at(finding.undone_at),
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
