//! Tokens: client credentials of an app registration of Microsoft Entra.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::{
    crm::{
        port::CrmError,
        rest::{self, Fetched, TokenSource},
    },
    kernel::text::one_line,
};

/// How long the token endpoint may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a token answer.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The token endpoint, and as whom we ask there.
pub(super) struct Login {
    pub(super) client: Client,
    pub(super) endpoint: Url,
    pub(super) client_id: String,
    pub(super) secret: SecretString,
    /// `https://acme.crm4.dynamics.com/.default`
    pub(super) scope: String,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

#[async_trait]
impl TokenSource for Login {
    async fn fetch(&self) -> Result<Fetched, CrmError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.secret.expose_secret()),
            ("scope", &self.scope),
        ];
        let request = self
            .client
            .post(self.endpoint.clone())
            .timeout(PATIENCE)
            .form(&form);
        let answer = rest::send(request, LARGEST_ANSWER).await?;
        if answer.status.is_success() {
            let granted: Granted = answer.json()?;
            return Ok(Fetched {
                token: granted.access_token,
                lasts: granted.expires_in.map(Duration::from_secs),
            });
        }
        let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
        let reason = format!("{} {}", refused.error, refused.error_description);
        let reason = one_line(&reason, 200);
        Err(match answer.status.as_u16() {
            400 | 401 | 403 => CrmError::AuthBroken(format!("no token: {reason}")),
            status => answer.failure(format!("no token: HTTP {status} {reason}")),
        })
    }
}
