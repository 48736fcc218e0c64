//! The versions of the catalogue: each whole and never changed, the newest counts.

use super::store;
use crate::{
    access::{CatalogueBody, announce_losses},
    db::{Conn, Error, Tx, inconsistent},
    directory::tell,
    kernel::{Cx, Instant, SecretHash},
    on,
};

crate::text_enum! {
    /// Where a version comes from.
    pub enum Origin {
        /// The settings file, at a start.
        File = "file",
        /// An operator.
        Person = "person",
    }
}

/// A stored version.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its number, counted from 1.
    pub version: i64,
    /// Roles and services.
    pub body: CatalogueBody,
    /// Where it comes from.
    pub origin: Origin,
    /// The hash of what the settings file said when it was taken over last.
    pub file_hash: String,
    /// Who saved it; empty for the settings file.
    pub made_by_name: String,
    /// When.
    pub made_at: Instant,
    /// What they said about it.
    pub note: String,
}

/// A version without its body.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Listed {
    /// Its number.
    pub version: i64,
    /// Where it comes from.
    pub origin: Origin,
    /// Who saved it.
    pub made_by_name: String,
    /// When.
    pub made_at: Instant,
    /// What they said about it.
    pub note: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    body: String,
    file_hash: String,
    #[sqlx(flatten)]
    listed: Listed,
}

impl Row {
    fn read(self) -> Result<Version, Error> {
        let Listed {
            version,
            origin,
            made_by_name,
            made_at,
            note,
        } = self.listed;
        let wrong = inconsistent("catalogue_versions", "body", version);
        Ok(Version {
            body: serde_json::from_str(&self.body).map_err(wrong)?,
            file_hash: self.file_hash,
            version,
            origin,
            made_by_name,
            made_at,
            note,
        })
    }
}

/// The newest version; `None` before the first start.
pub async fn newest(conn: &mut Conn) -> Result<Option<Version>, Error> {
    let row: Option<Row> = on!(conn, |c| sqlx::query_as(store::NEWEST)
        .fetch_optional(c)
        .await)?;
    row.map(Row::read).transpose()
}

/// The version with this number.
pub async fn find(conn: &mut Conn, version: i64) -> Result<Option<Version>, Error> {
    let row: Option<Row> = on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(version)
        .fetch_optional(c)
        .await)?;
    row.map(Row::read).transpose()
}

/// Whether the version that counts was saved by a person.
pub async fn is_edited(conn: &mut Conn) -> Result<bool, Error> {
    let newest = list(conn, i64::MAX, 1).await?;
    Ok(newest
        .first()
        .is_some_and(|newest| newest.origin == Origin::Person))
}

/// Whether a version took over a settings file with this hash.
pub async fn was_taken(conn: &mut Conn, file_hash: &str) -> Result<bool, Error> {
    let found: Option<(i64,)> = on!(conn, |c| sqlx::query_as(store::WAS_TAKEN)
        .bind(file_hash)
        .fetch_optional(c)
        .await)?;
    Ok(found.is_some())
}

/// Versions before a number, the newest first.
pub async fn list(conn: &mut Conn, before: i64, limit: i64) -> Result<Vec<Listed>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::LIST)
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// A version to be added.
pub struct New<'a> {
    /// The number before.
    pub after: i64,
    /// Roles and services.
    pub body: &'a CatalogueBody,
    /// Where it comes from.
    pub origin: Origin,
    /// What the settings file said when it was taken over last, hashed.
    pub file_hash: &'a str,
    /// Who; empty for the settings file.
    pub name: &'a str,
    /// What they say about it.
    pub note: &'a str,
}

/// Adds a version; `false` when somebody added that number before.
pub async fn add(tx: &mut Tx, cx: &Cx, new: New<'_>) -> Result<bool, Error> {
    let body = written(new.body);
    // One that this release cannot read locks nobody out of saving another.
    let before = find(tx, new.after).await.unwrap_or_default();
    let added: Option<(i64,)> = on!(tx, |c| sqlx::query_as(store::ADD)
        .bind(new.after + 1)
        .bind(&body)
        .bind(new.origin)
        .bind(new.file_hash)
        .bind(cx.actor.reference())
        .bind(new.name)
        .bind(cx.now())
        .bind(new.note)
        .fetch_optional(c)
        .await)?;
    if added.is_some() {
        // What a role is worth may have changed for anybody.
        tell::all_again(tx).await?;
        if let Some(before) = before {
            announce_losses(tx, cx, (&before.body, new.body)).await?;
        }
    }
    Ok(added.is_some())
}

/// The stored text of a body.
pub fn written(body: &CatalogueBody) -> String {
    // Maps with text keys and plain values: there is nothing that JSON could not say.
    serde_json::to_string(body).unwrap_or_default()
}

/// What names a body in a form and in a row: two equal ones have the same.
pub fn hash_of(body: &CatalogueBody) -> String {
    SecretHash::of(written(body).as_bytes()).as_str().to_owned()
}
