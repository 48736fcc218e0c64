//! What waits for an organization's admins.

use std::time::Duration;

use super::store;
use crate::{
    db::{Conn, Error},
    kernel::{Instant, ids::OrganizationId},
    on,
};

/// How long before its end an open invitation is worth a word.
const ENDING: Duration = Duration::from_secs(2 * 86_400);

/// Numbers of things that wait; each is counted to 100 at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenThings {
    /// People who ask to join.
    pub requests: i64,
    /// Open invitations that run out soon.
    pub ending: i64,
    /// Open invitations whose mail came back.
    pub bounced: i64,
}

/// Counts them.
///
/// # Errors
/// When the database refuses.
pub async fn open_things(
    conn: &mut Conn,
    organization: &OrganizationId,
    now: Instant,
) -> Result<OpenThings, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OPEN_THINGS)
        .bind(organization)
        .bind(now)
        .bind(now.plus(ENDING))
        .fetch_one(c)
        .await)?)
}
