//! Tokens: client credentials on the My Domain host, or a signed JWT for the integration user.
//!
//! Salesforce says neither how long a token lasts nor gives one to renew it: it is used until a call
//! is refused with 401, and then fetched anew.

use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rand_core::OsRng;
use reqwest::Client;
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey, pkcs1::DecodeRsaPrivateKey as _, pkcs8::DecodePrivateKey as _,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use crate::{
    crm::{
        port::CrmError,
        rest::{self, Fetched, TokenSource},
    },
    kernel::{Clock, text::one_line},
    settings::SalesforceSettings,
};

/// How long an assertion holds; Salesforce takes three minutes at most.
const ASSERTION: Duration = Duration::from_secs(150);
/// How long the token endpoint may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a token answer.
const LARGEST_ANSWER: usize = 64 * 1024;
/// The DER prefix of a SHA-256 `DigestInfo`, RFC 8017 section 9.2, note 1.
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// How the portal proves who it is.
enum Proof {
    Secret(SecretString),
    Key {
        private: Box<RsaPrivateKey>,
        username: String,
        audience: String,
        clock: Clock,
    },
}

/// The token endpoint of one org.
pub(super) struct Login {
    client: Client,
    endpoint: Url,
    client_id: String,
    proof: Proof,
}

impl Login {
    /// Reads the settings.
    ///
    /// # Errors
    /// Which of them cannot be used.
    pub(super) fn new(
        client: Client,
        base: &Url,
        settings: &SalesforceSettings,
        clock: Clock,
    ) -> Result<Self, String> {
        let endpoint = base
            .join("/services/oauth2/token")
            .map_err(|_| "url is no address".to_owned())?;
        let proof = match (
            &settings.client_secret,
            &settings.private_key,
            &settings.username,
        ) {
            (Some(secret), _, _) => Proof::Secret(secret.clone()),
            (None, Some(key), Some(username)) => Proof::Key {
                private: Box::new(read_key(key.expose_secret())?),
                username: username.clone(),
                audience: settings.audience.clone(),
                clock,
            },
            _ => {
                return Err(
                    "salesforce needs client_secret, or username and private_key".to_owned(),
                );
            }
        };
        Ok(Self {
            client,
            endpoint,
            client_id: settings.client_id.clone(),
            proof,
        })
    }

    /// The form for the token endpoint.
    fn form(&self) -> Result<Vec<(&'static str, String)>, CrmError> {
        match &self.proof {
            Proof::Secret(secret) => Ok(vec![
                ("grant_type", "client_credentials".to_owned()),
                ("client_id", self.client_id.clone()),
                ("client_secret", secret.expose_secret().to_owned()),
            ]),
            Proof::Key {
                private,
                username,
                audience,
                clock,
            } => {
                let claims = json!({
                    "iss": self.client_id,
                    "sub": username,
                    "aud": audience,
                    "exp": clock.now().plus(ASSERTION).as_seconds(),
                });
                let assertion = sign(private, &claims.to_string())
                    .map_err(|_| CrmError::Setup("the private key cannot sign".to_owned()))?;
                Ok(vec![
                    (
                        "grant_type",
                        "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned(),
                    ),
                    ("assertion", assertion),
                ])
            }
        }
    }
}

fn read_key(pem: &str) -> Result<RsaPrivateKey, String> {
    RsaPrivateKey::from_pkcs8_pem(pem)
        .or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem))
        .map_err(|_| {
            "salesforce.private_key is no RSA key in PEM (`-----BEGIN PRIVATE KEY-----`)".to_owned()
        })
}

/// A JWT with RS256 (RFC 7518 3.3).
fn sign(private: &RsaPrivateKey, claims: &str) -> Result<String, rsa::Error> {
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let message = format!(
        "{}.{}",
        encode(r#"{"alg":"RS256","typ":"JWT"}"#),
        encode(claims)
    );
    let padding = Pkcs1v15Sign {
        hash_len: Some(32),
        prefix: SHA256_PREFIX.into(),
    };
    let digest = Sha256::digest(message.as_bytes());
    let signature = private.sign_with_rng(&mut OsRng, padding, &digest)?;
    Ok(format!(
        "{message}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(signature)
    ))
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
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
        let request = self
            .client
            .post(self.endpoint.clone())
            .timeout(PATIENCE)
            .header("accept", "application/json")
            .form(&self.form()?);
        let answer = rest::send(request, LARGEST_ANSWER).await?;
        if answer.status.is_success() {
            let granted: Granted = answer.json()?;
            return Ok(Fetched {
                token: granted.access_token,
                lasts: None,
            });
        }
        let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
        let reason = one_line(
            &format!("{} {}", refused.error, refused.error_description),
            160,
        );
        Err(match answer.status.as_u16() {
            400 | 401 | 403 => CrmError::AuthBroken(format!("no token: {reason}")),
            _ => answer.failure(format!(
                "no token: HTTP {} {reason}",
                answer.status.as_u16()
            )),
        })
    }
}
