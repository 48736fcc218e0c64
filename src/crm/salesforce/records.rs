//! Rows of queries as records of the port.

use serde_json::Value;

use super::{
    api::Row,
    names::{Kind, Names},
    soql,
};
use crate::{
    crm::{
        mapping::ValueMap,
        port::{Account, Contact, Contract, Lead, Record, Skipped},
    },
    kernel::Instant,
};

/// What the org's usual words for an account's kind mean.
const KINDS: &[(&str, &str)] = &[
    ("Customer", "customer"),
    ("Customer - Direct", "customer"),
    ("Customer - Channel", "customer"),
    ("Prospect", "prospect"),
    ("Partner", "partner"),
    ("Channel Partner / Reseller", "partner"),
    ("Installation Partner", "partner"),
    ("Technology Partner", "partner"),
    ("Vendor", "vendor"),
    ("Supplier", "vendor"),
    ("Contractor", "contractor"),
];
/// What the categories of `StatusCode` mean. An activated contract whose last day is over has ended
/// all the same: the portal looks at the dates.
const STATUSES: &[(&str, &str)] = &[
    ("Draft", "draft"),
    ("InApproval", "draft"),
    ("In Approval Process", "draft"),
    ("Activated", "active"),
    ("Terminated", "ended"),
    ("Expired", "ended"),
];
const LANGUAGES: &[(&str, &str)] = &[
    ("en", "en"),
    ("de", "de"),
    ("en_US", "en"),
    ("de_DE", "de"),
    ("English", "en"),
    ("German", "de"),
    ("Deutsch", "de"),
];

/// Reads rows by the names and values of one connection.
pub(super) struct Reader<'a> {
    pub(super) names: &'a Names,
    pub(super) values: &'a ValueMap,
}

/// A field of a row, through relations: `Owner.Email`.
pub(super) fn field<'a>(row: &'a Row, name: &str) -> Option<&'a Value> {
    let mut parts = name.split('.');
    let mut value = row.get(parts.next()?)?;
    for part in parts {
        value = value.get(part)?;
    }
    (!value.is_null()).then_some(value)
}

/// A field as text; a number as people write it.
pub(super) fn text(row: &Row, name: &str) -> String {
    match field(row, name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => {
            let whole = number.as_f64().filter(|it| it.fract() == 0.0);
            whole.map_or_else(|| number.to_string(), |it| format!("{it:.0}"))
        }
        Some(Value::Bool(it)) => it.to_string(),
        _ => String::new(),
    }
}

/// A row's id; every query asks for it.
pub(super) fn id(row: &Row) -> String {
    text(row, "Id")
}

/// When a row last changed.
pub(super) fn stamp(row: &Row) -> Option<Instant> {
    soql::read_time(field(row, "SystemModstamp")?.as_str()?)
}

pub(super) fn words(list: &str) -> Vec<String> {
    let words = list.split([';', ',']).map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Reader<'_> {
    fn text(&self, row: &Row, path: &str) -> String {
        self.names
            .of(path)
            .map_or_else(String::new, |name| text(row, name))
    }

    fn number(&self, row: &Row, path: &str) -> Option<i64> {
        self.text(row, path).parse().ok()
    }

    fn is_true(&self, row: &Row, path: &str) -> bool {
        matches!(self.text(row, path).as_str(), "true" | "1" | "Yes")
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

    /// The record of a row.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn record(&self, kind: Kind, row: &Row, version: i64) -> Result<Record, Skipped> {
        Ok(match kind {
            Kind::Account => Record::Account(self.account(row, version)),
            Kind::Contact => Record::Contact(self.contact(row, version)),
            Kind::Contract => Record::Contract(self.contract(row, version)?),
            Kind::Lead => Record::Lead(self.lead(row, version)),
        })
    }

    pub(super) fn account(&self, row: &Row, version: i64) -> Account {
        let kind = self.text(row, "account.kind");
        // Companies without a type are the rule in many orgs; what they may do, contracts say.
        let kind = self.values.ours("account.kind", &kind, KINDS);
        Account {
            id: id(row),
            version,
            number: self.text(row, "account.number"),
            name: self.text(row, "account.name"),
            kind: kind.unwrap_or("customer").to_owned(),
            parent_id: Some(self.text(row, "account.parent_id")).filter(|it| !it.is_empty()),
            domains: words(&self.text(row, "account.domains")),
            postcode: self.text(row, "account.postcode"),
            vat_number: self.text(row, "account.vat_number"),
            owner_email: self.text(row, "account.owner_email"),
        }
    }

    pub(super) fn contact(&self, row: &Row, version: i64) -> Contact {
        Contact {
            id: id(row),
            version,
            account_id: self.text(row, "contact.account_id"),
            given_name: self.text(row, "contact.given_name"),
            family_name: self.text(row, "contact.family_name"),
            email: self.text(row, "contact.email"),
            phone: self.text(row, "contact.phone"),
            language: self.language(row, "contact.language"),
            opted_out: self.is_true(row, "contact.opted_out"),
            portal_membership_id: Some(self.text(row, "contact.membership_id"))
                .filter(|it| !it.is_empty()),
        }
    }

    pub(super) fn contract(&self, row: &Row, version: i64) -> Result<Contract, Skipped> {
        let theirs = self.text(row, "contract.status");
        let status = if text(row, "IsDeleted") == "true" {
            Some("ended")
        } else {
            self.values.ours("contract.status", &theirs, STATUSES)
        };
        let status = status.ok_or_else(|| Skipped {
            kind: "contract".to_owned(),
            id: id(row),
            reason: format!(
                "nobody has said what the status {theirs:?} means; see `values.\"contract.status\"`"
            ),
        })?;
        Ok(Contract {
            id: id(row),
            version,
            account_id: self.text(row, "contract.account_id"),
            number: self.text(row, "contract.number"),
            status: status.to_owned(),
            starts_on: self.day(row, "contract.starts_on"),
            ends_on: self.day(row, "contract.ends_on"),
            grace_days: self.number(row, "contract.grace_days"),
            seats: self.number(row, "contract.seats"),
            products: words(&self.text(row, "contract.products")),
            changed_at: stamp(row),
        })
    }

    fn lead(&self, row: &Row, version: i64) -> Lead {
        Lead {
            id: id(row),
            version,
            company: self.text(row, "lead.company"),
            given_name: self.text(row, "lead.given_name"),
            family_name: self.text(row, "lead.family_name"),
            email: self.text(row, "lead.email"),
            phone: self.text(row, "lead.phone"),
            language: self.language(row, "lead.language"),
            opted_out: self.is_true(row, "lead.opted_out"),
            owner_email: self.text(row, "lead.owner_email"),
        }
    }
}
