//! Reading the log forward, for programs that follow it.

use std::time::Duration;

use super::store;
use crate::{
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{Id, OrganizationId},
    },
    on,
};

/// Across chains, events younger than this wait: a transaction that began earlier may still commit
/// with an earlier time, and who has read past it would never see it. Transactions end within ten
/// seconds; the rest is for clocks that differ.
const SETTLED: Duration = Duration::from_secs(15);

/// One event of the feed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FeedEntry {
    /// The chain: an organization's id or `system`.
    pub chain: String,
    /// Its number in the chain.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// The kind of author.
    pub actor_kind: String,
    /// The author's reference.
    pub actor_ref: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// In which organization.
    pub organization_id: Option<String>,
    /// What changed, as JSON.
    pub detail: String,
    /// The request.
    pub request_id: String,
    /// The connection of the organization whose chain it is.
    pub connection: Option<String>,
}

/// A place in the feed: that of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Its time.
    pub at: Instant,
    /// Its chain.
    pub chain: String,
    /// Its number there.
    pub seq: i64,
}

impl FeedEntry {
    /// Where it stands.
    #[must_use]
    pub fn spot(&self) -> Spot {
        Spot {
            at: self.at,
            chain: self.chain.clone(),
            seq: self.seq,
        }
    }
}

/// Settled events of all chains behind a place, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn feed(
    conn: &mut Conn,
    after: Option<&Spot>,
    now: Instant,
    limit: i64,
) -> Result<Vec<FeedEntry>, Error> {
    let (at, chain, seq) = after.map_or((Instant::from_micros(i64::MIN), "", 0), |spot| {
        (spot.at, spot.chain.as_str(), spot.seq)
    });
    Ok(on!(conn, |c| sqlx::query_as(store::FEED)
        .bind(at)
        .bind(chain)
        .bind(seq)
        .bind(now.minus(SETTLED))
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Events of one organization behind a place, oldest first. A chain's numbers are given in the order
/// of commits, so nothing has to wait.
///
/// # Errors
/// When the database refuses.
pub async fn feed_of(
    conn: &mut Conn,
    organization: &OrganizationId,
    after: Option<&Spot>,
    limit: i64,
) -> Result<Vec<FeedEntry>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FEED_OF)
        .bind(organization.as_str())
        .bind(after.map_or(0, |spot| spot.seq))
        .bind(limit)
        .fetch_all(c)
        .await)?)
}
