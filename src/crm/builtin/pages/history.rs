//! A record's history: what happened, who did it, what changed.

use std::collections::HashMap;

use super::view::{Link, day, word};
use crate::{
    access::Catalogue,
    crm::builtin::model::{Activity, FieldChange},
    web::Shell,
};

/// Entries on one page.
pub(super) const SHOWN: i64 = 50;

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) icon: &'static str,
    pub(super) tone: &'static str,
    pub(super) title: String,
    pub(super) at: String,
    pub(super) iso: String,
    pub(super) by: String,
    /// Whether it came from the portal and not from the CRM's own people.
    pub(super) from_portal: bool,
    pub(super) text: String,
    pub(super) changes: Vec<Change>,
    /// The record it is about, when the page shows several.
    pub(super) about: Option<Link>,
    pub(super) newest: bool,
}

/// One field before and after.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) label: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// The entries as a page shows them, newest first; `records` names the records they are about.
pub(super) fn entries(
    shell: &Shell,
    catalogue: &Catalogue,
    activities: Vec<Activity>,
    records: &HashMap<String, Link>,
) -> Vec<Entry> {
    let entry = |(place, activity): (usize, Activity)| {
        let from_portal = activity.author_kind != "crm" && activity.author_ref != "import";
        Entry {
            icon: icon(&activity.kind),
            tone: if place == 0 { "accent" } else { "" },
            title: word(shell, "crm-did", &activity.kind),
            at: shell.moment(activity.at),
            iso: activity.at.to_string(),
            by: by(shell, &activity),
            from_portal,
            changes: activity
                .changes
                .0
                .iter()
                .filter_map(|change| shown(shell, catalogue, change))
                .collect(),
            about: records.get(&activity.record_id).cloned(),
            text: activity.text,
            newest: place == 0,
        }
    };
    activities.into_iter().enumerate().map(entry).collect()
}

fn by(shell: &Shell, activity: &Activity) -> String {
    let known = [&activity.author_name, &activity.author_email]
        .into_iter()
        .find(|text| !text.is_empty());
    match known {
        Some(name) => name.clone(),
        None if activity.author_ref == "import" => shell.t("crm-by-import").into_owned(),
        None => word(shell, "crm-by", &activity.author_kind),
    }
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "created" | "registered" => "plus",
        "imported" => "export",
        "portal_updated" | "profile_changed" | "changed" => "sync",
        "invitation_requested" | "invitation_queued" => "invite",
        "invitation_sent" => "send",
        "invitation_opened" => "eye",
        "invitation_redeemed" | "joined" | "restored" => "check",
        "invitation_bounced" | "invitation_refused" => "warn",
        "signed_in" => "key",
        "roles_changed" => "role",
        "suspended" | "removed" => "stop",
        _ => "history",
    }
}

/// A change in words; `None` for what only machines read.
fn shown(shell: &Shell, catalogue: &Catalogue, change: &FieldChange) -> Option<Change> {
    let field = change.field.as_str();
    let value = |text: &str| match field {
        _ if text.is_empty() => shell.t("crm-empty").into_owned(),
        "starts_on" | "ends_on" => day(shell, text),
        "opted_out" => word(shell, "crm", text),
        "kind" => word(shell, "crm-kind", text),
        "portal_status" => word(shell, "crm-portal", text),
        "language" => word(shell, "crm-language", text),
        "status" => status(shell, text),
        "roles" | "portal_roles" => role_names(shell, catalogue, text),
        _ => text.to_owned(),
    };
    match field {
        "account_id" | "parent_id" | "portal_membership_id" | "portal_key" => None,
        _ => Some(Change {
            label: word(shell, "crm-field", field),
            from: value(&change.from),
            to: value(&change.to),
        }),
    }
}

/// A contract's or a lead's word.
fn status(shell: &Shell, text: &str) -> String {
    let contract = word(shell, "crm-contract-status", text);
    if contract == text {
        word(shell, "crm-lead-status", text)
    } else {
        contract
    }
}

/// Role keys, parted by commas, as people read them.
pub(super) fn role_names(shell: &Shell, catalogue: &Catalogue, keys: &str) -> String {
    let names: Vec<&str> = keys
        .split(", ")
        .map(|key| catalogue.role_name(key, shell.lang.as_str()))
        .collect();
    names.join(", ")
}
