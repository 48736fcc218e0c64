//! Dates and words as people type them, in forms and in lists from elsewhere.

use jiff::civil::Date;

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateProblem {
    /// It has the shape of no date we know.
    NotADate,
    /// The shape is right, the day does not exist.
    NoSuchDay,
    /// Day and month could be swapped; both readings are given as `YYYY-MM-DD`.
    Ambiguous(String, String),
    /// A spreadsheet's own number for a day.
    Serial,
}

/// Reads `2026-12-31`, `31.12.2026` or, when only one reading is possible, `12/31/2026`.
///
/// # Errors
/// [`DateProblem`] says what is wrong.
pub fn parse_date(text: &str) -> Result<Date, DateProblem> {
    let text = without_midnight(text.trim());
    if let Some([year, month, day]) = numbers(text, '-') {
        return year_month_day(year, month, day);
    }
    if let Some([day, month, year]) = numbers(text, '.') {
        return year_month_day(year, month, day);
    }
    let Some([first, second, year]) = numbers(text, '/') else {
        let is_serial = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        return Err(if is_serial {
            DateProblem::Serial
        } else {
            DateProblem::NotADate
        });
    };
    match (
        year_month_day(year, first, second),
        year_month_day(year, second, first),
    ) {
        (Ok(american), Ok(european)) if american != european => Err(DateProblem::Ambiguous(
            american.to_string(),
            european.to_string(),
        )),
        (Ok(date), _) | (_, Ok(date)) => Ok(date),
        (Err(problem), Err(_)) => Err(problem),
    }
}

/// Spreadsheets like to add the time of a day's beginning.
fn without_midnight(text: &str) -> &str {
    text.split_once([' ', 'T'])
        .filter(|(_, time)| time.bytes().all(|byte| b"0:.Z+".contains(&byte)))
        .map_or(text, |(date, _)| date)
}

fn numbers(text: &str, separator: char) -> Option<[&str; 3]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let parts: [&str; 3] = parts.try_into().ok()?;
    parts
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(parts)
}

fn year_month_day(year: &str, month: &str, day: &str) -> Result<Date, DateProblem> {
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return Err(DateProblem::NotADate);
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else {
        return Err(DateProblem::NotADate);
    };
    Date::new(year, month, day).map_err(|_| DateProblem::NoSuchDay)
}

/// A mail domain out of a domain, an address or a web address; empty when there is none in it.
#[must_use]
pub fn domain_of(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = text
        .split_once("://")
        .map_or(text.as_str(), |(_, rest)| rest);
    let text = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let text = text.rsplit('@').next().unwrap_or_default();
    text.strip_prefix("www.").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, DateProblem> {
        parse_date(text).map(|date| date.to_string())
    }

    #[test]
    fn reads_the_usual_ways_to_write_a_day() {
        for text in [
            "2026-12-31",
            "31.12.2026",
            " 12/31/2026 ",
            "31/12/2026",
            "2026-12-31 00:00:00",
            "2026-12-31T00:00:00Z",
        ] {
            assert_eq!(read(text).unwrap(), "2026-12-31", "{text}");
        }
        assert_eq!(read("1.2.2026").unwrap(), "2026-02-01");
        assert_eq!(read("05/05/2026").unwrap(), "2026-05-05");
        assert_eq!(read("29.02.2028").unwrap(), "2028-02-29");
    }

    #[test]
    fn says_why_it_reads_no_date() {
        assert_eq!(
            read("03/04/2026"),
            Err(DateProblem::Ambiguous(
                "2026-03-04".into(),
                "2026-04-03".into()
            ))
        );
        for text in ["2026-02-30", "31.04.2026", "29.02.2027", "13/13/2026"] {
            assert_eq!(read(text), Err(DateProblem::NoSuchDay), "{text}");
        }
        assert_eq!(read("46022"), Err(DateProblem::Serial));
        for text in [
            "",
            "soon",
            "31.12.26",
            "2026-12",
            "2026-12-31 08:15",
            "٣١.١٢.٢٠٢٦",
            "-1-1-1",
        ] {
            assert_eq!(read(text), Err(DateProblem::NotADate), "{text}");
        }
    }

    #[test]
    fn finds_the_domain_in_what_people_paste() {
        for text in [
            "nordwind.example",
            "https://www.Nordwind.example/de?x=1",
            "info@nordwind.example",
            "nordwind.example:443",
        ] {
            assert_eq!(domain_of(text), "nordwind.example");
        }
    }
}
