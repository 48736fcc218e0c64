//! Telling events to whoever subscribed to their topic.

use super::{EventFact, Fact, NewChange, claim, record, store};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{Cx, Instant, ids::OrganizationId},
    on,
};

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Announcement<'a> {
    /// The group of events it belongs to.
    pub topic: &'a str,
    /// What it is about: events of one subject arrive in order.
    pub subject: &'a str,
    /// Where it happened.
    pub organization: Option<&'a OrganizationId>,
    /// What to tell.
    pub event: EventFact,
}

/// Records an event for everybody who subscribed to its topic; nothing when nobody did.
///
/// # Errors
/// When the database refuses; then the action must not stand either.
pub async fn announce(tx: &mut Tx, cx: &Cx, announcement: Announcement<'_>) -> Result<(), Error> {
    let destinations = subscribed(tx, announcement.topic).await?;
    if destinations.is_empty() {
        return Ok(());
    }
    let change = NewChange {
        subject: announcement.subject,
        organization: announcement.organization,
        fact: Fact::Happened(announcement.event),
        destinations: &destinations,
    };
    record(tx, cx, change).await.map(drop)
}

/// The destinations that are told the events of a topic.
///
/// # Errors
/// When the database refuses.
pub async fn subscribed(conn: &mut Conn, topic: &str) -> Result<Vec<String>, Error> {
    Ok(on!(conn, |c| sqlx::query_scalar(store::SUBSCRIBED)
        .bind(topic)
        .fetch_all(c)
        .await)?)
}

/// A destination that is told the events of a topic.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Subscribed {
    /// Its name.
    pub destination: String,
    /// When it was last subscribed.
    pub seen_at: Instant,
}

/// The destinations that are told the events of a topic, with when each was last subscribed.
///
/// # Errors
/// When the database refuses.
pub async fn subscribed_since(conn: &mut Conn, topic: &str) -> Result<Vec<Subscribed>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::SUBSCRIBED_SINCE)
        .bind(topic)
        .fetch_all(c)
        .await)?)
}

/// Has a destination told the events of these topics, from this transaction on. Again, it notes when.
///
/// # Errors
/// When the database refuses.
pub async fn subscribe(
    tx: &mut Tx,
    cx: &Cx,
    destination: &str,
    topics: &[&str],
) -> Result<(), Error> {
    for topic in topics {
        on!(tx, |c| sqlx::query(store::SUBSCRIBE)
            .bind(*topic)
            .bind(destination)
            .bind(cx.now())
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// Has a destination told nothing any more.
///
/// # Errors
/// When the database refuses.
pub async fn unsubscribe(tx: &mut Tx, destination: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::UNSUBSCRIBE)
        .bind(destination)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The topics that a destination is told.
///
/// # Errors
/// When the database refuses.
pub async fn topics(conn: &mut Conn, destination: &str) -> Result<Vec<String>, Error> {
    Ok(on!(conn, |c| sqlx::query_scalar(store::TOPICS)
        .bind(destination)
        .fetch_all(c)
        .await)?)
}

/// Gives everything up that waits for a destination which is gone, and forgets how it stood;
/// returns how many deliveries those were. What a transaction under way or a worker still brings is
/// for the next call.
///
/// # Errors
/// When the database refuses.
pub async fn abandon(tx: &mut Tx, cx: &Cx, destination: &str, reason: &str) -> Result<u64, Error> {
    claim::lock(tx, destination).await?;
    let count = on!(tx, |c| sqlx::query(store::ABANDON)
        .bind(destination)
        .bind(cx.now())
        .bind(reason)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    on!(tx, |c| sqlx::query(store::FORGET_DESTINATION)
        .bind(destination)
        .execute(c)
        .await
        .map(drop))?;
    super::alert::dead_letters_worked_off(tx, cx, destination).await?;
    Ok(count)
}
