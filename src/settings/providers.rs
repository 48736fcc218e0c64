//! `[[providers]]` and `[[staff]]`.

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::kernel::EmailAddress;

/// One OpenID provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// Short name in URLs and records: letters, digits, hyphens. Never change it.
    pub key: String,
    /// What people read on the sign-in page.
    pub name: String,
    /// The issuer exactly as tokens carry it (OpenID Connect Core 2).
    pub issuer: String,
    /// Where the metadata is, when it is not `{issuer}/.well-known/openid-configuration`. Microsoft's
    /// products publish it elsewhere than their issuer says.
    pub discovery_url: Option<Url>,
    /// Our client id there.
    pub client_id: String,
    /// Our client secret there.
    pub client_secret: SecretString,
    /// Scopes beside `openid`.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Domains whose `email_verified` this provider may vouch for; `*` for all. Empty: none.
    #[serde(default)]
    pub trusted_domains: Vec<String>,
    /// Domains whose people are sent here without being asked (home-realm discovery).
    #[serde(default)]
    pub home_domains: Vec<String>,
    /// Whether members of staff may sign in through it.
    #[serde(default)]
    pub staff: bool,
    /// Whether `prompt=create` opens its sign-up page (OpenID Connect Prompt Create 1.0).
    #[serde(default)]
    pub prompt_create: bool,
    /// The signature algorithm of its ID tokens.
    #[serde(default = "default_algorithm")]
    pub id_token_algorithm: String,
    /// Which claim is the person's id in the provider's directory, for what the directory asks and is
    /// told: `sub`, or `oid` at Microsoft Entra, where `sub` differs by application.
    #[serde(default = "default_directory_id")]
    pub directory_id: String,
    /// Seconds its clock may differ from ours.
    #[serde(default = "default_leeway")]
    pub leeway_seconds: u32,
    /// Where its sign-in page forwards people at once, when it only passes sign-ins on to other
    /// providers: browsers let our forms lead only to addresses they have been told of.
    #[serde(default)]
    pub forwards_to: Vec<Url>,
    /// `acr` value to ask for and to insist on.
    pub required_acr: Option<String>,
}

fn default_scopes() -> Vec<String> {
    vec!["email".to_owned(), "profile".to_owned()]
}

fn default_algorithm() -> String {
    "RS256".to_owned()
}

fn default_directory_id() -> String {
    "sub".to_owned()
}

fn default_leeway() -> u32 {
    60
}

impl ProviderSettings {
    /// Where the metadata is fetched.
    #[must_use]
    pub fn metadata_url(&self) -> String {
        let usual = || {
            format!(
                "{}/.well-known/openid-configuration",
                self.issuer.trim_end_matches('/')
            )
        };
        self.discovery_url
            .as_ref()
            .map_or_else(usual, Url::to_string)
    }

    /// Whether this provider's word about addresses at `domain` (folded) is taken.
    #[must_use]
    pub fn vouches_for(&self, domain: &str) -> bool {
        self.trusted_domains
            .iter()
            .any(|trusted| trusted == "*" || trusted.eq_ignore_ascii_case(domain))
    }
}

crate::text_enum! {
    /// What a member of staff may do.
    pub enum StaffRole {
        /// Invites, sees accounts and contacts.
        SalesRep = "sales_rep",
        /// Decides registrations.
        Approver = "approver",
        /// Runs the portal: deliveries, connections, audit.
        Operator = "operator",
    }
}

/// One member of the portal company's staff.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffSettings {
    /// The address the staff provider vouches for.
    pub email: EmailAddress,
    /// What invitees read.
    pub name: String,
    /// A number that invitees may call.
    #[serde(default)]
    pub phone: String,
    /// What this person may do.
    pub roles: Vec<StaffRole>,
}
