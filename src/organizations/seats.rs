//! Seats: how many people the contracts allow, and how many there are.

use super::store;
use crate::{
    contracts,
    db::{Conn, Error},
    kernel::{Instant, ids::OrganizationId},
    on,
};

/// Seats of an organization at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// How many the contracts allow; `None` for any number.
    pub limit: Option<i64>,
    /// Active memberships that have not run out.
    pub taken: i64,
}

impl Seats {
    /// Whether one more person fits.
    #[must_use]
    pub fn has_room(self) -> bool {
        self.limit.is_none_or(|limit| self.taken < limit)
    }
}

/// Counts the seats. Who then takes one must hold the organization's lock.
///
/// # Errors
/// When the database refuses.
pub async fn seats(
    conn: &mut Conn,
    organization: &OrganizationId,
    now: Instant,
) -> Result<Seats, Error> {
    let contracts = contracts::of_organization(conn, organization).await?;
    let (taken,): (i64,) = on!(conn, |c| sqlx::query_as(store::TAKEN_SEATS)
        .bind(organization)
        .bind(now)
        .fetch_one(c)
        .await)?;
    Ok(Seats {
        limit: contracts::seat_limit(&contracts, now),
        taken,
    })
}
