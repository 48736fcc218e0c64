//! What a write sets on its record. What the portal leaves empty stays Odoo's own.

use super::{
    Odoo,
    load::Columns,
    plan::number,
    records::split_name,
    values::{self, Row},
};
use crate::crm::port::{ContactWrite, LeadWrite, Write};

impl Odoo {
    /// Lays a write over what earlier ones of its batch set.
    pub(super) fn merge(&self, write: &Write, before: Option<&Row>, row: &mut Columns) {
        if let Some(part) = &write.contact {
            self.contact_part(part, before, row);
        } else if let Some(part) = &write.lead {
            self.lead_part(part, before, row);
        }
        if let Some(activity) = &write.activity {
            self.set(row, "activity.invitation_state", &activity.invitation_state);
        }
    }

    fn set(&self, row: &mut Columns, path: &str, value: &str) {
        if let (Some(field), false) = (self.names.of(path), value.is_empty()) {
            row.insert(field.to_owned(), value.to_owned());
        }
    }

    fn contact_part(&self, part: &ContactWrite, before: Option<&Row>, row: &mut Columns) {
        self.name(
            ("contact", "name"),
            (&part.given_name, &part.family_name),
            before,
            row,
        );
        self.set(row, "contact.email", &part.email);
        self.set(row, "contact.phone", &part.phone);
        self.set(row, "contact.membership_id", &part.membership_id);
        self.set(row, "contact.person_id", &part.person_id);
        self.set(row, "contact.portal_status", &part.portal_status);
        self.set(
            row,
            "contact.last_sign_in",
            &values::time_of(&part.last_sign_in),
        );
        if let Some(field) = self.names.of("contact.portal_roles") {
            // None is news too.
            row.insert(field.to_owned(), part.portal_roles.join(", "));
        }
        if before.is_none() {
            if let Some(account) = number(&part.account_id) {
                row.insert("parent_id/.id".to_owned(), account.to_string());
            }
            named(row, "name", &[&part.email]);
        }
    }

    fn lead_part(&self, part: &LeadWrite, before: Option<&Row>, row: &mut Columns) {
        let names = (part.given_name.as_str(), part.family_name.as_str());
        self.name(("lead", "contact_name"), names, before, row);
        self.set(row, "lead.company", &part.company);
        self.set(row, "lead.email", &part.email);
        self.set(row, "lead.phone", &part.phone);
        self.set(row, "lead.language", &part.language);
        self.set(row, "lead.portal_key", &part.portal_key);
        self.set(row, "lead.status", &part.status);
        self.set(row, "lead.consent", &part.consent);
        if let (Some(field), true) = (self.names.of("lead.score_points"), part.score_points != 0) {
            let earlier = row.get(field).and_then(|score| score.parse::<i64>().ok());
            let stored = || before.and_then(|row| values::number(row, Some(field)));
            let score = earlier.or_else(stored).unwrap_or(0);
            let score = score.saturating_add(part.score_points);
            row.insert(field.to_owned(), score.to_string());
        }
        if before.is_none() {
            row.insert("type".to_owned(), "lead".to_owned());
            let contact = row.get("contact_name").cloned().unwrap_or_default();
            named(row, "name", &[&part.company, &contact, &part.email]);
        }
    }

    /// The name: in two fields where the settings name them, otherwise in the one that Odoo has.
    fn name(
        &self,
        (record, single): (&str, &str),
        (given, family): (&str, &str),
        before: Option<&Row>,
        row: &mut Columns,
    ) {
        let (given_path, family_path) = (
            format!("{record}.given_name"),
            format!("{record}.family_name"),
        );
        if self.names.of(&given_path).is_some() || self.names.of(&family_path).is_some() {
            self.set(row, &given_path, given);
            self.set(row, &family_path, family);
            return;
        }
        if given.is_empty() && family.is_empty() {
            return;
        }
        let stored = || before.map(|row| values::text(row, Some(single)));
        let current = row.get(single).cloned().or_else(stored).unwrap_or_default();
        let (known_given, known_family) = split_name(&current);
        let part = |new: &str, known: String| {
            if new.is_empty() {
                known
            } else {
                new.to_owned()
            }
        };
        let name = format!(
            "{} {}",
            part(given, known_given),
            part(family, known_family)
        );
        row.insert(single.to_owned(), name.trim().to_owned());
    }
}

/// A record needs a name: the first of these that is one, unless there is one already.
fn named(row: &mut Columns, field: &str, names: &[&str]) {
    let has_name = row.get(field).is_some_and(|name| !name.is_empty());
    if let (false, Some(name)) = (has_name, names.iter().find(|name| !name.is_empty())) {
        row.insert(field.to_owned(), (*name).to_owned());
    }
}
