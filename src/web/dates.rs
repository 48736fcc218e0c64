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

/// The last day before an end that is the first moment that no longer counts: a contract that ends
/// with 3 November ends at midnight after it.
#[must_use]
pub fn last_day(lang: Lang, zone: &TimeZone, end: Instant) -> String {
    day(lang, zone, end.minus(std::time::Duration::from_micros(1)))
}

/// Whole days from the day of `from` to the day of `to` in a time zone; negative when it is past.
#[must_use]
pub fn days_between(zone: &TimeZone, from: Instant, to: Instant) -> i64 {
    let days = zoned(zone, from).date().until(zoned(zone, to).date());
    days.map_or(0, |span| i64::from(span.get_days()))
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

/// The moment at which a day (`2026-11-03`) is over in a time zone; `None` when it is no day.
#[must_use]
pub fn end_of_day(zone: &TimeZone, day: &str) -> Option<Instant> {
    let day: jiff::civil::Date = day.trim().parse().ok()?;
    let end = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Instant::from_micros(end.timestamp().as_microsecond()))
}

/// The last day before an end, as date fields hold it: `2026-11-03`.
#[must_use]
pub fn last_day_field(zone: &TimeZone, end: Instant) -> String {
    let last = end.minus(std::time::Duration::from_micros(1));
    zoned(zone, last).date().to_string()
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
        let berlin = zone("Europe/Berlin");
        assert_eq!(day(Lang::De, &berlin, at), "3. November 2026");
    }

    #[test]
    fn a_day_is_over_at_its_midnight_there() {
        let berlin = zone("Europe/Berlin");
        let end = end_of_day(&berlin, "2026-11-03").unwrap();
        assert_eq!(end.to_string(), "2026-11-03T23:00:00.000000Z");
        assert_eq!(last_day_field(&berlin, end), "2026-11-03");
        // The day on which clocks go back has 25 hours.
        let end = end_of_day(&berlin, "2026-10-25").unwrap();
        assert_eq!(end.to_string(), "2026-10-25T23:00:00.000000Z");
        for wrong in ["", "3 November", "2026-02-30", "9999-12-31T00:00"] {
            assert_eq!(end_of_day(&berlin, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_end_at_midnight_names_the_day_before_it() {
        let berlin = zone("Europe/Berlin");
        let end = Instant::parse_rfc3339("2026-11-04T00:00:00+01:00").unwrap();
        assert_eq!(last_day(Lang::En, &berlin, end), "3 November 2026");
        let now = Instant::parse_rfc3339("2026-10-24T23:59:00+02:00").unwrap();
        assert_eq!(days_between(&berlin, now, end), 11);
        assert_eq!(days_between(&berlin, end, now), -11);
    }
}
