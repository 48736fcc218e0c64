//! What a provider publishes about itself (OpenID Connect Discovery 1.0 section 3), as far as it
//! is used, and its keys.

use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use url::Url;

use super::calls;
use crate::settings::{ProviderSettings, is_safe_address};

/// The used part of a provider's metadata.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    /// Its name for itself; equals the configured issuer to the letter.
    pub issuer: String,
    /// Where people sign in.
    pub authorization_endpoint: Url,
    /// Where codes become tokens.
    pub token_endpoint: Url,
    /// Where further claims are.
    pub userinfo_endpoint: Option<Url>,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where people sign out (RP-Initiated Logout 1.0).
    pub end_session_endpoint: Option<Url>,
    /// How a client may prove itself; `client_secret_basic` when not said.
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Values of `prompt` it knows.
    #[serde(default)]
    pub prompt_values_supported: Vec<String>,
    /// Whether its authorization responses carry `iss` (RFC 9207 section 3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Whether the client secret has to stand in the body instead of the header.
    #[must_use]
    pub fn wants_secret_in_body(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref();
        let has = |name: &str| methods.is_some_and(|all| all.iter().any(|method| method == name));
        has("client_secret_post") && !has("client_secret_basic")
    }

    /// Whether it knows a value of `prompt`.
    #[must_use]
    pub fn knows_prompt(&self, value: &str) -> bool {
        self.prompt_values_supported
            .iter()
            .any(|known| known == value)
    }

    /// The addresses people's browsers are sent to.
    pub fn browser_addresses(&self) -> impl Iterator<Item = &Url> {
        std::iter::once(&self.authorization_endpoint).chain(&self.end_session_endpoint)
    }

    /// What is wrong with it for this configuration, if anything.
    fn fault(&self, settings: &ProviderSettings) -> Option<String> {
        if self.issuer != settings.issuer {
            return Some(format!(
                "its metadata names the issuer `{}`, the configuration `{}`",
                crate::kernel::text::one_line(&self.issuer, 200),
                settings.issuer
            ));
        }
        let called = [
            Some(&self.authorization_endpoint),
            Some(&self.token_endpoint),
            Some(&self.jwks_uri),
            self.userinfo_endpoint.as_ref(),
            self.end_session_endpoint.as_ref(),
        ];
        let unsafe_one = called
            .into_iter()
            .flatten()
            .find(|url| !is_safe_address(url));
        unsafe_one.map(|url| {
            let origin = url.origin().ascii_serialization();
            format!("its metadata leads to `{origin}`, which is neither https nor this machine")
        })
    }
}

/// Fetches metadata and keys and checks that they belong to the configured issuer.
///
/// # Errors
/// In words for the operator.
pub(super) async fn fetch(
    http: &reqwest::Client,
    settings: &ProviderSettings,
) -> Result<(Metadata, CoreJsonWebKeySet), String> {
    let address = settings.metadata_url();
    let document = calls::get(http, &address)
        .await
        .map_err(|error| format!("no metadata from {address}: {error}"))?;
    let metadata: Metadata = serde_json::from_slice(&document)
        .map_err(|error| format!("the metadata at {address} cannot be read: {error}"))?;
    if let Some(fault) = metadata.fault(settings) {
        return Err(fault);
    }
    let keys = calls::get(http, metadata.jwks_uri.as_str())
        .await
        .map_err(|error| format!("no keys from {}: {error}", metadata.jwks_uri))?;
    let keys: CoreJsonWebKeySet = serde_json::from_slice(&keys)
        .map_err(|error| format!("the keys at {} cannot be read: {error}", metadata.jwks_uri))?;
    if keys.keys().is_empty() {
        return Err(format!("no usable key at {}", metadata.jwks_uri));
    }
    Ok((metadata, keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(issuer: &str, token: &str) -> Metadata {
        serde_json::from_value(serde_json::json!({
            "issuer": issuer,
            "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": token,
            "jwks_uri": "https://login.example/keys",
        }))
        .unwrap()
    }

    fn settings() -> ProviderSettings {
        toml::from_str(
            "key = 'p'\nname = 'P'\nissuer = 'https://login.example'\nclient_id = 'c'\nclient_secret = 's'",
        )
        .unwrap()
    }

    #[test]
    fn only_the_configured_issuer_and_safe_addresses_pass() {
        let good = metadata("https://login.example", "https://login.example/token");
        assert_eq!(good.fault(&settings()), None);
        assert!(!good.wants_secret_in_body());
        for bad in [
            metadata("https://login.example/", "https://login.example/token"),
            metadata("https://other.example", "https://login.example/token"),
            metadata("https://login.example", "http://10.0.0.7/token"),
            metadata("https://login.example", "file:///etc/passwd"),
        ] {
            assert!(bad.fault(&settings()).is_some(), "{bad:?}");
        }
    }
}
