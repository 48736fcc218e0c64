//! What Odoo's records mean in the words of the port.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Odoo,
    fields::{INVITE, INVITED_BY},
    values::{self, Row},
};
use crate::{
    crm::port::{Account, Contact, Contract, InvitationRequest, Lead},
    kernel::Instant,
};

/// What a page's records refer to, read together.
#[derive(Default)]
pub(super) struct Known {
    /// Addresses of users.
    pub(super) users: BTreeMap<i64, String>,
    /// The company of each partner.
    pub(super) companies: BTreeMap<i64, i64>,
    /// Products of each order.
    pub(super) products: BTreeMap<i64, Vec<String>>,
}

/// A partner's part in the portal.
pub(super) enum Partner {
    Company(Account),
    Person(Contact),
    /// Somebody without a company.
    Private,
}

/// When a record was last changed, in seconds.
pub(super) fn changed_at(row: &Row) -> Option<i64> {
    values::seconds(&values::text(row, Some("write_date")))
}

/// A version from a change's second and how often it changed within that second.
pub(super) fn version(seconds: i64, times: i64) -> i64 {
    seconds.saturating_mul(1_000_000).saturating_add(times)
}

/// Parts a name that is one field at its last space.
pub(super) fn split_name(name: &str) -> (String, String) {
    match name.rsplit_once(' ') {
        Some((given, family)) => (given.trim().to_owned(), family.to_owned()),
        None => (String::new(), name.to_owned()),
    }
}

fn language(code: &str) -> String {
    let code = code.split(['_', '-']).next().unwrap_or_default();
    if matches!(code, "en" | "de") {
        code.to_owned()
    } else {
        String::new()
    }
}

/// A mail domain from an address of a web site, a mail address or as it stands.
fn domain(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or_default();
    let host = rest.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    host.trim().trim_start_matches("www.").to_ascii_lowercase()
}

impl Odoo {
    fn field(&self, row: &Row, path: &str) -> String {
        values::text(row, self.names.of(path))
    }

    /// A company or a person of one.
    pub(super) fn partner(&self, row: &Row, version: i64, known: &Known) -> Partner {
        let id = values::id(row, "id").unwrap_or_default();
        if row.get("is_company") == Some(&Value::Bool(true)) {
            return Partner::Company(self.account(row, version, known));
        }
        let company = values::id(row, "commercial_partner_id").filter(|company| *company != id);
        match company {
            Some(company) => Partner::Person(self.contact(row, version, company)),
            None => Partner::Private,
        }
    }

    pub(super) fn account(&self, row: &Row, version: i64, known: &Known) -> Account {
        let kind = self.field(row, "account.kind");
        let usual =
            ["customer", "prospect", "partner", "vendor", "contractor"].map(|word| (word, word));
        let kind = self.values.ours("account.kind", &kind, &usual);
        let owner = self
            .names
            .of("account.owner_email")
            .and_then(|field| values::id(row, field));
        let parent = self
            .names
            .of("account.parent_id")
            .and_then(|field| values::id(row, field));
        let domains = values::list(&self.field(row, "account.domains"));
        Account {
            id: id_text(row),
            version,
            number: self.field(row, "account.number"),
            name: self.field(row, "account.name"),
            kind: kind.unwrap_or("customer").to_owned(),
            parent_id: parent.map(|id| id.to_string()),
            domains: domains.iter().map(|text| domain(text)).collect(),
            postcode: self.field(row, "account.postcode"),
            vat_number: self.field(row, "account.vat_number"),
            owner_email: owner
                .and_then(|id| known.users.get(&id).cloned())
                .unwrap_or_default(),
        }
    }

    pub(super) fn contact(&self, row: &Row, version: i64, company: i64) -> Contact {
        let (given, family) = self.name_of(row, "contact", "name");
        let membership = self.field(row, "contact.membership_id");
        Contact {
            id: id_text(row),
            version,
            account_id: company.to_string(),
            given_name: given,
            family_name: family,
            email: self.field(row, "contact.email"),
            phone: self.field(row, "contact.phone"),
            language: language(&self.field(row, "contact.language")),
            opted_out: self.field(row, "contact.opted_out") == "true",
            portal_membership_id: Some(membership).filter(|id| !id.is_empty()),
        }
    }

    pub(super) fn lead(&self, row: &Row, version: i64, known: &Known) -> Lead {
        let (given, family) = self.name_of(row, "lead", "contact_name");
        let owner = self
            .names
            .of("lead.owner_email")
            .and_then(|field| values::id(row, field));
        Lead {
            id: id_text(row),
            version,
            company: self.field(row, "lead.company"),
            given_name: given,
            family_name: family,
            email: self.field(row, "lead.email"),
            phone: self.field(row, "lead.phone"),
            language: language(&self.field(row, "lead.language")),
            opted_out: self.field(row, "lead.opted_out") == "true",
            owner_email: owner
                .and_then(|id| known.users.get(&id).cloned())
                .unwrap_or_default(),
        }
    }

    /// A contract; an error says which field cannot be read.
    pub(super) fn contract(
        &self,
        row: &Row,
        version: i64,
        known: &Known,
    ) -> Result<Contract, String> {
        let theirs = match self.names.of("contract.status") {
            Some(field) if row.get(field) == Some(&Value::Bool(false)) => "false".to_owned(),
            field => values::text(row, field),
        };
        let status = self
            .values
            .ours("contract.status", &theirs, self.names.statuses())
            .ok_or_else(|| {
                format!(
                    "its status `{theirs}` has no meaning: add it to values.\"contract.status\""
                )
            })?;
        let partner = self
            .names
            .of("contract.account_id")
            .and_then(|field| values::id(row, field))
            .ok_or("it belongs to nobody")?;
        let account = known.companies.get(&partner).copied().unwrap_or(partner);
        let products = if self.names.has_order_lines() {
            let own = values::id(row, "id").and_then(|id| known.products.get(&id).cloned());
            own.unwrap_or_default()
        } else {
            values::list(&self.field(row, "contract.products"))
        };
        Ok(Contract {
            id: id_text(row),
            version,
            account_id: account.to_string(),
            number: self.field(row, "contract.number"),
            status: status.to_owned(),
            starts_on: values::day(row, self.names.of("contract.starts_on"), &self.zone),
            ends_on: values::day(row, self.names.of("contract.ends_on"), &self.zone),
            grace_days: values::number(row, self.names.of("contract.grace_days")),
            seats: values::number(row, self.names.of("contract.seats")),
            products,
            changed_at: changed_at(row).map(Instant::from_seconds),
        })
    }

    /// Given and family name: of two fields where the settings name them, otherwise of the one that
    /// Odoo has.
    pub(super) fn name_of(&self, row: &Row, record: &str, single: &str) -> (String, String) {
        let part = |field: &str| self.names.of(&format!("{record}.{field}"));
        match (part("given_name"), part("family_name")) {
            (None, None) => split_name(&values::text(row, Some(single))),
            (given, family) => (values::text(row, given), values::text(row, family)),
        }
    }
}

/// An invitation that somebody asked for on this record.
pub(super) fn request(row: &Row, kind: &str, version: i64) -> Option<InvitationRequest> {
    let asked = values::text(row, Some(INVITE));
    if asked.is_empty() {
        return None;
    }
    let id = id_text(row);
    let (contact_id, lead_id) = match kind {
        "contact" => (Some(id.clone()), None),
        _ => (None, Some(id.clone())),
    };
    Some(InvitationRequest {
        id: format!("{kind}-{id}-{asked}"),
        version,
        contact_id,
        lead_id,
        roles: Vec::new(),
        requested_by: values::text(row, Some(INVITED_BY)),
    })
}

pub(super) fn id_text(row: &Row) -> String {
    values::id(row, "id").map_or_else(String::new, |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_domains_are_read_as_people_write_them() {
        assert_eq!(
            split_name("Ada Maria Ark"),
            ("Ada Maria".to_owned(), "Ark".to_owned())
        );
        assert_eq!(split_name("Ark"), (String::new(), "Ark".to_owned()));
        for text in [
            "https://www.acme.example/shop",
            "acme.example",
            "info@Acme.example",
            "http://acme.example:8069",
        ] {
            assert_eq!(domain(text), "acme.example", "{text}");
        }
        assert_eq!(language("de_CH"), "de");
        assert_eq!(language("fr_FR"), "");
    }
}
