//! How long to wait: between attempts of one parcel, and before anything is sent to a destination.

use std::time::Duration;

/// The longest pause after each failed attempt; after the last one there is no other. With the random
/// part that makes 16 to 31 hours from the first attempt to the last: about a day.
const LIMITS: [Duration; 8] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(3_600),
    Duration::from_secs(4 * 3_600),
    Duration::from_secs(10 * 3_600),
    Duration::from_secs(16 * 3_600),
];

/// Bounds of what a destination may ask of us by `Retry-After`.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3_600);
/// For a destination that asks us to wait and does not say how long.
const UNSAID: Duration = Duration::from_secs(30);
/// The first pause after our credentials were refused.
const REFUSED: Duration = Duration::from_secs(60);

/// The pause after the failed attempt `attempt` (from 1): half of that attempt's limit and a random
/// part (`fraction`, 0 to 1) of the other half, so that parcels that failed together do not come
/// back together. `None` when there is no further attempt.
pub(super) fn after_attempt(attempt: i64, fraction: f64) -> Option<Duration> {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(0);
    LIMITS
        .get(index)
        .map(|limit| limit.mul_f64(0.5 + fraction.clamp(0.0, 1.0) / 2.0))
}

/// The pause before the next attempt, at least as long as the destination asked for.
pub(super) fn retry(attempt: i64, fraction: f64, asked: Option<Duration>) -> Duration {
    let own = after_attempt(attempt, fraction).unwrap_or_default();
    own.max(asked.unwrap_or_default().min(LONGEST))
}

/// Whether this attempt comes after the last one there should be.
pub(super) fn is_beyond_last(attempt: i64) -> bool {
    usize::try_from(attempt).is_ok_and(|attempt| attempt > LIMITS.len().saturating_add(1))
}

/// The pause of a destination that throttles us; without a word about it, the window of its limit
/// when that is known and shorter than the usual.
pub(super) fn throttled(asked: Option<Duration>, window: Option<Duration>) -> Duration {
    let unsaid = window.map_or(UNSAID, |window| window.min(UNSAID));
    asked.unwrap_or(unsaid).clamp(SHORTEST, LONGEST)
}

/// The pause of a destination that refused our credentials `strikes` times before.
pub(super) fn refused(strikes: i64) -> Duration {
    let doublings = u32::try_from(strikes.clamp(0, 6)).unwrap_or(0);
    REFUSED.saturating_mul(1 << doublings).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_ends() {
        let limits: Vec<_> = (1..=9).map(|attempt| after_attempt(attempt, 1.0)).collect();
        assert!(limits[..8].windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(limits[7], Some(Duration::from_secs(57_600)));
        let sum: Duration = limits.iter().flatten().sum();
        assert!((30 * 3_600..32 * 3_600).contains(&sum.as_secs()), "{sum:?}");
        assert_eq!(limits[8], None);
        assert_eq!(after_attempt(3, 0.5), Some(Duration::from_secs(90)));
        assert_eq!(after_attempt(3, 0.0), Some(Duration::from_secs(60)));
        let minute = Duration::from_secs(60);
        assert_eq!(retry(1, 0.1, Some(minute)), minute);
        assert_eq!(retry(7, 1.0, Some(minute)), Duration::from_secs(36_000));
        assert_eq!(retry(1, 0.0, Some(Duration::MAX)), LONGEST);
        assert!(!is_beyond_last(9) && is_beyond_last(10));
    }

    #[test]
    fn what_a_destination_asks_is_bounded() {
        assert_eq!(throttled(Some(Duration::ZERO), None), SHORTEST);
        assert_eq!(throttled(Some(Duration::from_secs(86_400)), None), LONGEST);
        assert_eq!(throttled(None, None), UNSAID);
        let (ten, hour) = (Duration::from_secs(10), Duration::from_secs(3_600));
        assert_eq!(throttled(None, Some(ten)), ten);
        assert_eq!(throttled(None, Some(hour)), UNSAID);
        assert_eq!(throttled(Some(hour), Some(ten)), LONGEST);
        assert_eq!(refused(0), REFUSED);
        assert_eq!(refused(3), Duration::from_secs(480));
        assert_eq!(refused(i64::MAX), LONGEST);
    }
}
