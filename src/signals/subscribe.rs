//! Which receivers are told from now on: those of the settings, and no others.

use super::destination::NAME;
use crate::{
    audit,
    db::{Database, Error, Tx},
    kernel::{Cx, World},
    outbox,
    settings::SignalSettings,
};

/// Has the receivers of the settings told what ends from now on; what waits for others is given up.
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
    db.write(move |tx| Box::pin(async move { take_over(tx, &cx, &wanted).await }))
        .await
}

async fn take_over(tx: &mut Tx, cx: &Cx, wanted: &[String]) -> Result<(), Error> {
    let known = outbox::subscribed(tx, audit::ACCESS).await?;
    let gone = |name: &&String| name.starts_with(NAME) && !wanted.contains(name);
    for name in known.iter().filter(gone) {
        outbox::unsubscribe(tx, name).await?;
        outbox::abandon(tx, cx, name, "The receiver is no longer in the settings.").await?;
    }
    for name in wanted {
        outbox::subscribe(tx, name, &[audit::ACCESS]).await?;
    }
    Ok(())
}
