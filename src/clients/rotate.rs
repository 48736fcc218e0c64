//! A new secret; the old ones may go on for a while, so that nothing stops meanwhile.

use std::time::Duration;

use serde_json::json;

use super::{
    Client, ClientState,
    create::{Made, add_secret},
    find, store,
};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{ApiClientId, Id},
    },
    on,
};

/// What came of it.
#[derive(Clone)]
pub enum Rotated {
    /// The new secret, to be shown once.
    Rotated(Box<Made>),
    /// The client may not call any more; nothing was changed.
    Over(Box<Client>),
    /// There is no such client.
    NotFound,
}

/// Gives a client a new secret. The old ones, and the tokens got with them, count for `overlap`
/// longer; zero ends them at once.
///
/// # Errors
/// When the database refuses.
pub async fn rotate(
    tx: &mut Tx,
    cx: &Cx,
    client: &ApiClientId,
    overlap: Duration,
) -> Result<Rotated, Error> {
    let Some(client) = find::lock(tx, client).await? else {
        return Ok(Rotated::NotFound);
    };
    if client.state_at(cx.now()) != ClientState::Active {
        return Ok(Rotated::Over(Box::new(client)));
    }
    let end = cx.now().plus(overlap);
    on!(tx, |c| sqlx::query(store::END_SECRETS)
        .bind(&client.id)
        .bind(end)
        .execute(c)
        .await
        .map(drop))?;
    let secret = add_secret(tx, cx, &client.id).await?;
    let event = audit::Event {
        action: "client.rotated",
        target: client.id.as_str(),
        organization: None,
        detail: json!({ "name": client.name, "old_ends_at": end }),
    };
    audit::record(tx, cx, event).await?;
    Ok(Rotated::Rotated(Box::new(Made { client, secret })))
}
