//! The context of one piece of work: when it is, who acts, where randomness comes from.
//!
//! Actions take a [`Cx`] and nothing else reads the clock or the random source, so a test can set
//! both and two runs with one seed give the same ids.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use super::{
    actor::Actor,
    ids::{Id, RequestId},
    instant::Instant,
    seal::Keyring,
};

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is moved (tests, samples).
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn manual(start: Instant) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.as_micros())))
    }

    /// The current moment, in microseconds.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub fn now(&self) -> Instant {
        match self {
            Self::System => Instant::from_jiff(jiff::Timestamp::now()),
            Self::Manual(micros) => Instant::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; the machine's clock does not listen.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(micros) = self {
            let step = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            micros.fetch_add(step, Ordering::SeqCst);
        }
    }
}

/// Where randomness comes from.
#[derive(Clone, Debug, Default)]
pub enum Random {
    /// The operating system's cryptographic source.
    #[default]
    System,
    /// A reproducible sequence for samples and snapshots; never for secrets of real people.
    Seeded(Arc<Mutex<u64>>),
}

impl Random {
    /// A reproducible sequence.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(seed)))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: going on would make guessable secrets.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing here is safe, so the work ends"
    )]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => {
                getrandom::fill(&mut bytes).expect("the operating system gives randomness");
            }
            Self::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                for byte in &mut bytes {
                    *byte = next_byte(&mut state);
                }
            }
        }
        bytes
    }

    /// A fraction from 0 (included) to 1 (excluded), for jitter.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        f64::from(u32::from_le_bytes(self.bytes::<4>())) / (f64::from(u32::MAX) + 1.0)
    }
}

/// One step of SplitMix64, of which the top byte is used.
fn next_byte(state: &mut u64) -> u8 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u8::try_from((mixed ^ (mixed >> 31)) >> 56).unwrap_or_default()
}

/// What all work of one installation shares.
#[derive(Clone, Debug)]
pub struct World {
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// The keys of this installation.
    pub keys: Keyring,
}

impl World {
    /// The machine's clock and randomness with the configured keys.
    #[must_use]
    pub fn real(keys: Keyring) -> Self {
        Self {
            clock: Clock::System,
            random: Random::System,
            keys,
        }
    }

    /// A context for work that no request asked for: workers, start-up, imports.
    #[must_use]
    pub fn system(&self, name: &str) -> Cx {
        self.cx(Actor::System {
            name: name.to_owned(),
        })
    }

    /// A context with an author and a new request id.
    #[must_use]
    pub fn cx(&self, actor: Actor) -> Cx {
        let mut cx = Cx {
            world: self.clone(),
            actor,
            request_id: RequestId::from_bits(0),
        };
        cx.request_id = cx.new_id();
        cx
    }
}

/// The context of one piece of work.
#[derive(Clone, Debug)]
pub struct Cx {
    /// Time, randomness and keys.
    pub world: World,
    /// Who acts: the true author in audit and CRM.
    pub actor: Actor,
    /// The request this belongs to.
    pub request_id: RequestId,
}

impl Cx {
    /// The same context with another author.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self {
            actor,
            ..self.clone()
        }
    }

    /// The current moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.world.clock.now()
    }

    /// Where randomness comes from.
    #[must_use]
    pub fn random(&self) -> &Random {
        &self.world.random
    }

    /// The keys of this installation.
    #[must_use]
    pub fn keys(&self) -> &Keyring {
        &self.world.keys
    }

    /// A new id: 48 bits of milliseconds, then 74 random bits (UUID version 7, RFC 9562 5.7).
    #[must_use]
    pub fn new_id<I: Id>(&self) -> I {
        let millis = u64::try_from(self.now().as_micros() / 1_000).unwrap_or(0);
        let random = self.world.random.bytes::<10>();
        I::from_bits(
            uuid::Builder::from_unix_timestamp_millis(millis, &random)
                .into_uuid()
                .as_u128(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::PersonId;

    fn world(clock: &Clock, random: Random) -> World {
        World {
            clock: clock.clone(),
            random,
            keys: Keyring::new([1; 32]),
        }
    }

    #[test]
    fn one_seed_gives_one_sequence() {
        let clock = Clock::manual(Instant::from_seconds(1_700_000_000));
        let first: PersonId = world(&clock, Random::seeded(7)).system("test").new_id();
        let again: PersonId = world(&clock, Random::seeded(7)).system("test").new_id();
        let other: PersonId = world(&clock, Random::seeded(8)).system("test").new_id();
        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let clock = Clock::manual(Instant::from_seconds(1_700_000_000));
        let cx = world(&clock, Random::default()).system("test");
        let first: PersonId = cx.new_id();
        clock.advance(Duration::from_millis(1));
        assert!(first < cx.new_id());
    }
}
