//! How a connection's contract records are read: dates in its time zone, grace, the brake.

use jiff::{civil::Date, tz::TimeZone};

use super::{ContractStatus, Standing, Terms};
use crate::{
    crm::port,
    kernel::{Instant, text},
    settings::{AccessSettings, ConnectionSettings},
};

/// The longest number and product name kept, in characters.
const TEXT_LIMIT: usize = 100;
/// Ten years: more is a typing error.
const GRACE_LIMIT: i64 = 3_660;

/// What the settings say about one connection's contracts.
#[derive(Debug, Clone)]
pub struct ContractRules {
    /// The connection.
    pub connection: String,
    /// The time zone in which its dates are meant.
    pub zone: TimeZone,
    /// Days of grace for contracts that name none.
    pub grace_days: i64,
    /// Share (0 to 1) of granting contracts that may end within an hour.
    pub brake_share: f64,
    /// Contracts that may end within an hour in any case.
    pub brake_floor: i64,
}

impl ContractRules {
    /// The rules of a connection.
    ///
    /// # Errors
    /// When the time zone is not in the IANA database; settings have checked that already.
    pub fn new(
        connection: &ConnectionSettings,
        access: &AccessSettings,
    ) -> Result<Self, jiff::Error> {
        Ok(Self {
            connection: connection.key.clone(),
            zone: TimeZone::get(&connection.time_zone)?,
            grace_days: i64::from(connection.grace_days),
            brake_share: access.brake_share,
            brake_floor: i64::from(access.brake_floor),
        })
    }

    /// What a record that is not in the mirror would mean at `now`.
    ///
    /// # Errors
    /// A text that names the field and what is wrong with it.
    pub fn standing_of(&self, record: &port::Contract, now: Instant) -> Result<Standing, String> {
        terms(self, record, now).map(|terms| terms.standing(now))
    }

    /// How many of `granting` contracts may end within an hour.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a number of contracts is far below the precision of a double"
    )]
    pub(super) fn brake_limit(&self, granting: i64) -> i64 {
        let share = (self.brake_share * granting as f64).floor() as i64;
        share.max(self.brake_floor)
    }
}

/// A contract record that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) number: String,
    pub(super) number_key: String,
    pub(super) terms: Terms,
    pub(super) seats: Option<i64>,
    pub(super) products: Vec<String>,
}

/// Reads a record at `now`.
///
/// # Errors
/// A text that names the field and what is wrong with it.
pub(super) fn read(
    rules: &ContractRules,
    record: &port::Contract,
    now: Instant,
) -> Result<Reading, String> {
    if record.id.trim().is_empty() {
        return Err("id: is empty".to_owned());
    }
    let number = text::one_line(&record.number, TEXT_LIMIT);
    if number.is_empty() {
        return Err("number: is empty".to_owned());
    }
    if let Some(seats) = record.seats.filter(|seats| *seats < 0) {
        return Err(format!("seats: {seats} is below 0"));
    }
    let mut products: Vec<String> = record
        .products
        .iter()
        .map(|product| text::one_line(product, TEXT_LIMIT))
        .filter(|product| !product.is_empty())
        .collect();
    products.sort_unstable();
    products.dedup();
    Ok(Reading {
        number_key: text::number_key(&number),
        number,
        terms: terms(rules, record, now)?,
        seats: record.seats,
        products,
    })
}

fn terms(rules: &ContractRules, record: &port::Contract, now: Instant) -> Result<Terms, String> {
    let status =
        ContractStatus::parse(&record.status).map_err(|error| format!("status: {error}"))?;
    let first = match record.starts_on.as_str() {
        // A draft need not have dates; nothing is read from them.
        "" if status == ContractStatus::Draft => Date::constant(1970, 1, 1),
        text => day("starts_on", text)?,
    };
    let last = match record.ends_on.as_str() {
        "" => None,
        text => Some(day("ends_on", text)?),
    };
    if last.is_some_and(|last| last < first) && status != ContractStatus::Draft {
        return Err(format!(
            "ends_on: {} is before starts_on {}",
            record.ends_on, record.starts_on
        ));
    }
    let grace_days = record.grace_days.unwrap_or(rules.grace_days);
    if !(0..=GRACE_LIMIT).contains(&grace_days) {
        return Err(format!(
            "grace_days: {grace_days} is not from 0 to {GRACE_LIMIT}"
        ));
    }
    let starts_at = start_of("starts_on", &rules.zone, first, 0)?;
    let mut ends_at = match last {
        Some(last) => Some(start_of("ends_on", &rules.zone, last, 1)?),
        None => None,
    };
    let mut grace_ends_at = match last.filter(|_| grace_days > 0) {
        Some(last) => {
            let days = grace_days.saturating_add(1);
            Some(start_of("grace_days", &rules.zone, last, days)?)
        }
        None => None,
    };
    if status == ContractStatus::Ended {
        // Ended by somebody's word: then, not on the last day; and without grace.
        let said = record.changed_at.map_or(now, |changed| changed.min(now));
        ends_at = Some(ends_at.map_or(said, |end| end.min(said)));
        grace_ends_at = None;
    }
    Ok(Terms {
        status,
        starts_at,
        ends_at,
        grace_ends_at,
    })
}

/// Reads `YYYY-MM-DD` and nothing else.
fn day(field: &str, text: &str) -> Result<Date, String> {
    let wrong = || {
        let shown = text::one_line(text, 40);
        format!("{field}: {shown:?} is not a day like 2027-01-31")
    };
    if text.len() != 10 {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// The first moment of the day `days` after `date`. Where clocks skip midnight, that is the first
/// moment there is; where they repeat it, the first of the two.
fn start_of(field: &str, zone: &TimeZone, date: Date, days: i64) -> Result<Instant, String> {
    let out_of_range = |_| format!("{field}: is out of range");
    date.checked_add(jiff::Span::new().days(days))
        .and_then(|date| date.to_zoned(zone.clone()))
        .map(|moment| Instant::from_jiff(moment.timestamp()))
        .map_err(out_of_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_seconds(1_800_000_000);

    fn rules(zone: &str) -> ContractRules {
        ContractRules {
            connection: "crm".into(),
            zone: TimeZone::get(zone).unwrap(),
            grace_days: 0,
            brake_share: 0.2,
            brake_floor: 5,
        }
    }

    fn record(starts_on: &str, ends_on: &str) -> port::Contract {
        port::Contract {
            id: "1".into(),
            version: 1,
            number: "C-1".into(),
            status: "active".into(),
            starts_on: starts_on.into(),
            ends_on: ends_on.into(),
            ..port::Contract::default()
        }
    }

    fn moments(zone: &str, starts_on: &str, ends_on: &str) -> (String, String) {
        let terms = read(&rules(zone), &record(starts_on, ends_on), NOW)
            .unwrap()
            .terms;
        let shown = |instant: Instant| instant.to_jiff().to_string();
        (shown(terms.starts_at), shown(terms.ends_at.unwrap()))
    }

    #[test]
    fn days_begin_at_local_midnight_also_when_clocks_change() {
        let pairs = [
            // Summer time begins on the last day and ends on the last day.
            (
                "Europe/Berlin",
                "2027-03-28",
                "2027-03-28",
                "2027-03-27T23:00:00Z",
                "2027-03-28T22:00:00Z",
            ),
            (
                "Europe/Berlin",
                "2027-10-31",
                "2027-10-31",
                "2027-10-30T22:00:00Z",
                "2027-10-31T23:00:00Z",
            ),
            // Clocks skip midnight itself: the day begins at one o'clock.
            (
                "Africa/Cairo",
                "2026-04-24",
                "2026-04-23",
                "2026-04-23T22:00:00Z",
                "2026-04-23T22:00:00Z",
            ),
            // Clocks repeat midnight: the first of the two.
            (
                "America/Havana",
                "2026-11-01",
                "2026-11-01",
                "2026-11-01T04:00:00Z",
                "2026-11-02T05:00:00Z",
            ),
            (
                "Pacific/Kiritimati",
                "2027-01-01",
                "2027-12-31",
                "2026-12-31T10:00:00Z",
                "2027-12-31T10:00:00Z",
            ),
        ];
        for (zone, first, last, starts, ends) in pairs {
            let first_only = moments(zone, first, "2030-01-01").0;
            let last_only = moments(zone, "2020-01-01", last).1;
            assert_eq!(
                (first_only.as_str(), last_only.as_str()),
                (starts, ends),
                "{zone}"
            );
        }
    }

    #[test]
    fn grace_is_the_contracts_own_or_the_connections() {
        let mut rules = rules("UTC");
        rules.grace_days = 7;
        let mut record = record("2027-01-01", "2027-06-30");
        let grace = |rules: &ContractRules, record: &port::Contract| {
            read(rules, record, NOW)
                .unwrap()
                .terms
                .grace_ends_at
                .map(|end| end.to_jiff().to_string())
        };
        assert_eq!(
            grace(&rules, &record).as_deref(),
            Some("2027-07-08T00:00:00Z")
        );
        record.grace_days = Some(1);
        assert_eq!(
            grace(&rules, &record).as_deref(),
            Some("2027-07-02T00:00:00Z")
        );
        record.grace_days = Some(0);
        assert_eq!(grace(&rules, &record), None);
    }

    #[test]
    fn a_word_that_ends_a_contract_ends_it_when_it_was_said() {
        let mut record = record("2026-01-01", "2028-12-31");
        record.status = "ended".into();
        record.grace_days = Some(30);
        let said = NOW.minus(std::time::Duration::from_secs(60));
        record.changed_at = Some(said);
        let terms = read(&rules("UTC"), &record, NOW).unwrap().terms;
        assert_eq!((terms.ends_at, terms.grace_ends_at), (Some(said), None));
        record.changed_at = Some(NOW.plus(std::time::Duration::from_secs(60)));
        let terms = read(&rules("UTC"), &record, NOW).unwrap().terms;
        assert_eq!(
            terms.ends_at,
            Some(NOW),
            "a clock ahead of ours does not keep it open"
        );
    }

    type Spoil = fn(&mut port::Contract);

    #[test]
    fn what_makes_no_sense_is_named() {
        let broken: [(&str, Spoil); 10] = [
            ("status", |record| record.status = "Activated".into()),
            ("starts_on", |record| record.starts_on = "01.01.2027".into()),
            ("starts_on", |record| record.starts_on = String::new()),
            ("starts_on", |record| record.starts_on = "2027-02-30".into()),
            ("ends_on", |record| record.ends_on = "2026-12-31".into()),
            ("ends_on", |record| {
                record.ends_on = "2027-06-30T00:00:00Z".into();
            }),
            ("grace_days", |record| record.grace_days = Some(-1)),
            ("grace_days", |record| record.grace_days = Some(i64::MAX)),
            ("seats", |record| record.seats = Some(-1)),
            ("number", |record| record.number = " \u{200b}".into()),
        ];
        for (field, spoil) in broken {
            let mut record = record("2027-01-01", "2027-12-31");
            spoil(&mut record);
            let problem = read(&rules("UTC"), &record, NOW).unwrap_err();
            assert!(problem.starts_with(&format!("{field}: ")), "{problem}");
        }
    }

    #[test]
    fn the_brake_lets_the_larger_of_share_and_floor_pass() {
        let rules = rules("UTC");
        assert_eq!(rules.brake_limit(10), 5);
        assert_eq!(rules.brake_limit(100), 20);
        assert_eq!(rules.brake_limit(0), 5);
    }
}
