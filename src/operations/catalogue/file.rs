//! The settings file and the stored catalogue: the file is the first version, and further ones for
//! as long as nobody has edited the catalogue here; then what is stored wins, and says so.

use serde_json::json;

use super::{
    difference::{self, Difference},
    versions::{self, New, Origin, Version},
};
use crate::{
    access::CatalogueBody,
    app::AppState,
    audit,
    db::{Conn, Error, Tx},
    kernel::Cx,
    settings::Settings,
};

/// What came of the settings file at a start.
#[derive(Debug, Clone)]
pub enum Took {
    /// It says nothing, or nothing new.
    Nothing,
    /// It is this version now.
    Imported(i64),
    /// It changed, and an operator's version goes on counting.
    Kept {
        /// That version.
        version: i64,
        /// What the file would change.
        differences: Vec<Difference>,
    },
}

/// Brings the settings file's roles and services in, at a start; every node may.
///
/// # Errors
/// When the database refuses.
pub async fn take_file(state: &AppState) -> Result<Took, Error> {
    let (settings, cx) = (state.settings.clone(), state.world.system("catalogue"));
    let took = state
        .db
        .write(move |tx| Box::pin(async move { take(tx, &cx, &settings).await }))
        .await?;
    match &took {
        Took::Nothing => {}
        Took::Imported(version) => {
            tracing::info!(
                version,
                "the settings file's roles and services are taken over"
            );
        }
        Took::Kept {
            version,
            differences,
        } => {
            let lines: Vec<String> = differences.iter().map(Difference::line).collect();
            tracing::warn!(
                version,
                differences = lines.join("; "),
                "the settings file's roles and services have changed and are not taken over, because the catalogue was edited on /operations/catalogue; an operator can take them over there"
            );
        }
    }
    state.newest().await?;
    Ok(took)
}

/// The same within a transaction.
pub(super) async fn take(tx: &mut Tx, cx: &Cx, settings: &Settings) -> Result<Took, Error> {
    let body = CatalogueBody::of(settings);
    if body == CatalogueBody::default() {
        return Ok(Took::Nothing);
    }
    versions::hold(tx).await?;
    let newest = versions::newest(tx).await?;
    if let Some(newest) = &newest {
        if !is_news(newest, &body) {
            return Ok(Took::Nothing);
        }
        if newest.origin == Origin::Person {
            return Ok(Took::Kept {
                version: newest.version,
                differences: difference::between(&newest.body, &body),
            });
        }
    }
    let before = newest.map(|newest| (newest.version, newest.body));
    let (after, old) = before.unwrap_or_default();
    let hash = versions::hash_of(&body);
    let new = New {
        after,
        body: &body,
        origin: Origin::File,
        file_hash: &hash,
        name: "",
        note: "",
    };
    if versions::add(tx, cx, new).await? {
        let changes = difference::between(&old, &body);
        let lines: Vec<String> = changes.iter().map(Difference::line).collect();
        let event = audit::Event {
            action: "catalogue.imported",
            target: "catalogue",
            organization: None,
            detail: json!({"version": after + 1, "changes": lines}),
        };
        audit::record(tx, cx, event).await?;
    }
    Ok(Took::Imported(after + 1))
}

/// Whether the file says something that it did not say when it was taken over last.
fn is_news(newest: &Version, file: &CatalogueBody) -> bool {
    *file != newest.body && versions::hash_of(file) != newest.file_hash
}

/// What the settings file would change about an operator's version; empty when it has nothing new.
///
/// # Errors
/// When the database refuses.
pub async fn kept_back(conn: &mut Conn, settings: &Settings) -> Result<Vec<Difference>, Error> {
    let file = CatalogueBody::of(settings);
    let Some(newest) = versions::newest(conn).await? else {
        return Ok(Vec::new());
    };
    if file == CatalogueBody::default() || newest.origin == Origin::File || !is_news(&newest, &file)
    {
        return Ok(Vec::new());
    }
    Ok(difference::between(&newest.body, &file))
}
