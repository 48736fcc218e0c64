//! The configured providers with what they publish: fetched once, refreshed in the background, and
//! again when a token names an unknown key, at a bounded rate.
//!
//! A provider that is down stops neither the start nor the others; its last good metadata is kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use openidconnect::core::CoreJsonWebKeySet;
use tokio_util::sync::CancellationToken;

use super::metadata::{self, Metadata};
use crate::{
    kernel::{Clock, Instant, SecretHash},
    settings::ProviderSettings,
    web::headers::FormTargets,
};

/// How old metadata may grow before the background fetches it again.
const REFRESH_AFTER: Duration = Duration::from_secs(4 * 60 * 60);
/// How often the background looks, and so how soon it tries again after a failure.
const LOOK_EVERY: Duration = Duration::from_secs(5 * 60);
/// After a failed first fetch, how long sign-ins are turned away without another try.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How soon after one fetch an unknown key may cause the next.
const REST_AFTER_KEY: Duration = Duration::from_secs(60);
/// Login attempts remembered as used at most.
const SPENT_AT_MOST: usize = 100_000;

/// All configured providers.
pub struct Providers {
    all: Vec<Arc<Provider>>,
    http: reqwest::Client,
    clock: Clock,
    targets: FormTargets,
    spent: Mutex<HashMap<SecretHash, Instant>>,
}

/// One provider and what is known of it.
pub struct Provider {
    /// Its configuration.
    pub settings: ProviderSettings,
    known: RwLock<Option<Arc<Known>>>,
    /// Held while a fetch is under way.
    fetching: tokio::sync::Mutex<Fetching>,
}

/// What earlier fetches leave for the next.
#[derive(Default)]
struct Fetching {
    /// The last one failed: when and why.
    failed: Option<(Instant, String)>,
    /// When an unknown key last caused one.
    for_key_at: Option<Instant>,
}

/// What a provider published, at one time.
#[derive(Debug)]
pub struct Known {
    /// Addresses and abilities.
    pub metadata: Metadata,
    /// Keys of its ID tokens.
    pub keys: CoreJsonWebKeySet,
    /// When it was fetched.
    pub fetched_at: Instant,
}

/// The provider's metadata or keys cannot be had; in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotKnown(pub String);

/// What [`Providers::check`] found about one provider.
#[derive(Debug)]
pub struct Checked {
    /// The provider's key.
    pub provider: String,
    /// How many keys it has, or what is wrong.
    pub outcome: Result<usize, NotKnown>,
}

impl Provider {
    fn new(settings: &ProviderSettings) -> Self {
        Self {
            settings: settings.clone(),
            known: RwLock::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// Whether the provider has a sign-up page to be sent to (OpenID Connect Prompt Create 1.0): the
    /// settings say so, or what it publishes does.
    #[must_use]
    pub fn offers_create(&self, known: &Known) -> bool {
        self.settings.prompt_create || known.metadata.knows_prompt("create")
    }

    /// What is known without asking.
    #[must_use]
    pub fn last_known(&self) -> Option<Arc<Known>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn keep(&self, known: Arc<Known>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

impl Providers {
    /// The registry; asks nobody anything yet.
    #[must_use]
    pub fn new(
        settings: &[ProviderSettings],
        http: reqwest::Client,
        clock: Clock,
        targets: FormTargets,
    ) -> Self {
        let all = settings.iter().map(Provider::new).map(Arc::new).collect();
        Self {
            all,
            http,
            clock,
            targets,
            spent: Mutex::default(),
        }
    }

    /// All of them, in the order of the configuration.
    #[must_use]
    pub fn all(&self) -> &[Arc<Provider>] {
        &self.all
    }

    /// The one with this key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Arc<Provider>> {
        self.all
            .iter()
            .find(|provider| provider.settings.key == key)
    }

    /// The one whose people have addresses at this domain (home-realm discovery).
    #[must_use]
    pub fn home_of(&self, domain: &str) -> Option<&Arc<Provider>> {
        self.all.iter().find(|provider| {
            let homes = &provider.settings.home_domains;
            homes.iter().any(|home| home.eq_ignore_ascii_case(domain))
        })
    }

    /// Whether any provider offers to make a new account. Asks nobody: one that has not been heard
    /// of yet offers what its settings say.
    #[must_use]
    pub fn offer_create(&self) -> bool {
        self.all()
            .iter()
            .any(|provider| match provider.last_known() {
                Some(known) => provider.offers_create(&known),
                None => provider.settings.prompt_create,
            })
    }

    /// What a provider publishes; fetched when nothing is known yet.
    ///
    /// # Errors
    /// [`NotKnown`] when it cannot be had, or could not a moment ago.
    pub async fn known(&self, provider: &Provider) -> Result<Arc<Known>, NotKnown> {
        if let Some(known) = provider.last_known() {
            return Ok(known);
        }
        let mut fetching = provider.fetching.lock().await;
        if let Some(known) = provider.last_known() {
            return Ok(known);
        }
        let now = self.clock.now();
        match &fetching.failed {
            Some((at, why)) if now.since(*at) < REST_AFTER_FAILURE => Err(NotKnown(why.clone())),
            _ => self.fetch(provider, &mut fetching).await,
        }
    }

    /// What a provider publishes after a token that `seen` cannot explain. An unknown key causes at
    /// most one fetch a minute, made by one of those who wait; `None` when there is nothing newer.
    pub async fn newer(&self, provider: &Provider, seen: &Arc<Known>) -> Option<Arc<Known>> {
        let mut fetching = provider.fetching.lock().await;
        let current = provider.last_known()?;
        if !Arc::ptr_eq(&current, seen) {
            return Some(current);
        }
        let now = self.clock.now();
        let rests = fetching
            .for_key_at
            .is_some_and(|at| now.since(at) < REST_AFTER_KEY);
        if rests {
            return None;
        }
        fetching.for_key_at = Some(now);
        self.fetch(provider, &mut fetching).await.ok()
    }

    /// Fetches metadata and keys anew; what was known stays when that fails.
    async fn fetch(
        &self,
        provider: &Provider,
        fetching: &mut Fetching,
    ) -> Result<Arc<Known>, NotKnown> {
        let now = self.clock.now();
        match metadata::fetch(&self.http, &provider.settings).await {
            Ok((metadata, keys)) => {
                self.targets.add(metadata.browser_addresses());
                let known = Arc::new(Known {
                    metadata,
                    keys,
                    fetched_at: now,
                });
                provider.keep(known.clone());
                fetching.failed = None;
                Ok(known)
            }
            Err(why) => {
                tracing::warn!(provider = %provider.settings.key, %why, "an identity provider could not be read");
                fetching.failed = Some((now, why.clone()));
                Err(NotKnown(why))
            }
        }
    }

    /// Keeps metadata and keys fresh until the portal stops.
    pub async fn keep_fresh(&self, stop: CancellationToken) {
        loop {
            for provider in &self.all {
                self.refresh(provider).await;
            }
            let pause = tokio::time::sleep(LOOK_EVERY);
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    async fn refresh(&self, provider: &Provider) {
        let mut fetching = provider.fetching.lock().await;
        let now = self.clock.now();
        let is_fresh = provider
            .last_known()
            .is_some_and(|known| now.since(known.fetched_at) < REFRESH_AFTER);
        if !is_fresh {
            // A failure is in the log; the next look tries again.
            drop(self.fetch(provider, &mut fetching).await);
        }
    }

    /// Asks every provider now, for `vestibule check`.
    pub async fn check(&self) -> Vec<Checked> {
        let mut found = Vec::new();
        for provider in &self.all {
            let mut fetching = provider.fetching.lock().await;
            let known = self.fetch(provider, &mut fetching).await;
            found.push(Checked {
                provider: provider.settings.key.clone(),
                outcome: known.map(|known| known.keys.keys().len()),
            });
        }
        found
    }

    /// Marks a login attempt as used; `false` when it was used here before. The attempt's cookie is
    /// taken away only with the answer, so a second request may still bring it.
    pub(super) fn spend(&self, state: &SecretHash, until: Instant) -> bool {
        let now = self.clock.now();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= SPENT_AT_MOST {
            spent.retain(|_, until| *until > now);
        }
        spent.len() < SPENT_AT_MOST && spent.insert(state.clone(), until).is_none()
    }
}
