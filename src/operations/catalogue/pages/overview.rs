//! The catalogue as it counts, or as the operator's draft has it.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Desk, author, edit, matrix::Matrix, person};
use crate::{
    access::actors::Operator,
    db::Error,
    operations::{
        catalogue::{
            difference::Difference,
            draft::{self, Edit, EditError},
            file,
        },
        tabs::{Tab, tabs},
    },
    web::{Flash, Form, Refusal, Shell, page, urls},
};

#[derive(Template)]
#[template(path = "operations/catalogue.html")]
struct CataloguePage {
    shell: Shell,
    tabs: Vec<Tab>,
    matrix: Matrix,
    version: String,
    /// When the draft was edited last; empty without one.
    draft: String,
    /// Who saved a version since the draft began; empty when nobody did.
    newer: String,
    /// What the settings file would change, as lines.
    file: Vec<String>,
    action: String,
    preview: String,
    versions: String,
    csv: String,
    import: String,
    new_role: String,
    new_service: String,
}

/// Shows it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn show(operator: Operator) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let shell = operator.shell("catalogue-title");
    let mut conn = visit.state.db.read().await?;
    let desk = Desk::read(&mut conn, &operator).await?;
    let file = file::kept_back(&mut conn, &visit.state.settings).await?;
    drop(conn);
    let newest = &desk.newest;
    let by = author(&shell, newest.origin, &newest.made_by_name);
    let draft = desk.draft.as_ref();
    let newer = draft.is_some_and(|draft| draft.based_on != newest.version);
    Ok(page(
        StatusCode::OK,
        &CataloguePage {
            tabs: tabs(&shell, urls::Catalogue),
            matrix: Matrix::of(&shell, desk.body(), &newest.body),
            version: if newest.version == 0 {
                shell.t("catalogue-version-none").into_owned()
            } else {
                let at = shell.moment(newest.made_at);
                let arguments = [
                    ("version", newest.version.into()),
                    ("at", at.into()),
                    ("by", by.as_str().into()),
                ];
                shell.tn("catalogue-version-line", &arguments)
            },
            draft: draft
                .map(|draft| shell.moment(draft.changed_at))
                .unwrap_or_default(),
            newer: if newer {
                let version = newest.version;
                shell.t2("catalogue-newer-text", ("version", version), ("by", by))
            } else {
                String::new()
            },
            file: file.iter().map(Difference::line).collect(),
            action: urls::CatalogueDraft.to_string(),
            preview: urls::CataloguePreview.to_string(),
            versions: urls::CatalogueVersions.to_string(),
            csv: urls::CatalogueCsv.to_string(),
            import: urls::CatalogueImport.to_string(),
            new_role: urls::CatalogueNewRole.to_string(),
            new_service: urls::CatalogueNewService.to_string(),
            shell,
        },
    ))
}

/// What to do with the draft.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DraftForm {
    /// `discard`, `renew` or `file`.
    act: String,
}

/// Throws the draft away, puts it on top of the newest version, or fills it from the settings file.
///
/// # Errors
/// When the database refuses.
pub(super) async fn decide(
    operator: Operator,
    Form(form): Form<DraftForm>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let (text, to) = match form.act.as_str() {
        "discard" => {
            let person = person(&operator).clone();
            let done: Result<(), Error> = visit
                .state
                .db
                .write(move |tx| Box::pin(async move { draft::discard(tx, &person).await }))
                .await;
            done?;
            ("catalogue-discarded", urls::Catalogue.to_string())
        }
        "renew" => {
            put(&operator, Edit::Renew).await?;
            ("catalogue-renewed", urls::CataloguePreview.to_string())
        }
        "file" => {
            put(&operator, Edit::TakeFile).await?;
            ("catalogue-file-taken", urls::CataloguePreview.to_string())
        }
        _ => return Err(Refusal::BadRequest),
    };
    Ok(visit.go(to, Some(Flash::success(visit.t(text)))))
}

/// Puts an edit that no form was filled in for.
pub(super) async fn put(operator: &Operator, wanted: Edit) -> Result<(), Refusal> {
    match edit(operator, wanted, String::new()).await {
        Ok(()) => Ok(()),
        Err(EditError::Db(error)) => Err(error.into()),
        Err(EditError::Changed) => Err(Refusal::Defect),
    }
}
