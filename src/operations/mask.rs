//! Hiding personal data in what operators look at: enough stays to recognize, not enough to use.

use serde_json::Value;

use crate::kernel::EmailAddress;

/// Fields of facts that name people or reach them.
const PERSONAL: &[&str] = &["given_name", "family_name", "phone", "name", "display_name"];
/// Fields that are of no use to anybody.
const LEFT_OUT: &[&str] = &["sealed", "fact"];

/// A text with every address in it masked.
#[must_use]
pub(super) fn text(plain: &str) -> String {
    let mut masked = String::with_capacity(plain.len());
    let mut word = String::new();
    for character in plain.chars() {
        if is_of_address(character) {
            word.push(character);
        } else {
            masked.push_str(&masked_word(&word));
            word.clear();
            masked.push(character);
        }
    }
    masked + &masked_word(&word)
}

fn is_of_address(character: char) -> bool {
    character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.@".contains(character)
}

fn masked_word(word: &str) -> String {
    if !word.contains('@') {
        return word.to_owned();
    }
    let bare = word.trim_matches(|character: char| !character.is_alphanumeric());
    let masked = match EmailAddress::parse(bare) {
        Ok(address) => address.masked(),
        Err(_) => initial(bare),
    };
    word.replace(bare, &masked)
}

/// A value of a CRM's field, as operators may see it.
#[must_use]
pub(crate) fn value(field: &str, plain: &str) -> String {
    match field {
        "phone" => phone(plain),
        field if PERSONAL.contains(&field) && field != "name" => initial(plain),
        _ => text(plain),
    }
}

/// A phone number as it is spelled, with its last three digits only.
#[must_use]
pub(super) fn phone(plain: &str) -> String {
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    let mut seen = 0;
    let shown = plain.chars().map(|character| {
        if !character.is_alphanumeric() {
            return character;
        }
        seen += usize::from(character.is_ascii_digit());
        let is_last = character.is_ascii_digit() && seen + 3 > digits && digits > 6;
        if is_last { character } else { '•' }
    });
    shown.collect()
}

/// The first letter and nothing else.
pub(super) fn initial(plain: &str) -> String {
    plain
        .chars()
        .next()
        .map(|first| format!("{first}•••"))
        .unwrap_or_default()
}

/// The fields of a JSON document as lines of name and value, personal data masked. A text that is
/// not JSON is one line.
#[must_use]
pub(super) fn fields(document: &str) -> Vec<(String, String)> {
    match serde_json::from_str(document) {
        Ok(Value::Object(object)) => {
            let mut lines = Vec::new();
            for (name, value) in object {
                if !LEFT_OUT.contains(&name.as_str()) {
                    lines.push((name.clone(), field(&name, &value)));
                }
            }
            lines
        }
        _ if document.is_empty() => Vec::new(),
        _ => vec![(String::new(), text(document))],
    }
}

fn field(name: &str, value: &Value) -> String {
    match value {
        Value::String(plain) if PERSONAL.contains(&name) => initial(plain),
        Value::String(plain) => text(plain),
        Value::Null => "–".to_owned(),
        other => text(&other.to_string()),
    }
}

/// A spreadsheet takes what begins like this for a formula.
pub(crate) fn csv_cell(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked_wherever_they_stand() {
        assert_eq!(
            text("550 <kim@b.example>: no such user, see a.b@c.example."),
            "550 <k•••@b.example>: no such user, see a•••@c.example."
        );
        assert_eq!(text("kim@localhost"), "k•••");
        assert_eq!(text("no address"), "no address");
        assert_eq!(text("@"), "@");
    }

    #[test]
    fn of_a_phone_number_its_end_is_shown() {
        assert_eq!(phone("+49 (30) 123-4567"), "+•• (••) •••-•567");
        assert_eq!(phone("112"), "•••");
        assert_eq!(phone("ask Kim"), "••• •••");
    }

    #[test]
    fn documents_show_what_helps_and_hide_people() {
        let lines = fields(
            r#"{"fact":"x","email":"kim@b.example","family_name":"Sample","phone":"+1 2",
            "roles":["orders"],"sealed":"AAAA","crm_contact_id":null}"#,
        );
        let shown = format!("{lines:?}");
        for hidden in ["kim@", "Sample", "+1 2", "AAAA"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert!(shown.contains("orders") && shown.contains("k•••@b.example"));
        assert_eq!(fields("kim@b.example")[0].1, "k•••@b.example");
    }
}
