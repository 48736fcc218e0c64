//! Which receivers are told: those that some node has in its settings.
//!
//! Each node says now and then whom its settings name. A receiver that no node has named for
//! [`FORGOTTEN_AFTER`] is told nothing more, and what waits for it is given up: so neither a node with
//! older settings nor one that starts later stops what the others need.

use std::time::Duration;

use super::destination::NAME;
use crate::{
    app::AppState,
    audit,
    db::{Database, Error, Tx},
    kernel::{Cx, Instant, World},
    outbox::{self, Subscribed},
    settings::SignalSettings,
};

/// How long after the last node named it a receiver is forgotten.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);
/// How old the word of a node may be before it is said again; sweeps are a minute apart.
const SAID_AGAIN: Duration = Duration::from_secs(300);

/// What has to be so before anybody is served, and is looked at in every sweep: the receivers of the
/// settings are told what ends from now on, and there is a key to sign with.
///
/// # Errors
/// When the database refuses.
pub async fn prepare(state: &AppState) -> Result<(), Error> {
    let receivers = &state.settings.signals;
    subscribe(&state.db, &state.world, receivers).await?;
    if receivers.is_empty() {
        return Ok(());
    }
    state.signing_keys.keep().await
}

/// Has the receivers of the settings told what ends from now on, and forgets those that no node has
/// named for a while. Without either it only reads.
///
/// # Errors
/// When the database refuses.
pub async fn subscribe(
    db: &Database,
    world: &World,
    receivers: &[SignalSettings],
) -> Result<(), Error> {
    let wanted: Vec<String> = receivers
        .iter()
        .map(|receiver| format!("{NAME}{}", receiver.key))
        .collect();
    let cx = world.system("signals");
    let known = {
        let mut conn = db.read().await?;
        outbox::subscribed_since(&mut conn, audit::ACCESS).await?
    };
    let now = cx.now();
    let fresh = |name: &String| {
        let mut known = known.iter();
        known.any(|it| it.destination == *name && it.seen_at.plus(SAID_AGAIN) > now)
    };
    let has_gone = known.iter().any(|it| is_gone(it, &wanted, now));
    if wanted.iter().all(fresh) && !has_gone {
        return Ok(());
    }
    db.write(move |tx| Box::pin(async move { take_over(tx, &cx, &wanted).await }))
        .await
}

fn is_gone(known: &Subscribed, wanted: &[String], now: Instant) -> bool {
    known.destination.starts_with(NAME)
        && !wanted.contains(&known.destination)
        && known.seen_at.plus(FORGOTTEN_AFTER) <= now
}

async fn take_over(tx: &mut Tx, cx: &Cx, wanted: &[String]) -> Result<(), Error> {
    for name in wanted {
        outbox::subscribe(tx, cx, name, &[audit::ACCESS]).await?;
    }
    let known = outbox::subscribed_since(tx, audit::ACCESS).await?;
    let gone = known.iter().filter(|it| is_gone(it, wanted, cx.now()));
    for Subscribed { destination, .. } in gone {
        outbox::unsubscribe(tx, destination).await?;
        let reason = "The receiver is no longer in the settings.";
        outbox::abandon(tx, cx, destination, reason).await?;
    }
    Ok(())
}
