//! Saving a draft as the next version.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    check::{self, Fault},
    difference::{self, Difference},
    draft,
    effects::Plan,
    last_admins::{self, Orphan},
    store,
    versions::{self, New, Origin},
};
use crate::{
    access::{self, CatalogueBody, subject},
    audit,
    db::{Conn, Error, Tx},
    kernel::{
        Cx,
        ids::{MembershipId, PersonId},
    },
    on,
    organizations::{self, ReplaceRole},
    settings::Settings,
};

/// People whose roles can be replaced in the transaction that saves, over all roles together.
pub const REPLACED_AT_ONCE: i64 = 1_000;
/// Memberships read at once.
const PART: i64 = 200;

/// What an operator saw before saving, and wants saved.
#[derive(Debug, Clone)]
pub struct Save {
    /// Who.
    pub person_id: PersonId,
    /// Their name, for the list of versions.
    pub name: String,
    /// The draft's generation that the preview showed.
    pub seen: i64,
    /// What they say about it; may be empty.
    pub note: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is this version now.
    Version {
        /// Its number.
        version: i64,
        /// How many people got another role in place of one that went.
        replaced: i64,
    },
    /// The draft changes nothing; it is thrown away.
    Nothing,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// There is no draft.
    #[error("there is no draft")]
    NoDraft,
    /// Somebody saved another version since the draft began.
    #[error("version {0} was saved meanwhile")]
    Newer(i64),
    /// The draft was edited after the preview.
    #[error("the draft has changed since its preview")]
    Changed,
    /// It cannot be used.
    #[error("the catalogue has faults")]
    Faults(Vec<Fault>),
    /// Organizations would have nobody left to run them (law 7).
    #[error("an organization would have no admin left")]
    LastAdmin(Vec<Orphan>),
    /// More people hold a role that is to be replaced than can be served at once.
    #[error("too many people hold the role")]
    TooMany,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Saves the operator's draft.
///
/// # Errors
/// See [`SaveError`].
pub async fn save(
    tx: &mut Tx,
    cx: &Cx,
    settings: &Settings,
    command: Save,
) -> Result<Saved, SaveError> {
    access::hold_catalogue(tx).await?;
    let newest = draft::newest(tx, cx, settings).await?;
    let found = draft::find(tx, &command.person_id).await?;
    let found = found.ok_or(SaveError::NoDraft)?;
    if found.based_on != newest.version {
        return Err(SaveError::Newer(newest.version));
    }
    if found.generation != command.seen {
        return Err(SaveError::Changed);
    }
    let body = finished(tx, &newest.body, &found.body).await?;
    let faults = check::faults(&body);
    if !faults.is_empty() {
        return Err(SaveError::Faults(faults));
    }
    draft::discard(tx, &command.person_id).await?;
    let changes = difference::between(&newest.body, &body);
    if changes.is_empty() && body == newest.body {
        return Ok(Saved::Nothing);
    }
    let replacements = &found.replacements;
    let plan = Plan::new(&newest.body, &body, replacements, settings);
    refuse_orphans(tx, cx, &plan).await?;
    let file_hash = if found.file_hash.is_empty() {
        &newest.file_hash
    } else {
        &found.file_hash
    };
    let new = New {
        after: newest.version,
        body: &body,
        origin: Origin::Person,
        file_hash,
        name: &command.name,
        note: &command.note,
    };
    if !versions::add(tx, cx, new).await? {
        return Err(SaveError::Newer(newest.version + 1));
    }
    let replaced = replace_all(tx, cx, &plan).await?;
    let version = newest.version + 1;
    note(tx, cx, (version, replaced), (&changes, &command.note)).await?;
    Ok(Saved::Version { version, replaced })
}

async fn note(
    tx: &mut Tx,
    cx: &Cx,
    (version, replaced): (i64, i64),
    (changes, note): (&[Difference], &str),
) -> Result<(), Error> {
    let lines: Vec<String> = changes.iter().map(Difference::line).collect();
    let event = audit::Event {
        action: "catalogue.saved",
        target: "catalogue",
        organization: None,
        detail: json!({
            "version": version, "changes": lines, "replaced": replaced, "note": note,
        }),
    };
    audit::record(tx, cx, event).await
}

/// The body as it would be stored: a role that goes and is held stays, as one that is over, so that
/// its holders can still be told what it was; one that is over and held by nobody goes for good.
pub async fn finished(
    conn: &mut Conn,
    newest: &CatalogueBody,
    draft: &CatalogueBody,
) -> Result<CatalogueBody, Error> {
    let mut body = draft.clone();
    for role in &newest.roles {
        if body.role(&role.key).is_none() {
            let mut over = role.clone();
            over.retired = true;
            body.roles.push(over);
        }
    }
    let mut kept = Vec::new();
    for role in body.roles {
        if !role.retired || is_held(conn, &role.key).await? {
            kept.push(role);
        }
    }
    let services: Vec<String> = body.services.iter().map(|it| it.key.clone()).collect();
    for role in kept.iter_mut().filter(|role| role.retired) {
        role.grants.retain(|key, _| services.contains(key));
    }
    Ok(CatalogueBody {
        roles: kept,
        services: body.services,
    })
}

async fn is_held(conn: &mut Conn, role: &str) -> Result<bool, Error> {
    let held: Option<(MembershipId,)> = on!(conn, |c| sqlx::query_as(store::HELD)
        .bind(role)
        .fetch_optional(c)
        .await)?;
    Ok(held.is_some())
}

/// How many hold a role, as far as `limit`.
pub async fn count_holders(conn: &mut Conn, role: &str, limit: i64) -> Result<i64, Error> {
    let (count,): (i64,) = on!(conn, |c| sqlx::query_as(store::COUNT_HOLDERS)
        .bind(role)
        .bind(limit)
        .fetch_one(c)
        .await)?;
    Ok(count)
}

/// Law 7, with the organizations it is about held until the end, so that nobody takes the other
/// administrator away meanwhile.
async fn refuse_orphans(tx: &mut Tx, cx: &Cx, plan: &Plan) -> Result<(), SaveError> {
    let left = |orphans: Vec<Orphan>| match orphans.is_empty() {
        true => Ok(()),
        false => Err(SaveError::LastAdmin(orphans)),
    };
    left(last_admins::orphans(tx, plan, cx.now()).await?)?;
    let concerned = last_admins::concerned(tx, plan, cx.now()).await?;
    for id in &concerned {
        organizations::lock(tx, id).await?;
    }
    if concerned.is_empty() {
        return Ok(());
    }
    left(last_admins::orphans(tx, plan, cx.now()).await?)
}

/// Gives the holders of roles that go what the operator chose; each is a change of roles like any
/// other, in the log and for the CRM.
async fn replace_all(tx: &mut Tx, cx: &Cx, plan: &Plan) -> Result<i64, SaveError> {
    let (mut replaced, mut held) = (0, 0);
    let chosen: BTreeMap<&String, &String> = plan
        .replacements
        .iter()
        .filter(|(from, _)| plan.going.contains(*from))
        .collect();
    for (from, to) in chosen {
        held += count_holders(tx, from, REPLACED_AT_ONCE + 1).await?;
        if held > REPLACED_AT_ONCE {
            return Err(SaveError::TooMany);
        }
        let mut after = None;
        loop {
            let part = subject::holders(tx, from, after.as_ref(), PART).await?;
            let members = part.iter().filter_map(|holder| holder.memberships.first());
            let members: Vec<_> = members.cloned().collect();
            let Some(last) = members.last() else { break };
            after = Some(last.id.clone());
            for member in members {
                let command = ReplaceRole {
                    organization_id: member.organization_id,
                    membership_id: member.id,
                    from: from.clone(),
                    to: to.clone(),
                };
                let done = organizations::replace_role(tx, cx, &plan.after, command).await?;
                replaced += i64::from(done);
            }
        }
    }
    Ok(replaced)
}
