//! What people type into the steps, read into what is kept.
//!
//! Each reader gives the cleaned value or the key of a text that says what is wrong.

use crate::kernel::text;

/// Longest values kept, in characters. All of them together fit into one cookie.
pub(super) const NAME: usize = 100;
const COMPANY: usize = 120;
const MESSAGE: usize = 200;
const NUMBER: usize = 40;

/// A given or family name; may be empty.
pub(super) fn name(typed: &str, too_long: &'static str) -> Result<String, &'static str> {
    limited(typed, NAME, too_long)
}

/// The company's name.
pub(super) fn company(typed: &str) -> Result<String, &'static str> {
    let name = limited(typed, COMPANY, "registration-company-too-long")?;
    if name.is_empty() {
        Err("registration-company-empty")
    } else {
        Ok(name)
    }
}

/// What somebody writes to us; may be empty.
pub(super) fn message(typed: &str) -> Result<String, &'static str> {
    let message = text::many_lines(typed, MESSAGE + 1);
    if message.chars().count() > MESSAGE {
        Err("registration-message-too-long")
    } else {
        Ok(message)
    }
}

/// A contract number: three letters or digits at least, so that guessing is not asking.
pub(super) fn contract_number(typed: &str) -> Result<String, &'static str> {
    number(
        typed,
        "registration-number-empty",
        "registration-number-wrong",
    )
}

/// A customer number, postcode or VAT number.
pub(super) fn company_fact(typed: &str) -> Result<String, &'static str> {
    number(typed, "registration-fact-empty", "registration-fact-wrong")
}

fn number(typed: &str, empty: &'static str, wrong: &'static str) -> Result<String, &'static str> {
    const LEAST: usize = 3;
    let kept = limited(typed, NUMBER, wrong)?;
    if kept.is_empty() {
        return Err(empty);
    }
    if text::number_key(&kept).chars().count() < LEAST {
        return Err(wrong);
    }
    Ok(kept)
}

/// A phone number in the form of E.164: a plus sign and 7 to 15 digits. Spaces, brackets, dots,
/// slashes and hyphens between them are ignored, a leading `00` is a plus sign.
pub(super) fn phone(typed: &str, required: bool) -> Result<String, &'static str> {
    const WRONG: &str = "registration-phone-wrong";
    let bare: String = typed
        .trim()
        .chars()
        .filter(|character| !character.is_whitespace() && !"()[].-–/".contains(*character))
        .collect();
    if bare.is_empty() {
        return if required {
            Err("registration-phone-empty")
        } else {
            Ok(String::new())
        };
    }
    let digits = bare
        .strip_prefix('+')
        .or_else(|| bare.strip_prefix("00"))
        .ok_or(WRONG)?;
    let is_number = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if is_number {
        Ok(format!("+{digits}"))
    } else {
        Err(WRONG)
    }
}

fn limited(typed: &str, limit: usize, too_long: &'static str) -> Result<String, &'static str> {
    let line = text::one_line(typed, limit + 1);
    if line.chars().count() > limit {
        Err(too_long)
    } else {
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_kept_in_one_form() {
        for typed in [
            "+358 40 123 4567",
            "00358-40/1234567",
            "+358 (40) 123.45.67",
        ] {
            assert_eq!(phone(typed, true).as_deref(), Ok("+358401234567"));
        }
        assert_eq!(phone(" ", false).as_deref(), Ok(""));
        assert_eq!(phone("", true), Err("registration-phone-empty"));
        for typed in [
            "040 1234567",
            "+12",
            "+0401234567",
            "+49x1234567",
            "+1234567890123456",
        ] {
            assert_eq!(
                phone(typed, false),
                Err("registration-phone-wrong"),
                "{typed}"
            );
        }
    }

    #[test]
    fn a_number_needs_something_to_compare() {
        assert_eq!(contract_number(" ct-1001 ").as_deref(), Ok("ct-1001"));
        assert_eq!(contract_number(" "), Err("registration-number-empty"));
        assert_eq!(contract_number("-/-"), Err("registration-number-wrong"));
        assert_eq!(company_fact("1"), Err("registration-fact-wrong"));
        assert_eq!(
            company_fact(&"1".repeat(41)),
            Err("registration-fact-wrong")
        );
    }

    #[test]
    fn names_cannot_smuggle_lines() {
        assert_eq!(name("A\r\nBcc: x", "long").as_deref(), Ok("A Bcc: x"));
        assert_eq!(name(&"ä".repeat(101), "long"), Err("long"));
        assert_eq!(company("\u{202e}"), Err("registration-company-empty"));
    }
}
