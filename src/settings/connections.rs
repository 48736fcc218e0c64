//! `[[connections]]`: the CRMs, several side by side. What only one vendor needs stands in a table
//! of its own below the connection, one file each.

mod credential;
mod dynamics365;
mod hubspot;
mod leaver;
mod odoo;
mod salesforce;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::{check::is_safe_address, load::Problem};

pub use credential::CredentialSource;
pub use dynamics365::Dynamics365Settings;
pub use hubspot::{HubspotContract, HubspotSettings};
pub use leaver::{LeaverRule, LeaverSettings};
pub use odoo::{OdooContract, OdooSettings};
pub use salesforce::SalesforceSettings;

pub(super) use dynamics365::problems as dynamics365_problems;
pub(super) use salesforce::problems as salesforce_problems;

crate::text_enum! {
    /// Which adapter speaks to the CRM.
    pub enum ConnectionKind {
        /// The CRM inside Vestibule.
        Builtin = "builtin",
        /// The REST contract of docs/crm/http.md.
        Http = "http",
        /// Salesforce, by its REST API.
        Salesforce = "salesforce",
        /// Dynamics 365 and other apps on Dataverse, by its Web API.
        Dynamics365 = "dynamics365",
        /// HubSpot, by its own API.
        Hubspot = "hubspot",
        /// Odoo, by its own API.
        Odoo = "odoo",
    }
}

/// One configured CRM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSettings {
    /// Short name in records and URLs. Never change it.
    pub key: String,
    /// What operators read.
    pub name: String,
    /// Which adapter.
    pub kind: ConnectionKind,
    /// Base address of the CRM's API; HubSpot's is known.
    pub url: Option<Url>,
    /// Bearer token sent to it; of HubSpot the service key, of Odoo the API key.
    pub token: Option<SecretString>,
    /// Whose credential it is: the portal's own, or one that colleagues lend (docs/crm/borrowed.md).
    #[serde(default = "credential::own")]
    pub credential: CredentialSource,
    /// Hours that colleagues may lend theirs for at most.
    #[serde(default = "credential::hours")]
    pub credential_hours: u32,
    /// Who of the staff may lend theirs: `operator`, `sales_rep`.
    #[serde(default = "credential::lenders")]
    pub credential_lenders: Vec<super::StaffRole>,
    /// Secret that signs its events to us, `whsec_…` (Standard Webhooks); two, parted by a space,
    /// while one replaces the other.
    pub event_secret: Option<SecretString>,
    /// Seconds between two looks at its change feed.
    #[serde(default = "default_poll")]
    pub poll_seconds: u32,
    /// Records per call at most; the adapter's own limit if that is smaller.
    #[serde(default = "default_batch")]
    pub batch: u32,
    /// Calls in a minute at most; what the CRM itself allows is kept to anyway.
    #[serde(default)]
    pub calls_per_minute: Option<u32>,
    /// Of a hundred calls that it allows, those that only invitations and changes of access may use.
    #[serde(default = "default_reserve")]
    pub reserve_percent: u32,
    /// The time zone in which its contract dates are meant.
    #[serde(default = "default_zone")]
    pub time_zone: String,
    /// Days of grace for contracts that name none.
    #[serde(default)]
    pub grace_days: u32,
    /// What pages show of a company from this CRM: `manager`, `orders`, `cases`, `lead`, `segments`.
    /// Not given: whatever it has and lets us read. Given: `vestibule check` names each right that is
    /// missing for it.
    pub overview: Option<Vec<super::Panel>>,
    /// Hours between two comparisons of both sides; 0 compares only when somebody asks.
    #[serde(default)]
    pub reconcile_hours: u32,
    /// Field names there, by our name (`contact.phone`), where they differ from the adapter's own;
    /// empty for a field that the CRM keeps for itself. `fields.rs` has all of them.
    #[serde(default, deserialize_with = "super::fields::flat")]
    pub fields: BTreeMap<String, String>,
    /// What values there mean, by our name of the field: `"contract.status" = { Activated = "active" }`.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Who takes over the open cases of somebody who leaves; nobody when it is not given.
    pub leaver: Option<LeaverSettings>,
    /// How values are put, by our name of the field: `"contact.phone" = "e164 +49"`.
    #[serde(default, deserialize_with = "super::fields::flat")]
    pub transforms: BTreeMap<String, String>,
    /// Where a person opens a record of the CRM: an address with `{id}`, and `{kind}` where it says
    /// `contact` or `lead`.
    pub record_url: Option<String>,
    /// What only Salesforce needs (kind `salesforce`).
    pub salesforce: Option<SalesforceSettings>,
    /// What only Dataverse needs (kind `dynamics365`).
    pub dynamics365: Option<Dynamics365Settings>,
    /// What only HubSpot needs.
    pub hubspot: Option<HubspotSettings>,
    /// What only Odoo needs.
    pub odoo: Option<OdooSettings>,
}

/// Key, message and a working example.
type Wrong = (&'static str, &'static str, &'static str);

/// The table of a vendor whose address each customer has to give, as it is checked.
struct Table {
    name: &'static str,
    /// What a wrong address is told, with an example.
    url: (&'static str, &'static str),
    /// What works where the table is missing.
    missing: &'static str,
    /// What is wrong in it; `None` when it is missing.
    own: Option<Vec<Wrong>>,
}

impl Table {
    fn problems(self, at: &str, connection: &ConnectionSettings) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: &str, example: &str| {
            problems.push(Problem {
                example: Some(example.to_owned()),
                ..Problem::new(format!("{at}.{key}"), message)
            });
        };
        if !connection.url.as_ref().is_some_and(is_safe_address) {
            wrong("url", self.url.0, self.url.1);
        }
        let name = self.name;
        let Some(own) = self.own else {
            let message = format!("is missing: a connection of kind `{name}` needs its own table");
            wrong(name, &message, self.missing);
            return problems;
        };
        for (key, message, example) in own {
            wrong(&format!("{name}.{key}"), message, example);
        }
        problems
    }
}

/// What is wrong with secrets that stand in the address of a CRM's notices: one, or two parted by a
/// space.
fn notice_secret_problem(text: &str) -> Option<&'static str> {
    const LENGTHS: std::ops::RangeInclusive<usize> = 32..=200;
    let is_good = |secret: &str| {
        LENGTHS.contains(&secret.len())
            && secret
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let secrets: Vec<&str> = text.split_whitespace().collect();
    let fits = !secrets.is_empty() && secrets.into_iter().all(is_good);
    (!fits).then_some("must be 32 to 200 letters, digits, `-` or `_`; two, parted by a space, while one replaces the other")
}

fn default_poll() -> u32 {
    30
}

fn default_batch() -> u32 {
    100
}

fn default_reserve() -> u32 {
    20
}

fn default_zone() -> String {
    "UTC".to_owned()
}
