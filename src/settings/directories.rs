//! `[[directories]]`: identity providers that are told who their users are in the portal, each
//! attached to a provider by its key.

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

crate::text_enum! {
    /// Which adapter speaks to the directory.
    pub enum DirectoryKind {
        /// Keycloak, by its Admin REST API.
        Keycloak = "keycloak",
        /// Anything that speaks SCIM 2.0.
        Scim = "scim",
        /// Entra ID, External ID and Azure AD B2C, by Microsoft Graph.
        Graph = "graph",
    }
}

crate::text_enum! {
    /// When a user is kept from signing in there.
    pub enum BlockRule {
        /// While they are suspended, or no membership gives them access.
        WhenNoAccess = "when_no_access",
        /// Never: only their sessions there are ended.
        Never = "never",
    }
}

crate::text_enum! {
    /// What a provider's subject is in its SCIM service.
    pub enum ScimMatch {
        /// The user's `id`.
        Id = "id",
        /// Its `externalId`.
        ExternalId = "external_id",
        /// Its `userName`.
        UserName = "user_name",
    }
}

/// One directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectorySettings {
    /// Short name in records and URLs. Never change it.
    pub key: String,
    /// What operators read.
    pub name: String,
    /// The key of the provider whose people it holds.
    pub provider: String,
    /// Which adapter.
    pub kind: DirectoryKind,
    /// Base address of its API.
    pub url: Option<Url>,
    /// Our client there.
    #[serde(default)]
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<SecretString>,
    /// A bearer token instead of a client, where the directory gives one.
    pub token: Option<SecretString>,
    /// When a user is kept from signing in there.
    #[serde(default = "default_block")]
    pub block: BlockRule,
    /// Makes a user for whoever has a membership with access and no user there.
    #[serde(default)]
    pub create: bool,
    /// Names of attributes there; the adapter's own where nothing is given.
    #[serde(default)]
    pub attributes: AttributeNames,
    /// Calls in a minute at most; what the directory itself allows is kept to anyway.
    #[serde(default)]
    pub calls_per_minute: Option<u32>,
    /// Of a hundred calls that it allows, those that only changes of access may use.
    #[serde(default = "default_reserve")]
    pub reserve_percent: u32,
    /// Whether whom it keeps from signing in is kept out here too, where it says so.
    #[serde(default = "default_true")]
    pub follow: bool,
    /// Whether it is asked to say so at once, by subscription.
    #[serde(default = "default_true")]
    pub notices: bool,
    /// Minutes between two looks at what changed there.
    #[serde(default = "default_poll")]
    pub poll_minutes: u32,
    /// What only Keycloak needs.
    pub keycloak: Option<KeycloakSettings>,
    /// What only SCIM needs.
    pub scim: Option<ScimSettings>,
    /// What only Microsoft Graph needs.
    pub graph: Option<GraphSettings>,
}

/// What only Microsoft Graph needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphSettings {
    /// Directory (tenant) id.
    pub tenant: String,
    /// Client id of the application that has the directory extensions.
    pub extension_app: String,
    /// The domain under which addresses of local accounts are names; for users that are made.
    #[serde(default)]
    pub domain: String,
    /// Whether extensions of several values are collections.
    #[serde(default = "default_true")]
    pub lists: bool,
    /// Where tokens come from, when not from the public cloud.
    pub token_url: Option<Url>,
}

impl GraphSettings {
    /// The token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> Option<Url> {
        let usual = || {
            let mut url = Url::parse("https://login.microsoftonline.com").ok()?;
            url.path_segments_mut()
                .ok()?
                .extend([&self.tenant, "oauth2", "v2.0", "token"]);
            Some(url)
        };
        self.token_url.clone().or_else(usual)
    }
}

/// Names of attributes in a directory; empty for the adapter's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttributeNames {
    /// Our id of the person.
    pub person: String,
    /// Ids of the person's contacts in the CRMs.
    pub contacts: String,
    /// Organizations in which they have access.
    pub organizations: String,
    /// Their business roles there, as `organization/role`.
    pub roles: String,
}

/// What only Keycloak needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeycloakSettings {
    /// The realm's name.
    pub realm: String,
}

/// What only SCIM needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScimSettings {
    /// What the provider's subject is there.
    #[serde(rename = "match")]
    pub matches: ScimMatch,
    /// Where tokens are had by client credentials.
    pub token_url: Option<Url>,
    /// What to ask for there; empty for what the client has anyway.
    pub scope: String,
    /// The schema of our extension.
    pub schema: String,
}

impl Default for ScimSettings {
    fn default() -> Self {
        Self {
            matches: ScimMatch::Id,
            token_url: None,
            scope: String::new(),
            schema: "urn:ietf:params:scim:schemas:extension:vestibule:2.0:User".to_owned(),
        }
    }
}

fn default_block() -> BlockRule {
    BlockRule::WhenNoAccess
}

fn default_true() -> bool {
    true
}

fn default_poll() -> u32 {
    10
}

fn default_reserve() -> u32 {
    20
}
