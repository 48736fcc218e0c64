//! How many calls a CRM may be sent, in words and in figures.

use std::time::Duration;

use crate::{
    kernel::Instant,
    outbox::{Allowance, Budget, LimitSource, read::Health},
    web::Shell,
};

/// What the page about connections says of a connection's calls.
pub(super) struct Calls {
    /// Used and allowed calls, with the source of the limit.
    pub(super) pace: String,
    /// What is left of a day; empty when the CRM does not say.
    pub(super) day: String,
    /// Until when nothing is sent; empty when something may be sent now.
    pub(super) closed_until: String,
}

impl Calls {
    pub(super) fn of(shell: &Shell, health: &Health, budget: &Budget, now: Instant) -> Self {
        let allowance = health.allowance.as_ref();
        let closed = health.paused_until.filter(|until| *until > now);
        Self {
            pace: pace(shell, allowance, budget, now),
            day: allowance
                .filter(|allowance| allowance.day_allowed > 0)
                .map(|allowance| {
                    let left = ("left", allowance.day_left);
                    shell.t2(
                        "operations-calls-day",
                        left,
                        ("allowed", allowance.day_allowed),
                    )
                })
                .unwrap_or_default(),
            closed_until: closed.map(|until| shell.moment(until)).unwrap_or_default(),
        }
    }
}

fn pace(shell: &Shell, allowance: Option<&Allowance>, budget: &Budget, now: Instant) -> String {
    let used = allowance.map_or(0, |allowance| allowance.used(now));
    let set = budget
        .calls_per_minute
        .map(|calls| (u64::from(calls), Duration::from_secs(60)));
    let limit = allowance.map_or(set, |allowance| allowance.limit(budget));
    let Some((allowed, window)) = limit else {
        return shell.t1("operations-calls-unlimited", "used", used);
    };
    let is_set = set == limit;
    let source = match allowance.map(|allowance| allowance.source) {
        _ if is_set => "operations-calls-set",
        Some(LimitSource::Reported) => "operations-calls-reported",
        _ => "operations-calls-learnt",
    };
    let figures = [
        ("used", used.into()),
        ("allowed", allowed.into()),
        ("seconds", window.as_secs().max(1).into()),
        ("reserve", u64::from(budget.reserve_percent).into()),
    ];
    format!(
        "{} ({})",
        shell.tn("operations-calls-used", &figures),
        shell.t(source)
    )
}
