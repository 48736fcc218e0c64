//! Microsoft Graph v1.0: Entra ID, Entra External ID and Azure AD B2C.
//!
//! [`calls`] makes calls with an application's token and names the permission that is missing;
//! [`user`] says what of a user is ours; [`put`] reads and patches what differs; [`watching`] follows
//! changes there by subscription and delta. Set-up: `docs/directory/graph.md`.

mod calls;
mod put;
mod user;
mod watching;

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::Client;

use super::port::{Directory, DirectoryError, Put, Wanted, Watch, Witness, settled};
use crate::{
    crm::port::Usage,
    kernel::{Random, World},
    settings::{DirectorySettings, is_safe_address},
};

use calls::Calls;
use user::Names;

struct Graph {
    calls: Calls,
    names: Names,
    /// Under which addresses are names; of the tenant.
    domain: String,
    random: Random,
}

/// The adapter for one directory of the kind `graph`. `client` must not follow redirects.
///
/// # Errors
/// What is wrong with the settings; they have been checked already.
pub fn adapter(
    settings: &DirectorySettings,
    client: Client,
    world: &World,
) -> Result<Arc<dyn Directory>, String> {
    let table = settings.graph.as_ref().ok_or("graph: is missing")?;
    let base = settings.url.clone().map_or_else(calls::usual_base, Ok);
    let base = base.map_err(|_| "url: is no address")?;
    let endpoint = table.token_endpoint().ok_or("graph.tenant: is no name")?;
    if !is_safe_address(&base) || !is_safe_address(&endpoint) {
        return Err("url: must be https; plain http is only for a loopback host".to_owned());
    }
    let secret = settings.client_secret.clone();
    let secret = secret.ok_or("client_secret: is missing")?;
    let login = (settings.client_id.clone(), secret, endpoint);
    Ok(Arc::new(Graph {
        calls: Calls::new(client, base, login, world.clock.clone()),
        names: Names::new(table, &settings.attributes),
        domain: table.domain.clone(),
        random: world.random.clone(),
    }))
}

#[async_trait]
impl Directory for Graph {
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

    fn watch(&self) -> Option<&dyn Watch> {
        Some(self)
    }
}
