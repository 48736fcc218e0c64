//! Days and times as people read them, in their language and time zone.

use jiff::{Zoned, tz::TimeZone};

use super::{Lang, i18n};
use crate::kernel::Instant;

fn zoned(zone: &TimeZone, at: Instant) -> Zoned {
    at.to_jiff().to_zoned(zone.clone())
}

fn written_day(lang: Lang, local: &Zoned) -> String {
    let month = i18n::text(lang, &format!("month-{}", local.month()));
    let dot = if lang == Lang::De { "." } else { "" };
    format!("{}{dot} {month} {}", local.day(), local.year())
}

/// `3 November 2026` or `3. November 2026`.
#[must_use]
pub fn day(lang: Lang, zone: &TimeZone, at: Instant) -> String {
    written_day(lang, &zoned(zone, at))
}

/// `3 November 2026, 14:05 EET`.
#[must_use]
pub fn moment(lang: Lang, zone: &TimeZone, at: Instant) -> String {
    let local = zoned(zone, at);
    format!(
        "{}, {:02}:{:02} {}",
        written_day(lang, &local),
        local.hour(),
        local.minute(),
        local.strftime("%Z")
    )
}

/// The time zone with this name, UTC when there is none.
#[must_use]
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_people_write() {
        let at = Instant::parse_rfc3339("2026-11-03T12:05:00Z").unwrap();
        assert_eq!(
            moment(Lang::En, &zone("Europe/Helsinki"), at),
            "3 November 2026, 14:05 EET"
        );
        assert_eq!(
            day(Lang::De, &zone("Europe/Berlin"), at),
            "3. November 2026"
        );
    }
}
