//! What all of the portal shares, and how it is put together from settings.

use std::{collections::BTreeSet, ops::Deref, sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access::{Catalogue, Catalogues, first_refusals::FirstRefusals},
    api,
    crm::{Connections, InvitationRequests, RegistryError},
    db::{Database, Error, OpenError, Tx, TxFuture},
    directory::{Directories, WrongDirectory},
    invitations::{InvitationMails, InvitationsFromCrm, SharedInvitations},
    kernel::{Keyring, World, network::Network},
    mail::MailDestination,
    outbox::{Destination, Outbox, Pace},
    overview::Shelf,
    people::SharedSource,
    registration::{self, SharedRegistrations},
    settings::Settings,
    sign_in::Providers,
    signals,
    web::{counts::RequestCounts, headers::FormTargets, http_client, rate},
    webhooks::subscribers::{Allowed, Subscribers, Wiring},
};

/// The portal's shared state; cheap to clone.
pub struct AppState {
    app: Arc<App>,
    /// Roles and services as this node knew them when the state was cloned. Each request has a clone
    /// of its own, made after its gate met the newest version; so has each round of a worker.
    pub catalogue: Catalogue,
}

impl Clone for AppState {
    fn clone(&self) -> Self {
        Self {
            app: self.app.clone(),
            catalogue: self.app.catalogues.known(),
        }
    }
}

/// What [`AppState`] derefs to.
pub struct App {
    /// The configuration.
    pub settings: Settings,
    /// The database.
    pub db: Database,
    /// Clock, randomness, keys.
    pub world: World,
    /// The client for calls to other systems.
    pub http: reqwest::Client,
    /// Background work that a stop waits for.
    pub tasks: TaskTracker,
    /// Cancelled when the portal stops.
    pub stop: CancellationToken,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Requests per address.
    pub limiter: rate::Limiter,
    /// Questions about access per address.
    pub questions: rate::Limiter,
    /// Calls of programs.
    pub api: api::Limits,
    /// Requests answered, for `/metrics`.
    pub requests: RequestCounts,
    /// The newest roles and services.
    pub catalogues: Catalogues,
    /// Origins that forms may lead to.
    pub form_targets: FormTargets,
    /// OpenID providers and what they publish.
    pub providers: Providers,
    /// The CRMs.
    pub crm: Connections,
    /// Identity providers that are told about their users.
    pub directories: Directories,
    /// What the CRMs said about companies lately.
    pub overviews: Shelf,
    /// Wakes the comparison of the CRMs with the portal.
    pub comparing: tokio::sync::Notify,
    /// Notes the first request that an ended contract refused.
    pub first_refusals: FirstRefusals,
    /// What is told about people beside their memberships, for them to see.
    pub shared: Vec<Arc<dyn SharedSource>>,
    /// The portal's own signing keys.
    pub signing_keys: signals::Keys,
    /// Carries changes and mails to where they belong.
    pub outbox: Outbox,
}

impl Deref for AppState {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

/// Why the portal could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The HTTP client.
    #[error("the HTTP client could not be made: {0}")]
    Http(#[from] reqwest::Error),
    /// A CRM connection.
    #[error(transparent)]
    Connection(#[from] RegistryError),
    /// A directory.
    #[error(transparent)]
    Directory(#[from] WrongDirectory),
    /// The key, which settings have checked already.
    #[error("security.encryption_key is not 64 hexadecimal digits")]
    Key,
    /// The mail server.
    #[error("mail cannot be sent this way: {0}")]
    Mail(#[from] lettre::transport::smtp::Error),
}

impl AppState {
    /// One write transaction that decides by the newest roles and services: it is given a state with
    /// them, and nobody saves other ones before it ends. What a request knew when it began may be a
    /// version old by then.
    ///
    /// # Errors
    /// Those of `work`, and when the database refuses.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx, Self) -> TxFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let mut state = self.clone();
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    state.catalogue = state.catalogues.held(tx).await?;
                    work(tx, state).await
                })
            })
            .await
    }

    /// Opens the database and puts everything together; starts nothing.
    ///
    /// # Errors
    /// [`BuildError`].
    pub async fn build(settings: Settings) -> Result<Self, BuildError> {
        let keys = Keyring::new(settings.security.key_bytes().ok_or(BuildError::Key)?);
        let db = Database::open(&settings.database).await?;
        Self::with(settings, db, World::real(keys))
    }

    /// As [`AppState::build`], on an open database and in a given world (tests).
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn with(settings: Settings, db: Database, world: World) -> Result<Self, BuildError> {
        let networks = settings.security.trusted_proxies.iter();
        let http = http_client::http_client()?;
        let form_targets = form_targets(&settings);
        let catalogues = Catalogues::new(&settings);
        let catalogue = catalogues.known();
        let requests: Arc<dyn InvitationRequests> = Arc::new(InvitationsFromCrm {
            settings: settings.clone(),
            catalogues: catalogues.clone(),
        });
        let crm = Connections::build(&settings, &db, &world, &http, &requests)?;
        let directories = Directories::build(&settings, &world, &http)?;
        let signing_keys = signals::Keys::new(&db, &world);
        let mut destinations = crm.destinations(&catalogues);
        destinations.push(mail(&settings, &db, &world)?);
        let staff = addresses_of_staff(&settings);
        destinations.extend(directories.destinations(&db, &catalogues, &staff, &world));
        let wires = (&db, &world, &http);
        let services = signals::destinations(&settings, &catalogues, &signing_keys, wires);
        destinations.extend(services);
        let wiring = Wiring::new(&db, &world, Allowed::of(&settings.webhooks))?;
        let tasks = TaskTracker::new();
        let app = App {
            overviews: Shelf::new(crm.clone(), world.clock.clone(), tasks.clone()),
            outbox: Outbox::with_source(
                db.clone(),
                world.clone(),
                (destinations, Arc::new(Subscribers(wiring))),
                pace(&settings),
            ),
            crm,
            directories,
            signing_keys,
            comparing: tokio::sync::Notify::new(),
            first_refusals: FirstRefusals::default(),
            shared: shared(&settings, &catalogue),
            providers: Providers::new(
                &settings.providers,
                http.clone(),
                world.clock.clone(),
                form_targets.clone(),
            ),
            http,
            tasks,
            stop: CancellationToken::new(),
            trusted_proxies: networks.filter_map(|text| Network::parse(text)).collect(),
            limiter: rate::limiter(settings.security.requests_per_minute),
            questions: rate::limiter(settings.api.questions_per_minute),
            api: api::Limits::new(&settings.api),
            requests: RequestCounts::default(),
            catalogues,
            form_targets,
            db,
            world,
            settings,
        };
        Ok(Self {
            app: Arc::new(app),
            catalogue,
        })
    }

    /// The state with the newest roles and services, for work that no request began.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest(&self) -> Result<Self, Error> {
        let mut conn = self.db.read().await?;
        self.catalogues.newest(&mut conn).await?;
        Ok(self.clone())
    }
}

/// Directories are told nothing of the portal company's own people.
fn addresses_of_staff(settings: &Settings) -> BTreeSet<String> {
    let staff = settings.staff.iter();
    staff.map(|staff| staff.email.key().to_owned()).collect()
}

fn pace(settings: &Settings) -> Pace {
    let lease = u64::from(settings.outbox.lease_seconds);
    Pace::with_lease(Duration::from_secs(lease))
}

/// What features tell CRMs about people.
fn shared(settings: &Settings, catalogue: &Catalogue) -> Vec<Arc<dyn SharedSource>> {
    let rules = registration::Rules {
        settings,
        catalogue,
    };
    let registrations = SharedRegistrations {
        lead_connection: rules.lead_connection().to_owned(),
    };
    vec![Arc::new(SharedInvitations), Arc::new(registrations)]
}

/// The destination of mails.
fn mail(
    settings: &Settings,
    db: &Database,
    world: &World,
) -> Result<Arc<dyn Destination>, BuildError> {
    let invitations = InvitationMails {
        db: db.clone(),
        clock: world.clock.clone(),
    };
    let keys = world.keys.clone();
    let mail = MailDestination::of(settings, keys, Some(Arc::new(invitations)))?;
    Ok(Arc::new(mail))
}

/// The providers' own origins; those that their metadata names come when it is known.
fn form_targets(settings: &Settings) -> FormTargets {
    let targets = FormTargets::default();
    let issuers = settings.providers.iter();
    let issuers = issuers.filter_map(|provider| url::Url::parse(&provider.issuer).ok());
    targets.add(&issuers.collect::<Vec<_>>());
    for provider in &settings.providers {
        targets.add(&provider.forwards_to);
    }
    targets
}
