//! Tokens by client credentials (RFC 6749 section 4.4).

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::{
    crm::{
        port::CrmError,
        rest::{Fetched, TokenSource, send},
    },
    kernel::text::one_line,
};

/// How long the token endpoint may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a token answer.
const LARGEST: usize = 256 * 1024;
/// How long a token lasts of which nothing is said.
const USUAL: Duration = Duration::from_secs(60);

/// A token endpoint and our client there.
pub(super) struct ClientCredentials {
    pub(super) client: Client,
    pub(super) endpoint: Url,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    /// Empty for what the client has anyway.
    pub(super) scope: String,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

#[async_trait]
impl TokenSource for ClientCredentials {
    async fn fetch(&self) -> Result<Fetched, CrmError> {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
        ];
        if !self.scope.is_empty() {
            form.push(("scope", &self.scope));
        }
        let request = self.client.post(self.endpoint.clone());
        let request = request.timeout(PATIENCE).form(&form);
        let answer = send(request, LARGEST).await?;
        if answer.status.is_success() {
            let granted: Granted = answer.json()?;
            let lasts = granted.expires_in.map_or(USUAL, Duration::from_secs);
            return Ok(Fetched {
                token: granted.access_token,
                lasts: Some(lasts),
            });
        }
        let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
        let said = one_line(
            &format!("{} {}", refused.error, refused.error_description),
            160,
        );
        Err(match answer.status.as_u16() {
            400 | 401 | 403 => CrmError::AuthBroken(format!("no token: {said}")),
            404 => CrmError::Setup("there is no token endpoint at this address".to_owned()),
            status => answer.failure(format!("no token: HTTP {status} {said}")),
        })
    }
}
