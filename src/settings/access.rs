//! `[access]`, `[[services]]`, `[[roles]]`: the catalogue by which access is decided.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kernel::OrganizationKind;

/// Grace and the mass-change brake.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessSettings {
    /// Whether people can only read during a contract's grace period.
    pub grace_read_only: bool,
    /// Share (0 to 1) of a connection's granting contracts that may end within an hour before a
    /// person has to confirm.
    pub brake_share: f64,
    /// Contracts that may end within an hour in any case.
    pub brake_floor: u32,
    /// How many days before a contract begins, ends or runs out of grace those who run the
    /// organization and its sales rep are told; several numbers for several letters, none for none.
    pub notice_days: Vec<u32>,
    /// What holds while a CRM cannot be read.
    pub outage: OutageSettings,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            grace_read_only: true,
            brake_share: 0.2,
            brake_floor: 5,
            notice_days: vec![60, 30, 7],
            outage: OutageSettings::default(),
        }
    }
}

/// `[access.outage]`: for how long the last word of a CRM that cannot be read counts in full, and
/// what still opens after that.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutageSettings {
    /// Hours; 0 for any length of time.
    pub trusted_hours: u32,
    /// The organization's pages in the portal.
    pub pages: AfterTrust,
    /// Running the organization's people.
    pub administration: AfterTrust,
    /// The services.
    pub services: AfterTrust,
    /// Services, by their keys, that close even where the others stay open.
    pub closed_services: Vec<String>,
}

impl Default for OutageSettings {
    fn default() -> Self {
        Self {
            trusted_hours: 72,
            pages: AfterTrust::Open,
            administration: AfterTrust::Open,
            services: AfterTrust::Open,
            closed_services: Vec::new(),
        }
    }
}

crate::text_enum! {
    /// What happens once a CRM's last word is too old.
    pub enum AfterTrust {
        /// It counts on.
        Open = "open",
        /// Nobody comes in until the CRM can be read again.
        Closed = "closed",
    }
}

/// An online service that customers may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Short name in URLs and records.
    pub key: String,
    /// Where it is.
    pub url: url::Url,
    /// The product a contract must contain, if one is needed.
    pub product: Option<String>,
    /// Name by language.
    pub name: BTreeMap<String, String>,
    /// One sentence by language.
    #[serde(default)]
    pub about: BTreeMap<String, String>,
}

crate::text_enum! {
    /// How far a business role reaches.
    pub enum RoleTier {
        /// Uses services.
        Member = "member",
        /// Runs the organization's people.
        Admin = "admin",
        /// Somebody of a company without a contract.
        Lead = "lead",
    }
}

impl RoleTier {
    /// How far up the tier stands: a higher one may give roles of a lower one.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Lead => 0,
            Self::Member => 1,
            Self::Admin => 2,
        }
    }
}

crate::text_enum! {
    /// Who may give a role: the ceiling on what an organization's own administrators may hand out.
    pub enum GrantedBy {
        /// Whoever runs the organization, and staff.
        Admin = "admin",
        /// The portal's staff, the CRM and programs only.
        Staff = "staff",
    }
}

/// A business role: a duty in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSettings {
    /// Short name in records.
    pub key: String,
    /// How far it reaches.
    #[serde(default = "default_tier")]
    pub tier: RoleTier,
    /// The product a contract must contain for this role to grant anything.
    pub product: Option<String>,
    /// The kinds of organization it is offered to, and counts in; none for all.
    #[serde(default)]
    pub kinds: Vec<OrganizationKind>,
    /// Who may give it.
    #[serde(default = "default_granted_by")]
    pub granted_by: GrantedBy,
    /// Whether it is over: people who still hold it read its name, and it grants nothing.
    #[serde(default)]
    pub retired: bool,
    /// Application roles by service.
    #[serde(default)]
    pub grants: BTreeMap<String, Vec<String>>,
    /// What people read, by language.
    pub words: BTreeMap<String, RoleWords>,
}

impl RoleSettings {
    /// Whether it counts in organizations of this kind.
    #[must_use]
    pub fn is_for(&self, kind: OrganizationKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

fn default_tier() -> RoleTier {
    RoleTier::Member
}

fn default_granted_by() -> GrantedBy {
    GrantedBy::Admin
}

/// What people read about a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleWords {
    /// The duty: "Orders spare parts".
    pub name: String,
    /// "For people who…".
    pub people: String,
    /// What one can do with it.
    #[serde(default)]
    pub can: Vec<String>,
    /// What one cannot do with it.
    #[serde(default)]
    pub cannot: Vec<String>,
}
