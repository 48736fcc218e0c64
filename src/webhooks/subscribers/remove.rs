//! Telling a system nothing any more.

use std::time::Duration;

use serde_json::json;

use super::store;
use crate::{
    audit,
    db::{Database, Error, Tx},
    kernel::{
        Cx, World,
        ids::{Id, WebhookId},
    },
    on,
    outbox::{abandon, unsubscribe, webhook_destination},
    tasks::{self, TaskKind},
};

/// Stands at the deliveries that were given up.
const GONE: &str = "The subscriber was removed.";
/// How long after a removal something may still come: longer than any transaction or lease.
const LATE: Duration = Duration::from_secs(24 * 3_600);
/// Removed subscribers looked at in one round.
const AT_ONCE: i64 = 100;

/// Removes a subscriber: its secrets are erased, what waits for it is given up, and nothing is
/// recorded for it any more. `false` when there is no such subscriber.
///
/// # Errors
/// When the database refuses.
pub async fn remove(tx: &mut Tx, cx: &Cx, id: &WebhookId) -> Result<bool, Error> {
    let name: Option<String> = on!(tx, |c| sqlx::query_scalar(store::REMOVE)
        .bind(id)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    let Some(name) = name else {
        return Ok(false);
    };
    let destination = webhook_destination(id);
    unsubscribe(tx, &destination).await?;
    let given_up = abandon(tx, cx, &destination, GONE).await?;
    tasks::settle(tx, cx, TaskKind::SubscriberGone, &destination).await?;
    let event = audit::Event {
        action: "webhook.removed",
        target: id.as_str(),
        organization: None,
        detail: json!({ "name": name, "given_up": given_up }),
    };
    audit::record(tx, cx, event).await?;
    Ok(true)
}

/// Gives up what transactions and workers under way brought for subscribers after they were removed.
///
/// # Errors
/// When the database refuses.
pub async fn sweep_removed(db: &Database, world: &World) -> Result<(), Error> {
    let cx = world.system("webhooks");
    let since = cx.now().minus(LATE);
    let mut conn = db.read().await?;
    let removed: Vec<WebhookId> = on!(conn, |c| sqlx::query_scalar(store::REMOVED_SINCE)
        .bind(since)
        .bind(AT_ONCE)
        .fetch_all(c)
        .await)?;
    drop(conn);
    for id in removed {
        let cx = cx.clone();
        db.write(move |tx| {
            Box::pin(async move {
                let destination = webhook_destination(&id);
                abandon(tx, &cx, &destination, GONE).await
            })
        })
        .await?;
    }
    Ok(())
}
