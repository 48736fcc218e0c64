//! Handing chains out as they are stored, for who keeps a copy elsewhere.

use serde::Serialize;

use super::{chain::StoredEvent, store};
use crate::{
    db::{Conn, Error, inconsistent},
    on,
};

const PAGE: i64 = 1_000;

/// One event as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    chain: &'a str,
    seq: i64,
    /// RFC 3339, in microseconds.
    at: String,
    actor_kind: &'a str,
    actor_ref: &'a str,
    action: &'a str,
    target: &'a str,
    organization_id: Option<&'a str>,
    /// JSON as it stands in the hash, letter for letter.
    detail: &'a str,
    request_id: &'a str,
    hash: &'a str,
}

/// Every chain that has events, in order.
///
/// # Errors
/// When the database refuses.
pub async fn chains(conn: &mut Conn) -> Result<Vec<String>, Error> {
    Ok(on!(conn, |c| sqlx::query_scalar(
        store::CHAINS_WITH_EVENTS
    )
    .fetch_all(c)
    .await)?)
}

/// The events of a chain behind number `after`, each as one line of JSON; at most a thousand, with
/// the number of the last. `None` when there are no more.
///
/// # Errors
/// When the database refuses.
pub async fn export(
    conn: &mut Conn,
    chain: &str,
    after: i64,
) -> Result<Option<(Vec<String>, i64)>, Error> {
    let events: Vec<StoredEvent> = on!(conn, |c| sqlx::query_as(store::NEXT_OF_CHAIN)
        .bind(chain)
        .bind(after)
        .bind(PAGE)
        .fetch_all(c)
        .await)?;
    let Some(last) = events.last().map(|event| event.seq) else {
        return Ok(None);
    };
    let lines = events.iter().map(|event| line(chain, event));
    Ok(Some((lines.collect::<Result<_, _>>()?, last)))
}

fn line(chain: &str, event: &StoredEvent) -> Result<String, Error> {
    let line = Line {
        chain,
        seq: event.seq,
        at: event.at.to_string(),
        actor_kind: &event.actor_kind,
        actor_ref: &event.actor_ref,
        action: &event.action,
        target: &event.target,
        organization_id: event.organization_id.as_deref(),
        detail: &event.detail,
        request_id: &event.request_id,
        hash: &event.hash,
    };
    let row = format!("{chain} {}", event.seq);
    serde_json::to_string(&line).map_err(inconsistent("audit_events", "detail", row))
}
