//! How many calls a destination may be sent: learnt from what it says, kept below it, shared by all
//! nodes, with a part that only what is urgent may use.
//!
//! One row per destination. A claim reads and charges it in its own transaction, under the lock that
//! all claims of the destination take; settling puts right what the calls really cost. Calls are
//! spaced, not counted in blocks: each is paid for with its share of the window, and who is ahead of
//! that by more than a twentieth of the window waits, unless little was called lately. So no window of a limit that slides holds more
//! than the limit, and 95 of a hundred allowed calls can be used all the time.
//!
//! | the destination says | we take |
//! |---|---|
//! | its limit | that limit |
//! | nothing, until it refuses | nine tenths of what it took in the last minute, 60 at least; a quarter more after each full minute until it refuses again, then a fiftieth |
//! | what is left of a day | nothing but what is urgent, once no more than the reserve is left |

use std::time::Duration;

use super::fact::Urgency;
use crate::{crm::port::Usage, kernel::Instant, settings::ConnectionSettings};

/// Of a window, how far ahead calls may be.
const BURST_PERCENT: u64 = 5;
/// Of a window's calls, those that may go at once after a quiet time.
const QUIET_PERCENT: u64 = 40;
/// The window of a limit that was learnt.
const MINUTE: Duration = Duration::from_secs(60);
/// Calls in a minute below which a refusal teaches nothing: no CRM allows so few, so it had another
/// cause, and the pause that it asks for is enough.
const LEAST_LEARNT: i64 = 60;
/// How long a figure about the day is believed.
const BELIEVED: Duration = Duration::from_secs(15 * 60);
/// The longest pause of a destination that gives no answer.
const LONGEST_MISS: Duration = Duration::from_secs(5);

/// What the settings say about calls to a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Calls in a minute at most, whatever the destination allows.
    pub calls_per_minute: Option<u32>,
    /// Of a hundred allowed calls, those that only what is urgent may use.
    pub reserve_percent: u32,
}

impl Budget {
    /// That of a connection.
    #[must_use]
    pub fn of(connection: &ConnectionSettings) -> Self {
        Self {
            calls_per_minute: connection.calls_per_minute,
            reserve_percent: connection.reserve_percent,
        }
    }
}

crate::text_enum! {
    /// How the limit of a destination is known.
    pub enum LimitSource {
        /// It has never been refused, and said nothing.
        Unknown = "unknown",
        /// From what it took until it refused.
        Learnt = "learnt",
        /// It says so.
        Reported = "reported",
    }
}

/// How a destination's calls stand.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Allowance {
    /// How the limit is known.
    pub source: LimitSource,
    /// Calls in a window; 0 when not known.
    pub allowed: i64,
    window_us: i64,
    refused_at: i64,
    paid_until: Instant,
    counted_from: Instant,
    counted: i64,
    counted_before: i64,
    misses: i64,
    /// Calls in a day; 0 when not known.
    pub day_allowed: i64,
    /// Calls that were left of them at [`Allowance::day_at`].
    pub day_left: i64,
    /// When the destination said so.
    pub day_at: Instant,
}

/// What may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gate {
    /// The least urgent that may go; `None` when nothing may.
    pub(super) open: Option<Urgency>,
    /// When more may go.
    pub(super) opens_at: Option<Instant>,
}

impl Gate {
    /// Nothing limits the destination.
    pub(super) const OPEN: Self = Self {
        open: Some(Urgency::Note),
        opens_at: None,
    };
}

/// The price of one call and how far ahead calls may be, in microseconds.
#[derive(Debug, Clone, Copy)]
struct Price {
    call: u64,
    burst: u64,
}

impl Price {
    /// Of a limit, when a batch takes `calls`. Calls may be ahead by a part of the window, or by two
    /// batches where that is more, so that many are left out of what is spread over the window.
    fn of((allowed, window): (u64, Duration), calls: u64) -> Self {
        let window = micros(window);
        let ahead =
            (allowed.saturating_mul(BURST_PERCENT).div_ceil(100)).max(calls.saturating_mul(2));
        let spread = allowed.saturating_sub(ahead).max(allowed / 2).max(1);
        Self {
            call: (window / spread).max(1),
            burst: window.saturating_mul(BURST_PERCENT) / 100,
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl Allowance {
    /// Of a destination of which nothing is known.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            source: LimitSource::Unknown,
            allowed: 0,
            window_us: signed(micros(MINUTE)),
            refused_at: 0,
            paid_until: now,
            counted_from: now,
            counted: 0,
            counted_before: 0,
            misses: 0,
            day_allowed: 0,
            day_left: 0,
            day_at: Instant::from_micros(0),
        }
    }

    /// The window of the limit.
    #[must_use]
    pub fn window(&self) -> Duration {
        Duration::from_micros(unsigned(self.window_us).max(1))
    }

    /// About how many calls were made in the last window.
    #[must_use]
    pub fn used(&self, now: Instant) -> u64 {
        let (window, elapsed) = (micros(self.window()), micros(now.since(self.counted_from)));
        if elapsed >= window.saturating_mul(2) {
            return 0;
        }
        let (current, before) = if elapsed >= window {
            (0, self.counted)
        } else {
            (self.counted, self.counted_before)
        };
        let left = window.saturating_sub(elapsed % window);
        let before = unsigned(before).saturating_mul(left) / window;
        unsigned(current).saturating_add(before)
    }

    /// The limit in force as calls and their window: the destination's or that of the settings,
    /// whichever is slower; `None` for none.
    #[must_use]
    pub fn limit(&self, budget: &Budget) -> Option<(u64, Duration)> {
        let known = (unsigned(self.allowed), self.window());
        let set = (budget.calls_per_minute.map_or(0, u64::from), MINUTE);
        let share = |limit: &(u64, Duration)| micros(limit.1).checked_div(limit.0);
        [known, set]
            .into_iter()
            .filter(|limit| limit.0 > 0)
            .max_by_key(share)
    }

    fn price(&self, budget: &Budget, calls: u64) -> Option<Price> {
        self.limit(budget).map(|limit| Price::of(limit, calls))
    }

    /// What may go now, when a batch takes `calls`.
    pub(super) fn gate(&self, budget: &Budget, calls: u64, now: Instant) -> Gate {
        let reserve = u64::from(budget.reserve_percent.min(90));
        let day_left = unsigned(self.day_left).saturating_mul(100);
        let is_spent = self.day_allowed > 0
            && now.since(self.day_at) < BELIEVED
            && day_left <= unsigned(self.day_allowed).saturating_mul(reserve);
        let Some(price) = self.price(budget, calls) else {
            return if is_spent {
                self.spent(None)
            } else {
                Gate::OPEN
            };
        };
        let bill = price.call.saturating_mul(calls.max(1));
        let ahead = micros(self.paid_until.since(now)).saturating_add(bill);
        // A batch that costs more than may be ahead goes when all before it is paid for; one that is
        // urgent need not wait for the one before.
        let urgent = price.burst.max(bill.saturating_mul(2));
        let others = (price.burst.saturating_mul(100 - reserve) / 100).max(bill);
        // After a quiet time many may go at once: what they take is paid for before the next ones.
        let used = self.used(now).saturating_add(calls).saturating_mul(100);
        let counted = self.limit(budget).filter(|limit| limit.1 == self.window());
        let allowed = counted.map_or(0, |limit| limit.0);
        let quiet = allowed.saturating_mul(QUIET_PERCENT);
        let wait = |room: u64, quiet: u64| {
            let wait = ahead.saturating_sub(room);
            (wait > 0 && used > quiet).then(|| now.plus(Duration::from_micros(wait)))
        };
        let wait = [
            wait(urgent, quiet),
            wait(others, quiet.saturating_mul(100 - reserve) / 100),
        ];
        match wait {
            [Some(until), _] => Gate {
                open: None,
                opens_at: Some(until),
            },
            [None, others] if is_spent => self.spent(others),
            [None, Some(until)] => Gate {
                open: Some(Urgency::Urgent),
                opens_at: Some(until),
            },
            [None, None] => Gate::OPEN,
        }
    }

    fn spent(&self, other: Option<Instant>) -> Gate {
        let until = self.day_at.plus(BELIEVED);
        Gate {
            open: Some(Urgency::Urgent),
            opens_at: Some(other.map_or(until, |other| other.max(until))),
        }
    }

    /// Charges a batch that is about to go. Notes alone are charged so that they leave the reserve
    /// to others.
    pub(super) fn charge(&mut self, budget: &Budget, calls: u64, only_notes: bool, now: Instant) {
        self.roll(now);
        self.counted = self.counted.saturating_add(signed(calls));
        if self.day_allowed > 0 {
            self.day_left = self.day_left.saturating_sub(signed(calls)).max(0);
        }
        let Some(price) = self.price(budget, calls) else {
            return;
        };
        let bill = price.call.saturating_mul(calls.max(1));
        let reserve = u64::from(budget.reserve_percent.min(90));
        let bill = if only_notes {
            bill.saturating_mul(100) / (100 - reserve)
        } else {
            bill
        };
        self.paid_until = self.paid_until.max(now).plus(Duration::from_micros(bill));
    }

    /// Takes in what calls really cost and what was said meanwhile; `charged` is what was charged
    /// for them.
    pub(super) fn settle(&mut self, budget: &Budget, charged: u64, usage: &Usage, now: Instant) {
        self.roll(now);
        if let Some(burst) = usage.burst {
            let window = signed(micros(burst.window));
            if self.window_us != window {
                (self.window_us, self.counted_before) = (window, 0);
                self.counted_from = now;
            }
            self.source = LimitSource::Reported;
            self.allowed = signed(burst.allowed);
        }
        if let Some(day) = usage.day {
            self.day_allowed = signed(day.allowed);
            self.day_left = signed(day.left.unwrap_or(day.allowed));
            self.day_at = now;
        }
        if usage.calls > 0 {
            let is_away = usage.failed >= usage.calls;
            self.misses = if is_away {
                self.misses.saturating_add(1)
            } else {
                0
            };
        }
        let (more, less) = (
            usage.calls.saturating_sub(charged),
            charged.saturating_sub(usage.calls),
        );
        self.counted = self
            .counted
            .saturating_add(signed(more))
            .saturating_sub(signed(less))
            .max(0);
        let Some(price) = self.price(budget, charged) else {
            return;
        };
        let paid = |calls: u64| Duration::from_micros(price.call.saturating_mul(calls));
        self.paid_until = self
            .paid_until
            .max(now.minus(paid(more)))
            .plus(paid(more))
            .minus(paid(less));
        // Somebody else uses the same limit: leave some of it to come back.
        let left = usage.burst.and_then(|burst| Some((burst.left?, burst)));
        if let Some((left, burst)) = left
            && left.saturating_mul(100) < burst.allowed
        {
            let until = now.plus(Duration::from_micros(price.burst));
            self.paid_until = self.paid_until.max(until);
        }
    }

    /// A call was refused because there were too many. Teaches a limit where none is reported and
    /// the day is not the reason.
    pub(super) fn refused(&mut self, now: Instant) {
        let is_the_day =
            self.day_allowed > 0 && self.day_left.saturating_mul(10) <= self.day_allowed;
        if self.source == LimitSource::Reported || is_the_day {
            return;
        }
        let taken = signed(self.used(now));
        // Refused again at once: what was refused before still counts there.
        if self.source == LimitSource::Learnt && taken.saturating_mul(4) < self.allowed {
            return;
        }
        let learnt = if self.source == LimitSource::Unknown {
            taken.saturating_mul(9) / 10
        } else {
            self.refused_at = self.allowed;
            let most = self.allowed.saturating_mul(9) / 10;
            (taken.saturating_mul(95) / 100).clamp(self.allowed / 2, most)
        };
        if self.source == LimitSource::Unknown && learnt < LEAST_LEARNT {
            return;
        }
        self.source = LimitSource::Learnt;
        self.allowed = learnt.max(LEAST_LEARNT);
        (self.window_us, self.counted_from) = (signed(micros(MINUTE)), now);
        (self.counted, self.counted_before) = (0, 0);
    }

    /// Begins a new window when the one that is counted is over; after a full one, a limit that was
    /// learnt grows.
    fn roll(&mut self, now: Instant) {
        let (window, elapsed) = (micros(self.window()), micros(now.since(self.counted_from)));
        let windows = elapsed / window;
        if windows == 0 {
            return;
        }
        let is_full = self.counted.saturating_mul(10) >= self.allowed.saturating_mul(8);
        if self.source == LimitSource::Learnt && is_full {
            let step = if self.refused_at == 0 { 4 } else { 50 };
            self.allowed = self.allowed.saturating_add((self.allowed / step).max(1));
        }
        self.counted_before = if windows == 1 { self.counted } else { 0 };
        self.counted = 0;
        let begun = Duration::from_micros(window.saturating_mul(windows));
        self.counted_from = self.counted_from.plus(begun);
    }

    /// How long to send nothing to a destination that gives no answer; `None` while it answers.
    pub(super) fn away(&self) -> Option<Duration> {
        let doublings = u32::try_from(self.misses.saturating_sub(1).min(4)).ok()?;
        Some(Duration::from_secs(1 << doublings).min(LONGEST_MISS))
    }

    /// The window of a limit that the destination reports itself.
    pub(super) fn reported_window(&self) -> Option<Duration> {
        (self.source == LimitSource::Reported).then(|| self.window())
    }

    /// Whether the last calls got no answer, so that one parcel is enough to try.
    pub(super) fn is_away(&self) -> bool {
        self.misses > 0
    }

    pub(super) fn stored(&self) -> [i64; 11] {
        [
            self.allowed,
            self.window_us,
            self.refused_at,
            self.paid_until.as_micros(),
            self.counted_from.as_micros(),
            self.counted,
            self.counted_before,
            self.misses,
            self.day_allowed,
            self.day_left,
            self.day_at.as_micros(),
        ]
    }
}

#[cfg(test)]
mod tests;
