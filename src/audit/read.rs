//! Reading the log, newest first.

use super::store;
use crate::{
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{Id, OrganizationId},
    },
    on,
};

/// One entry as lists show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
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
}

/// What to show; an empty text means everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// An action like `membership.suspended`.
    pub action: String,
    /// An id: of an author, a target or an organization.
    pub about: String,
}

/// A page of one organization's events, those before `before` (the number of an event).
///
/// # Errors
/// When the database refuses.
pub async fn list_for_organization(
    conn: &mut Conn,
    organization: &OrganizationId,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let before = before.unwrap_or(i64::MAX);
    Ok(on!(conn, |c| sqlx::query_as(store::OF_ORGANIZATION)
        .bind(organization.as_str())
        .bind(before)
        .bind(&filter.action)
        .bind(&filter.about)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// A page of all events, those before `before` (time, chain, number of an event).
///
/// # Errors
/// When the database refuses.
pub async fn list(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<(Instant, String, i64)>,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let (at, chain, seq) = before.unwrap_or((Instant::from_micros(i64::MAX), String::new(), 0));
    Ok(on!(conn, |c| sqlx::query_as(store::NEWEST)
        .bind(at)
        .bind(&chain)
        .bind(seq)
        .bind(&filter.action)
        .bind(&filter.about)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}
