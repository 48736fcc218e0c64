//! Wiping a credential.

use std::collections::BTreeSet;

use serde_json::json;

use super::{model::EndedBecause, store};
use crate::{
    audit,
    db::{Database, Error, Tx},
    kernel::{
        Cx, World,
        ids::{CredentialId, Id},
    },
    on,
};

/// Wipes a credential; `false` when that was done before.
///
/// # Errors
/// When the database refuses.
pub async fn end(
    tx: &mut Tx,
    cx: &Cx,
    id: &CredentialId,
    because: EndedBecause,
) -> Result<bool, Error> {
    let wiped: Option<(String, i64)> = on!(tx, |c| sqlx::query_as(store::END)
        .bind(id)
        .bind(cx.now())
        .bind(because)
        .fetch_optional(c)
        .await)?;
    let Some((connection, used)) = wiped else {
        return Ok(false);
    };
    record(tx, cx, id, (&connection, used, because)).await?;
    Ok(true)
}

/// Wipes what was lent to connections that borrow nothing any more; `borrowing` names those that do.
///
/// # Errors
/// When the database refuses; what was wiped before stays wiped.
pub async fn end_of_others(
    db: &Database,
    world: &World,
    borrowing: &BTreeSet<&str>,
) -> Result<(), Error> {
    let live: Vec<(CredentialId, String)> = {
        let mut conn = db.read().await?;
        on!(conn, |c| sqlx::query_as(store::ALL_LIVE).fetch_all(c).await)?
    };
    let others = live
        .into_iter()
        .filter(|(_, key)| !borrowing.contains(key.as_str()));
    for (id, _) in others {
        let cx = world.system("credentials");
        let because = EndedBecause::ConnectionLeft;
        let ended: Result<bool, Error> = db
            .write(move |tx| Box::pin(async move { end(tx, &cx, &id, because).await }))
            .await;
        ended?;
    }
    Ok(())
}

/// Records that a credential was wiped.
pub(super) async fn record(
    tx: &mut Tx,
    cx: &Cx,
    id: &CredentialId,
    (connection, used, because): (&str, i64, EndedBecause),
) -> Result<(), Error> {
    let event = audit::Event {
        action: "credential.wiped",
        target: id.as_str(),
        organization: None,
        detail: json!({ "connection": connection, "because": because, "used": used }),
    };
    audit::record(tx, cx, event).await
}
