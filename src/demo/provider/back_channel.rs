//! Telling clients that somebody has signed out (Back-Channel Logout 1.0 section 2.5).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Provider, store::Session};
use crate::web::http_client;

/// Seconds a logout token counts.
const LIFE: i64 = 120;

impl Provider {
    /// A token of this provider with any header and claims, signed with its key: what tests send
    /// in its name.
    ///
    /// # Errors
    /// When there is no key, or it does not sign.
    pub async fn sign(&self, kind: &str, claims: &Value) -> anyhow::Result<String> {
        let key = self.keys().current().await;
        let key = key.ok_or_else(|| anyhow::anyhow!("there is no signing key"))?;
        let header = json!({"alg": "RS256", "typ": kind, "kid": key.kid()});
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let input = format!(
            "{}.{}",
            encode(header.to_string().as_bytes()),
            encode(claims.to_string().as_bytes())
        );
        Ok(format!("{input}.{}", encode(&key.sign(input.as_bytes())?)))
    }

    /// The claims of a logout token for `client` about a session.
    #[must_use]
    pub fn logout_claims(&self, client: &str, (subject, sid): (&str, &str)) -> Value {
        json!({
            "iss": self.issuer(), "aud": client, "sub": subject, "sid": sid, "jti": self.secret(),
            "iat": self.now(), "exp": self.now() + LIFE,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        })
    }

    /// Tells each client that wants to know, once; who cannot be reached learns nothing.
    #[expect(
        clippy::disallowed_methods,
        reason = "nobody waits for the demo's provider when it stops"
    )]
    pub(super) fn tell_of(&self, ended: Vec<Session>) {
        let provider = self.clone();
        tokio::spawn(async move {
            for client in &provider.0.clients {
                let Some(address) = &client.backchannel_logout_uri else {
                    continue;
                };
                for session in &ended {
                    let who = (session.person.subject.as_str(), session.sid.as_str());
                    let claims = provider.logout_claims(&client.client_id, who);
                    if let Err(error) = provider.send(address, &claims).await {
                        tracing::warn!(client = client.client_id, %error, "a client was not told of a logout");
                    }
                }
            }
        });
    }

    async fn send(&self, address: &str, claims: &Value) -> anyhow::Result<()> {
        let token = self.sign("logout+jwt", claims).await?;
        let http = http_client::http_client()?;
        let sent = http.post(address).form(&[("logout_token", token)]);
        sent.send().await?.error_for_status()?;
        Ok(())
    }
}
