//! What holds while a CRM cannot be read: its last word counts for a time, then it depends on what is
//! wanted (`[access.outage]`).

use std::time::Duration;

use super::{Catalogue, Facts, Reason, Wanted, engine::Cover};
use crate::{
    kernel::Instant,
    settings::{AfterTrust, OutageSettings},
};

/// Since when the CRM has been silent, when that is longer than the settings trust.
#[must_use]
pub fn silent_since(
    settings: &OutageSettings,
    heard_at: Option<Instant>,
    now: Instant,
) -> Option<Instant> {
    let trusted = Duration::from_secs(u64::from(settings.trusted_hours) * 3_600);
    heard_at.filter(|at| !trusted.is_zero() && at.plus(trusted) <= now)
}

/// Whether what the CRM said last is young enough, or counts on for what is wanted.
///
/// # Errors
/// [`Reason::ContractUnheard`].
pub(super) fn heard(
    facts: &Facts,
    cover: &Cover<'_>,
    catalogue: &Catalogue,
    (wanted, now): (Wanted<'_>, Instant),
) -> Result<(), Reason> {
    let settings = catalogue.outage();
    let Some(since) = silent_since(settings, facts.heard_at, now) else {
        return Ok(());
    };
    let after = match wanted {
        Wanted::Portal => settings.pages,
        Wanted::Administration => settings.administration,
        Wanted::Service(key) if settings.closed_services.iter().any(|it| it == key) => {
            AfterTrust::Closed
        }
        Wanted::Service(_) => settings.services,
    };
    match after {
        AfterTrust::Closed if cover.rests_on_contract() => Err(Reason::ContractUnheard { since }),
        AfterTrust::Open | AfterTrust::Closed => Ok(()),
    }
}
