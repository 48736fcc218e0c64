//! A contract's standing as people read it.

use fluent_bundle::FluentValue;

use super::Standing;
use crate::{
    kernel::Instant,
    web::{Shell, dates},
};

/// From how many days before its end a contract is said to end soon.
const SOON: i64 = 60;

/// A standing in a word, a sentence and a tone of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingWords {
    /// One or two words for a tag.
    pub tag: String,
    /// What it means, with number and days.
    pub sentence: String,
    /// `success`, `warning`, `danger`, `info` or empty.
    pub tone: &'static str,
}

/// Puts the standing of contract `number` at `now` into words. `reads_in_grace` says that people can
/// only read during the days of grace.
#[must_use]
pub fn standing_words(
    shell: &Shell,
    number: &str,
    standing: &Standing,
    reads_in_grace: bool,
    now: Instant,
) -> StandingWords {
    let say = |key: &str, more: &[(&str, FluentValue<'_>)]| {
        let mut arguments = vec![("number", FluentValue::from(number))];
        arguments.extend(more.iter().cloned());
        shell.tn(key, &arguments)
    };
    let (tag, sentence, tone) = match standing {
        Standing::NotStarted { starts_at: None } => ("draft", say("contract-draft", &[]), "info"),
        Standing::NotStarted {
            starts_at: Some(start),
        } => {
            let day = [("date", shell.contract_day(*start).into())];
            ("not-started", say("contract-not-started", &day), "info")
        }
        Standing::Active { ends_at: None } => ("active", say("contract-active", &[]), "success"),
        Standing::Active { ends_at: Some(end) } => {
            let last = end.minus(std::time::Duration::from_micros(1));
            let days = dates::days_between(&shell.zone, now, last);
            let date = ("date", shell.contract_last_day(*end).into());
            if days <= SOON {
                let days = ("days", days.max(0).into());
                (
                    "ends-soon",
                    say("contract-ends-soon", &[date, days]),
                    "warning",
                )
            } else {
                ("active", say("contract-active-until", &[date]), "success")
            }
        }
        Standing::Grace { until } => {
            let key = if reads_in_grace {
                "contract-grace-reading"
            } else {
                "contract-grace"
            };
            let date = [("date", shell.contract_last_day(*until).into())];
            ("grace", say(key, &date), "warning")
        }
        Standing::Suspended => ("suspended", say("contract-suspended", &[]), "danger"),
        Standing::Ended { at } => {
            let date = [("date", shell.contract_last_day(*at).into())];
            ("ended", say("contract-ended", &date), "danger")
        }
    };
    StandingWords {
        tag: shell.t(&format!("contract-tag-{tag}")).into_owned(),
        sentence,
        tone,
    }
}
