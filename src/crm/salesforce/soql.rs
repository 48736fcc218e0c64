//! Pieces of queries: literals that cannot break out, ids, times, lists that fit an address.

use url::form_urlencoded::byte_serialize;

use crate::kernel::Instant;

/// Bytes of one query in an address; Salesforce takes 16,384 with everything around it.
const LONGEST_QUERY: usize = 12_000;

/// A text literal.
pub(super) fn text(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('\'');
    for letter in value.chars() {
        match letter {
            '\'' | '\\' => {
                literal.push('\\');
                literal.push(letter);
            }
            // Nothing that people or the portal call themselves holds one.
            letter if letter.is_control() => {}
            letter => literal.push(letter),
        }
    }
    literal.push('\'');
    literal
}

/// A pattern that finds every spelling of a folded number: anything may stand between its letters.
pub(super) fn spellings(number_key: &str) -> String {
    let mut pattern = String::new();
    for letter in number_key.chars().filter(|letter| letter.is_alphanumeric()) {
        pattern.push(letter);
        pattern.push('%');
    }
    text(&pattern)
}

/// A moment, as queries take it: milliseconds, UTC.
pub(super) fn time(at: Instant) -> String {
    format!("{:.3}", at.to_jiff())
}

/// A moment as Salesforce writes it: `2026-11-22T10:00:00.000+0000`.
pub(super) fn read_time(text: &str) -> Option<Instant> {
    let zoned = match text.strip_suffix("+0000") {
        Some(utc) => format!("{utc}Z"),
        None => text.to_owned(),
    };
    Instant::parse_rfc3339(&zoned).ok()
}

/// Whether a text has the form of a record's id, its check letters included: a query with anything
/// else is refused as a whole.
pub(super) fn is_id(id: &str) -> bool {
    let all_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    all_plain
        && match id.len() {
            15 => true,
            18 => id.get(15..) == Some(check_letters(id).as_str()),
            _ => false,
        }
}

/// The three letters behind an id that say which of its letters are capitals.
fn check_letters(id: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let bytes: Vec<u8> = id.bytes().take(15).collect();
    let letter = |five: &[u8]| {
        let mut index = 0;
        for (place, byte) in five.iter().enumerate() {
            index |= usize::from(byte.is_ascii_uppercase()) << place;
        }
        LETTERS.get(index).copied().map_or('A', char::from)
    };
    bytes.chunks(5).map(letter).collect()
}

/// What two spellings of one id (15 or 18 letters) have in common.
pub(super) fn id_key(id: &str) -> &str {
    id.get(..15).unwrap_or(id)
}

/// The address of a query below the version; `all` finds deleted records too.
pub(super) fn query_path(soql: &str, all: bool) -> String {
    let verb = if all { "queryAll" } else { "query" };
    let encoded: String = byte_serialize(soql.as_bytes()).collect();
    format!("/{verb}/?q={encoded}")
}

/// Parts a list so that `query` stays short enough for an address with each part; a part is never
/// longer than 200.
pub(super) fn in_parts<T>(items: &[T], query: impl Fn(&[T]) -> String) -> Vec<String> {
    let mut queries = Vec::new();
    for part in items.chunks(200) {
        halve(part, &query, &mut queries);
    }
    queries
}

fn halve<T>(items: &[T], query: &impl Fn(&[T]) -> String, queries: &mut Vec<String>) {
    let soql = query(items);
    if items.len() > 1 && query_path(&soql, false).len() > LONGEST_QUERY {
        let (left, right) = items.split_at(items.len() / 2);
        halve(left, query, queries);
        halve(right, query, queries);
    } else {
        queries.push(soql);
    }
}

/// `'a','b'`.
pub(super) fn list<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> String {
    let literals: Vec<String> = values.into_iter().map(|it| text(it.as_ref())).collect();
    literals.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_quotes() {
        for (value, literal) in [
            ("O'Neil", r"'O\'Neil'"),
            (r"a\' OR Id != '", r"'a\\\' OR Id != \''"),
            (r"\", r"'\\'"),
            ("a\nb\0", "'ab'"),
            ("ä@b.example", "'ä@b.example'"),
        ] {
            assert_eq!(text(value), literal, "{value:?}");
        }
        assert_eq!(spellings("CT1'%_"), "'C%T%1%'");
    }

    #[test]
    fn an_id_is_known_by_its_form() {
        assert_eq!(check_letters("001D000000IqhSL"), "IAZ");
        for good in ["001D000000IqhSL", "001D000000IqhSLIAZ"] {
            assert!(is_id(good), "{good}");
        }
        for bad in [
            "",
            "no-such-account",
            "001D000000IqhSLIAA",
            "001D000000Iqhä",
            "lead:001",
        ] {
            assert!(!is_id(bad), "{bad}");
        }
        assert_eq!(id_key("001D000000IqhSLIAZ"), "001D000000IqhSL");
    }

    #[test]
    fn times_go_both_ways() {
        let at = read_time("2026-11-22T10:00:01.000+0000").unwrap();
        assert_eq!(time(at), "2026-11-22T10:00:01.000Z");
        assert_eq!(read_time("2026-11-22T10:00:01.000Z"), Some(at));
        assert_eq!(read_time("soon"), None);
    }

    #[test]
    fn long_lists_are_parted() {
        let mails: Vec<String> = (0..200)
            .map(|n| format!("{n:0>200}@long.example"))
            .collect();
        let query =
            |part: &[String]| format!("SELECT Id FROM Contact WHERE Email IN ({})", list(part));
        let queries = in_parts(&mails, query);
        assert!(queries.len() > 2);
        assert!(
            queries
                .iter()
                .all(|it| query_path(it, false).len() <= LONGEST_QUERY)
        );
        let count: usize = queries.iter().map(|it| it.matches("@long").count()).sum();
        assert_eq!(count, 200);
    }
}
