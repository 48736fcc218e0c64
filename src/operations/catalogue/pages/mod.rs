//! The pages: the catalogue, one role, one service, what changes for whom, versions, CSV.

mod import;
mod matrix;
mod overview;
mod preview;
mod role;
mod service;
mod versions;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};

use super::{
    draft::{self, Draft, Edit, EditError},
    versions::{Origin, Version},
};
use crate::{
    access::{CatalogueBody, actors::Operator},
    app::AppState,
    db::{Conn, Error},
    kernel::{Instant, ids::PersonId},
    web::{Flash, Shell, urls},
};

/// The routes of these pages.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(urls::Catalogue::PATH, get(overview::show))
        .route(urls::CatalogueDraft::PATH, post(overview::decide))
        .route(
            urls::CatalogueNewRole::PATH,
            get(role::new).post(role::create),
        )
        .route(urls::CatalogueRole::PATH, get(role::show).post(role::put))
        .route(
            urls::CatalogueNewService::PATH,
            get(service::new).post(service::create),
        )
        .route(
            urls::CatalogueService::PATH,
            get(service::show).post(service::put),
        )
        .route(
            urls::CataloguePreview::PATH,
            get(preview::show).post(preview::save),
        )
        .route(urls::CataloguePreviewCsv::PATH, get(preview::download))
        .route(urls::CatalogueVersions::PATH, get(versions::list))
        .route(urls::CatalogueVersion::PATH, get(versions::show))
        .route(urls::CatalogueRestore::PATH, post(versions::restore))
        .route(urls::CatalogueCsv::PATH, get(import::download))
        .route(
            urls::CatalogueImport::PATH,
            get(import::form).post(import::submit),
        )
}

/// What an operator works on: the version that counts, and their draft of the next one.
struct Desk {
    newest: Version,
    draft: Option<Draft>,
}

impl Desk {
    async fn read(conn: &mut Conn, operator: &Operator) -> Result<Self, Error> {
        let stored = super::versions::newest(conn).await?;
        let settings = &operator.visit().state.settings;
        Ok(Self {
            // Until the first start has stored it, the settings file counts.
            newest: stored.unwrap_or_else(|| Version {
                version: 0,
                body: CatalogueBody::of(settings),
                origin: Origin::File,
                file_hash: String::new(),
                made_by_name: String::new(),
                made_at: Instant::from_seconds(0),
                note: String::new(),
            }),
            draft: draft::find(conn, person(operator)).await?,
        })
    }

    /// The catalogue as the operator's pages show it.
    fn body(&self) -> &CatalogueBody {
        let draft = self.draft.as_ref();
        draft.map_or(&self.newest.body, |draft| &draft.body)
    }
}

fn person(operator: &Operator) -> &PersonId {
    &operator.signed_in.gate.person_id
}

/// Puts an edit into the operator's draft.
async fn edit(operator: &Operator, edit: Edit, seen: String) -> Result<(), EditError> {
    let (visit, person) = (operator.visit(), person(operator).clone());
    let (state, cx) = (visit.state.clone(), visit.cx.clone());
    let work = visit.state.db.write(move |tx| {
        Box::pin(async move { draft::edit(tx, &cx, &state.settings, &person, (edit, seen)).await })
    });
    work.await
}

/// Back to the catalogue, once the draft has it.
fn drafted(operator: &Operator) -> Response {
    let visit = operator.visit();
    let flash = Flash::success(visit.t("catalogue-drafted"));
    visit.go(urls::Catalogue, Some(flash))
}

/// Who made a version, in words.
fn author(shell: &Shell, origin: Origin, name: &str) -> String {
    match origin {
        Origin::File => shell.t("catalogue-by-file").into_owned(),
        Origin::Person => name.to_owned(),
    }
}

/// One choice of a select or a group of boxes.
struct Choice {
    value: String,
    label: String,
    hint: String,
    checked: bool,
}
