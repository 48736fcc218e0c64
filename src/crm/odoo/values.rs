//! Values of Odoo's records. An empty field is `false`, a link is `[id, "name"]`, times are UTC in
//! whole seconds.

use std::fmt::Write as _;

use jiff::{civil::DateTime, tz::TimeZone};
use serde_json::{Map, Value};

use crate::kernel::{Instant, text::one_line};

/// A record as `search_read` gives it.
pub(super) type Row = Map<String, Value>;

const LONGEST: usize = 500;
const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// A field as text; empty for an empty field and for one that is not mapped.
pub(super) fn text(row: &Row, field: Option<&str>) -> String {
    match field.and_then(|field| row.get(field)) {
        Some(Value::String(text)) => one_line(text, LONGEST),
        Some(Value::Number(number)) => number.to_string(),
        // Of a link, its name.
        Some(Value::Array(link)) => match link.as_slice() {
            [Value::Number(_), Value::String(name)] => one_line(name, LONGEST),
            _ => String::new(),
        },
        Some(Value::Bool(true)) => "true".to_owned(),
        _ => String::new(),
    }
}

/// A whole number, unless the field is empty.
pub(super) fn number(row: &Row, field: Option<&str>) -> Option<i64> {
    row.get(field?)?.as_i64()
}

/// The id of a record, or of what a link points to.
pub(super) fn id(row: &Row, field: &str) -> Option<i64> {
    match row.get(field)? {
        Value::Array(link) => link.first()?.as_i64(),
        other => other.as_i64(),
    }
}

/// Seconds since 1970 of a time as Odoo writes it.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let time = DateTime::strptime(TIME, text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// A time as Odoo writes it.
pub(super) fn time(seconds: i64) -> String {
    Instant::from_seconds(seconds)
        .to_jiff()
        .strftime(TIME)
        .to_string()
}

/// A time of ours (RFC 3339) as Odoo writes it; empty for none.
pub(super) fn time_of(text: &str) -> String {
    Instant::parse_rfc3339(text).map_or_else(|_| String::new(), |at| time(at.as_seconds()))
}

/// A day as `YYYY-MM-DD`: of a date as it stands, of a time its day in `zone`.
pub(super) fn day(row: &Row, field: Option<&str>, zone: &TimeZone) -> String {
    let text = text(row, field);
    match seconds(&text) {
        Some(at) => Instant::from_seconds(at)
            .to_jiff()
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%d")
            .to_string(),
        None => text,
    }
}

/// Parts of a list that is written in one text.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split([',', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The external id of one of our records. Odoo parts module and name at the first dot, so whatever
/// is neither letter, digit nor hyphen is written as its code.
pub(super) fn external_id(ours: &str) -> String {
    let mut id = "vestibule.".to_owned();
    for byte in ours.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            id.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(id, "_{byte:02x}");
        }
    }
    id
}

/// Text for a field that holds HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_ids_of_ours_stay_different() {
        assert_eq!(external_id("mem-1a"), "vestibule.mem-1a");
        assert_eq!(external_id("mem_1a"), "vestibule.mem_5f1a");
        assert_ne!(external_id("a@b"), external_id("a_40b"));
        assert_eq!(external_id("a.b").matches('.').count(), 1);
    }

    #[test]
    fn times_become_days_where_the_contract_is() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let row: Row =
            serde_json::from_str(r#"{"a": "2026-12-31 23:30:00", "b": "2026-12-31", "c": false}"#)
                .unwrap();
        assert_eq!(day(&row, Some("a"), &zone), "2027-01-01");
        assert_eq!(day(&row, Some("b"), &zone), "2026-12-31");
        assert_eq!(day(&row, Some("c"), &zone), "");
        assert_eq!(seconds("1970-01-01 00:01:00"), Some(60));
        assert_eq!(time(60), "1970-01-01 00:01:00");
        assert_eq!(time_of("2027-01-15T08:00:00Z"), "2027-01-15 08:00:00");
    }
}
