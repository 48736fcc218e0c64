//! Secrets of links: made, kept as hashes, replaced.

use super::store;
use crate::{
    db::{Error, Tx},
    kernel::{Cx, LinkSecret, ids::InvitationId},
    on,
    settings::PortalSettings,
    web::{Lang, urls},
};

/// A new secret; only its hash is ever stored.
pub(super) fn new_secret(cx: &Cx) -> LinkSecret {
    LinkSecret::new(cx.random())
}

/// Keeps a secret's hash beside those it replaces, which stop working.
pub(super) async fn keep(
    tx: &mut Tx,
    cx: &Cx,
    invitation: &InvitationId,
    secret: &LinkSecret,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::REPLACE_SECRETS)
        .bind(invitation)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    add(tx, cx, invitation, (secret, false)).await
}

/// Keeps a secret's hash beside the others, which go on working.
pub(super) async fn add(
    tx: &mut Tx,
    cx: &Cx,
    invitation: &InvitationId,
    (secret, is_reminder): (&LinkSecret, bool),
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::ADD_SECRET)
        .bind(secret.hash())
        .bind(invitation)
        .bind(cx.now())
        .bind(is_reminder)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The link, built from the configured address and nothing of a request.
#[must_use]
pub fn link(portal: &PortalSettings, secret: &LinkSecret) -> String {
    let path = urls::InvitationLink {
        secret: secret.expose(),
    };
    format!("{}{path}", portal.origin())
}

/// The stored word for a language: one the portal speaks, or empty.
pub(super) fn language(typed: &str) -> &'static str {
    Lang::parse(typed).map_or("", Lang::as_str)
}
