//! The questions that a batch begins with: every record that its writes could mean, in as few queries
//! as fit into addresses.

use std::collections::BTreeSet;

use super::{Salesforce, names::Kind, soql};
use crate::crm::port::Write;

/// What a record is looked for by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Probe<'a> {
    Id(&'a str),
    Key(&'a str),
    Email(&'a str),
}

impl<'a> Probe<'a> {
    const fn id(id: &'a str) -> Self {
        Self::Id(id)
    }

    fn is_askable(&self) -> bool {
        match self {
            Self::Id(id) => soql::is_id(id),
            Self::Key(text) | Self::Email(text) => !text.is_empty(),
        }
    }

    fn of_id(&self) -> Option<String> {
        matches!(self, Self::Id(_)).then(|| self.text())
    }

    fn of_key(&self) -> Option<String> {
        matches!(self, Self::Key(_)).then(|| self.text())
    }

    fn of_email(&self) -> Option<String> {
        matches!(self, Self::Email(_)).then(|| self.text())
    }

    fn text(&self) -> String {
        let (Self::Id(text) | Self::Key(text) | Self::Email(text)) = self;
        (*text).to_owned()
    }
}

impl Salesforce {
    /// The queries that find every record a batch could mean.
    pub(super) fn questions(&self, writes: &[Write]) -> Vec<String> {
        let mut contacts = BTreeSet::new();
        let mut leads = BTreeSet::new();
        let mut addresses = BTreeSet::new();
        for write in writes {
            if let Some(part) = &write.contact {
                contacts.extend(part.id.as_deref().map(Probe::id));
                contacts.insert(Probe::Key(&part.membership_id));
                if part.id.is_none() && !part.create_new {
                    addresses.insert((part.email.as_str(), part.account_id.as_str()));
                }
            }
            if let Some(part) = &write.lead {
                leads.extend(part.id.as_deref().map(Probe::id));
                leads.insert(Probe::Key(&part.portal_key));
                if part.id.is_none() && !part.create_new {
                    leads.insert(Probe::Email(&part.email));
                }
            }
            if let Some(activity) = &write.activity {
                contacts.extend(activity.contact_id.as_deref().map(Probe::id));
                leads.extend(activity.lead_id.as_deref().map(Probe::id));
            }
        }
        let mut queries = self.probe(Kind::Contact, contacts);
        queries.extend(self.probe(Kind::Lead, leads));
        addresses.retain(|(email, account)| !email.is_empty() && soql::is_id(account));
        let addresses: Vec<_> = addresses.into_iter().collect();
        queries.extend(soql::in_parts(&addresses, |part| self.by_address(part)));
        queries
    }

    fn columns(&self, kind: Kind) -> String {
        let mut columns = self.names.written(kind);
        columns.insert("Id");
        match kind {
            Kind::Lead => columns.extend(["IsConverted", "ConvertedContactId"]),
            _ => columns.extend(self.names.of("contact.account_id")),
        }
        let columns: Vec<&str> = columns.into_iter().collect();
        format!(
            "SELECT {} FROM {}",
            columns.join(","),
            self.names.object(kind)
        )
    }

    fn probe(&self, kind: Kind, probes: BTreeSet<Probe<'_>>) -> Vec<String> {
        let probes: Vec<Probe<'_>> = probes.into_iter().filter(Probe::is_askable).collect();
        let columns = self.columns(kind);
        let email = self.names.of("lead.email").unwrap_or("Email");
        soql::in_parts(&probes, |part| {
            let list = |pick: fn(&Probe<'_>) -> Option<String>, field: &str| {
                let values: Vec<String> = part.iter().filter_map(pick).collect();
                (!values.is_empty()).then(|| format!("{field} IN ({})", soql::list(values)))
            };
            let conditions = [
                list(|it| it.of_id(), "Id"),
                list(|it| it.of_key(), self.names.our_id(kind)),
                list(|it| it.of_email(), email),
            ];
            let conditions: Vec<String> = conditions.into_iter().flatten().collect();
            format!("{columns} WHERE {}", conditions.join(" OR "))
        })
    }

    fn by_address(&self, part: &[(&str, &str)]) -> String {
        let emails: BTreeSet<&str> = part.iter().map(|(email, _)| *email).collect();
        let accounts: BTreeSet<&str> = part.iter().map(|(_, account)| *account).collect();
        format!(
            "{} WHERE {} IN ({}) AND {} IN ({})",
            self.columns(Kind::Contact),
            self.names.of("contact.email").unwrap_or("Email"),
            soql::list(emails),
            self.names.of("contact.account_id").unwrap_or("AccountId"),
            soql::list(accounts),
        )
    }
}
