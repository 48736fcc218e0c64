//! The fields of CRM records that a connection's `fields` may speak of: the one list of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// What the portal does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It only reads the field, so there is nothing to keep back.
    Reads,
    /// It writes the field, unless the CRM keeps it for itself.
    Writes,
    /// It writes the field in any case: without it no record could be found or understood.
    Needs,
}

use Use::{Needs, Reads, Writes};

/// Whose word counts for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldOwner {
    /// The portal's: it writes the field.
    Portal,
    /// The CRM's: the portal only reads it.
    Crm,
}

/// Whose word counts for a field (`contact.phone`), unless the connection keeps it back.
#[must_use]
pub fn field_owner(path: &str) -> FieldOwner {
    match find(path) {
        Some(Writes | Needs) => FieldOwner::Portal,
        Some(Reads) | None => FieldOwner::Crm,
    }
}

/// Every field by record. A test compares the list with the port's types.
const FIELDS: &[(&str, &[(&str, Use)])] = &[
    (
        "account",
        &[
            ("id", Reads),
            ("version", Reads),
            ("number", Reads),
            ("name", Reads),
            ("kind", Reads),
            ("parent_id", Reads),
            ("domains", Reads),
            ("postcode", Reads),
            ("vat_number", Reads),
            ("owner_email", Reads),
        ],
    ),
    (
        "contact",
        &[
            ("id", Needs),
            ("version", Reads),
            ("create_new", Needs),
            ("account_id", Needs),
            ("membership_id", Needs),
            ("person_id", Writes),
            ("email", Needs),
            ("given_name", Writes),
            ("family_name", Writes),
            ("phone", Writes),
            ("language", Reads),
            ("opted_out", Reads),
            ("portal_membership_id", Reads),
            ("portal_status", Writes),
            ("portal_roles", Writes),
            ("last_sign_in", Writes),
        ],
    ),
    (
        "contract",
        &[
            ("id", Reads),
            ("version", Reads),
            ("account_id", Reads),
            ("number", Reads),
            ("status", Reads),
            ("starts_on", Reads),
            ("ends_on", Reads),
            ("grace_days", Reads),
            ("seats", Reads),
            ("products", Reads),
            ("changed_at", Reads),
        ],
    ),
    (
        "lead",
        &[
            ("id", Needs),
            ("version", Reads),
            ("create_new", Needs),
            ("portal_key", Needs),
            ("email", Needs),
            ("company", Writes),
            ("given_name", Writes),
            ("family_name", Writes),
            ("phone", Writes),
            ("language", Writes),
            ("opted_out", Reads),
            ("owner_email", Reads),
            ("score_points", Writes),
            ("status", Writes),
            ("consent", Writes),
        ],
    ),
    (
        "activity",
        &[
            ("contact_id", Needs),
            ("lead_id", Needs),
            ("account_id", Needs),
            ("kind", Needs),
            ("text", Needs),
            ("invitation_state", Writes),
        ],
    ),
    (
        "overview",
        &[("segments", Reads), ("stage", Reads), ("score", Reads)],
    ),
    (
        "order",
        &[
            ("object", Reads),
            ("account_id", Reads),
            ("number", Reads),
            ("date", Reads),
            ("total", Reads),
            ("currency", Reads),
            ("state", Reads),
        ],
    ),
    (
        "case",
        &[
            ("object", Reads),
            ("account_id", Reads),
            ("contact_id", Reads),
            ("number", Reads),
            ("subject", Reads),
            ("state", Reads),
            ("date", Reads),
            ("is_closed", Reads),
        ],
    ),
    (
        "invitation_request",
        &[
            ("id", Reads),
            ("version", Reads),
            ("contact_id", Reads),
            ("lead_id", Reads),
            ("roles", Reads),
            ("requested_by", Reads),
        ],
    ),
];

fn find(path: &str) -> Option<Use> {
    let (record, field) = path.split_once('.')?;
    let (_, fields) = FIELDS.iter().find(|(name, _)| *name == record)?;
    let (_, field_use) = fields.iter().find(|(name, _)| *name == field)?;
    Some(*field_use)
}

/// Every known path, like `contact.phone`.
pub fn field_paths() -> impl Iterator<Item = String> {
    FIELDS.iter().flat_map(|(record, fields)| {
        fields
            .iter()
            .map(move |(field, _)| format!("{record}.{field}"))
    })
}

/// The fields of a record that a CRM may keep for itself.
pub fn fields_to_keep_back(record: &str) -> impl Iterator<Item = &'static str> {
    let found = FIELDS.iter().find(|(name, _)| *name == record);
    let fields = found.map_or(&[][..], |(_, fields)| *fields).iter();
    fields
        .filter(|(_, field_use)| *field_use == Writes)
        .map(|(field, _)| *field)
}

/// What is wrong with one entry of `fields`; `None` when it can be obeyed.
pub(super) fn problem(path: &str, theirs: &str) -> Option<String> {
    let empty = theirs.is_empty();
    match find(path) {
        None => Some(unknown(path)),
        Some(Reads) if empty => {
            Some("is never written by the portal, so there is nothing to keep back".to_owned())
        }
        Some(Needs) if empty => Some(
            "cannot be kept back: without it no record could be found or understood".to_owned(),
        ),
        Some(_) if theirs.trim() != theirs => Some("must not begin or end with a space".to_owned()),
        Some(_) => None,
    }
}

/// Fields whose values are words of ours, and those words.
const WORDS: &[(&str, &[&str])] = &[
    (
        "contract.status",
        &["draft", "active", "suspended", "ended"],
    ),
    (
        "account.kind",
        &["customer", "prospect", "partner", "vendor", "contractor"],
    ),
];

/// What is wrong with what values of a field are to mean.
pub(super) fn wrong_value(path: &str, meanings: &BTreeMap<String, String>) -> Option<String> {
    let (_, words) = WORDS.iter().find(|(field, _)| *field == path)?;
    let (theirs, ours) = meanings
        .iter()
        .find(|(_, ours)| !words.contains(&ours.as_str()))?;
    Some(format!(
        "says that `{theirs}` means `{ours}`; it can mean {}",
        words.join(", ")
    ))
}

fn unknown(path: &str) -> String {
    let record = path.split('.').next().unwrap_or_default();
    let known: Vec<String> = match FIELDS.iter().find(|(name, _)| *name == record) {
        Some((_, fields)) => fields
            .iter()
            .map(|(field, _)| format!("{record}.{field}"))
            .collect(),
        None => FIELDS.iter().map(|(name, _)| format!("{name}.…")).collect(),
    };
    format!(
        "is no field that the portal knows; there are {}",
        known.join(", ")
    )
}

/// Reads `"contact.phone" = "x"` and `contact.phone = "x"` alike.
pub(super) fn flat<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Entry {
        Name(String),
        Record(BTreeMap<String, String>),
    }
    let entries = BTreeMap::<String, Entry>::deserialize(deserializer)?;
    let mut all = BTreeMap::new();
    for (key, entry) in entries {
        match entry {
            Entry::Name(name) => drop(all.insert(key, name)),
            Entry::Record(fields) => all.extend(
                fields
                    .into_iter()
                    .map(|(field, name)| (format!("{key}.{field}"), name)),
            ),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_obeyed_is_said() {
        assert_eq!(problem("contact.phone", "MobilePhone"), None);
        assert_eq!(problem("contact.portal_roles", ""), None);
        assert_eq!(problem("contract.number", "ContractNumber"), None);
        for (path, theirs, word) in [
            ("contact.fone", "x", "contact.phone"),
            ("kontakt.phone", "x", "contact.…"),
            ("phone", "x", "contact.…"),
            ("contact.email", "", "kept back"),
            ("activity.text", "", "kept back"),
            ("account.name", "", "never written"),
            ("contact.phone", " x", "space"),
        ] {
            let said = problem(path, theirs).unwrap();
            assert!(said.contains(word), "{path}: {said}");
        }
    }
}
