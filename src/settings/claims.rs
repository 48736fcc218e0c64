//! `[[claims]]`: what belongs into people's tokens, for the identity providers that ask us while
//! somebody signs in there.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Problem, Settings};

crate::text_enum! {
    /// In whose words a provider asks.
    pub enum ClaimsForm {
        /// Our own: for Auth0 Actions, Keycloak, anything that can call an address.
        Plain = "plain",
        /// An API connector of Azure AD B2C user flows.
        ApiConnector = "api_connector",
        /// A REST technical profile of Azure AD B2C custom policies.
        TechnicalProfile = "technical_profile",
        /// A custom authentication extension of Microsoft Entra External ID.
        Extension = "extension",
    }
}

crate::text_enum! {
    /// What a claim says.
    pub enum ClaimFact {
        /// Our id of the person.
        Person = "person",
        /// Our id of the organization.
        Organization = "organization",
        /// Its name.
        OrganizationName = "organization_name",
        /// Its account in the CRM.
        Account = "account",
        /// The person's contact in the CRM.
        Contact = "contact",
        /// The contract's number.
        Contract = "contract",
        /// The contract's standing.
        Standing = "standing",
        /// `write`, `read` or `none`.
        Access = "access",
        /// Business roles.
        Roles = "roles",
        /// Application roles at the service.
        ApplicationRoles = "application_roles",
        /// Why there is no access.
        Reason = "reason",
    }
}

/// One provider that asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimsSettings {
    /// Short name, for `?source=` in the address.
    pub key: String,
    /// In whose words it asks.
    pub form: ClaimsForm,
    /// The `[[providers]]` entry whose people it asks about.
    pub provider: String,
    /// The service that people sign in to; without it the portal itself is meant.
    pub service: Option<String>,
    /// Whether people without access are stopped, where the form can say so.
    #[serde(default)]
    pub refuse: bool,
    /// Whether only people may sign up who are invited or known, where the form asks at sign-up.
    #[serde(default)]
    pub invited_only: bool,
    /// What each claim says, by its name at the provider; every fact by its own name when there are
    /// none.
    #[serde(default)]
    pub names: BTreeMap<String, ClaimFact>,
    /// For custom authentication extensions: whose calls are taken.
    pub extension: Option<ExtensionSettings>,
}

/// Whose calls of custom authentication extensions are taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionSettings {
    /// The tenant's id.
    pub tenant: String,
    /// The application id of the extension's API, which its tokens are made for.
    pub audience: String,
    /// Ids of the extensions; any of that API when there are none.
    #[serde(default)]
    pub extensions: Vec<String>,
}

impl ClaimsSettings {
    /// The claims by name.
    #[must_use]
    pub fn claims(&self) -> BTreeMap<&str, ClaimFact> {
        if self.names.is_empty() {
            let all = ClaimFact::ALL.iter();
            return all.map(|fact| (fact.as_str(), *fact)).collect();
        }
        let named = self.names.iter();
        named.map(|(name, fact)| (name.as_str(), *fact)).collect()
    }
}

/// What is wrong with `[[claims]]`.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    let has_provider = |key: &str| settings.providers.iter().any(|one| one.key == key);
    let has_service = |key: &str| settings.services.iter().any(|one| one.key == key);
    for (index, source) in settings.claims.iter().enumerate() {
        let mut wrong = |key: &str, why: String| {
            problems.push(Problem::new(format!("claims.{index}.{key}"), why));
        };
        if !has_provider(&source.provider) {
            let provider = &source.provider;
            wrong(
                "provider",
                format!("`{provider}` is not listed under [[providers]]"),
            );
        }
        if let Some(service) = source.service.as_deref().filter(|key| !has_service(key)) {
            wrong(
                "service",
                format!("`{service}` is not listed under [[services]]"),
            );
        }
        match (&source.extension, source.form) {
            (None, ClaimsForm::Extension) => wrong(
                "extension",
                "is missing: `extension = { tenant = \"…\", audience = \"…\" }` says whose calls are taken".to_owned(),
            ),
            (Some(given), ClaimsForm::Extension) if given.tenant.is_empty() || given.audience.is_empty() => {
                wrong("extension", "needs `tenant` and `audience`".to_owned());
            }
            (Some(_), ClaimsForm::Plain | ClaimsForm::ApiConnector | ClaimsForm::TechnicalProfile) => wrong(
                "extension",
                "is only for `form = \"extension\"`".to_owned(),
            ),
            _ => {}
        }
    }
}
