//! Typed configuration: defaults, then the file, then the environment.
//!
//! Every key can also be given as `VESTIBULE_SECTION__KEY` (list items by number:
//! `VESTIBULE_PROVIDERS__0__NAME`), and every value that way from a file by `…_FILE`. This module
//! is the only reader of the environment. A wrong or missing value stops the start with the key,
//! what is wrong, where the value came from and an example that works.

mod access;
mod address;
mod api;
mod check;
mod claims;
mod connections;
mod directories;
mod fields;
mod home;
mod invitations;
mod load;
mod mail;
mod mapping;
mod operations;
mod outbox;
mod portal;
mod providers;
mod registration;
mod secrets;
mod security;
mod signals;
mod template;
mod webhooks;

use serde::Deserialize;

pub use access::{
    AccessSettings, AfterTrust, GrantedBy, OutageSettings, RoleSettings, RoleTier, RoleWords,
    ServiceSettings,
};
pub use address::DatabaseUrl;
pub use api::ApiSettings;
pub use check::{is_application_role, is_safe_address};
pub use claims::{ClaimFact, ClaimsForm, ClaimsSettings, ExtensionSettings};
pub use connections::{
    ConnectionKind, ConnectionSettings, CredentialSource, Dynamics365Settings, HubspotContract,
    HubspotSettings, LeaverRule, LeaverSettings, OdooContract, OdooSettings, SalesforceSettings,
};
pub use directories::{
    AttributeNames, BlockRule, DirectoryKind, DirectorySettings, GraphSettings, KeycloakSettings,
    ScimMatch, ScimSettings,
};
pub use fields::{FieldOwner, field_owner, field_paths, fields_to_keep_back};
pub use home::{HomeSettings, NoteWords, Panel, PanelSettings, Panels};
pub use invitations::InvitationSettings;
pub use load::{Problem, Problems, Source, load, parse};
pub use mail::{MailSecurity, MailSettings, MailTransport};
pub use mapping::MappingSettings;
pub use operations::{MetricsSettings, OperationsSettings};
pub use outbox::OutboxSettings;
pub use portal::{DatabaseSettings, PortalSettings, SessionSettings};
pub use providers::{ProviderSettings, StaffRole, StaffSettings};
pub use registration::RegistrationSettings;
pub use security::SecuritySettings;
pub use signals::{SignalForm, SignalSettings};
pub use template::TEMPLATE;
pub use webhooks::WebhookSettings;

/// The whole configuration, valid.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Name, addresses and languages of the portal.
    pub portal: PortalSettings,
    /// Where data is kept.
    #[serde(default)]
    pub database: DatabaseSettings,
    /// Keys, proxies and limits.
    pub security: SecuritySettings,
    /// How long people stay signed in.
    #[serde(default)]
    pub session: SessionSettings,
    /// OpenID providers, in the order in which people see them.
    #[serde(default)]
    pub providers: Vec<ProviderSettings>,
    /// The portal company's own people: sales reps, approvers, operators.
    #[serde(default)]
    pub staff: Vec<StaffSettings>,
    /// How mail is sent.
    pub mail: MailSettings,
    /// CRM connections.
    #[serde(default)]
    pub connections: Vec<ConnectionSettings>,
    /// Identity providers that are told about their users.
    #[serde(default)]
    pub directories: Vec<DirectorySettings>,
    /// How changes and mails are carried.
    #[serde(default)]
    pub outbox: OutboxSettings,
    /// Life and limits of invitations.
    #[serde(default)]
    pub invitations: InvitationSettings,
    /// Who may register and how it is decided.
    #[serde(default)]
    pub registration: RegistrationSettings,
    /// Grace, the brake.
    #[serde(default)]
    pub access: AccessSettings,
    /// What the home page shows from the CRM.
    #[serde(default)]
    pub home: HomeSettings,
    /// How much programs may ask of the API.
    #[serde(default)]
    pub api: ApiSettings,
    /// Who is told by signed tokens that a session or access has ended.
    #[serde(default)]
    pub signals: Vec<SignalSettings>,
    /// What belongs into people's tokens at providers that ask.
    #[serde(default)]
    pub claims: Vec<ClaimsSettings>,
    /// Where webhooks may be sent.
    #[serde(default)]
    pub webhooks: WebhookSettings,
    /// How operators learn of trouble.
    #[serde(default)]
    pub operations: OperationsSettings,
    /// Figures for Prometheus.
    #[serde(default)]
    pub metrics: MetricsSettings,
    /// Services customers may use.
    #[serde(default)]
    pub services: Vec<ServiceSettings>,
    /// Business roles.
    #[serde(default)]
    pub roles: Vec<RoleSettings>,
}

impl Settings {
    /// The staff with a role.
    pub fn staff_with(&self, role: StaffRole) -> impl Iterator<Item = &StaffSettings> {
        let has = move |staff: &&StaffSettings| staff.roles.contains(&role);
        self.staff.iter().filter(has)
    }

    /// The sales rep with this address (its key), when there is one.
    #[must_use]
    pub fn rep(&self, email_key: &str) -> Option<&StaffSettings> {
        self.staff_with(StaffRole::SalesRep)
            .find(|staff| staff.email.key() == email_key)
    }

    /// Who of staff looks after an account: the sales rep who owns it (its address, as a key), when
    /// there is such a rep, else everybody at the service desk. The flag says whether it is the owner.
    #[must_use]
    pub fn desk_of(&self, owner_email: &str) -> (Vec<&StaffSettings>, bool) {
        match self.rep(owner_email) {
            Some(owner) => (vec![owner], true),
            None => (self.staff_with(StaffRole::Approver).collect(), false),
        }
    }
}
