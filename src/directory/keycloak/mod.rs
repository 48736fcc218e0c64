//! Keycloak, by its Admin REST API (24 and later).
//!
//! [`calls`] makes calls with a service account's token and tells what a refusal means; [`user`] says
//! what of a user is ours; [`put`] reads, writes what differs and reads back, because Keycloak drops
//! attributes it does not know without a word; [`check`] names what is missing. Set-up:
//! `docs/directory/keycloak.md`.

mod calls;
mod check;
mod put;
mod user;

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::Client;

use super::port::{Directory, DirectoryError, Put, Wanted, Witness, settled};
use crate::{
    crm::port::Usage,
    kernel::Clock,
    settings::{DirectorySettings, is_safe_address},
};

use calls::Calls;
use user::Names;

struct Keycloak {
    calls: Calls,
    names: Names,
}

/// The adapter for one directory of the kind `keycloak`. `client` must not follow redirects.
///
/// # Errors
/// What is wrong with the settings; they have been checked already.
pub fn adapter(
    settings: &DirectorySettings,
    client: Client,
    clock: Clock,
) -> Result<Arc<dyn Directory>, String> {
    let url = settings.url.clone();
    let url = url
        .filter(is_safe_address)
        .ok_or("url: must be https; plain http is only for a loopback host")?;
    let table = settings.keycloak.as_ref().ok_or("keycloak: is missing")?;
    let secret = settings.client_secret.clone();
    let secret = secret.ok_or("client_secret: is missing")?;
    let login = (settings.client_id.clone(), secret);
    Ok(Arc::new(Keycloak {
        calls: Calls::new(client, (&url, &table.realm), login, clock)?,
        names: Names::new(&settings.attributes),
    }))
}

#[async_trait]
impl Directory for Keycloak {
    async fn check(&self) -> Result<String, DirectoryError> {
        self.look().await.map_err(DirectoryError::about_all)
    }

    async fn put_before(
        &self,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        settled(self, self.put_user(wanted, witness).await).await
    }

    fn usage(&self) -> Option<Usage> {
        Some(self.calls.usage())
    }
}
