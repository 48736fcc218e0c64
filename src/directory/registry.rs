//! The configured directories: each with its settings, its provider's issuer and its adapter.
//!
//! A new kind of directory is one more arm in [`remote`].

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{destination::DirectoryDestination, graph, keycloak, port::Directory, scim, store};
use crate::{
    access::Catalogues,
    db::{Database, Error, Tx},
    kernel::World,
    on,
    outbox::Destination,
    settings::{DirectoryKind, DirectorySettings, Settings},
};

/// One configured directory.
pub struct Configured {
    /// What the settings say.
    pub settings: DirectorySettings,
    /// The issuer of the provider whose people it holds.
    pub issuer: String,
    /// Whether the provider's subject is the user's id in it.
    pub by_subject: bool,
    /// The adapter.
    pub directory: Arc<dyn Directory>,
}

/// A directory that cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("directory {directory:?}: {problem}")]
pub struct WrongDirectory {
    /// Its key.
    pub directory: String,
    /// What is wrong.
    pub problem: String,
}

/// All directories; cheap to clone.
#[derive(Clone)]
pub struct Directories(Arc<Held>);

struct Held {
    all: Vec<Arc<Configured>>,
    /// Who reads what a notice is about.
    readers: Semaphore,
}

/// Notices that are read at once.
const READERS: usize = 4;

impl Default for Directories {
    fn default() -> Self {
        Self::holding(Vec::new())
    }
}

impl Directories {
    /// Sets up the adapter of each configured directory. Nothing is called yet.
    ///
    /// # Errors
    /// Which directory, and what is wrong with it.
    pub fn build(
        settings: &Settings,
        world: &World,
        client: &reqwest::Client,
    ) -> Result<Self, WrongDirectory> {
        let configured = settings.directories.iter().map(|directory| {
            let mut providers = settings.providers.iter();
            let provider = providers.find(|provider| provider.key == directory.provider);
            let provider = provider.ok_or_else(|| WrongDirectory {
                directory: directory.key.clone(),
                problem: "provider: there is none of that key".to_owned(),
            })?;
            Ok(Arc::new(Configured {
                issuer: provider.issuer.clone(),
                by_subject: provider.directory_id == "sub",
                directory: remote(directory, client, world)?,
                settings: directory.clone(),
            }))
        });
        Ok(Self::holding(configured.collect::<Result<_, _>>()?))
    }

    /// Those that are set up already (tests).
    #[must_use]
    pub fn of(configured: Vec<Configured>) -> Self {
        Self::holding(configured.into_iter().map(Arc::new).collect())
    }

    fn holding(all: Vec<Arc<Configured>>) -> Self {
        Self(Arc::new(Held {
            all,
            readers: Semaphore::new(READERS),
        }))
    }

    /// A turn to read what a notice is about; `None` while others have them all.
    pub(super) fn turn_to_read(&self) -> Option<SemaphorePermit<'_>> {
        self.0.readers.try_acquire().ok()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Configured>> {
        self.0.all.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.all.is_empty()
    }

    /// A destination for each, for the outbox. `staff` are addresses of people who need no
    /// membership.
    #[must_use]
    pub fn destinations(
        &self,
        db: &Database,
        catalogues: &Catalogues,
        staff: &BTreeSet<String>,
        world: &World,
    ) -> Vec<Arc<dyn Destination>> {
        self.iter()
            .map(|directory| {
                let destination = DirectoryDestination::new(
                    db.clone(),
                    directory.clone(),
                    catalogues.clone(),
                    staff.clone(),
                    world.clone(),
                );
                Arc::new(destination) as Arc<dyn Destination>
            })
            .collect()
    }
}

/// Notes which directories there are, so that changes are recorded for them from now on. What waits
/// for one that is not configured any more goes on waiting, where operators see it.
///
/// # Errors
/// When the database refuses.
pub async fn register(tx: &mut Tx, directories: &Directories) -> Result<(), Error> {
    let known: Vec<String> = on!(tx, |c| sqlx::query_scalar(store::REGISTERED)
        .fetch_all(c)
        .await)?;
    for directory in directories.iter() {
        on!(tx, |c| sqlx::query(store::REGISTER)
            .bind(&directory.settings.key)
            .bind(&directory.issuer)
            .bind(directory.settings.create)
            .bind(what_counts(&directory.settings))
            .execute(c)
            .await
            .map(drop))?;
    }
    let is_gone = |name: &&String| !directories.iter().any(|it| it.settings.key == **name);
    for gone in known.iter().filter(is_gone) {
        on!(tx, |c| sqlx::query(store::UNREGISTER)
            .bind(gone)
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// What of the settings decides what users are to hold there.
fn what_counts(settings: &DirectorySettings) -> String {
    let names = &settings.attributes;
    let scim = settings.scim.clone().unwrap_or_default();
    let graph = settings.graph.as_ref();
    [
        settings.kind.as_str(),
        settings.block.as_str(),
        &names.person,
        &names.contacts,
        &names.organizations,
        &names.roles,
        &scim.schema,
        scim.matches.as_str(),
        graph.map_or("", |graph| &graph.extension_app),
        graph.map_or("", |graph| if graph.lists { "lists" } else { "" }),
    ]
    .join("\n")
}

/// The adapter of a directory, by its kind.
///
/// # Errors
/// Which directory, and what is wrong with its settings.
pub fn remote(
    settings: &DirectorySettings,
    client: &reqwest::Client,
    world: &World,
) -> Result<Arc<dyn Directory>, WrongDirectory> {
    let client = client.clone();
    let clock = world.clock.clone();
    let made = match settings.kind {
        DirectoryKind::Keycloak => keycloak::adapter(settings, client, clock),
        DirectoryKind::Scim => scim::adapter(settings, client, clock),
        DirectoryKind::Graph => graph::adapter(settings, client, world),
    };
    made.map_err(|problem| WrongDirectory {
        directory: settings.key.clone(),
        problem,
    })
}
