//! Looking clients up.

use super::{Client, ClientState, Scope, store};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{Instant, ids::ApiClientId},
    on,
};

/// The client with this id.
///
/// # Errors
/// When the database refuses.
pub async fn find(conn: &mut Conn, client: &ApiClientId) -> Result<Option<Client>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(client)
        .fetch_optional(c)
        .await)?)
}

/// The newest `limit` clients, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(conn: &mut Conn, limit: i64) -> Result<Vec<Client>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::LIST)
        .bind(Instant::from_micros(i64::MAX))
        .bind("")
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Whether what this client invites to still holds: it may call and invite.
///
/// # Errors
/// When the database refuses.
pub async fn may_invite(
    conn: &mut Conn,
    client: &ApiClientId,
    now: Instant,
) -> Result<bool, Error> {
    let client = find(conn, client).await?;
    Ok(client.is_some_and(|client| {
        let invites =
            client.scopes.has(Scope::InvitationsWrite) || client.scopes.has(Scope::PeopleWrite);
        invites && client.state_at(now) == ClientState::Active
    }))
}

/// Holds a client until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, client: &ApiClientId) -> Result<Option<Client>, Error> {
    Ok(on!(tx, |c| sqlx::query_as(store::LOCK)
        .bind(client)
        .fetch_optional(c)
        .await)?)
}
