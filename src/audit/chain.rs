//! Appending: each event's hash covers the one before it.

use serde_json::Value;

use super::{SYSTEM_CHAIN, announce, store};
use crate::{
    db::{Error, Tx, dialect},
    kernel::{
        Cx, Instant, Keyring,
        ids::{Id, OrganizationId},
    },
    on,
};

/// Something that happened and is worth keeping.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// What was done, as `noun.verb`: `membership.suspended`.
    pub action: &'static str,
    /// The id of what it was done to.
    pub target: &'a str,
    /// The organization whose chain it belongs to; `None` for the system's.
    pub organization: Option<&'a OrganizationId>,
    /// What changed: ids and words, never addresses or secrets.
    pub detail: Value,
}

/// The stored form of one event, as the hash sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct StoredEvent {
    pub(super) seq: i64,
    pub(super) at: Instant,
    pub(super) actor_kind: String,
    pub(super) actor_ref: String,
    pub(super) action: String,
    pub(super) target: String,
    pub(super) organization_id: Option<String>,
    pub(super) detail: String,
    pub(super) request_id: String,
    pub(super) hash: String,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Head {
    pub(super) seq: i64,
    pub(super) hash: String,
    pub(super) seal: String,
}

impl StoredEvent {
    /// HMAC over the previous hash and every stored column, with this installation's audit key, so
    /// that who can only write to the database cannot make a chain that verifies.
    pub(super) fn expected_hash(&self, keys: &Keyring, chain: &str, previous: &str) -> String {
        let numbers = [self.seq.to_be_bytes(), self.at.as_micros().to_be_bytes()];
        let [seq, at] = &numbers;
        let parts: [&[u8]; 11] = [
            previous.as_bytes(),
            chain.as_bytes(),
            seq,
            at,
            self.actor_kind.as_bytes(),
            self.actor_ref.as_bytes(),
            self.action.as_bytes(),
            self.target.as_bytes(),
            self.organization_id
                .as_deref()
                .unwrap_or_default()
                .as_bytes(),
            self.detail.as_bytes(),
            self.request_id.as_bytes(),
        ];
        hex(&keys.mac("audit-event", &parts))
    }
}

impl Head {
    /// What proves that the end of the chain is where the head says.
    pub(super) fn expected_seal(&self, keys: &Keyring, chain: &str) -> String {
        hex(&keys.mac(
            "audit-head",
            &[
                chain.as_bytes(),
                &self.seq.to_be_bytes(),
                self.hash.as_bytes(),
            ],
        ))
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Appends one event to its chain, in the transaction of the action, and has those told who
/// subscribed to events of its kind.
///
/// # Errors
/// When the database refuses; then the action must not stand either.
pub async fn record(tx: &mut Tx, cx: &Cx, event: Event<'_>) -> Result<(), Error> {
    let chain = event
        .organization
        .map_or(SYSTEM_CHAIN, |organization| organization.as_str());
    dialect::lock(tx, &format!("audit:{chain}")).await?;
    let head: Option<Head> = on!(tx, |c| sqlx::query_as(store::HEAD)
        .bind(chain)
        .fetch_optional(c)
        .await)?;
    let (last, previous) = head.map_or((0, String::new()), |head| (head.seq, head.hash));
    let mut stored = StoredEvent {
        seq: last.saturating_add(1),
        at: cx.now(),
        actor_kind: cx.actor.kind().to_owned(),
        actor_ref: cx.actor.reference().to_owned(),
        action: event.action.to_owned(),
        target: event.target.to_owned(),
        organization_id: event.organization.map(ToString::to_string),
        detail: event.detail.to_string(),
        request_id: cx.request_id.to_string(),
        hash: String::new(),
    };
    stored.hash = stored.expected_hash(cx.keys(), chain, &previous);
    append(tx, chain, &stored).await?;
    let head = Head {
        seq: stored.seq,
        hash: stored.hash,
        seal: String::new(),
    };
    let seal = head.expected_seal(cx.keys(), chain);
    on!(tx, |c| sqlx::query(store::SET_HEAD)
        .bind(chain)
        .bind(head.seq)
        .bind(&head.hash)
        .bind(&seal)
        .execute(c)
        .await
        .map(drop))?;
    announce::announce(tx, cx, &event).await
}

async fn append(tx: &mut Tx, chain: &str, event: &StoredEvent) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::APPEND)
        .bind(chain)
        .bind(event.seq)
        .bind(event.at)
        .bind(&event.actor_kind)
        .bind(&event.actor_ref)
        .bind(&event.action)
        .bind(&event.target)
        .bind(&event.organization_id)
        .bind(&event.detail)
        .bind(&event.request_id)
        .bind(&event.hash)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
