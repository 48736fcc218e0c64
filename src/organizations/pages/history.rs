//! What happened in an organization, one sentence an entry.

use serde_json::Value;

use super::store;
use crate::{
    access::actors::OrgAdmin,
    audit,
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{MembershipId, OrganizationId},
    },
    on,
    web::Shell,
};

/// Fields of a detail that list role keys.
const ROLE_FIELDS: [&str; 3] = ["roles", "before", "after"];

/// An entry with the names it needs; a name is empty where there is none to show.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Entry {
    pub(super) seq: i64,
    at: Instant,
    actor_kind: String,
    action: String,
    target: String,
    detail: String,
    /// The author's name, when they are or were a member here and were not erased.
    actor_name: String,
    actor_erased: bool,
    /// What it was done to.
    target_name: String,
}

/// An entry as the page shows it.
pub(super) struct Happened {
    pub(super) text: String,
    pub(super) at: String,
    pub(super) iso: String,
    pub(super) icon: &'static str,
    pub(super) tone: &'static str,
}

/// Which entries.
pub(super) struct Slice<'a> {
    /// The first part of the action, like `membership`; empty for all.
    pub(super) group: &'a str,
    /// Folded part of a name or address of the author or of whom it was done to.
    pub(super) search: String,
    /// Only those before this number.
    pub(super) before: i64,
    pub(super) limit: i64,
}

/// A page of the organization's log, newest first.
pub(super) async fn slice(
    conn: &mut Conn,
    organization: &OrganizationId,
    slice: &Slice<'_>,
) -> Result<Vec<Entry>, Error> {
    let group = if slice.group.is_empty() {
        "%".to_owned()
    } else {
        format!("{}.%", slice.group)
    };
    let search = if slice.search.is_empty() {
        String::new()
    } else {
        super::people_list::contains(&slice.search)
    };
    Ok(on!(conn, |c| sqlx::query_as(store::HISTORY)
        .bind(organization)
        .bind(slice.before)
        .bind(&group)
        .bind(&search)
        .bind(slice.limit)
        .fetch_all(c)
        .await)?)
}

/// The newest entries about one member.
pub(super) async fn of_member(
    conn: &mut Conn,
    organization: &OrganizationId,
    membership: &MembershipId,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::HISTORY_OF)
        .bind(organization)
        .bind(membership)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// The entries in words.
pub(super) fn told(admin: &OrgAdmin, shell: &Shell, entries: &[Entry]) -> Vec<Happened> {
    let tell = |entry: &Entry| {
        let (icon, tone) = look(&entry.action);
        let said = audit::Entry {
            chain: String::new(),
            seq: entry.seq,
            at: entry.at,
            actor_kind: entry.actor_kind.clone(),
            actor_ref: String::new(),
            action: entry.action.clone(),
            target: String::new(),
            organization_id: None,
            detail: in_words(admin, shell, &entry.detail),
            request_id: String::new(),
        };
        let (actor, target) = (actor(shell, entry), target(shell, entry));
        Happened {
            text: audit::sentence(shell.lang, &said, &actor, &target),
            at: shell.moment(entry.at),
            iso: entry.at.to_string(),
            icon,
            tone,
        }
    };
    entries.iter().map(tell).collect()
}

/// The detail of an entry with role keys as names and moments as days.
fn in_words(admin: &OrgAdmin, shell: &Shell, detail: &str) -> String {
    let mut detail: Value = serde_json::from_str(detail).unwrap_or_default();
    for (name, value) in detail.as_object_mut().into_iter().flatten() {
        let said = match &*value {
            Value::Array(keys) if ROLE_FIELDS.contains(&name.as_str()) => {
                let keys = keys.iter().filter_map(Value::as_str).map(ToOwned::to_owned);
                let names = super::role_names(admin, shell, &keys.collect::<Vec<_>>());
                if names.is_empty() {
                    "–".to_owned()
                } else {
                    names
                }
            }
            Value::Number(micros) if name.ends_with("_at") => {
                let at = micros.as_i64().map(Instant::from_micros);
                at.map(|at| shell.day(at)).unwrap_or_default()
            }
            _ => continue,
        };
        *value = Value::String(said);
    }
    detail.to_string()
}

/// The author by name, or by what they are when the name is gone or not for this organization.
fn actor(shell: &Shell, entry: &Entry) -> String {
    let brand = shell.brand.as_str();
    match entry.actor_kind.as_str() {
        "person" if entry.actor_erased => shell.t("happened-by-erased").into_owned(),
        "person" if entry.actor_name.is_empty() => shell.t("happened-by-outsider").into_owned(),
        "person" => entry.actor_name.clone(),
        "staff" => shell.t1("happened-by-staff", "brand", brand),
        "crm" | "client" => brand.to_owned(),
        "provider" => shell.t("happened-by-provider").into_owned(),
        "visitor" => shell.t("happened-by-visitor").into_owned(),
        _ => shell.t("happened-by-system").into_owned(),
    }
}

fn target(shell: &Shell, entry: &Entry) -> String {
    if !entry.target_name.is_empty() {
        entry.target_name.clone()
    } else if entry.target.starts_with("mem_") || entry.target.starts_with("per_") {
        shell.t("happened-to-gone").into_owned()
    } else {
        shell.t("happened-to-unnamed").into_owned()
    }
}

fn look(action: &str) -> (&'static str, &'static str) {
    match action {
        "membership.suspended" | "membership.removed" => ("lock", "danger"),
        "membership.created" | "membership.restored" => ("check", "success"),
        "membership.roles_changed" => ("role", "accent"),
        _ => match action.split('.').next().unwrap_or_default() {
            "invitation" => ("mail", "info"),
            "registration" => ("person", "info"),
            "contract" => ("contract", ""),
            "organization" => ("company", ""),
            _ => ("history", ""),
        },
    }
}
