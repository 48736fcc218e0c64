//! Rows as records of the port.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    api::Row,
    names::{Kind, Names},
};
use crate::{
    crm::{
        mapping::ValueMap,
        port::{Account, Contact, Contract, Lead, Record, Skipped},
    },
    kernel::Instant,
};

/// What the usual relationship types of accounts mean.
const KINDS: &[(&str, &str)] = &[
    ("3", "customer"),
    ("5", "partner"),
    ("8", "prospect"),
    ("9", "partner"),
    ("10", "vendor"),
    ("11", "vendor"),
];
/// States of entitlements. One that waits for its first day is agreed; the dates say the rest.
const ENTITLEMENT: &[(&str, &str)] = &[
    ("0", "draft"),
    ("1", "active"),
    ("2", "ended"),
    ("3", "ended"),
    ("4", "active"),
];
/// States of the older contracts: draft, invoiced, active, on hold, cancelled, expired.
const OLD_CONTRACT: &[(&str, &str)] = &[
    ("0", "draft"),
    ("1", "draft"),
    ("2", "active"),
    ("3", "suspended"),
    ("4", "ended"),
    ("5", "ended"),
];
/// States of any other table: active and inactive.
const OTHER: &[(&str, &str)] = &[("0", "active"), ("1", "ended")];
const LANGUAGES: &[(&str, &str)] = &[
    ("en", "en"),
    ("de", "de"),
    ("1033", "en"),
    ("2057", "en"),
    ("1031", "de"),
];

/// Reads rows by the names and values of one connection.
pub(super) struct Reader<'a> {
    pub(super) names: &'a Names,
    pub(super) values: &'a ValueMap,
    /// Addresses of users by their ids.
    pub(super) users: &'a HashMap<String, String>,
}

/// A column as text.
pub(super) fn text(row: &Row, name: &str) -> String {
    match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(it)) => it.to_string(),
        _ => String::new(),
    }
}

/// The number of a row's state (`W/"470867"`): it grows with each change of anything.
pub(super) fn version(row: &Row) -> Option<i64> {
    let tag = row.get("@odata.etag")?.as_str()?;
    tag.trim_start_matches("W/").trim_matches('"').parse().ok()
}

pub(super) fn words(list: &str) -> Vec<String> {
    let words = list.split([';', ',']).map(str::trim);
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

impl Reader<'_> {
    fn text(&self, row: &Row, path: &str) -> String {
        let name = self.names.of(path);
        name.map_or_else(String::new, |name| text(row, name))
    }

    fn id(&self, kind: Kind, row: &Row) -> String {
        text(row, &self.names.id(kind))
    }

    fn number(&self, row: &Row, path: &str) -> Option<i64> {
        let text = self.text(row, path);
        let whole = text.split('.').next().unwrap_or_default();
        whole.parse().ok()
    }

    fn language(&self, row: &Row, path: &str) -> String {
        let theirs = self.text(row, path);
        let ours = self.values.ours(path, &theirs, LANGUAGES);
        ours.unwrap_or_default().to_owned()
    }

    /// The day of a date or of a time.
    fn day(&self, row: &Row, path: &str) -> String {
        let text = self.text(row, path);
        text.get(..10).unwrap_or(&text).to_owned()
    }

    fn user(&self, row: &Row, path: &str) -> String {
        let text = self.text(row, path);
        match self.users.get(&text.to_ascii_lowercase()) {
            Some(email) => email.clone(),
            // A column of its own may hold the address itself.
            None if text.contains('@') => text,
            None => String::new(),
        }
    }

    fn is_opted_out(&self, row: &Row, path: &str) -> bool {
        self.text(row, path) == "true" || text(row, "donotemail") == "true"
    }

    /// The record of a row.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn record(&self, kind: Kind, row: &Row) -> Result<Record, Skipped> {
        let skipped = |reason: String| Skipped {
            kind: kind.word().to_owned(),
            id: self.id(kind, row),
            reason,
        };
        let version = version(row).ok_or_else(|| skipped("it has no version".to_owned()))?;
        Ok(match kind {
            Kind::Account => Record::Account(self.account(row, version)),
            Kind::Contact => Record::Contact(self.contact(row, version)),
            Kind::Contract => Record::Contract(self.contract(row, version).map_err(skipped)?),
            Kind::Lead => Record::Lead(self.lead(row, version)),
        })
    }

    pub(super) fn account(&self, row: &Row, version: i64) -> Account {
        let kind = self.text(row, "account.kind");
        // Companies without a type are the rule; what they may do, contracts say.
        let kind = self.values.ours("account.kind", &kind, KINDS);
        Account {
            id: self.id(Kind::Account, row),
            version,
            number: self.text(row, "account.number"),
            name: self.text(row, "account.name"),
            kind: kind.unwrap_or("customer").to_owned(),
            parent_id: Some(self.text(row, "account.parent_id")).filter(|it| !it.is_empty()),
            domains: words(&self.text(row, "account.domains")),
            postcode: self.text(row, "account.postcode"),
            vat_number: self.text(row, "account.vat_number"),
            owner_email: self.user(row, "account.owner_email"),
        }
    }

    pub(super) fn contact(&self, row: &Row, version: i64) -> Contact {
        let ours = self.text(row, "contact.membership_id");
        Contact {
            id: self.id(Kind::Contact, row),
            version,
            account_id: self.text(row, "contact.account_id"),
            given_name: self.text(row, "contact.given_name"),
            family_name: self.text(row, "contact.family_name"),
            email: self.text(row, "contact.email"),
            phone: self.text(row, "contact.phone"),
            language: self.language(row, "contact.language"),
            opted_out: self.is_opted_out(row, "contact.opted_out"),
            portal_membership_id: Some(ours).filter(|it| !it.is_empty()),
        }
    }

    pub(super) fn contract(&self, row: &Row, version: i64) -> Result<Contract, String> {
        let usual = match self.names.table(Kind::Contract) {
            "entitlements" => ENTITLEMENT,
            "contracts" => OLD_CONTRACT,
            _ => OTHER,
        };
        let theirs = self.text(row, "contract.status");
        let status = self.values.ours("contract.status", &theirs, usual);
        let status = status.ok_or_else(|| {
            format!(
                "nobody has said what the status {theirs:?} means; see `values.\"contract.status\"`"
            )
        })?;
        Ok(Contract {
            id: self.id(Kind::Contract, row),
            version,
            account_id: self.text(row, "contract.account_id"),
            number: self.text(row, "contract.number"),
            status: status.to_owned(),
            starts_on: self.day(row, "contract.starts_on"),
            ends_on: self.day(row, "contract.ends_on"),
            grace_days: self.number(row, "contract.grace_days"),
            seats: self.number(row, "contract.seats"),
            products: words(&self.text(row, "contract.products")),
            changed_at: Instant::parse_rfc3339(&text(row, "modifiedon")).ok(),
        })
    }

    fn lead(&self, row: &Row, version: i64) -> Lead {
        Lead {
            id: self.id(Kind::Lead, row),
            version,
            company: self.text(row, "lead.company"),
            given_name: self.text(row, "lead.given_name"),
            family_name: self.text(row, "lead.family_name"),
            email: self.text(row, "lead.email"),
            phone: self.text(row, "lead.phone"),
            language: self.language(row, "lead.language"),
            opted_out: self.is_opted_out(row, "lead.opted_out"),
            owner_email: self.user(row, "lead.owner_email"),
        }
    }
}
