//! Requests to join, for the administrators of the organization they wait for.

use super::{At, Registration, store};
use crate::{
    db::{Conn, Error},
    kernel::ids::OrganizationId,
    on,
};

/// What waits for an organization's decision, oldest first, after a place.
///
/// # Errors
/// When the database refuses.
pub async fn join_requests(
    conn: &mut Conn,
    organization: &OrganizationId,
    after: &At,
    limit: i64,
) -> Result<Vec<Registration>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(
        store::WAITING_AT_ORGANIZATION
    )
    .bind(organization)
    .bind(after.created_at)
    .bind(&after.id)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}
