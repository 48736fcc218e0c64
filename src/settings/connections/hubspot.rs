//! `[connections.hubspot]`: what a HubSpot connection needs beside `token` (a service key or the
//! static token of an app).

use secrecy::SecretString;
use serde::Deserialize;

crate::text_enum! {
    /// Where contracts stand in HubSpot, which has no object of that name.
    pub enum HubspotContract {
        /// Deals.
        Deal = "deal",
        /// Subscriptions of Commerce Hub.
        Subscription = "subscription",
        /// An object of your own, named by `contract_object`.
        Object = "object",
    }
}

/// Settings of one HubSpot connection.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubspotSettings {
    /// The API's version as it stands in paths: `v3`, or a date like `2026-03`.
    #[serde(default = "default_version")]
    pub version: String,
    /// The app's id for OAuth.
    #[serde(default)]
    pub client_id: String,
    /// The app's secret: for OAuth, and to prove its webhooks.
    pub client_secret: Option<SecretString>,
    /// The token that OAuth gave once for this account; without it, `token` is sent as it is.
    pub refresh_token: Option<SecretString>,
    /// Where contracts stand.
    #[serde(default = "default_contract")]
    pub contract: HubspotContract,
    /// The object type that holds contracts, with `contract = "object"`: `2-123456`.
    #[serde(default)]
    pub contract_object: String,
    /// The pipeline whose deals are contracts; all of them without it.
    #[serde(default)]
    pub pipeline: String,
}

impl Default for HubspotSettings {
    fn default() -> Self {
        Self {
            version: default_version(),
            client_id: String::new(),
            client_secret: None,
            refresh_token: None,
            contract: default_contract(),
            contract_object: String::new(),
            pipeline: String::new(),
        }
    }
}

fn default_version() -> String {
    "v3".to_owned()
}

fn default_contract() -> HubspotContract {
    HubspotContract::Deal
}

impl HubspotSettings {
    /// Whether tokens come from OAuth.
    #[must_use]
    pub fn is_oauth(&self) -> bool {
        self.refresh_token.is_some()
    }

    /// What is wrong, by key below `[connections.hubspot]`.
    pub(in crate::settings) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let mut wrong = |key, message: &str| problems.push((key, message.to_owned()));
        if !is_version(&self.version) {
            wrong(
                "version",
                "must be v3 or a date of HubSpot's: version = \"v3\", version = \"2026-03\"",
            );
        }
        if self.is_oauth() && self.client_id.is_empty() {
            wrong(
                "client_id",
                "is missing: a refresh token needs its app: client_id = \"7c1f…\"",
            );
        }
        if self.is_oauth() && self.client_secret.is_none() {
            wrong(
                "client_secret",
                "is missing: a refresh token needs its app's secret",
            );
        }
        let is_object = self.contract == HubspotContract::Object;
        let is_name = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if is_object && (self.contract_object.is_empty() || !is_name(&self.contract_object)) {
            wrong(
                "contract_object",
                "must name the object type that holds contracts: contract_object = \"2-123456\"",
            );
        }
        if !is_object && !self.contract_object.is_empty() {
            wrong(
                "contract_object",
                "only has a meaning with contract = \"object\"; leave it out",
            );
        }
        if self.contract != HubspotContract::Deal && !self.pipeline.is_empty() {
            wrong(
                "pipeline",
                "only has a meaning with contract = \"deal\"; leave it out",
            );
        }
        problems
    }
}

fn is_version(text: &str) -> bool {
    let is_date = || {
        text.split_once('-').is_some_and(|(year, month)| {
            let digits = |part: &str, length| {
                part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
            };
            digits(year, 4) && digits(month, 2)
        })
    };
    text == "v3" || is_date()
}
