//! What our fields are called in the environment, and which of them are read and written.

use std::collections::BTreeSet;

use crate::crm::{mapping::FieldMap, matching::Human};

/// Our id on contacts and leads: an alternate key.
pub(super) const OUR_ID: &str = "vst_portalid";
/// The changes that were applied last, newest first.
pub(super) const CHANGES: &str = "vst_changes";
/// The true author of the last change.
pub(super) const AUTHOR: &str = "vst_author";

/// A field in our words, and its usual column; empty when it is only read once it is mapped.
type Field = (&'static str, &'static str);

const ACCOUNT: &[Field] = &[
    ("account.number", "accountnumber"),
    ("account.name", "name"),
    ("account.kind", "customertypecode"),
    ("account.parent_id", "_parentaccountid_value"),
    ("account.domains", ""),
    ("account.postcode", "address1_postalcode"),
    ("account.vat_number", ""),
    ("account.owner_email", "_ownerid_value"),
];
const CONTACT: &[Field] = &[
    ("contact.account_id", "_parentcustomerid_value"),
    ("contact.given_name", "firstname"),
    ("contact.family_name", "lastname"),
    ("contact.email", "emailaddress1"),
    ("contact.phone", "telephone1"),
    ("contact.language", ""),
    ("contact.opted_out", "donotbulkemail"),
    ("contact.membership_id", OUR_ID),
];
const CONTRACT: &[Field] = &[
    ("contract.account_id", "_customerid_value"),
    ("contract.number", "name"),
    ("contract.status", "statecode"),
    ("contract.starts_on", "startdate"),
    ("contract.ends_on", "enddate"),
    ("contract.grace_days", ""),
    ("contract.seats", ""),
    ("contract.products", ""),
];
/// The older table of contracts has names of its own.
const OLD_CONTRACT: &[Field] = &[
    ("contract.number", "contractnumber"),
    ("contract.starts_on", "activeon"),
    ("contract.ends_on", "expireson"),
];
const LEAD: &[Field] = &[
    ("lead.company", "companyname"),
    ("lead.given_name", "firstname"),
    ("lead.family_name", "lastname"),
    ("lead.email", "emailaddress1"),
    ("lead.phone", "telephone1"),
    ("lead.language", ""),
    ("lead.opted_out", "donotbulkemail"),
    ("lead.owner_email", "_ownerid_value"),
];
const CONTACT_WRITES: &[Field] = &[
    ("contact.person_id", "vst_personid"),
    ("contact.portal_status", "vst_status"),
    ("contact.portal_roles", "vst_roles"),
    ("contact.last_sign_in", "vst_lastsignin"),
    ("activity.invitation_state", "vst_invitation"),
];
const LEAD_WRITES: &[Field] = &[
    ("lead.portal_key", OUR_ID),
    ("lead.score_points", "vst_score"),
    ("lead.status", ""),
    ("lead.consent", "vst_consent"),
    ("activity.invitation_state", "vst_invitation"),
];
/// What only an overview reads.
const OVERVIEW: &[Field] = &[
    ("overview.segments", ""),
    ("overview.stage", "statecode"),
    ("order.object", "salesorders"),
    ("order.account_id", "_customerid_value"),
    ("order.number", "ordernumber"),
    ("order.date", "createdon"),
    ("order.total", "totalamount"),
    ("order.currency", ""),
    ("order.state", "statecode"),
    ("case.object", "incidents"),
    ("case.account_id", "_customerid_value"),
    ("case.contact_id", "_primarycontactid_value"),
    ("case.number", "ticketnumber"),
    ("case.subject", "title"),
    ("case.state", "statuscode"),
    ("case.date", "createdon"),
    ("case.is_closed", "statecode"),
];
/// Fields that are read and not written.
const ONLY_READ: &[&str] = &[
    "contact.account_id",
    "contact.language",
    "contact.opted_out",
    "lead.opted_out",
    "lead.owner_email",
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
}

/// The names of one connection.
pub(super) struct Names {
    fields: FieldMap,
    contract_table: String,
}

impl Names {
    pub(super) fn new(fields: FieldMap, contract_table: &str) -> Self {
        Self {
            fields,
            contract_table: contract_table.to_owned(),
        }
    }

    /// The table of a kind, by its entity set name.
    pub(super) fn table(&self, kind: Kind) -> &str {
        match kind {
            Kind::Account => "accounts",
            Kind::Contact => "contacts",
            Kind::Contract => &self.contract_table,
            Kind::Lead => "leads",
        }
    }

    /// Whether contracts are in the older table of that name.
    pub(super) fn has_old_contracts(&self) -> bool {
        self.contract_table == "contracts"
    }

    /// The column of a kind's ids. Of tables whose plural is not formed with an `s`, name
    /// `contract.id`.
    pub(super) fn id(&self, kind: Kind) -> String {
        let usual = match kind {
            Kind::Account => "accountid".to_owned(),
            Kind::Contact => "contactid".to_owned(),
            Kind::Lead => "leadid".to_owned(),
            Kind::Contract => {
                let table = &self.contract_table;
                format!("{}id", table.strip_suffix('s').unwrap_or(table))
            }
        };
        let path = format!("{}.id", kind.word());
        self.fields.name(&path, &usual).unwrap_or(&usual).to_owned()
    }

    /// What a field is called; `None` when nobody named it or the CRM keeps it for itself.
    pub(super) fn of(&self, path: &str) -> Option<&str> {
        let old: &[Field] = if self.has_old_contracts() {
            OLD_CONTRACT
        } else {
            &[]
        };
        let lists = [
            old,
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

    /// Our id on contacts or leads.
    pub(super) fn our_id(&self, human: Human) -> &str {
        let path = match human {
            Human::Contact => "contact.membership_id",
            Human::Lead => "lead.portal_key",
        };
        self.of(path).unwrap_or(OUR_ID)
    }

    /// The columns that are read of a kind, the id among them.
    pub(super) fn read(&self, kind: Kind) -> Vec<String> {
        let mut all = vec![self.id(kind), "modifiedon".to_owned()];
        for (path, _) in kind.fields() {
            let name = self.of(path).map(str::to_owned);
            all.extend(name.filter(|name| !all.contains(name)));
        }
        all
    }

    /// The columns that are written and, before that, read and compared.
    pub(super) fn written(&self, human: Human) -> BTreeSet<&str> {
        let writes = match human {
            Human::Contact => CONTACT_WRITES,
            Human::Lead => LEAD_WRITES,
        };
        let all = Kind::from(human).fields().iter().chain(writes);
        let all = all.filter(|(path, _)| !ONLY_READ.contains(path));
        let named = all.filter_map(|(path, _)| self.of(path));
        named.chain([CHANGES, AUTHOR]).collect()
    }
}
