//! The configured connections: each with its settings, its adapter and its rules.
//!
//! A new kind of CRM is one more arm in [`adapter`].

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::{
    borrowed::{self, Borrowed},
    builtin,
    destination::CrmDestination,
    dynamics365, http, hubspot,
    intake::{Intake, IntakeError, Polled},
    mapping::FieldMap,
    odoo,
    port::{Crm, CrmError, Overview, Part, Record},
    preview::{self, Preview},
    salesforce,
    take::InvitationRequests,
    transforms::Transforms,
};
use crate::{
    access::Catalogues,
    contracts::ContractRules,
    db::{Database, Error},
    kernel::{Cx, World},
    outbox::Destination,
    settings::{
        AccessSettings, ConnectionKind, ConnectionSettings, MappingSettings, Panel, Panels,
        Settings,
    },
};

/// One configured CRM.
pub struct Connection {
    /// What the settings say.
    pub settings: ConnectionSettings,
    /// The adapter.
    pub crm: Arc<dyn Crm>,
    /// The same adapter, when colleagues lend it their credential.
    pub borrowed: Option<Borrowed>,
    /// How its contract records are read.
    pub rules: ContractRules,
    /// How its fields differ.
    pub fields: FieldMap,
    /// How its values are put.
    pub transforms: Transforms,
    news: Notify,
}

impl Connection {
    /// A connection with an adapter.
    ///
    /// # Errors
    /// When the time zone is unknown; settings have checked that already.
    pub fn new(
        settings: ConnectionSettings,
        access: &AccessSettings,
        crm: Arc<dyn Crm>,
    ) -> Result<Self, RegistryError> {
        let rules = ContractRules::new(&settings, access).map_err(|error| RegistryError {
            connection: settings.key.clone(),
            problem: format!("time_zone: {error}"),
        })?;
        Ok(Self {
            fields: FieldMap::new(&settings.fields),
            transforms: Transforms::new(&settings.transforms),
            rules,
            borrowed: None,
            crm,
            settings,
            news: Notify::new(),
        })
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.settings.key
    }

    /// Records per call at most: ours or the adapter's limit, whichever is smaller.
    #[must_use]
    pub fn batch(&self) -> usize {
        let ours = usize::try_from(self.settings.batch).unwrap_or(usize::MAX);
        ours.min(self.crm.batch_limit()).max(1)
    }

    /// The adapter for one batch of writes. One that is borrowed claims a use for it.
    ///
    /// # Errors
    /// [`CrmError::NoCredential`] when none is lent.
    pub async fn for_batch(&self) -> Result<Arc<dyn Crm>, CrmError> {
        match &self.borrowed {
            Some(borrowed) => borrowed.for_batch().await,
            None => Ok(self.crm.clone()),
        }
    }

    /// What of an overview the settings let pages show.
    #[must_use]
    pub fn shown_of(&self, overview: Overview) -> Overview {
        let panels = Panels::of(&self.settings);
        let shows = |panel| panels.shows(panel);
        fn only<T>(is_shown: bool, part: Part<T>) -> Part<T> {
            if is_shown { part } else { Part::NotOffered }
        }
        Overview {
            manager: only(shows(Panel::Manager), overview.manager),
            orders: only(shows(Panel::Orders), overview.orders),
            cases: only(shows(Panel::Cases), overview.cases),
            lead: only(shows(Panel::Lead), overview.lead),
            segments: only(shows(Panel::Segments), overview.segments),
        }
    }

    /// The pause between two looks at the feed.
    #[must_use]
    pub fn poll_pause(&self) -> Duration {
        Duration::from_secs(u64::from(self.settings.poll_seconds.max(1)))
    }

    /// Waits until somebody says that the feed has news.
    pub(super) async fn told(&self) {
        self.news.notified().await;
    }
}

/// A connection that cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("connection {connection:?}: {problem}")]
pub struct RegistryError {
    /// Its key.
    pub connection: String,
    /// What is wrong.
    pub problem: String,
}

/// All connections; cheap to clone.
#[derive(Clone)]
pub struct Connections(Arc<Inner>);

struct Inner {
    db: Database,
    world: World,
    connections: BTreeMap<String, Intake>,
}

impl Connections {
    /// Sets up the adapter of each configured connection. Nothing is called yet.
    ///
    /// # Errors
    /// Which connection, and what is wrong with it.
    pub fn build(
        settings: &Settings,
        db: &Database,
        world: &World,
        client: &reqwest::Client,
        requests: &Arc<dyn InvitationRequests>,
    ) -> Result<Self, RegistryError> {
        let connections = settings.connections.iter().map(|connection| {
            if connection.is_borrowed() {
                let borrowed = Borrowed::new(settings, connection, (db, world, client))?;
                let crm = Arc::new(borrowed.clone());
                let made = Connection::new(connection.clone(), &settings.access, crm)?;
                return Ok(Connection {
                    borrowed: Some(borrowed),
                    ..made
                });
            }
            let crm = adapter(connection, db, world, client)?;
            Connection::new(connection.clone(), &settings.access, crm)
        });
        let connections = connections.collect::<Result<Vec<_>, _>>()?;
        Ok(Self::of(connections, db, world, requests))
    }

    /// The registry of connections that are set up already (tests).
    #[must_use]
    pub fn of(
        connections: Vec<Connection>,
        db: &Database,
        world: &World,
        requests: &Arc<dyn InvitationRequests>,
    ) -> Self {
        let intake = |connection: Connection| {
            let key = connection.key().to_owned();
            let connection = Arc::new(connection);
            let intake = Intake::new(db.clone(), world.clone(), connection, requests.clone());
            (key, intake)
        };
        Self(Arc::new(Inner {
            db: db.clone(),
            world: world.clone(),
            connections: connections.into_iter().map(intake).collect(),
        }))
    }

    /// The connection with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<Connection>> {
        self.0.connections.get(key).map(Intake::connection)
    }

    /// All connections, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.0.connections.values().map(Intake::connection)
    }

    /// The built-in CRM's connection, if it is configured.
    #[must_use]
    pub fn builtin(&self) -> Option<&Arc<Connection>> {
        self.iter()
            .find(|connection| connection.settings.kind == ConnectionKind::Builtin)
    }

    /// The intake of each connection, for [`super::poll::start`].
    #[must_use]
    pub fn intakes(&self) -> Vec<Intake> {
        self.0.connections.values().cloned().collect()
    }

    /// A destination for each connection, for the outbox.
    #[must_use]
    pub fn destinations(&self, catalogues: &Catalogues) -> Vec<Arc<dyn Destination>> {
        self.iter()
            .map(|connection| {
                let destination = CrmDestination::new(
                    self.0.db.clone(),
                    connection.clone(),
                    catalogues.clone(),
                    self.0.world.clone(),
                );
                Arc::new(destination) as Arc<dyn Destination>
            })
            .collect()
    }

    /// Has the feed of a connection read now.
    pub fn wake(&self, key: &str) {
        if let Some(connection) = self.get(key) {
            connection.news.notify_one();
        }
    }

    /// Reads the feed of a connection until nothing more is there. The built-in CRM's screen does so
    /// after each change, so that it holds from the next request on.
    ///
    /// # Errors
    /// As [`Intake::poll`].
    pub async fn catch_up(&self, key: &str) -> Result<(), IntakeError> {
        match self.0.connections.get(key) {
            Some(intake) => intake.catch_up().await,
            None => Ok(()),
        }
    }

    /// Applies records that a CRM sent; when this returns they have taken effect.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn receive(&self, cx: &Cx, key: &str, records: Vec<Record>) -> Result<Polled, Error> {
        match self.0.connections.get(key) {
            Some(intake) => intake.receive(cx, records).await,
            None => Ok(Polled::default()),
        }
    }

    /// What another mapping would make of a connection's records; nothing is written. `None` when
    /// there is no such connection.
    ///
    /// # Errors
    /// When no adapter can be made with that mapping.
    pub async fn preview(
        &self,
        key: &str,
        proposed: &MappingSettings,
        client: &reqwest::Client,
        limit: usize,
    ) -> Result<Option<Preview>, RegistryError> {
        let Some(connection) = self.get(key) else {
            return Ok(None);
        };
        let settings = proposed.on(&connection.settings);
        let other = match &connection.borrowed {
            Some(borrowed) => {
                let other = borrowed.reading_as(&settings).await;
                Some(other.map_err(|error| RegistryError {
                    connection: key.to_owned(),
                    problem: error.to_string(),
                })?)
            }
            None => remote(&settings, client, &self.0.world)?,
        };
        // The CRM inside has no other names; only how values are put can differ.
        let other = other.unwrap_or_else(|| connection.crm.clone());
        let (own, crm) = (&connection.settings, &connection.crm);
        Ok(Some(
            preview::preview(own, crm, proposed, &other, limit).await,
        ))
    }

    /// Wipes borrowed credentials whose time is over or whose connection borrows no more, on every node,
    /// and forgets those wiped elsewhere.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_borrowed(&self) -> Result<(), Error> {
        for borrowed in self.iter().filter_map(|it| it.borrowed.as_ref()) {
            borrowed.keep().await?;
        }
        let borrowing = self.iter().filter(|it| it.borrowed.is_some());
        let borrowing = borrowing.map(|it| it.key()).collect();
        borrowed::end_of_others(&self.0.db, &self.0.world, &borrowing).await
    }

    /// Clock and randomness of the installation.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0.world
    }
}

/// The adapter of a connection, by its kind.
fn adapter(
    connection: &ConnectionSettings,
    db: &Database,
    world: &World,
    client: &reqwest::Client,
) -> Result<Arc<dyn Crm>, RegistryError> {
    let builtin = || builtin::adapter(db.clone(), world.clone());
    Ok(remote(connection, client, world)?.unwrap_or_else(builtin))
}

/// The adapter of a connection to another system; `None` for the CRM inside.
///
/// # Errors
/// Which connection, and what is wrong with its settings.
pub fn remote(
    connection: &ConnectionSettings,
    client: &reqwest::Client,
    world: &World,
) -> Result<Option<Arc<dyn Crm>>, RegistryError> {
    let client = client.clone();
    let made = match connection.kind {
        ConnectionKind::Builtin => return Ok(None),
        ConnectionKind::Http => {
            http::adapter(connection, client).map_err(|error| error.to_string())
        }
        ConnectionKind::Hubspot => hubspot::adapter(connection, client, world.clock.clone())
            .map_err(|error| error.to_string()),
        ConnectionKind::Salesforce => salesforce::adapter(connection, client, world),
        ConnectionKind::Dynamics365 => dynamics365::adapter(connection, client, world),
        ConnectionKind::Odoo => {
            odoo::adapter(connection, client).map_err(|error| error.to_string())
        }
    };
    made.map(Some).map_err(|problem| RegistryError {
        connection: connection.key.clone(),
        problem,
    })
}
