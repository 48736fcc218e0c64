//! Taking a program's right away, for good.

use serde_json::json;

use super::{Client, find, store};
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revoked {
    /// Its secrets and tokens count no more.
    Revoked(Client),
    /// It was revoked before.
    Already(Client),
    /// There is no such client.
    NotFound,
}

/// Revokes a client. Its tokens are refused at the next request, and what it invited to and nobody
/// has accepted gives no roles any more.
///
/// # Errors
/// When the database refuses.
pub async fn revoke(tx: &mut Tx, cx: &Cx, client: &ApiClientId) -> Result<Revoked, Error> {
    let Some(client) = find::lock(tx, client).await? else {
        return Ok(Revoked::NotFound);
    };
    let revoked: Option<(ApiClientId,)> = on!(tx, |c| sqlx::query_as(store::REVOKE)
        .bind(&client.id)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    if revoked.is_none() {
        return Ok(Revoked::Already(client));
    }
    let event = audit::Event {
        action: "client.revoked",
        target: client.id.as_str(),
        organization: None,
        detail: json!({ "name": client.name }),
    };
    audit::record(tx, cx, event).await?;
    Ok(Revoked::Revoked(Client {
        revoked_at: Some(cx.now()),
        ..client
    }))
}
