//! How many invitations one inviter made and one address got today, counted in the database so that
//! several nodes count together. Addresses appear as keyed hashes.

use std::time::Duration;

use super::{model::Inviter, model::InviterKind, store};
use crate::{
    db::{Conn, Database, Error, Tx},
    kernel::{Cx, EmailAddress, Instant, SecretHash},
    on,
    settings::InvitationSettings,
};

const DAY_SECONDS: i64 = 86_400;

/// The beginning of the day (UTC) that `now` is in.
fn day(now: Instant) -> Instant {
    let seconds = now.as_seconds();
    Instant::from_seconds(seconds.saturating_sub(seconds.rem_euclid(DAY_SECONDS)))
}

/// What counts the invitations of an inviter. A CRM has many users, so there each counts alone.
pub(super) fn by_inviter(cx: &Cx, inviter: &Inviter) -> String {
    let user = if inviter.kind == InviterKind::Crm {
        inviter.email.as_str()
    } else {
        ""
    };
    key(
        cx,
        "invitations-by",
        &[inviter.kind.as_str(), &inviter.reference, user],
    )
}

/// How many invitations an inviter may make in a day. A program invites for many.
pub(super) fn daily_limit(limits: &InvitationSettings, inviter: &Inviter) -> u32 {
    if inviter.kind == InviterKind::Client {
        limits.per_client_per_day
    } else {
        limits.per_inviter_per_day
    }
}

/// What counts the invitations to an address.
pub(super) fn to_address(cx: &Cx, email: &EmailAddress) -> String {
    key(cx, "invitations-to", &[email.key()])
}

/// What counts the requests made with one invitation.
pub(super) fn requests_of(cx: &Cx, invitation: &str) -> String {
    key(cx, "invitation-requests", &[invitation])
}

fn key(cx: &Cx, purpose: &str, parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    let hash = SecretHash::of(&cx.keys().mac(purpose, &parts));
    format!("{purpose}:{}", hash.as_str())
}

/// How often today so far.
pub(super) async fn today(conn: &mut Conn, cx: &Cx, key: &str) -> Result<i64, Error> {
    let count: Option<(i64,)> = on!(conn, |c| sqlx::query_as(store::ATTEMPTS)
        .bind(key)
        .bind(day(cx.now()))
        .fetch_optional(c)
        .await)?;
    Ok(count.map_or(0, |(count,)| count))
}

/// Counts one more and says whether it is within the limit.
pub(super) async fn take(tx: &mut Tx, cx: &Cx, key: &str, limit: u32) -> Result<bool, Error> {
    let (count,): (i64,) = on!(tx, |c| sqlx::query_as(store::TAKE_ATTEMPT)
        .bind(key)
        .bind(day(cx.now()))
        .fetch_one(c)
        .await)?;
    Ok(count <= i64::from(limit))
}

/// Forgets the counts of days that are over; a clock that differs by an hour does no harm.
///
/// # Errors
/// When the database refuses.
pub async fn forget_attempts(db: &Database, now: Instant) -> Result<(), Error> {
    let before = day(now.minus(Duration::from_secs(3_600)));
    db.write(move |tx| {
        Box::pin(async move {
            on!(tx, |c| sqlx::query(store::SWEEP_ATTEMPTS)
                .bind(before)
                .execute(c)
                .await
                .map(drop))?;
            Ok(())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        let midnight = Instant::from_seconds(20_833 * DAY_SECONDS);
        assert_eq!(day(midnight), midnight);
        assert_eq!(
            day(Instant::from_seconds(20_834 * DAY_SECONDS - 1)),
            midnight
        );
    }
}
