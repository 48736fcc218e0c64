//! Seats: how many people the contracts allow, and how many there are.

use super::store;
use crate::{
    contracts,
    db::{Conn, Database, Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{Id, OrganizationId},
    },
    on,
    tasks::{self, TaskKind},
};

/// Organizations looked at in one round at most.
const AT_ONCE: i64 = 100;

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

    /// Whether more people are active than there are seats.
    #[must_use]
    pub fn is_exceeded(self) -> bool {
        self.limit.is_some_and(|limit| self.taken > limit)
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
    Ok(Seats {
        limit: contracts::seat_limit(&contracts, now),
        taken: taken_seats(conn, organization, now).await?,
    })
}

/// Counts the active memberships that have not run out.
///
/// # Errors
/// When the database refuses.
pub async fn taken_seats(
    conn: &mut Conn,
    organization: &OrganizationId,
    now: Instant,
) -> Result<i64, Error> {
    let (taken,): (i64,) = on!(conn, |c| sqlx::query_as(store::TAKEN_SEATS)
        .bind(organization)
        .bind(now)
        .fetch_one(c)
        .await)?;
    Ok(taken)
}

/// The number of seats when none is left; `None` while one more person fits. As [`seats`], but nobody
/// is counted where there is no limit.
///
/// # Errors
/// When the database refuses.
pub async fn no_seat(
    conn: &mut Conn,
    organization: &OrganizationId,
    now: Instant,
) -> Result<Option<i64>, Error> {
    let contracts = contracts::of_organization(conn, organization).await?;
    let Some(limit) = contracts::seat_limit(&contracts, now) else {
        return Ok(None);
    };
    let taken = taken_seats(conn, organization, now).await?;
    Ok((taken >= limit).then_some(limit))
}

/// Closes the task about too many members once they fit again (somebody left, or there are more
/// seats), and the wish for more seats once it has its answer. `false` when they do not fit.
///
/// # Errors
/// When the database refuses.
pub async fn settle_seats(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
) -> Result<bool, Error> {
    let contracts = contracts::of_organization(tx, organization).await?;
    let limit = contracts::seat_limit(&contracts, cx.now());
    let taken = match limit {
        None => 0,
        Some(_) => taken_seats(tx, organization, cx.now()).await?,
    };
    let fits = limit.is_none_or(|limit| taken <= limit);
    if fits {
        tasks::settle(tx, cx, TaskKind::SeatsExceeded, organization.as_str()).await?;
    }
    let wish = super::seats_wish(tx, organization).await?;
    if wish.is_some_and(|wish| wish.is_answered(Seats { limit, taken })) {
        tasks::settle(tx, cx, TaskKind::SeatsAsked, organization.as_str()).await?;
    }
    Ok(fits)
}

/// Looks at every organization that had too many members or asked for seats: memberships and
/// contracts also end by themselves.
///
/// # Errors
/// When the database refuses; what was closed before stays closed.
pub async fn sweep_seats(db: &Database, cx: &Cx) -> Result<(), Error> {
    let open = {
        let mut conn = db.read().await?;
        let mut open = tasks::open_of_kind(&mut conn, TaskKind::SeatsExceeded, AT_ONCE).await?;
        open.extend(tasks::open_of_kind(&mut conn, TaskKind::SeatsAsked, AT_ONCE).await?);
        open
    };
    for task in open {
        let Some(organization) = task.organization_id else {
            continue;
        };
        let cx = cx.clone();
        let looked: Result<(), Error> = db
            .write(move |tx| {
                Box::pin(async move {
                    if super::lock(tx, &organization).await?.is_some() {
                        settle_seats(tx, &cx, &organization).await?;
                    }
                    Ok(())
                })
            })
            .await;
        looked?;
    }
    Ok(())
}
