//! Any directory that speaks SCIM 2.0 (RFC 7643, RFC 7644), as its client.
//!
//! [`calls`] makes calls with a bearer token and tells what a refusal means; [`user`] says what of a
//! user is ours: `active`, `externalId` of those we made, and an extension with our attributes;
//! [`put`] reads, and writes what differs by PATCH against the version that was read, or by PUT where
//! the server has no PATCH; [`check`] names what is missing. Set-up: `docs/directory/scim.md`.

mod calls;
mod check;
mod put;
mod user;

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::Client;
use tokio::sync::OnceCell;

use super::port::{Directory, DirectoryError, Put, Wanted, Witness, settled};
use crate::{
    crm::port::Usage,
    kernel::Clock,
    settings::{DirectorySettings, ScimMatch, is_safe_address},
};

use calls::Calls;
use check::Abilities;
use user::Names;

struct Scim {
    calls: Calls,
    names: Names,
    matches: ScimMatch,
    /// What the server can do, asked once.
    abilities: OnceCell<Abilities>,
}

/// The adapter for one directory of the kind `scim`. `client` must not follow redirects.
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
    let table = settings.scim.clone().unwrap_or_default();
    Ok(Arc::new(Scim {
        names: Names::new(&table.schema, &settings.attributes),
        matches: table.matches,
        calls: Calls::new(client, url, settings, clock)?,
        abilities: OnceCell::new(),
    }))
}

#[async_trait]
impl Directory for Scim {
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
