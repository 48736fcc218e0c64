//! What a write sets on its contact. What the portal leaves empty stays HubSpot's own.

use std::collections::BTreeMap;

use super::{Hubspot, records::Object};
use crate::crm::port::{ContactWrite, LeadWrite, Write};

/// Properties by name; an empty value clears one.
pub(super) type Properties = BTreeMap<String, String>;

impl Hubspot {
    /// Lays a write over what earlier ones of its batch set.
    pub(super) fn merge(&self, write: &Write, before: Option<&Object>, row: &mut Properties) {
        if let Some(part) = &write.contact {
            self.contact_part(part, row);
        } else if let Some(part) = &write.lead {
            self.lead_part(part, before, row);
        }
        if let Some(activity) = &write.activity {
            self.set(row, "activity.invitation_state", &activity.invitation_state);
        }
    }

    fn set(&self, row: &mut Properties, path: &str, value: &str) {
        if let (Some(name), false) = (self.names.of(path), value.is_empty()) {
            row.insert(name.to_owned(), value.to_owned());
        }
    }

    fn contact_part(&self, part: &ContactWrite, row: &mut Properties) {
        self.set(row, "contact.email", &part.email);
        self.set(row, "contact.given_name", &part.given_name);
        self.set(row, "contact.family_name", &part.family_name);
        self.set(row, "contact.phone", &part.phone);
        self.set(row, "contact.membership_id", &part.membership_id);
        self.set(row, "contact.person_id", &part.person_id);
        self.set(row, "contact.portal_status", &part.portal_status);
        self.set(row, "contact.last_sign_in", &part.last_sign_in);
        if let Some(name) = self.names.of("contact.portal_roles") {
            // None is news too.
            row.insert(name.to_owned(), part.portal_roles.join(", "));
        }
    }

    fn lead_part(&self, part: &LeadWrite, before: Option<&Object>, row: &mut Properties) {
        self.set(row, "lead.company", &part.company);
        self.set(row, "lead.given_name", &part.given_name);
        self.set(row, "lead.family_name", &part.family_name);
        self.set(row, "lead.email", &part.email);
        self.set(row, "lead.phone", &part.phone);
        self.set(row, "lead.language", &part.language);
        self.set(row, "lead.portal_key", &part.portal_key);
        self.set(row, "lead.status", &part.status);
        self.set(row, "lead.consent", &part.consent);
        if let (Some(name), true) = (self.names.of("lead.score_points"), part.score_points != 0) {
            let earlier = row.get(name).and_then(|score| score.parse::<i64>().ok());
            let stored = || before.and_then(|object| object.number(Some(name)));
            let score = earlier.or_else(stored).unwrap_or(0);
            let score = score.saturating_add(part.score_points);
            row.insert(name.to_owned(), score.to_string());
        }
        if before.is_none() {
            row.insert("lifecyclestage".to_owned(), "lead".to_owned());
        }
    }
}
