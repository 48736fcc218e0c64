//! What our fields are called in the org, and which of them are read and written.

use std::collections::BTreeSet;

use crate::crm::{mapping::FieldMap, matching::Human};

/// Our external id on contacts and leads.
const OUR_ID: &str = "Vestibule_Id__c";
/// The changes that were applied last, newest first, on contacts and leads; the change on tasks.
pub(super) const CHANGE: &str = "Vestibule_Change__c";
/// The true author of the last change.
pub(super) const AUTHOR: &str = "Vestibule_Author__c";

/// A field in our words, and its usual name; empty when it is only read once it is mapped.
type Field = (&'static str, &'static str);

const ACCOUNT: &[Field] = &[
    ("account.number", "AccountNumber"),
    ("account.name", "Name"),
    ("account.kind", "Type"),
    ("account.parent_id", "ParentId"),
    ("account.domains", ""),
    ("account.postcode", "BillingPostalCode"),
    ("account.vat_number", ""),
    ("account.owner_email", "Owner.Email"),
];
const CONTACT: &[Field] = &[
    ("contact.account_id", "AccountId"),
    ("contact.given_name", "FirstName"),
    ("contact.family_name", "LastName"),
    ("contact.email", "Email"),
    ("contact.phone", "Phone"),
    ("contact.language", ""),
    ("contact.opted_out", "HasOptedOutOfEmail"),
    ("contact.membership_id", OUR_ID),
];
const CONTRACT: &[Field] = &[
    ("contract.account_id", "AccountId"),
    ("contract.number", "ContractNumber"),
    ("contract.status", "StatusCode"),
    ("contract.starts_on", "StartDate"),
    ("contract.ends_on", "EndDate"),
    ("contract.grace_days", ""),
    ("contract.seats", ""),
    ("contract.products", ""),
];
const LEAD: &[Field] = &[
    ("lead.company", "Company"),
    ("lead.given_name", "FirstName"),
    ("lead.family_name", "LastName"),
    ("lead.email", "Email"),
    ("lead.phone", "Phone"),
    ("lead.language", ""),
    ("lead.opted_out", "HasOptedOutOfEmail"),
    ("lead.owner_email", "Owner.Email"),
];
/// Fields that only writing needs.
const CONTACT_WRITES: &[Field] = &[
    ("contact.person_id", "Vestibule_Person__c"),
    ("contact.portal_status", "Vestibule_Status__c"),
    ("contact.portal_roles", "Vestibule_Roles__c"),
    ("contact.last_sign_in", "Vestibule_Last_Sign_In__c"),
    ("activity.invitation_state", "Vestibule_Invitation__c"),
];
const LEAD_WRITES: &[Field] = &[
    ("lead.portal_key", OUR_ID),
    ("lead.score_points", "Vestibule_Score__c"),
    ("lead.status", "Status"),
    ("lead.consent", "Vestibule_Consent__c"),
    ("activity.invitation_state", "Vestibule_Invitation__c"),
];
/// What only an overview reads.
const OVERVIEW: &[Field] = &[
    ("overview.segments", ""),
    ("order.object", "Order"),
    ("order.account_id", "AccountId"),
    ("order.number", "OrderNumber"),
    ("order.date", "EffectiveDate"),
    ("order.total", "TotalAmount"),
    ("order.currency", ""),
    ("order.state", "Status"),
    ("case.object", "Case"),
    ("case.account_id", "AccountId"),
    ("case.contact_id", "ContactId"),
    ("case.number", "CaseNumber"),
    ("case.subject", "Subject"),
    ("case.state", "Status"),
    ("case.date", "CreatedDate"),
    ("case.is_closed", "IsClosed"),
];
/// Fields that are read and not written.
const ONLY_READ: &[&str] = &[
    "contact.account_id",
    "contact.opted_out",
    "lead.opted_out",
    "lead.owner_email",
    "contact.language",
];

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Account,
    Contact,
    Contract,
    Lead,
}

impl From<Human> for Kind {
    fn from(human: Human) -> Self {
        match human {
            Human::Contact => Self::Contact,
            Human::Lead => Self::Lead,
        }
    }
}

impl Kind {
    /// In the order in which the feed tells them: what others refer to comes first.
    pub(super) const ALL: [Self; 4] = [Self::Account, Self::Contact, Self::Contract, Self::Lead];

    /// Our word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Contact => "contact",
            Self::Contract => "contract",
            Self::Lead => "lead",
        }
    }

    const fn fields(self) -> &'static [Field] {
        match self {
            Self::Account => ACCOUNT,
            Self::Contact => CONTACT,
            Self::Contract => CONTRACT,
            Self::Lead => LEAD,
        }
    }

    const fn writes(self) -> &'static [Field] {
        match self {
            Self::Contact => CONTACT_WRITES,
            Self::Lead => LEAD_WRITES,
            Self::Account | Self::Contract => &[],
        }
    }
}

/// The names of one connection.
pub(super) struct Names {
    fields: FieldMap,
    contract_object: String,
}

impl Names {
    pub(super) fn new(fields: FieldMap, contract_object: &str) -> Self {
        Self {
            fields,
            contract_object: contract_object.to_owned(),
        }
    }

    /// The object that holds records of a kind.
    pub(super) fn object(&self, kind: Kind) -> &str {
        match kind {
            Kind::Account => "Account",
            Kind::Contact => "Contact",
            Kind::Contract => &self.contract_object,
            Kind::Lead => "Lead",
        }
    }

    /// What a field is called; `None` when nobody named it or the CRM keeps it for itself.
    pub(super) fn of(&self, path: &str) -> Option<&str> {
        let lists = [
            ACCOUNT,
            CONTACT,
            CONTRACT,
            LEAD,
            CONTACT_WRITES,
            LEAD_WRITES,
            OVERVIEW,
        ];
        let usual = lists
            .into_iter()
            .flatten()
            .find(|(known, _)| *known == path);
        self.fields.name(path, usual.map_or("", |(_, usual)| usual))
    }

    /// What an activity's field is called on a task.
    pub(super) fn of_task<'a>(&'a self, path: &str, usual: &'a str) -> Option<&'a str> {
        self.fields.name(path, usual)
    }

    /// The fields that are read of a kind, without the ones every query has.
    pub(super) fn read(&self, kind: Kind) -> Vec<&str> {
        let named = kind.fields().iter().filter_map(|(path, _)| self.of(path));
        let mut all: Vec<&str> = named.collect();
        all.dedup();
        all
    }

    /// The fields that are written of a kind and, before that, read and compared.
    pub(super) fn written(&self, kind: Kind) -> BTreeSet<&str> {
        let is_written = |(path, _): &&Field| !ONLY_READ.contains(path);
        let named = kind.fields().iter().chain(kind.writes());
        let named = named
            .filter(is_written)
            .filter_map(|(path, _)| self.of(path));
        named.chain([CHANGE, AUTHOR]).collect()
    }

    /// Our external id on contacts or leads.
    pub(super) fn our_id(&self, kind: Kind) -> &str {
        let path = match kind {
            Kind::Lead => "lead.portal_key",
            _ => "contact.membership_id",
        };
        self.of(path).unwrap_or(OUR_ID)
    }
}
