//! A destination that takes so many calls within a sliding window and no more.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use vestibule::{
    crm::port::{Limit, Usage, Verdict},
    kernel::{Clock, Instant},
    outbox::{Budget, Destination, Parcel},
};

use super::{outbox::SINK, sink::done};

/// The batch of these tests.
pub const BATCH: usize = 5;

pub struct Limited {
    clock: Clock,
    pub budget: Budget,
    state: Mutex<State>,
}

pub struct State {
    pub allowed: usize,
    pub window: Duration,
    /// Says its limit with each answer.
    pub reports: bool,
    /// Says how long to wait.
    pub hint: Option<Duration>,
    /// What is left of a day, if it says so.
    pub day: Option<Limit>,
    /// Gives no answer.
    pub is_away: bool,
    taken: VecDeque<Instant>,
    usage: Usage,
    /// Calls with a batch, when they came and how they ended.
    pub calls: Vec<(Instant, usize, bool)>,
    pub applied: Vec<Parcel>,
}

impl Limited {
    pub fn new(clock: &Clock, allowed: usize, seconds: u64) -> Self {
        Self {
            clock: clock.clone(),
            budget: Budget {
                calls_per_minute: None,
                reserve_percent: 20,
            },
            state: Mutex::new(State {
                allowed,
                window: Duration::from_secs(seconds),
                reports: true,
                hint: None,
                day: None,
                is_away: false,
                taken: VecDeque::new(),
                usage: Usage::default(),
                calls: Vec::new(),
                applied: Vec::new(),
            }),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }
}

impl State {
    pub fn accepted(&self) -> usize {
        self.calls.iter().filter(|call| call.2).count()
    }

    pub fn refused(&self) -> usize {
        self.calls.len() - self.accepted()
    }

    /// The most calls that any window held.
    pub fn busiest(&self) -> usize {
        let times: Vec<Instant> = self.calls.iter().map(|call| call.0).collect();
        let held = |from: &Instant| {
            let until = from.plus(self.window);
            times
                .iter()
                .filter(|at| *at >= from && **at < until)
                .count()
        };
        times.iter().map(held).max().unwrap_or(0)
    }
}

#[async_trait]
impl Destination for Limited {
    fn name(&self) -> &str {
        SINK
    }

    fn batch_limit(&self) -> usize {
        BATCH
    }

    fn budget(&self) -> Option<Budget> {
        Some(self.budget)
    }

    fn usage(&self) -> Option<Usage> {
        Some(std::mem::take(&mut self.lock().usage))
    }

    async fn deliver(&self, batch: &[Parcel]) -> Vec<Verdict> {
        tokio::task::yield_now().await;
        let now = self.clock.now();
        let mut state = self.lock();
        state.usage.calls += 1;
        if state.is_away {
            state.usage.failed += 1;
            let retry = Verdict::Retry {
                reason: "no answer".into(),
                after: None,
            };
            return vec![retry; batch.len()];
        }
        let from = now.minus(state.window);
        while state.taken.front().is_some_and(|at| *at <= from) {
            state.taken.pop_front();
        }
        let is_taken = state.taken.len() < state.allowed;
        state.calls.push((now, batch.len(), is_taken));
        if is_taken {
            state.taken.push_back(now);
            state.applied.extend(batch.iter().cloned());
        }
        if state.reports {
            state.usage.burst = Some(Limit {
                allowed: state.allowed as u64,
                window: state.window,
                left: Some((state.allowed - state.taken.len()) as u64),
            });
        }
        if let Some(day) = &mut state.day {
            day.left = day.left.map(|left| left.saturating_sub(1));
        }
        state.usage.day = state.day;
        let verdict = if is_taken {
            done()
        } else {
            Verdict::Throttled {
                retry_after: state.hint,
            }
        };
        vec![verdict; batch.len()]
    }
}
