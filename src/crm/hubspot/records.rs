//! What HubSpot's records mean in the words of the port. Every value is a text.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Hubspot,
    fields::{COMPANY, INVITE, INVITED_BY, STATUSES},
};
use crate::{
    crm::port::{Account, Contact, Contract, InvitationRequest, Lead},
    kernel::{Instant, text::one_line},
};

const LONGEST: usize = 500;

/// A record as HubSpot gives it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Object {
    pub(super) id: String,
    #[serde(default)]
    pub(super) properties: BTreeMap<String, Option<String>>,
}

impl Object {
    /// A property; empty for one without a value.
    pub(super) fn raw(&self, name: Option<&str>) -> &str {
        let value = name.and_then(|name| self.properties.get(name));
        value.and_then(|value| value.as_deref()).unwrap_or_default()
    }

    pub(super) fn text(&self, name: Option<&str>) -> String {
        one_line(self.raw(name), LONGEST)
    }

    pub(super) fn number(&self, name: Option<&str>) -> Option<i64> {
        let text = self.raw(name);
        // Numbers may come with a fraction of none.
        text.split('.').next()?.parse().ok()
    }

    /// The id as the number that it is.
    pub(super) fn key(&self) -> Option<i64> {
        self.id.parse().ok()
    }

    /// Milliseconds since 1970 of a property that holds a time.
    pub(super) fn stamp(&self, name: &str) -> Option<i64> {
        Some(
            Instant::parse_rfc3339(self.raw(Some(name)))
                .ok()?
                .as_micros()
                / 1_000,
        )
    }
}

/// A version from a change's millisecond and how often it changed within it.
pub(super) fn version(stamp: i64, times: i64) -> i64 {
    stamp.saturating_mul(1_000).saturating_add(times)
}

/// A contact's part in the portal.
pub(super) enum Person {
    Contact(Contact),
    Lead(Lead),
    /// Ours, between being made and being put to its company.
    Unfinished,
}

fn language(code: &str) -> String {
    let code = code.split(['_', '-']).next().unwrap_or_default();
    if matches!(code, "en" | "de") {
        code.to_owned()
    } else {
        String::new()
    }
}

/// A day of a date property, or of a time at midnight UTC as HubSpot keeps dates.
pub(super) fn day(text: &str) -> String {
    match text.parse::<i64>() {
        Ok(milliseconds) => Instant::from_micros(milliseconds.saturating_mul(1_000))
            .to_jiff()
            .strftime("%Y-%m-%d")
            .to_string(),
        Err(_) => text.split('T').next().unwrap_or_default().to_owned(),
    }
}

pub(super) fn list(text: &str) -> Vec<String> {
    text.split([',', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Hubspot {
    fn field(&self, object: &Object, path: &str) -> String {
        object.text(self.names.of(path))
    }

    pub(super) fn account(
        &self,
        object: &Object,
        version: i64,
        owners: &BTreeMap<String, String>,
    ) -> Account {
        let kind = self.field(object, "account.kind");
        let usual = [
            ("customer", "customer"),
            ("prospect", "prospect"),
            ("partner", "partner"),
            ("reseller", "partner"),
            ("vendor", "vendor"),
            ("contractor", "contractor"),
        ];
        let kind = self.values.ours("account.kind", &kind, &usual);
        let parent = self.field(object, "account.parent_id");
        Account {
            id: object.id.clone(),
            version,
            number: self.field(object, "account.number"),
            name: self.field(object, "account.name"),
            kind: kind.unwrap_or("customer").to_owned(),
            parent_id: Some(parent).filter(|parent| !parent.is_empty()),
            domains: list(&self.field(object, "account.domains").to_ascii_lowercase()),
            postcode: self.field(object, "account.postcode"),
            vat_number: self.field(object, "account.vat_number"),
            owner_email: owners
                .get(object.raw(self.names.of("account.owner_email")))
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// A contact of a company, or a lead.
    pub(super) fn person(
        &self,
        object: &Object,
        version: i64,
        owners: &BTreeMap<String, String>,
    ) -> Person {
        let company = object.text(Some(COMPANY));
        let membership = self.field(object, "contact.membership_id");
        if !company.is_empty() {
            return Person::Contact(self.contact(object, version, company));
        }
        if !membership.is_empty() {
            return Person::Unfinished;
        }
        Person::Lead(Lead {
            id: object.id.clone(),
            version,
            company: self.field(object, "lead.company"),
            given_name: self.field(object, "lead.given_name"),
            family_name: self.field(object, "lead.family_name"),
            email: self.field(object, "lead.email"),
            phone: self.field(object, "lead.phone"),
            language: language(&self.field(object, "lead.language")),
            opted_out: self.field(object, "lead.opted_out") == "true",
            owner_email: owners
                .get(object.raw(self.names.of("lead.owner_email")))
                .cloned()
                .unwrap_or_default(),
        })
    }

    pub(super) fn contact(&self, object: &Object, version: i64, company: String) -> Contact {
        let membership = self.field(object, "contact.membership_id");
        Contact {
            id: object.id.clone(),
            version,
            account_id: company,
            given_name: self.field(object, "contact.given_name"),
            family_name: self.field(object, "contact.family_name"),
            email: self.field(object, "contact.email"),
            phone: self.field(object, "contact.phone"),
            language: language(&self.field(object, "contact.language")),
            opted_out: self.field(object, "contact.opted_out") == "true",
            portal_membership_id: Some(membership).filter(|id| !id.is_empty()),
        }
    }

    /// A contract of this company; an error says which property cannot be read.
    pub(super) fn contract(
        &self,
        object: &Object,
        version: i64,
        company: Option<&String>,
    ) -> Result<Contract, String> {
        let theirs = self.field(object, "contract.status");
        let status = self
            .values
            .ours("contract.status", &theirs, STATUSES)
            .ok_or_else(|| {
                format!(
                    "its status `{theirs}` has no meaning: add it to values.\"contract.status\""
                )
            })?;
        let company = company.ok_or("it belongs to no company")?;
        let whole = |path: &str| object.number(self.names.of(path));
        Ok(Contract {
            id: object.id.clone(),
            version,
            account_id: company.clone(),
            number: self.field(object, "contract.number"),
            status: status.to_owned(),
            starts_on: day(&self.field(object, "contract.starts_on")),
            ends_on: day(&self.field(object, "contract.ends_on")),
            grace_days: whole("contract.grace_days"),
            seats: whole("contract.seats"),
            products: list(&self.field(object, "contract.products")),
            changed_at: Some(Instant::from_micros(version)),
        })
    }
}

/// An invitation that somebody asked for on this contact.
pub(super) fn request(object: &Object, is_lead: bool, version: i64) -> Option<InvitationRequest> {
    let asked = object.text(Some(INVITE));
    if asked.is_empty() {
        return None;
    }
    let id = Some(object.id.clone());
    let (contact_id, lead_id) = if is_lead { (None, id) } else { (id, None) };
    Some(InvitationRequest {
        id: format!("contact-{}-{asked}", object.id),
        version,
        contact_id,
        lead_id,
        roles: Vec::new(),
        requested_by: object.text(Some(INVITED_BY)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_in_three_forms() {
        for text in ["2026-01-01", "2026-01-01T00:00:00Z", "1767225600000"] {
            assert_eq!(day(text), "2026-01-01", "{text}");
        }
        assert_eq!(day(""), "");
    }
}
