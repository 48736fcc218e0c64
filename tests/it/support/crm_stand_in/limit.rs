//! A limit of calls within a sliding window, and a CRM that is down.

use std::{collections::VecDeque, time::Duration};

use axum::http::{HeaderMap, HeaderValue};
use vestibule::kernel::{Clock, Instant};

/// What the stand-in takes.
pub struct RateLimit {
    pub clock: Clock,
    pub allowed: usize,
    pub window: Duration,
    /// Says so with each answer.
    pub reports: bool,
    /// Says how long to wait when it refuses.
    pub hints: bool,
    /// Cuts every connection.
    pub is_down: bool,
    taken: VecDeque<Instant>,
    /// When calls were accepted.
    pub accepted: Vec<Instant>,
    pub refused: usize,
    /// Calls that came while it was down.
    pub missed: usize,
}

/// What becomes of a call.
pub enum Passage {
    Taken,
    Refused(Option<u64>),
    Cut,
}

impl RateLimit {
    pub fn new(clock: &Clock, allowed: usize, window: Duration) -> Self {
        Self {
            clock: clock.clone(),
            allowed,
            window,
            reports: true,
            hints: true,
            is_down: false,
            taken: VecDeque::new(),
            accepted: Vec::new(),
            refused: 0,
            missed: 0,
        }
    }

    pub fn pass(&mut self) -> Passage {
        let now = self.clock.now();
        if self.is_down {
            self.missed += 1;
            return Passage::Cut;
        }
        let from = now.minus(self.window);
        while self.taken.front().is_some_and(|at| *at <= from) {
            self.taken.pop_front();
        }
        if self.taken.len() >= self.allowed {
            self.refused += 1;
            let free = self.taken.front().map_or(now, |at| at.plus(self.window));
            let wait = free.since(now).as_secs() + 1;
            return Passage::Refused(self.hints.then_some(wait));
        }
        self.taken.push_back(now);
        self.accepted.push(now);
        Passage::Taken
    }

    /// Writes the standard headers.
    pub fn report(&self, headers: &mut HeaderMap) {
        if !self.reports {
            return;
        }
        let left = self.allowed.saturating_sub(self.taken.len());
        let policy = format!("\"calls\";q={};w={}", self.allowed, self.window.as_secs());
        let state = format!("\"calls\";r={left};t={}", self.window.as_secs());
        headers.insert("ratelimit-policy", HeaderValue::try_from(policy).unwrap());
        headers.insert("ratelimit", HeaderValue::try_from(state).unwrap());
    }
}
