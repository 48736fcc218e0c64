//! A moment in time, as stored: microseconds since 1970-01-01 UTC.
//!
//! Both databases keep it as a 64-bit integer, so that it compares and sorts the same on both and
//! costs nothing to decode. The clock truncates to microseconds; the database is never asked for
//! the time.

use std::{fmt, time::Duration};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Microseconds since the Unix epoch, UTC.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sqlx::Type,
)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Instant(i64);

impl Instant {
    /// Wraps a number of microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Wraps a number of seconds since the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// The moment `duration` later; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// The moment `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// The same moment as a jiff timestamp; the ends of time are clamped to jiff's range.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        let limit = if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        };
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(limit)
    }

    /// Truncates a jiff timestamp to microseconds.
    #[must_use]
    pub fn from_jiff(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }

    /// Parses RFC 3339, as machines send it.
    ///
    /// # Errors
    /// jiff's own, which names the position.
    pub fn parse_rfc3339(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(Self::from_jiff)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC, always with six decimals, so that text order is time order too.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.to_jiff())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// An [`Instant`] as RFC 3339 text, for JSON that other systems read
/// (`#[serde(with = "…")]`).
pub mod rfc3339 {
    use super::Instant;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the text.
    ///
    /// # Errors
    /// The serializer's own.
    pub fn serialize<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(at)
    }

    /// Reads the text; any offset is taken.
    ///
    /// # Errors
    /// When it is not RFC 3339.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        let text = String::deserialize(deserializer)?;
        Instant::parse_rfc3339(&text).map_err(|_| D::Error::custom("not a time of RFC 3339"))
    }
}

/// As [`rfc3339`], for a moment that may be missing.
pub mod rfc3339_option {
    use super::Instant;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the text or null.
    ///
    /// # Errors
    /// The serializer's own.
    pub fn serialize<S: Serializer>(
        at: &Option<Instant>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.collect_str(at),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the text; null and an empty text are no moment.
    ///
    /// # Errors
    /// When it is neither and not RFC 3339.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Instant>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
        text.map(|text| Instant::parse_rfc3339(&text))
            .transpose()
            .map_err(|_| D::Error::custom("not a time of RFC 3339"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_order_is_time_order_at_mixed_precision() {
        let whole = Instant::from_seconds(1_700_000_000);
        let later = whole.plus(Duration::from_micros(1));
        assert!(whole < later);
        assert!(whole.to_string() < later.to_string());
        assert_eq!(Instant::parse_rfc3339(&later.to_string()).unwrap(), later);
    }

    #[test]
    fn other_systems_read_and_write_rfc3339() {
        #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
        struct Times {
            #[serde(with = "rfc3339")]
            at: Instant,
            #[serde(with = "rfc3339_option", default)]
            maybe: Option<Instant>,
        }
        let times = Times {
            at: Instant::from_seconds(1_800_000_000),
            maybe: None,
        };
        let text = serde_json::to_string(&times).unwrap();
        assert_eq!(text, r#"{"at":"2027-01-15T08:00:00.000000Z","maybe":null}"#);
        for other in [
            text.as_str(),
            r#"{"at":"2027-01-15T10:00:00+02:00"}"#,
            r#"{"at":"2027-01-15T08:00:00Z","maybe":""}"#,
        ] {
            assert_eq!(serde_json::from_str::<Times>(other).unwrap(), times);
        }
        for wrong in [
            r#"{"at":1800000000}"#,
            r#"{"at":"2027-01-15"}"#,
            r#"{"at":"2027-01-15T08:00:00Z","maybe":"soon"}"#,
        ] {
            assert!(serde_json::from_str::<Times>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let end = Instant::from_micros(i64::MAX);
        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert_eq!(
            Instant::from_micros(5).since(Instant::from_micros(9)),
            Duration::ZERO
        );
    }
}
