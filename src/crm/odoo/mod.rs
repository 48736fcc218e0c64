//! Odoo: companies and people are `res.partner`, leads `crm.lead`, contracts whatever the settings
//! say (a sale order, a subscription, a model of somebody's own).
//!
//! [`calls`] speaks JSON-2 (Odoo 19) or JSON-RPC (14 to 18) and gives one call the same meaning over
//! both; [`errors`] tells what a refusal means; [`fields`] says which fields are read and written and
//! [`records`] what they mean; [`feed`] follows `write_date`; [`find`] answers registrations;
//! [`plan`] and [`apply`] write, [`load`] by Odoo's own upsert; [`notices`] hears automations;
//! [`check`] says what is missing. Set-up: `docs/crm/odoo.md`.

mod apply;
mod calls;
mod check;
mod cursor;
mod errors;
mod feed;
mod fields;
mod find;
mod load;
mod merge;
mod notices;
mod overview;
mod partners;
mod plan;
mod records;
mod values;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use reqwest::Client;
use secrecy::SecretString;

use super::{
    mapping::{FieldMap, ValueMap},
    port::{
        About, Case, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, Forged, HandOver,
        Notice, Overview, Part, Reply, Usage, Verdict, Write,
    },
};
use crate::settings::{ConnectionSettings, Panels, is_safe_address};

use calls::Calls;
use fields::Names;

/// Writes of one call. `load` is one transaction, and Odoo gives a request two minutes.
const BATCH: usize = 200;

/// Settings of a connection from which no adapter can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{key} {problem}")]
pub struct WrongSettings {
    /// The key below `[[connections]]`.
    pub key: &'static str,
    /// What is wrong with its value.
    pub problem: &'static str,
}

/// One Odoo database.
struct Odoo {
    calls: Calls,
    names: Names,
    values: ValueMap,
    panels: Panels,
    /// In which dates with a time of day become days.
    zone: TimeZone,
    notice_secret: Option<SecretString>,
}

/// The adapter for one connection of the kind `odoo`. `client` must not follow redirects.
///
/// # Errors
/// [`WrongSettings`] names the key; settings have checked that already.
pub fn adapter(
    settings: &ConnectionSettings,
    client: Client,
) -> Result<Arc<dyn Crm>, WrongSettings> {
    let wrong = |key, problem| WrongSettings { key, problem };
    let odoo = settings.odoo.as_ref().ok_or(wrong("odoo", "is missing"))?;
    let base = settings.url.clone().ok_or(wrong("url", "is missing"))?;
    if !is_safe_address(&base) {
        return Err(wrong(
            "url",
            "must be https; plain http is only for a loopback host",
        ));
    }
    let key = settings.token.clone().ok_or(wrong("token", "is missing"))?;
    let zone = TimeZone::get(&settings.time_zone)
        .map_err(|_| wrong("time_zone", "is not a time zone of the IANA database"))?;
    let fields = FieldMap::new(&settings.fields);
    Ok(Arc::new(Odoo {
        calls: Calls::new(client, base, key, odoo)?,
        names: Names::new(&fields, odoo),
        values: ValueMap::new(&settings.values),
        panels: Panels::of(settings),
        zone,
        notice_secret: odoo.notice_secret.clone(),
    }))
}

#[async_trait]
impl Crm for Odoo {
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
        notices::hear(self.notice_secret.as_ref(), notice)
    }
}
