//! Wiping a credential.

use serde_json::json;

use super::{model::EndedBecause, store};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
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
