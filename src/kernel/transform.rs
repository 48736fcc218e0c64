//! Ways of putting a value that two systems spell differently.

use std::borrow::Cow;

/// One way of putting a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transform {
    /// Without space at its ends, and one space between words.
    Trim,
    /// In small letters.
    Lower,
    /// In capital letters.
    Upper,
    /// Letters and digits only, for numbers that are spelled with dots and dashes.
    Bare,
    /// An international phone number; the country's code stands in for a leading zero.
    E164(String),
    /// A day that is spelled by a pattern there (`%d.%m.%Y`), read as `YYYY-MM-DD`.
    Date(String),
}

impl Transform {
    /// Reads a setting: `trim`, `lower`, `upper`, `bare`, `e164 +49`, `date %d.%m.%Y`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match (word, rest) {
            ("trim", "") => Some(Self::Trim),
            ("lower", "") => Some(Self::Lower),
            ("upper", "") => Some(Self::Upper),
            ("bare", "") => Some(Self::Bare),
            ("e164", code) => {
                let digits = code.strip_prefix('+')?;
                let fits = (1..=3).contains(&digits.len())
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
                    && !digits.starts_with('0');
                fits.then(|| Self::E164(digits.to_owned()))
            }
            ("date", pattern) => {
                let day = jiff::civil::date(2031, 12, 24);
                let sample = jiff::fmt::strtime::format(pattern, day).ok()?;
                let read = jiff::civil::Date::strptime(pattern, sample).ok()?;
                (read == day).then(|| Self::Date(pattern.to_owned()))
            }
            _ => None,
        }
    }

    /// A value as it is put. What cannot be read stays as it is, so that nothing is lost.
    #[must_use]
    pub fn put<'a>(&self, value: &'a str) -> Cow<'a, str> {
        match self {
            Self::Trim => {
                let words: Vec<&str> = value.split_whitespace().collect();
                Cow::Owned(words.join(" "))
            }
            Self::Lower => Cow::Owned(value.to_lowercase()),
            Self::Upper => Cow::Owned(value.to_uppercase()),
            Self::Bare => Cow::Owned(value.chars().filter(|it| it.is_alphanumeric()).collect()),
            Self::E164(code) => international(value, code).map_or(Cow::Borrowed(value), Cow::Owned),
            Self::Date(pattern) => jiff::civil::Date::strptime(pattern, value.trim())
                .map_or(Cow::Borrowed(value), |day| Cow::Owned(day.to_string())),
        }
    }
}

/// `None` for what is no phone number.
fn international(value: &str, code: &str) -> Option<String> {
    let is_known = |it: char| it.is_ascii_digit() || it.is_whitespace() || "+-/().".contains(it);
    if !value.chars().all(is_known) {
        return None;
    }
    // `+49 (0)30` is spelled with a zero that nobody dials.
    let value = value.replace("(0)", "");
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let whole = if value.trim_start().starts_with('+') {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else {
        format!("{code}{}", digits.strip_prefix('0')?)
    };
    (7..=15).contains(&whole.len()).then(|| format!("+{whole}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_or_left_as_they_are() {
        for (transform, value, put) in [
            ("trim", "  Ada   Byron ", "Ada Byron"),
            ("lower", "Ada@A.example", "ada@a.example"),
            ("upper", "k-1", "K-1"),
            ("bare", "DE 12.345-6", "DE123456"),
            ("e164 +49", "030 / 12 34 56-7", "+49301234567"),
            ("e164 +49", "+49 (0)30 1234567", "+49301234567"),
            ("e164 +49", "0041 44 123 45 67", "+41441234567"),
            ("e164 +49", "ask at the desk", "ask at the desk"),
            ("e164 +49", "112", "112"),
            ("date %d.%m.%Y", "24.12.2031", "2031-12-24"),
            ("date %d.%m.%Y", "some day", "some day"),
        ] {
            assert_eq!(
                Transform::parse(transform).unwrap().put(value),
                put,
                "{transform}: {value}"
            );
        }
        for wrong in [
            "",
            "Trim",
            "lower x",
            "e164",
            "e164 49",
            "e164 +0",
            "e164 +1234",
            "date",
            "date %Y",
            "date %d.%m.%q",
        ] {
            assert_eq!(Transform::parse(wrong), None, "{wrong}");
        }
    }
}
