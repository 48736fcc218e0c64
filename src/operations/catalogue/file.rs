//! The settings file and the stored catalogue: the file is the first version, and further ones for
//! as long as nobody has edited the catalogue here; then what is stored wins, and says so.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    difference::{self, Difference},
    effects::Plan,
    last_admins, save,
    versions::{self, New, Origin, Version},
};
use crate::{
    access::{self, CatalogueBody},
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
    /// It changed, and the version before goes on counting.
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
        .await;
    let took = match took {
        // Another release wrote it: this node goes on with what it can read, and says so there.
        Err(error @ Error::Inconsistent { .. }) => {
            tracing::error!(%error, "the settings file's roles and services cannot be compared with the stored ones");
            Took::Nothing
        }
        took => took?,
    };
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
                "the settings file's roles and services have changed and are not taken over: the catalogue was edited on /operations/catalogue, or the file is an older one, or it would leave an organization with nobody to run it; an operator can look and take them over there"
            );
        }
    }
    state.newest().await?;
    Ok(took)
}

/// Holds the settings that name roles and services against those that count.
///
/// # Errors
/// The names that there are not, while only the settings file speaks; once the catalogue was edited on
/// the pages, what went there meanwhile must not keep the portal from starting, and is only said.
pub async fn check_names(state: &AppState) -> Result<Result<(), Vec<String>>, Error> {
    let mut conn = state.db.read().await?;
    let catalogue = state.catalogues.newest(&mut conn).await?;
    let unknown = access::unknown_names(&state.settings, &catalogue);
    if unknown.is_empty() {
        return Ok(Ok(()));
    }
    let is_edited = versions::is_edited(&mut conn).await?;
    if !is_edited {
        return Ok(Err(unknown));
    }
    for line in &unknown {
        tracing::warn!("{line}");
    }
    Ok(Ok(()))
}

/// The same within a transaction.
pub(super) async fn take(tx: &mut Tx, cx: &Cx, settings: &Settings) -> Result<Took, Error> {
    let body = CatalogueBody::of(settings);
    if body == CatalogueBody::default() {
        return Ok(Took::Nothing);
    }
    access::hold_catalogue(tx).await?;
    let newest = versions::newest(tx).await?;
    if let Some(newest) = &newest {
        if !is_news(newest, &body) {
            return Ok(Took::Nothing);
        }
        if newest.origin == Origin::Person
            || !is_for_the_next(tx, cx, (newest, &body), settings).await?
        {
            return Ok(Took::Kept {
                version: newest.version,
                differences: difference::between(&newest.body, &body),
            });
        }
    }
    let before = newest.map(|newest| (newest.version, newest.body));
    let (after, old) = before.unwrap_or_default();
    let hash = versions::hash_of(&body);
    // A role that the file leaves out and somebody holds stays as one that is over.
    let body = save::finished(tx, &old, &body).await?;
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

/// Whether a file can be the next version by itself: it is none that counted before (a node that
/// restarts with an older file must not undo what a newer one said), and it leaves no organization
/// without somebody who runs it (law 7). Otherwise an operator decides.
async fn is_for_the_next(
    tx: &mut Tx,
    cx: &Cx,
    (newest, file): (&Version, &CatalogueBody),
    settings: &Settings,
) -> Result<bool, Error> {
    if versions::was_taken(tx, &versions::hash_of(file)).await? {
        return Ok(false);
    }
    let body = save::finished(tx, &newest.body, file).await?;
    let plan = Plan::new(&newest.body, &body, &BTreeMap::new(), settings);
    let orphans = last_admins::orphans(tx, &plan, cx.now()).await?;
    Ok(orphans.is_empty())
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
    if file == CatalogueBody::default() || !is_news(&newest, &file) {
        return Ok(Vec::new());
    }
    Ok(difference::between(&newest.body, &file))
}
