//! Who asks: one of our clients, by id and secret (HTTP Basic, as Azure AD B2C proves itself) or by a
//! token.

use axum::http::{HeaderMap, StatusCode};

use super::super::{client::bearer_of, token_request::basic_of};
use crate::{
    app::AppState,
    clients::{self, Client, Scope},
    kernel::Instant,
    web::Problem,
};

pub(super) fn unproven() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "The caller did not prove itself")
        .detail("Send the client's id and secret by HTTP Basic, or a token of /api/v1/token as `Authorization: Bearer …`.")
        .authenticate("Basic realm=\"api\", charset=\"UTF-8\"")
}

/// The client that asks, when it may ask for claims.
pub(super) async fn client(
    state: &AppState,
    headers: &HeaderMap,
    now: Instant,
) -> Result<Client, Problem> {
    let mut conn = state.db.read().await?;
    let found = if let Some(token) = bearer_of(headers) {
        let found = clients::of_token(&mut conn, token, now).await?;
        found.map(|(client, scopes, _)| (client, scopes))
    } else if let Some((id, secret)) = basic_of(headers) {
        let proved = clients::prove(&mut conn, &id, &secret, now).await?;
        proved.map(|proved| (proved.client.clone(), proved.client.scopes))
    } else {
        None
    };
    drop(conn);
    let (client, scopes) = found.ok_or_else(unproven)?;
    if !scopes.has(Scope::ClaimsRead) {
        return Err(
            Problem::new(StatusCode::FORBIDDEN, "The caller lacks a scope")
                .detail("This needs the scope claims:read."),
        );
    }
    if let Err(error) = clients::note_use(&state.db, &client, now).await {
        tracing::warn!(%error, client = %client.id, "a client's last use was not noted");
    }
    Ok(client)
}
