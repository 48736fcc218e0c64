//! What an operator is about to save: one draft each, made of edits, kept until it is saved or
//! thrown away. The catalogue that counts is not touched by it.

use std::collections::BTreeMap;

use super::{
    file, store,
    versions::{self, New, Origin, Version},
};
use crate::{
    access::CatalogueBody,
    db::{Conn, Error, Tx},
    kernel::{Cx, Instant, ids::PersonId},
    on,
    settings::{RoleSettings, ServiceSettings, Settings},
};

/// An operator's draft.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The version that was edited.
    pub based_on: i64,
    /// Roles and services as they would be.
    pub body: CatalogueBody,
    /// Roles to give to the holders of roles that go.
    pub replacements: BTreeMap<String, String>,
    /// Counts the edits.
    pub generation: i64,
    /// What the settings file says, hashed, when the draft takes it over.
    pub file_hash: String,
    /// When it was edited last.
    pub changed_at: Instant,
}

/// One edit.
#[derive(Debug, Clone)]
pub enum Edit {
    /// A role as it shall be.
    PutRole(Box<RoleSettings>),
    /// A role goes; its holders may get another.
    DropRole {
        /// Which.
        key: String,
        /// What they get.
        replacement: Option<String>,
    },
    /// A service as it shall be.
    PutService(Box<ServiceSettings>),
    /// A service goes, and what roles grant there.
    DropService(String),
    /// Roles and services all at once, as edits of what the draft has; what was seen is the hash of
    /// that ([`versions::hash_of`]).
    Replace(Box<CatalogueBody>),
    /// The same, instead of everything that counts.
    Restore(Box<CatalogueBody>),
    /// The same, as the settings file says.
    TakeFile,
    /// The draft's edits on top of the newest version.
    Renew,
}

#[derive(sqlx::FromRow)]
struct Row {
    based_on: i64,
    body: String,
    replacements: String,
    generation: i64,
    file_hash: String,
    changed_at: Instant,
}

/// The draft of an operator, if there is one.
pub async fn find(conn: &mut Conn, person: &PersonId) -> Result<Option<Draft>, Error> {
    let row: Option<Row> = on!(conn, |c| sqlx::query_as(store::DRAFT)
        .bind(person)
        .fetch_optional(c)
        .await)?;
    let Some(row) = row else { return Ok(None) };
    let read = serde_json::from_str(&row.body)
        .and_then(|body| Ok((body, serde_json::from_str(&row.replacements)?)));
    let (body, replacements) = match read {
        Ok(read) => read,
        // Another release wrote it. The pages must open all the same; a new draft takes its place.
        Err(error) => {
            tracing::warn!(%error, %person, "a draft of the catalogue cannot be read and is left out");
            return Ok(None);
        }
    };
    Ok(Some(Draft {
        based_on: row.based_on,
        body,
        replacements,
        generation: row.generation,
        file_hash: row.file_hash,
        changed_at: row.changed_at,
    }))
}

/// Throws a draft away.
pub async fn discard(tx: &mut Tx, person: &PersonId) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::DROP_DRAFT)
        .bind(person)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The newest version; the settings file's becomes the first where nothing is stored.
pub async fn newest(tx: &mut Tx, cx: &Cx, settings: &Settings) -> Result<Version, Error> {
    if let Some(newest) = versions::newest(tx).await? {
        return Ok(newest);
    }
    file::take(tx, cx, settings).await?;
    if let Some(newest) = versions::newest(tx).await? {
        return Ok(newest);
    }
    // Neither says anything yet: one begins with nothing.
    let nothing = New {
        after: 0,
        body: &CatalogueBody::default(),
        origin: Origin::File,
        file_hash: "",
        name: "",
        note: "",
    };
    versions::add(tx, cx, nothing).await?;
    versions::newest(tx).await?.ok_or(Error::Lost)
}

/// What was typed against and has changed meanwhile, in another window.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The entry is no longer what the form showed.
    #[error("the entry has changed meanwhile")]
    Changed,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Puts an edit into the operator's draft, which begins with the first one. `seen` names the entry
/// that the form showed ([`role_mark`], [`service_mark`]); empty when it does not matter.
///
/// # Errors
/// See [`EditError`].
pub async fn edit(
    tx: &mut Tx,
    cx: &Cx,
    settings: &Settings,
    person: &PersonId,
    (edit, seen): (Edit, String),
) -> Result<(), EditError> {
    let newest = newest(tx, cx, settings).await?;
    let known = find(tx, person).await?;
    let mut draft = known.unwrap_or_else(|| Draft {
        based_on: newest.version,
        body: newest.body.clone(),
        replacements: BTreeMap::new(),
        generation: 0,
        file_hash: String::new(),
        changed_at: cx.now(),
    });
    if !seen.is_empty() && seen != mark_of(&draft.body, &edit) {
        return Err(EditError::Changed);
    }
    match edit {
        Edit::Restore(body) => {
            draft.body = *body;
            draft.replacements.clear();
            draft.file_hash.clear();
            draft.based_on = newest.version;
        }
        Edit::TakeFile => {
            draft.body = CatalogueBody::of(settings);
            draft.file_hash = versions::hash_of(&draft.body);
            draft.based_on = newest.version;
        }
        Edit::Renew => {
            let base = versions::find(tx, draft.based_on).await?;
            let base = base.ok_or(Error::Lost)?;
            draft.body = merged(&base.body, &newest.body, &draft.body);
            draft.based_on = newest.version;
            keep_replacements(&mut draft);
        }
        edit => apply(&mut draft, edit),
    }
    put(tx, cx, person, &draft).await?;
    Ok(())
}

async fn put(tx: &mut Tx, cx: &Cx, person: &PersonId, draft: &Draft) -> Result<(), Error> {
    let body = versions::written(&draft.body);
    let replacements = serde_json::to_string(&draft.replacements).unwrap_or_default();
    on!(tx, |c| sqlx::query(store::PUT_DRAFT)
        .bind(person)
        .bind(draft.based_on)
        .bind(&body)
        .bind(&replacements)
        .bind(draft.generation + 1)
        .bind(&draft.file_hash)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

fn apply(draft: &mut Draft, edit: Edit) {
    match edit {
        Edit::PutRole(role) => {
            draft.replacements.remove(&role.key);
            put_entry(&mut draft.body.roles, *role, |it| &it.key);
        }
        Edit::DropRole { key, replacement } => {
            draft.body.roles.retain(|role| role.key != key);
            draft.replacements.retain(|_, to| *to != key);
            match replacement {
                Some(to) => draft.replacements.insert(key, to),
                None => draft.replacements.remove(&key),
            };
        }
        Edit::PutService(service) => put_entry(&mut draft.body.services, *service, |it| &it.key),
        Edit::DropService(key) => {
            draft.body.services.retain(|service| service.key != key);
            for role in &mut draft.body.roles {
                role.grants.remove(&key);
            }
        }
        Edit::Replace(body) => {
            draft.body = *body;
            keep_replacements(draft);
        }
        Edit::Restore(_) | Edit::TakeFile | Edit::Renew => {}
    }
}

/// A replacement stays as long as one role is out and the other is not.
fn keep_replacements(draft: &mut Draft) {
    let counts = |key: &str| draft.body.role(key).is_some_and(|role| !role.retired);
    draft
        .replacements
        .retain(|from, to| !counts(from) && counts(to));
}

fn put_entry<T>(list: &mut Vec<T>, entry: T, key: impl Fn(&T) -> &String) {
    match list.iter_mut().find(|old| key(old) == key(&entry)) {
        Some(old) => *old = entry,
        None => list.push(entry),
    }
}

/// The newest version with what the draft changed about its base. Where both changed one entry, the
/// draft's word stands, and the page before saving shows what that undoes.
fn merged(base: &CatalogueBody, newest: &CatalogueBody, draft: &CatalogueBody) -> CatalogueBody {
    CatalogueBody {
        services: merged_list(&base.services, &newest.services, &draft.services, |it| {
            &it.key
        }),
        roles: merged_list(&base.roles, &newest.roles, &draft.roles, |it| &it.key),
    }
}

fn merged_list<T: Clone + PartialEq>(
    base: &[T],
    newest: &[T],
    draft: &[T],
    key: impl Fn(&T) -> &String,
) -> Vec<T> {
    let find = |list: &[T], wanted: &str| list.iter().find(|it| key(it) == wanted).cloned();
    let mut merged: Vec<T> = newest
        .iter()
        .filter_map(|new| {
            let (old, own) = (find(base, key(new)), find(draft, key(new)));
            if own == old { Some(new.clone()) } else { own }
        })
        .collect();
    for own in draft {
        let is_there = newest.iter().any(|new| key(new) == key(own));
        if !is_there && find(base, key(own)).as_ref() != Some(own) {
            merged.push(own.clone());
        }
    }
    merged
}

/// The entry that an edit is about, as [`edit`] compares it.
fn mark_of(body: &CatalogueBody, edit: &Edit) -> String {
    match edit {
        Edit::PutRole(role) => role_mark(body, &role.key),
        Edit::DropRole { key, .. } => role_mark(body, key),
        Edit::PutService(service) => service_mark(body, &service.key),
        Edit::DropService(key) => service_mark(body, key),
        Edit::Replace(_) => versions::hash_of(body),
        Edit::Restore(_) | Edit::TakeFile | Edit::Renew => String::new(),
    }
}

/// A word that changes with a role; for one that is not there, a word too.
pub fn role_mark(body: &CatalogueBody, key: &str) -> String {
    let roles = body.role(key).cloned().into_iter().collect();
    versions::hash_of(&CatalogueBody {
        roles,
        services: Vec::new(),
    })
}

/// The same of a service.
pub fn service_mark(body: &CatalogueBody, key: &str) -> String {
    let services = body.service(key).cloned().into_iter().collect();
    versions::hash_of(&CatalogueBody {
        services,
        roles: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(key: &str, url: &str) -> ServiceSettings {
        ServiceSettings {
            key: key.into(),
            url: url::Url::parse(url).unwrap(),
            product: None,
            name: BTreeMap::new(),
            about: BTreeMap::new(),
        }
    }

    #[test]
    fn a_draft_on_an_older_version_keeps_both_operators_edits() {
        let (a, b) = (
            service("a", "https://a.example"),
            service("b", "https://b.example"),
        );
        let base = vec![a.clone(), b.clone(), service("gone", "https://g.example")];
        // Another operator changed `a`, removed `gone` and added `new`.
        let theirs = service("a", "https://other.example");
        let new = service("new", "https://n.example");
        let newest = vec![theirs.clone(), b, new.clone()];
        // This one changed `b`, left the rest, and added `mine`.
        let (own, mine) = (
            service("b", "https://b2.example"),
            service("mine", "https://m.example"),
        );
        let draft = vec![
            a,
            own.clone(),
            service("gone", "https://g.example"),
            mine.clone(),
        ];
        let merged = merged_list(&base, &newest, &draft, |it| &it.key);
        assert_eq!(merged, [theirs, own, new, mine]);
    }
}
