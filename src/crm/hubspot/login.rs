//! Tokens: a service key or an app's static token as it is, or access tokens by OAuth's refresh
//! token, half an hour each.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::{WrongSettings, errors};
use crate::{
    crm::{
        port::CrmError,
        rest::{Fetched, Given, LARGEST_ANSWER, TokenSource, send},
    },
    settings::{ConnectionSettings, HubspotSettings},
};

/// Where this connection's tokens come from.
pub(super) fn tokens(
    settings: &ConnectionSettings,
    hubspot: &HubspotSettings,
    (client, base): (&Client, &Url),
) -> Result<Box<dyn TokenSource>, WrongSettings> {
    let wrong = |key, problem| WrongSettings { key, problem };
    if let Some(refresh_token) = &hubspot.refresh_token {
        let secret = hubspot
            .client_secret
            .as_ref()
            .ok_or(wrong("hubspot.client_secret", "is missing"))?;
        let mut url = base.clone();
        url.set_path("/oauth/v1/token");
        return Ok(Box::new(Refreshing {
            client: client.clone(),
            url,
            client_id: hubspot.client_id.clone(),
            client_secret: secret.clone(),
            refresh_token: refresh_token.clone(),
        }));
    }
    let token = settings.token.clone();
    let token = token.ok_or(wrong("token", "is missing"))?;
    Ok(Box::new(Given(token)))
}

struct Refreshing {
    client: Client,
    url: Url,
    client_id: String,
    client_secret: SecretString,
    refresh_token: SecretString,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: u64,
}

#[async_trait]
impl TokenSource for Refreshing {
    async fn fetch(&self) -> Result<Fetched, CrmError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            ("refresh_token", self.refresh_token.expose_secret()),
        ];
        let request = self.client.post(self.url.clone()).form(&form);
        let answer = send(request, LARGEST_ANSWER).await?;
        if answer.status.as_u16() == 400 {
            return Err(CrmError::AuthBroken(
                "HubSpot does not accept the refresh token, the app's id or its secret".to_owned(),
            ));
        }
        if !answer.status.is_success() {
            return Err(errors::of(&answer));
        }
        let token: Token = answer.json()?;
        Ok(Fetched {
            token: token.access_token,
            lasts: Some(Duration::from_secs(token.expires_in)),
        })
    }
}
