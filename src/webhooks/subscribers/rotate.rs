//! A new secret; the old one signs beside it for a while, so that no event fails meanwhile.

use std::time::Duration;

use serde_json::json;

use super::{
    create::Made,
    model::{find, new_secret},
    store,
};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, WebhookId},
    },
    on,
};

/// Gives a subscriber a new secret. For `overlap` longer every request carries two signatures, of
/// the new secret and of the one before it; a still older one signs nothing any more. `None` when
/// there is no such subscriber.
///
/// # Errors
/// When the database refuses.
pub async fn rotate(
    tx: &mut Tx,
    cx: &Cx,
    id: &WebhookId,
    overlap: Duration,
) -> Result<Option<Made>, Error> {
    let (secret, sealed) = new_secret(cx, id)?;
    let end = cx.now().plus(overlap);
    let name: Option<String> = on!(tx, |c| sqlx::query_scalar(store::ROTATE)
        .bind(id)
        .bind(&sealed)
        .bind(end)
        .fetch_optional(c)
        .await)?;
    let Some(name) = name else {
        return Ok(None);
    };
    let event = audit::Event {
        action: "webhook.rotated",
        target: id.as_str(),
        organization: None,
        detail: json!({ "name": name, "old_ends_at": end }),
    };
    audit::record(tx, cx, event).await?;
    let subscriber = find(tx, id).await?.ok_or(Error::Lost)?;
    Ok(Some(Made { subscriber, secret }))
}
