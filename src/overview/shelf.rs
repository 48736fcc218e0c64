//! What CRMs said about companies, for a few minutes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::task::TaskTracker;

use crate::{
    crm::{
        Connections,
        port::{About, Case, CrmError, LeadStage, Manager, Order, Overview, Part},
    },
    kernel::{Clock, Instant},
};

/// How long a page's panels wait for the CRM.
const BUDGET: Duration = Duration::from_secs(2);
/// How long an answer counts as fresh.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// How long an answer is shown with its age while the CRM does not give a newer one.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How soon a CRM that failed is asked again.
const PAUSE: Duration = Duration::from_secs(3);
/// Companies that are remembered at most.
const MOST: usize = 2_000;

/// Which company of which CRM.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The connection's key.
    pub connection: String,
    /// The account, or the lead with what stands before it.
    pub account: String,
    /// The lead's id in the CRM, when a membership knows it.
    pub lead: Option<String>,
}

impl Key {
    /// Whom to ask about.
    fn about(&self) -> About {
        About::of(&self.account, self.lead.as_deref())
    }
}

/// One part as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown<T> {
    /// The CRM does not offer it, or does not let us read it.
    Hidden,
    /// It could not be read, and nothing is remembered.
    Failed,
    /// What is known.
    Known {
        /// What.
        value: T,
        /// Since when it is known.
        at: Instant,
        /// Whether the CRM has failed to give a newer one.
        is_stale: bool,
    },
}

impl<T> Shown<T> {
    /// What is known.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// A company at a glance, with the age of each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Who looks after it.
    pub manager: Shown<Option<Manager>>,
    /// Its latest orders.
    pub orders: Shown<Vec<Order>>,
    /// Its open cases.
    pub cases: Shown<Vec<Case>>,
    /// How far the lead has come.
    pub lead: Shown<Option<LeadStage>>,
    /// What it counts as.
    pub segments: Shown<Vec<String>>,
}

/// The last value of a part and what came of the last attempt to read it.
struct Kept<T> {
    last: Part<T>,
    known: Option<(T, Instant)>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            last: Part::Failed(String::new()),
            known: None,
        }
    }
}

impl<T: Clone> Kept<T> {
    fn take(&mut self, part: Part<T>, now: Instant) {
        match &part {
            Part::Known(value) => self.known = Some((value.clone(), now)),
            Part::NotOffered | Part::NotPermitted(_) => self.known = None,
            Part::Failed(_) => {}
        }
        self.last = part;
    }

    fn fail(&mut self, why: &str) {
        // What is not offered stays so: nobody should see a failure of what never was there.
        if !matches!(self.last, Part::NotOffered | Part::NotPermitted(_)) {
            self.last = Part::Failed(why.to_owned());
        }
    }

    fn has_failed(&self) -> bool {
        matches!(self.last, Part::Failed(_))
    }

    fn shown(&self, now: Instant, is_late: bool) -> Shown<T> {
        let known = self.known.as_ref();
        let known = known.filter(|(_, at)| now.since(*at) < KEPT);
        match (&self.last, known) {
            (Part::NotOffered | Part::NotPermitted(_), _) => Shown::Hidden,
            (last, Some((value, at))) => Shown::Known {
                value: value.clone(),
                at: *at,
                is_stale: is_late || matches!(last, Part::Failed(_)),
            },
            (_, None) => Shown::Failed,
        }
    }
}

/// What is remembered of one company.
#[derive(Default)]
struct Slot {
    tried_at: Option<Instant>,
    manager: Kept<Option<Manager>>,
    orders: Kept<Vec<Order>>,
    cases: Kept<Vec<Case>>,
    lead: Kept<Option<LeadStage>>,
    segments: Kept<Vec<String>>,
}

impl Slot {
    fn take(&mut self, answer: Result<Overview, CrmError>, now: Instant) {
        self.tried_at = Some(now);
        match answer.map(Overview::bounded) {
            Ok(overview) => {
                self.manager.take(overview.manager, now);
                self.orders.take(overview.orders, now);
                self.cases.take(overview.cases, now);
                self.lead.take(overview.lead, now);
                self.segments.take(overview.segments, now);
            }
            Err(error) => {
                let why = error.to_string();
                self.manager.fail(&why);
                self.orders.fail(&why);
                self.cases.fail(&why);
                self.lead.fail(&why);
                self.segments.fail(&why);
            }
        }
    }

    fn has_failed(&self) -> bool {
        self.manager.has_failed()
            || self.orders.has_failed()
            || self.cases.has_failed()
            || self.lead.has_failed()
            || self.segments.has_failed()
    }

    fn needs_reading(&self, now: Instant) -> bool {
        let pause = if self.has_failed() { PAUSE } else { FRESH };
        self.tried_at.is_none_or(|at| now.since(at) >= pause)
    }

    fn glance(&self, now: Instant, is_late: bool) -> Glance {
        Glance {
            manager: self.manager.shown(now, is_late),
            orders: self.orders.shown(now, is_late),
            cases: self.cases.shown(now, is_late),
            lead: self.lead.shown(now, is_late),
            segments: self.segments.shown(now, is_late),
        }
    }
}

/// One company: what is shown, and whose turn it is to ask.
#[derive(Default)]
struct Place {
    slot: Mutex<Slot>,
    turn: tokio::sync::Mutex<()>,
}

impl Place {
    fn with<T>(&self, look: impl FnOnce(&mut Slot) -> T) -> T {
        look(&mut self.slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What CRMs said lately; in memory, so another node asks for itself.
#[derive(Clone)]
pub struct Shelf(Arc<Inner>);

struct Inner {
    crm: Connections,
    clock: Clock,
    tasks: TaskTracker,
    places: Mutex<HashMap<Key, Arc<Place>>>,
}

impl Shelf {
    /// An empty shelf.
    #[must_use]
    pub fn new(crm: Connections, clock: Clock, tasks: TaskTracker) -> Self {
        Self(Arc::new(Inner {
            crm,
            clock,
            tasks,
            places: Mutex::default(),
        }))
    }

    /// A company at a glance: what is fresh, else what its CRM says within two seconds, else what is
    /// remembered. An answer that comes later is kept for the next look.
    pub async fn look(&self, key: &Key) -> Glance {
        let place = self.place(key);
        let now = self.0.clock.now();
        if !place.with(|slot| slot.needs_reading(now)) {
            return place.with(|slot| slot.glance(now, false));
        }
        let read = self
            .0
            .tasks
            .spawn(read(self.0.clone(), place.clone(), key.clone()));
        let is_late = tokio::time::timeout(BUDGET, read).await.is_err();
        place.with(|slot| slot.glance(self.0.clock.now(), is_late))
    }

    fn place(&self, key: &Key) -> Arc<Place> {
        let mut places = self.0.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= MOST && !places.contains_key(key) {
            // The oldest half goes; who is looked at often comes back at once.
            let mut tried: Vec<Option<Instant>> = places
                .values()
                .map(|place| place.with(|slot| slot.tried_at))
                .collect();
            tried.sort_unstable();
            let middle = tried.get(tried.len() / 2).copied().flatten();
            places.retain(|_, place| place.with(|slot| slot.tried_at) > middle);
        }
        places.entry(key.clone()).or_default().clone()
    }
}

/// Asks the CRM, one at a time for each company; goes on when the page has stopped waiting.
async fn read(inner: Arc<Inner>, place: Arc<Place>, key: Key) {
    let turn = place.turn.lock().await;
    let now = inner.clock.now();
    if place.with(|slot| slot.needs_reading(now)) {
        let answer = match inner.crm.get(&key.connection) {
            Some(connection) => {
                let answer = connection.crm.overview(&key.about()).await;
                answer.map(|it| connection.shown_of(it))
            }
            None => Ok(Overview::nothing()),
        };
        if let Err(error) = &answer {
            tracing::warn!(connection = key.connection, %error, "an overview could not be read");
        }
        place.with(|slot| slot.take(answer, inner.clock.now()));
    }
    drop(turn);
}
