//! The workers: one lane per destination, several batches under way in each.
//!
//! One task looks after the lanes: it starts those that come and ends with the last of them.
//!
//! An idle lane sends at once; while a call is under way it collects what comes, so that a busy
//! destination gets few large calls and a quiet one no delay.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    time::{Instant as Moment, sleep, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    carry::carry,
    claim::{self, Ask, Claimed, Due},
    destination::{Destination, Source},
    lanes::{Lane, Lanes},
    sweep,
};
use crate::{
    db::{Database, Error},
    kernel::{Instant, World},
};

/// The shortest pause of a lane that waits for its turn.
const SHORTEST: Duration = Duration::from_millis(5);

/// The rhythm of the workers. The defaults are right; tests shorten them.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long a claimed row is ours without a sign of life.
    pub lease: Duration,
    /// How often a sign of life is given while a call is under way.
    pub heartbeat: Duration,
    /// How often a lane looks for work that nobody told it of.
    pub poll: Duration,
    /// How long a lane collects while a call is under way.
    pub collect: Duration,
    /// How long a call may take.
    pub call: Duration,
    /// Batches under way at once in one lane.
    pub batches: usize,
}

impl Pace {
    /// The usual rhythm with another lease, which is renewed three times before it runs out.
    #[must_use]
    pub fn with_lease(lease: Duration) -> Self {
        Self {
            lease,
            heartbeat: lease / 4,
            ..Self::default()
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60),
            heartbeat: Duration::from_secs(15),
            poll: Duration::from_secs(1),
            collect: Duration::from_millis(200),
            call: Duration::from_secs(300),
            batches: 4,
        }
    }
}

/// The engine: claims, delivers, settles. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) db: Database,
    pub(super) world: World,
    lanes: Lanes,
    pub(super) pace: Pace,
}

impl Outbox {
    /// An engine for these destinations. Nothing runs before [`Outbox::start`].
    #[must_use]
    pub fn new(db: Database, world: World, destinations: Vec<Arc<dyn Destination>>) -> Self {
        Self::with_pace(db, world, destinations, Pace::default())
    }

    /// The same with another rhythm.
    #[must_use]
    pub fn with_pace(
        db: Database,
        world: World,
        destinations: Vec<Arc<dyn Destination>>,
        pace: Pace,
    ) -> Self {
        Self::build(db, world, Lanes::new(destinations, None), pace)
    }

    /// The same with destinations that come and go besides the fixed ones.
    #[must_use]
    pub fn with_source(
        db: Database,
        world: World,
        (fixed, source): (Vec<Arc<dyn Destination>>, Arc<dyn Source>),
        pace: Pace,
    ) -> Self {
        Self::build(db, world, Lanes::new(fixed, Some(source)), pace)
    }

    fn build(db: Database, world: World, lanes: Lanes, pace: Pace) -> Self {
        Self {
            shared: Arc::new(Shared {
                db,
                world,
                lanes,
                pace,
            }),
        }
    }

    /// Starts the lanes and the housekeeping. They end when `stop` is cancelled, after the calls
    /// under way have been settled; `tasks` waits for that.
    pub fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        tasks.spawn(keep_lanes(self.shared.clone(), tasks.clone(), stop.clone()));
        let db = self.shared.db.clone();
        let world = self.shared.world.clone();
        let stop = stop.clone();
        tasks.spawn(async move {
            // Between two runs nothing is lost by stopping.
            let _ = stop
                .run_until_cancelled(sweep::keep_sweeping(db, world))
                .await;
        });
    }

    /// Says that something was recorded and committed. Without it the lanes notice within
    /// [`Pace::poll`].
    pub fn wake(&self) {
        for lane in self.shared.lanes.all() {
            lane.wake.notify_one();
        }
    }

    /// Asks at once which destinations there are; otherwise that is noticed within [`Pace::poll`].
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.shared.lanes.refresh().await?;
        // New lanes are started by who looks after them.
        self.shared.lanes.wake.notify_one();
        Ok(())
    }

    /// The names of all destinations that this node knows of.
    #[must_use]
    pub fn destinations(&self) -> Vec<String> {
        let lanes = self.shared.lanes.all();
        lanes.iter().map(|lane| lane.name().to_owned()).collect()
    }

    /// The destination with this name.
    #[must_use]
    pub fn destination(&self, name: &str) -> Option<Arc<dyn Destination>> {
        let lanes = self.shared.lanes.all();
        lanes
            .iter()
            .find(|lane| lane.name() == name)
            .map(|lane| lane.destination.clone())
    }

    /// Works off everything that is due, one batch after another, until nothing moves; returns how
    /// many parcels were handed over. For tests, seeding and `vestibule demo`'s start.
    ///
    /// # Errors
    /// When a claim fails, or the destinations cannot be read.
    pub async fn drain(&self) -> Result<usize, Error> {
        self.shared.lanes.refresh().await?;
        let mut total = 0;
        loop {
            let mut moved = 0;
            for lane in self.shared.lanes.all() {
                if let Found::Some(claimed) = claim_batch(&self.shared, &lane).await? {
                    moved += claimed.parcels.len() + claimed.unreadable.len();
                    carry(&self.shared, &lane, claimed).await;
                }
            }
            total += moved;
            if moved == 0 {
                return Ok(total);
            }
        }
    }
}

/// Starts each lane when it comes, and closes all of them in the end.
async fn keep_lanes(shared: Arc<Shared>, tasks: TaskTracker, stop: CancellationToken) {
    let lanes = &shared.lanes;
    loop {
        match stop.run_until_cancelled(lanes.refresh()).await {
            None => break,
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::warn!(%error, "the destinations could not be read"),
        }
        for lane in lanes.all().into_iter().filter(|lane| lane.is_new()) {
            tasks.spawn(run(shared.clone(), lane, tasks.clone()));
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = lanes.wake.notified() => {}
            () = sleep(shared.pace.poll) => {}
        }
    }
    for lane in lanes.all() {
        lane.closed.cancel();
    }
}

async fn run(shared: Arc<Shared>, lane: Arc<Lane>, tasks: TaskTracker) {
    let stop = &lane.closed;
    let batches = shared.pace.batches.max(1);
    let slots = Arc::new(Semaphore::new(batches));
    let mut collect_until: Option<Moment> = None;
    loop {
        let slot = slots.clone().acquire_owned();
        let Some(Ok(slot)) = stop.run_until_cancelled(slot).await else {
            return;
        };
        let is_idle = slots.available_permits().saturating_add(1) == batches;
        if let Some(until) = collect_until.take().filter(|_| !is_idle) {
            sleep_until(until).await;
        }
        if stop.is_cancelled() {
            return;
        }
        let mut pause = shared.pace.poll;
        match claim_batch(&shared, &lane).await {
            Ok(Found::Some(claimed)) => {
                let is_full = claimed.parcels.len() >= batch_limit(&lane);
                collect_until = (!is_full).then(|| Moment::now() + shared.pace.collect);
                let (shared, lane) = (shared.clone(), lane.clone());
                tasks.spawn(async move {
                    carry(&shared, &lane, claimed).await;
                    drop(slot);
                    // What waited behind these subjects is free now.
                    lane.wake.notify_one();
                });
                continue;
            }
            Ok(Found::Nothing(until)) => {
                let now = shared.world.clock.now();
                pause = until.map_or(pause, |until| pause.min(until.since(now).max(SHORTEST)));
            }
            Err(error) => {
                let destination = lane.name();
                tracing::warn!(%error, destination, "the outbox could not be read");
            }
        }
        drop(slot);
        tokio::select! {
            () = stop.cancelled() => return,
            () = lane.wake.notified() => {}
            () = sleep(pause) => {}
        }
    }
}

fn batch_limit(lane: &Lane) -> usize {
    lane.destination.batch_limit().clamp(1, 1_000)
}

/// What a look for work found.
enum Found {
    /// Work.
    Some(Claimed),
    /// None; perhaps then.
    Nothing(Option<Instant>),
}

/// Claims when there is something to claim.
async fn claim_batch(shared: &Shared, lane: &Lane) -> Result<Found, Error> {
    let cx = shared.world.system("outbox");
    let ask = Ask {
        destination: lane.name().into(),
        limit: batch_limit(lane),
        lease: shared.pace.lease,
        budget: lane.destination.budget(),
        calls: lane.calls(),
    };
    loop {
        let mut conn = shared.db.read().await?;
        let due = claim::is_due(&mut conn, &ask, cx.now()).await?;
        if let Due::Later(until) = due {
            return Ok(Found::Nothing(until));
        }
        if lane.destination.waits(&mut conn, cx.now()).await? {
            return Ok(Found::Nothing(None));
        }
        drop(conn);
        let (cx, ask) = (cx.clone(), ask.clone());
        let claimed = shared
            .db
            .write(move |tx| Box::pin(async move { claim::claim(tx, &cx, &ask).await }))
            .await?;
        if !(claimed.parcels.is_empty() && claimed.unreadable.is_empty()) {
            return Ok(Found::Some(claimed));
        }
        if !claimed.is_cut_short {
            return Ok(Found::Nothing(None));
        }
    }
}
