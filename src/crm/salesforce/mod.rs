//! Salesforce by its REST API: keyed upserts in collections, two calls for up to 200 changes.
//!
//! What it needs in the org (an External Client App, fields, permissions) says
//! `docs/crm/salesforce.md`, and [`check`] names what is missing. [`login`] gets tokens, [`api`]
//! makes calls, [`names`] knows what fields are called, [`records`] reads rows, [`feed`] follows the
//! modification stamps, [`find`] answers registrations, [`apply`] writes: it reads what is there
//! ([`ask`]), lets [`super::matching`] say which record each write means, [`plan`] what changes, and sends that.
//! [`notices`] hears outbound messages and Flow callouts.

mod api;
mod apply;
mod ask;
mod check;
mod errors;
mod feed;
mod find;
mod login;
mod names;
mod notices;
mod overview;
mod plan;
mod records;
mod soql;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use reqwest::Client;
use tokio::sync::Mutex;

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
    settings::{ConnectionSettings, Panel, Panels, SalesforceSettings, is_safe_address},
};
use api::Api;
use names::{Kind, Names};

/// Records that one collection takes.
const COLLECTION: usize = 200;

/// One org.
struct Salesforce {
    api: Api,
    names: Names,
    values: ValueMap,
    settings: SalesforceSettings,
    panels: Panels,
    zone: TimeZone,
    memory: feed::Memory,
    /// Contacts of one account written side by side lock one another out, so one batch at a time.
    turn: Mutex<()>,
}

/// The adapter for one connection of the kind `salesforce`. Nothing is called yet.
///
/// # Errors
/// Which of the settings cannot be used.
pub fn adapter(
    connection: &ConnectionSettings,
    client: Client,
    world: &World,
) -> Result<Arc<dyn Crm>, String> {
    let base = connection.url.clone().filter(is_safe_address);
    let base = base.ok_or("url must be the org's My Domain address over https")?;
    let settings = connection.salesforce.clone();
    let settings = settings.ok_or("the table `salesforce` is missing")?;
    let zone = TimeZone::get(&connection.time_zone).map_err(|_| "time_zone is unknown")?;
    let clock = world.clock.clone();
    let tokens: Box<dyn TokenSource> = match &connection.token {
        Some(token) if connection.is_borrowed() => Box::new(Given(token.clone())),
        _ => {
            let login = login::Login::new(client.clone(), &base, &settings, clock.clone())?;
            Box::new(login)
        }
    };
    let session = Session::new(tokens, clock.clone(), Meter::new(api::limits));
    Ok(Arc::new(Salesforce {
        api: Api::new(client, base, &settings.api_version, session, clock),
        names: Names::new(FieldMap::new(&connection.fields), &settings.contract_object),
        values: ValueMap::new(&connection.values),
        settings,
        panels: Panels::of(connection),
        zone,
        memory: feed::Memory::default(),
        turn: Mutex::new(()),
    }))
}

impl Salesforce {
    fn reader(&self) -> records::Reader<'_> {
        records::Reader {
            names: &self.names,
            values: &self.values,
        }
    }

    fn shows(&self, panel: Panel) -> bool {
        self.panels.shows(panel)
    }

    /// `SELECT … FROM …` with everything that is read of a kind.
    fn select(&self, kind: Kind) -> String {
        let mut fields = vec!["Id", "SystemModstamp"];
        fields.extend(self.names.read(kind));
        if kind == Kind::Contract {
            fields.push("IsDeleted");
        }
        format!(
            "SELECT {} FROM {}",
            fields.join(","),
            self.names.object(kind)
        )
    }
}

#[async_trait]
impl Crm for Salesforce {
    fn batch_limit(&self) -> usize {
        COLLECTION
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
        Some(self.api.metered())
    }

    async fn hear(&self, notice: &Notice<'_>) -> Result<Reply, Forged> {
        notices::hear(&self.settings, notice)
    }
}
