//! The lanes there are: one for each destination, fixed or of the source.
//!
//! The source is asked again and again, on every node, so a destination that somebody adds or
//! removes anywhere has its lane, or loses it, within [`super::Pace::poll`].

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::destination::{Destination, Source};
use crate::db::Error;

/// What carries the changes of one destination.
pub(super) struct Lane {
    pub(super) destination: Arc<dyn Destination>,
    pub(super) wake: Notify,
    /// Cancelled when its destination is gone, and when the workers stop.
    pub(super) closed: CancellationToken,
    runs: AtomicBool,
    /// Calls that a batch took lately, in hundredths.
    hundredths: AtomicU64,
}

impl Lane {
    fn new(destination: Arc<dyn Destination>) -> Arc<Self> {
        Arc::new(Self {
            destination,
            wake: Notify::new(),
            closed: CancellationToken::new(),
            runs: AtomicBool::new(false),
            hundredths: AtomicU64::new(100),
        })
    }

    pub(super) fn name(&self) -> &str {
        self.destination.name()
    }

    /// Whether it has to be started: true once.
    pub(super) fn is_new(&self) -> bool {
        !self.runs.swap(true, Ordering::Relaxed)
    }

    /// Calls that the next batch will take, about.
    pub(super) fn calls(&self) -> u64 {
        self.hundredths.load(Ordering::Relaxed).div_ceil(100).max(1)
    }

    /// Takes note of the calls that a batch took.
    pub(super) fn took(&self, calls: u64) {
        let before = self.hundredths.load(Ordering::Relaxed);
        let average = before
            .saturating_mul(3)
            .saturating_add(calls.saturating_mul(100))
            / 4;
        self.hundredths.store(average, Ordering::Relaxed);
    }
}

pub(super) struct Lanes {
    fixed: Vec<Arc<Lane>>,
    source: Option<Arc<dyn Source>>,
    found: RwLock<Vec<Arc<Lane>>>,
    /// Wakes who looks after them.
    pub(super) wake: Notify,
}

impl Lanes {
    pub(super) fn new(fixed: Vec<Arc<dyn Destination>>, source: Option<Arc<dyn Source>>) -> Self {
        Self {
            fixed: fixed.into_iter().map(Lane::new).collect(),
            source,
            found: RwLock::default(),
            wake: Notify::new(),
        }
    }

    /// Those there are now.
    pub(super) fn all(&self) -> Vec<Arc<Lane>> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        self.fixed.iter().chain(found.iter()).cloned().collect()
    }

    /// Asks the source: opens lanes for what is new and closes those of what is gone.
    pub(super) async fn refresh(&self) -> Result<(), Error> {
        let Some(source) = &self.source else {
            return Ok(());
        };
        let wanted = source.destinations().await?;
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = |lane: &Arc<Lane>| wanted.iter().any(|it| it.name() == lane.name());
        for gone in found.iter().filter(|lane| !is_wanted(lane)) {
            gone.closed.cancel();
        }
        found.retain(is_wanted);
        for destination in wanted {
            if !found.iter().any(|lane| lane.name() == destination.name()) {
                found.push(Lane::new(destination));
            }
        }
        Ok(())
    }
}
