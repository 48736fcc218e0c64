//! A subscriber as people and the outbox see it, and its secrets as they are kept.

use super::store;
use crate::{
    db::{Conn, Error, inconsistent},
    kernel::{
        Cx, Instant, Keyring,
        ids::{Id, WebhookId},
        signature::SigningSecret,
    },
    on,
    outbox::webhook_destination,
};

/// Longest name.
pub const NAME_LIMIT: usize = 80;
/// The purpose under which secrets are sealed.
const PURPOSE: &str = "webhook";

/// A system that is told events.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Subscriber {
    /// Its id.
    pub id: WebhookId,
    /// What operators call it.
    pub name: String,
    /// Where events are sent.
    pub url: String,
    /// Until when the secret before this one signs too.
    pub old_ends_at: Option<Instant>,
    /// Since when it is told.
    pub created_at: Instant,
}

impl Subscriber {
    /// Its name among the destinations of the outbox.
    #[must_use]
    pub fn destination(&self) -> String {
        webhook_destination(&self.id)
    }
}

/// A subscriber that was not removed.
///
/// # Errors
/// When the database refuses.
pub async fn find(conn: &mut Conn, id: &WebhookId) -> Result<Option<Subscriber>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// Every subscriber, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(conn: &mut Conn) -> Result<Vec<Subscriber>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::LIST)
        .fetch_all(c)
        .await)?)
}

/// Where to send, and what signs now.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: String,
    /// The newest first.
    pub(super) secrets: Vec<SigningSecret>,
}

#[derive(sqlx::FromRow)]
struct Row {
    url: String,
    secret: String,
    old_secret: String,
    old_ends_at: Option<Instant>,
}

/// Reads a subscriber's address and opens its secrets.
pub(super) async fn target(
    conn: &mut Conn,
    keys: &Keyring,
    id: &WebhookId,
    now: Instant,
) -> Result<Option<Target>, Error> {
    let row: Option<Row> = on!(conn, |c| sqlx::query_as(store::TARGET)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    let Some(row) = row else {
        return Ok(None);
    };
    let mut secrets = vec![open(keys, id, &row.secret)?];
    if row.old_ends_at.is_some_and(|end| end > now) {
        secrets.push(open(keys, id, &row.old_secret)?);
    }
    Ok(Some(Target {
        url: row.url,
        secrets,
    }))
}

fn open(keys: &Keyring, id: &WebhookId, sealed: &str) -> Result<SigningSecret, Error> {
    let plain = keys
        .open(PURPOSE, id.as_str(), sealed)
        .map_err(inconsistent("webhook_subscribers", "secret", id))?;
    let text = std::str::from_utf8(&plain).unwrap_or_default();
    SigningSecret::parse(text)
        .ok_or_else(|| inconsistent("webhook_subscribers", "secret", id)("it is no signing secret"))
}

/// A new secret: as it is shown once, and as it is kept.
pub(super) fn new_secret(cx: &Cx, id: &WebhookId) -> Result<(String, String), Error> {
    let shown = SigningSecret::random(cx.random()).reveal();
    let sealed = cx
        .keys()
        .seal(cx.random(), PURPOSE, id.as_str(), shown.as_bytes())
        .map_err(inconsistent("webhook_subscribers", "secret", id))?;
    Ok((shown, sealed))
}
