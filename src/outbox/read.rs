//! Reading the outbox for people: how destinations stand, what waits, what failed.

use super::{Allowance, Attempt, claim, store};
use crate::{
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{DeliveryId, OrganizationId},
    },
    on,
};

/// Where counts stop; a count above it means "more".
pub const COUNTED: i64 = 10_000;
/// Attempts of one delivery shown at most.
const ATTEMPTS: i64 = 50;
/// Causes of dead letters shown at most.
const CAUSES: i64 = 50;

crate::text_enum! {
    /// The states of a delivery.
    pub enum DeliveryState {
        /// Due now or later.
        Waiting = "waiting",
        /// A worker has it.
        Claimed = "claimed",
        /// Arrived.
        Done = "done",
        /// A newer one said all it does.
        Merged = "merged",
        /// Will not arrive unless somebody does something.
        Dead = "dead",
        /// A person has to say which record is meant.
        Review = "review",
        /// A person set it aside.
        Parked = "parked",
        /// A person gave it up.
        Skipped = "skipped",
    }
}

/// How one destination stands.
#[derive(Debug, Clone)]
pub struct Health {
    /// Its name.
    pub destination: String,
    /// How much waits and failed.
    pub counts: Counts,
    /// Until when nothing is sent.
    pub paused_until: Option<Instant>,
    /// Whether a person paused it.
    pub paused_by_person: bool,
    /// Why nothing is sent.
    pub reason: String,
    /// Refusals of our credentials in a row.
    pub strikes: i64,
    /// When something arrived last.
    pub last_success_at: Option<Instant>,
    /// When something failed last.
    pub last_failure_at: Option<Instant>,
    /// How many calls it may be sent, where that is paced and something was sent.
    pub allowance: Option<Allowance>,
}

/// How much of a destination waits and failed; each count stops above [`COUNTED`].
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub struct Counts {
    /// Waiting.
    pub waiting: i64,
    /// Of the oldest that wait: those that failed before.
    pub retrying: i64,
    /// Under way.
    pub under_way: i64,
    /// Dead letters.
    pub dead: i64,
    /// In review.
    pub review: i64,
    /// Set aside.
    pub parked: i64,
    /// Since when the oldest waits.
    pub oldest_at: Option<Instant>,
}

/// What a word about a destination can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Things arrive.
    Working,
    /// Something failed and is tried again.
    Retrying,
    /// A person paused it, or it asked us to wait.
    Paused,
    /// It refuses our credentials, or nothing has arrived since the last failures.
    Down,
}

impl Health {
    /// The word for it.
    #[must_use]
    pub fn mood(&self, now: Instant) -> Mood {
        let waits = self.paused_until.is_some_and(|until| until > now);
        let fails_only = self.last_failure_at > self.last_success_at;
        if self.paused_by_person {
            Mood::Paused
        } else if self.strikes > 0 || (fails_only && self.counts.retrying > 2) {
            Mood::Down
        } else if waits {
            Mood::Paused
        } else if self.counts.retrying > 0 {
            Mood::Retrying
        } else {
            Mood::Working
        }
    }
}

#[derive(sqlx::FromRow)]
struct DestinationRow {
    paused_until: Option<Instant>,
    paused_by_person: bool,
    reason: String,
    strikes: i64,
    last_success_at: Option<Instant>,
    last_failure_at: Option<Instant>,
}

/// How a destination stands.
///
/// # Errors
/// When the database refuses.
pub async fn health(conn: &mut Conn, destination: &str) -> Result<Health, Error> {
    let counts: Counts = on!(conn, |c| sqlx::query_as(store::HEALTH)
        .bind(destination)
        .fetch_one(c)
        .await)?;
    let row: Option<DestinationRow> = on!(conn, |c| sqlx::query_as(store::DESTINATION)
        .bind(destination)
        .fetch_optional(c)
        .await)?;
    let row = row.unwrap_or(DestinationRow {
        paused_until: None,
        paused_by_person: false,
        reason: String::new(),
        strikes: 0,
        last_success_at: None,
        last_failure_at: None,
    });
    Ok(Health {
        destination: destination.to_owned(),
        counts,
        paused_until: row.paused_until,
        paused_by_person: row.paused_by_person,
        reason: row.reason,
        strikes: row.strikes,
        last_success_at: row.last_success_at,
        last_failure_at: row.last_failure_at,
        allowance: claim::allowance(conn, destination).await?,
    })
}

/// The configured destinations, then those that are only known from before.
///
/// # Errors
/// When the database refuses.
pub async fn known_destinations(
    conn: &mut Conn,
    configured: Vec<String>,
) -> Result<Vec<String>, Error> {
    let stored: Vec<String> = on!(conn, |c| sqlx::query_scalar(store::KNOWN_DESTINATIONS)
        .fetch_all(c)
        .await)?;
    let mut all = configured;
    for destination in stored {
        if !all.contains(&destination) {
            all.push(destination);
        }
    }
    Ok(all)
}

/// A delivery as pages show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Shown {
    /// Its place.
    pub seq: i64,
    /// Its id.
    pub id: DeliveryId,
    /// Where it goes.
    pub destination: String,
    /// What it is about.
    pub subject: String,
    /// The kind of fact.
    pub kind: String,
    /// Its state.
    pub state: DeliveryState,
    /// Attempts that counted.
    pub attempts: i64,
    /// Claims so far, those that did not count included.
    pub fence: i64,
    /// When it is due.
    pub next_attempt_at: Instant,
    /// Why it is dead, as a word.
    pub cause: String,
    /// What was said last; may name people.
    pub last_error: String,
    /// The destination's id of the record written.
    pub remote_id: String,
    /// The delivery that replaced it.
    pub merged_into: Option<DeliveryId>,
    /// Since when it waits.
    pub created_at: Instant,
    /// When it was finished.
    pub done_at: Option<Instant>,
    /// When the change happened.
    pub at: Instant,
    /// Who made it, as JSON.
    pub author: String,
    /// Where it happened.
    pub organization_id: Option<OrganizationId>,
    /// What is told, as JSON; names people.
    pub payload: String,
    /// The request that made it.
    pub request_id: String,
}

/// Which deliveries to list; an empty text means all.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A destination.
    pub destination: String,
    /// A state.
    pub state: Option<DeliveryState>,
    /// A cause (with a state).
    pub cause: String,
}

/// The newest deliveries with a number below `before`.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    conn: &mut Conn,
    wanted: &Wanted,
    destinations: &[String],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Shown>, Error> {
    let before = before.unwrap_or(i64::MAX);
    let Some(state) = wanted.state else {
        return Ok(on!(conn, |c| sqlx::query_as(store::NEWEST)
            .bind(before)
            .bind(&wanted.destination)
            .bind(limit)
            .fetch_all(c)
            .await)?);
    };
    // One index range for each destination, merged here: there are few destinations.
    let mut all: Vec<Shown> = Vec::new();
    for destination in destinations {
        if !wanted.destination.is_empty() && wanted.destination != *destination {
            continue;
        }
        let mut some: Vec<Shown> = on!(conn, |c| sqlx::query_as(store::NEWEST_IN_STATE)
            .bind(before)
            .bind(destination)
            .bind(limit)
            .bind(state)
            .bind(&wanted.cause)
            .fetch_all(c)
            .await)?;
        all.append(&mut some);
    }
    all.sort_by_key(|shown| std::cmp::Reverse(shown.seq));
    all.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(all)
}

/// One delivery.
///
/// # Errors
/// When the database refuses.
pub async fn show(conn: &mut Conn, delivery: &DeliveryId) -> Result<Option<Shown>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::SHOW)
        .bind(delivery)
        .fetch_optional(c)
        .await)?)
}

/// How many of the same subject wait behind it; stops above 1,000.
///
/// # Errors
/// When the database refuses.
pub async fn count_behind(conn: &mut Conn, shown: &Shown) -> Result<i64, Error> {
    Ok(on!(conn, |c| sqlx::query_scalar(store::BEHIND)
        .bind(&shown.destination)
        .bind(&shown.subject)
        .bind(shown.seq)
        .fetch_one(c)
        .await)?)
}

/// Whether another of the same subject has to be finished first.
///
/// # Errors
/// When the database refuses.
pub async fn is_behind(conn: &mut Conn, shown: &Shown) -> Result<bool, Error> {
    let ahead: i64 = on!(conn, |c| sqlx::query_scalar(store::IS_BEHIND)
        .bind(&shown.destination)
        .bind(&shown.subject)
        .bind(shown.seq)
        .fetch_one(c)
        .await)?;
    Ok(ahead > 0)
}

/// The newest attempts of a delivery, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn attempts(conn: &mut Conn, delivery: &DeliveryId) -> Result<Vec<Attempt>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::ATTEMPTS)
        .bind(delivery)
        .bind(ATTEMPTS)
        .fetch_all(c)
        .await)?)
}

/// Dead letters of one destination with one cause.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeadGroup {
    /// The destination.
    pub destination: String,
    /// The cause.
    pub cause: String,
    /// How many.
    pub count: i64,
    /// Since when the oldest waits.
    pub since: Instant,
}

/// Dead letters by destination and cause, the most frequent first.
///
/// # Errors
/// When the database refuses.
pub async fn dead_by_cause(conn: &mut Conn) -> Result<Vec<DeadGroup>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::DEAD_BY_CAUSE)
        .bind(CAUSES)
        .fetch_all(c)
        .await)?)
}

/// How the newest delivery about a subject stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LastDelivery {
    /// Which.
    pub id: DeliveryId,
    /// Its state.
    pub state: DeliveryState,
    /// When it was finished.
    pub done_at: Option<Instant>,
}

/// The newest delivery about a subject to one destination; `None` when there was none for so long
/// that it was swept.
///
/// # Errors
/// When the database refuses.
pub async fn last_of_subject(
    conn: &mut Conn,
    subject: &str,
    destination: &str,
) -> Result<Option<LastDelivery>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::LAST_OF_SUBJECT)
        .bind(subject)
        .bind(destination)
        .fetch_optional(c)
        .await)?)
}
