//! Faults on demand, and by chance.

use std::time::Duration;

/// What goes wrong with one call.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The answer comes late.
    Slow(Duration),
    /// This status, with this `Retry-After`; nothing is applied.
    Status(u16, Option<String>),
    /// This body with the status 200; nothing is applied.
    Body(String),
    /// A problem document with this status and title.
    Problem(u16, String),
    /// The connection is reset before anything is applied.
    ResetBefore,
    /// Everything is applied, then the connection is reset: the answer is lost.
    ResetAfter,
    /// Everything is applied, then the connection breaks in the middle of the answer.
    HalfAnswer,
    /// Nothing is applied; the body never ends.
    EndlessBody,
    /// Every second write of the batch answers with this word and is not applied.
    EverySecond(&'static str),
    /// The first result stands twice and the last is missing; everything is applied.
    DuplicateResult,
    /// The last result is missing; everything is applied.
    MissingResult,
    /// To another address.
    Redirect(String),
}

/// Faults by chance, in thousandths of the calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chaos {
    /// The start of the sequence: the same one gives the same faults.
    pub seed: u64,
    /// 500.
    pub fails: u64,
    /// 429 with `Retry-After`.
    pub throttles: u64,
    /// Applied, answer lost.
    pub drops: u64,
}

impl Chaos {
    /// The fault of the next call, if any.
    pub fn roll(&mut self) -> Option<Fault> {
        // Knuth's linear congruential generator; its upper bits are good enough for dice.
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let dice = (self.seed >> 33) % 1_000;
        if dice < self.fails {
            Some(Fault::Status(500, None))
        } else if dice < self.fails + self.throttles {
            Some(Fault::Status(429, Some("1".to_owned())))
        } else if dice < self.fails + self.throttles + self.drops {
            Some(Fault::ResetAfter)
        } else {
            None
        }
    }
}
