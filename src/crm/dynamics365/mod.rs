//! Dynamics 365 (Dataverse) by its Web API: change sets on alternate keys, two calls for up to 100
//! changes, change tracking as the feed.
//!
//! What it needs there (an application user, columns, keys) says `docs/crm/dynamics365.md`, and
//! [`check`] names what is missing. [`login`] gets tokens, [`api`] makes calls and [`batch`] puts
//! several into one, [`names`] knows what columns are called, [`records`] reads rows, [`feed`]
//! follows the changes, [`find`] answers registrations, [`apply`] writes: it reads what is there,
//! lets [`super::matching`] say which record each write means, [`plan`] what changes, [`staff`] in
//! whose name, and sends that. [`notices`] hears webhooks.

mod api;
mod apply;
mod batch;
mod check;
mod errors;
mod feed;
mod find;
mod login;
mod names;
mod notices;
mod odata;
mod overview;
mod plan;
mod records;
mod staff;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use reqwest::Client;
use url::Url;

use super::{
    mapping::{FieldMap, ValueMap},
    port::{
        About, Case, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, Forged, HandOver,
        Notice, Overview, Part, Reply, Usage, Verdict, Write,
    },
    rest::{Given, Meter, Session, TokenSource},
};
use crate::{
    kernel::World,
    settings::{ConnectionSettings, Dynamics365Settings, Panels, is_safe_address},
};
use api::Api;
use names::Names;

/// Writes of one batch. Microsoft advises small ones.
const BATCH: usize = 100;

/// One environment.
struct Dynamics365 {
    api: Api,
    names: Names,
    values: ValueMap,
    settings: Dynamics365Settings,
    panels: Panels,
    /// Addresses of users by their ids.
    users: Mutex<HashMap<String, String>>,
    /// Entra ids of staff by their addresses; `None` for those without a user there.
    staff: Mutex<HashMap<String, Option<String>>>,
}

/// The adapter for one connection of the kind `dynamics365`. Nothing is called yet.
///
/// # Errors
/// Which of the settings cannot be used.
pub fn adapter(
    connection: &ConnectionSettings,
    client: Client,
    world: &World,
) -> Result<Arc<dyn Crm>, String> {
    let base = connection.url.clone().filter(is_safe_address);
    let base = base.ok_or("url must be the environment's address over https")?;
    let settings = connection.dynamics365.clone();
    let settings = settings.ok_or("the table `dynamics365` is missing")?;
    let tokens: Box<dyn TokenSource> = match &connection.token {
        Some(token) if connection.is_borrowed() => Box::new(Given(token.clone())),
        _ => Box::new(login(&settings, &base, &client)?),
    };
    let session = Session::new(tokens, world.clock.clone(), Meter::new(api::limits));
    Ok(Arc::new(Dynamics365 {
        api: Api::new(client, base, &settings.api_version, session),
        names: Names::new(FieldMap::new(&connection.fields), &settings.contract_table),
        values: ValueMap::new(&connection.values),
        settings,
        panels: Panels::of(connection),
        users: Mutex::default(),
        staff: Mutex::default(),
    }))
}

/// Where the portal's own tokens come from.
fn login(
    settings: &Dynamics365Settings,
    base: &Url,
    client: &Client,
) -> Result<login::Login, String> {
    let endpoint = settings.token_endpoint().filter(is_safe_address);
    let secret = settings.client_secret.clone();
    Ok(login::Login {
        client: client.clone(),
        endpoint: endpoint.ok_or("dynamics365.token_url must be https")?,
        client_id: settings.client_id.clone(),
        secret: secret.ok_or("dynamics365.client_secret is missing")?,
        scope: format!("{}/.default", base.origin().ascii_serialization()),
    })
}

#[async_trait]
impl Crm for Dynamics365 {
    fn batch_limit(&self) -> usize {
        BATCH
    }

    async fn check(&self) -> Result<String, CrmError> {
        self.look().await
    }

    async fn find_contract(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        self.find(question).await
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        self.feed(cursor, limit).await
    }

    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        self.apply_all(writes).await
    }

    async fn overview(&self, about: &About) -> Result<Overview, CrmError> {
        self.glance(about).await
    }

    async fn cases_of(&self, contact_id: &str) -> Result<Part<Vec<Case>>, CrmError> {
        self.held_cases(contact_id).await
    }

    async fn hand_over(&self, hand_over: &HandOver) -> Result<Vec<String>, CrmError> {
        self.hand_cases_over(hand_over).await
    }

    fn usage(&self) -> Option<Usage> {
        Some(self.api.usage())
    }

    async fn hear(&self, notice: &Notice<'_>) -> Result<Reply, Forged> {
        notices::hear(&self.settings, notice)
    }
}
