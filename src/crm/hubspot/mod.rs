//! HubSpot: companies, contacts (those without a company are leads) and contracts wherever the
//! settings say (a deal, a subscription, an object of somebody's own).
//!
//! [`login`] gives tokens and [`calls`] makes calls under the version of the settings; [`errors`]
//! tells what a refusal means; [`fields`] says which properties are read and written and [`records`]
//! what they mean; [`stream`] and [`feed`] follow modification stamps; [`find`] answers
//! registrations; [`plan`], [`apply`] and [`batch`] write, keyed by unique properties of ours;
//! [`notices`] proves webhooks; [`check`] says what is missing. Set-up: `docs/crm/hubspot.md`.

mod apply;
mod batch;
mod calls;
mod check;
mod contracts;
mod errors;
mod feed;
mod fields;
mod find;
mod found;
mod login;
mod merge;
mod notices;
mod overview;
mod plan;
mod records;
mod stream;

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::Client;
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::{
    mapping::{FieldMap, ValueMap},
    port::{
        About, Case, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, Forged, HandOver,
        Notice, Overview, Part, Reply, Usage, Verdict, Write,
    },
};
use crate::{
    kernel::Clock,
    settings::{ConnectionSettings, Panels, is_safe_address},
};

use calls::Calls;
use fields::Names;
use find::Numbers;

/// Inputs of one batch call, and so writes of one call of ours.
const BATCH: usize = 100;

/// Settings of a connection from which no adapter can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{key} {problem}")]
pub struct WrongSettings {
    /// The key below `[[connections]]`.
    pub key: &'static str,
    /// What is wrong with its value.
    pub problem: &'static str,
}

/// One HubSpot account.
struct Hubspot {
    calls: Calls,
    names: Names,
    values: ValueMap,
    panels: Panels,
    /// Signs what HubSpot sends.
    app_secret: Option<SecretString>,
    /// Contracts by their folded numbers, read when somebody first asks.
    numbers: Mutex<Numbers>,
}

/// The adapter for one connection of the kind `hubspot`. `client` must not follow redirects.
///
/// # Errors
/// [`WrongSettings`] names the key; settings have checked that already.
pub fn adapter(
    settings: &ConnectionSettings,
    client: Client,
    clock: Clock,
) -> Result<Arc<dyn Crm>, WrongSettings> {
    let wrong = |key, problem| WrongSettings { key, problem };
    let hubspot = settings.hubspot.clone().unwrap_or_default();
    let base = settings.url.clone().map_or_else(calls::usual_base, Ok);
    let base = base.map_err(|_| wrong("url", "is not an address"))?;
    if !is_safe_address(&base) {
        return Err(wrong(
            "url",
            "must be https; plain http is only for a loopback host",
        ));
    }
    let tokens = login::tokens(settings, &hubspot, (&client, &base))?;
    Ok(Arc::new(Hubspot {
        names: Names::new(&FieldMap::new(&settings.fields), &hubspot),
        calls: Calls::new(client, base, hubspot.version, tokens, clock),
        values: ValueMap::new(&settings.values),
        panels: Panels::of(settings),
        app_secret: hubspot.client_secret,
        numbers: Mutex::default(),
    }))
}

#[async_trait]
impl Crm for Hubspot {
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
        self.page(cursor, limit.max(1)).await
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
        Some(self.calls.usage())
    }

    async fn hear(&self, notice: &Notice<'_>) -> Result<Reply, Forged> {
        notices::hear(self.app_secret.as_ref(), notice)
    }
}
