//! Claiming a use: what is claimed counts, whether the call is made or not.

use super::{
    end,
    model::{EndedBecause, Lenders, Secret, live},
    store,
};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{Cx, Instant, Keyring, ids::CredentialId},
    on,
};

/// The credential that is lent and may be used now.
pub(super) async fn peek(
    conn: &mut Conn,
    keys: &Keyring,
    (connection, lenders): (&str, &Lenders),
    now: Instant,
) -> Result<Option<(CredentialId, Secret)>, Error> {
    let lent = live(conn, connection).await?;
    let Some(lent) = lent.filter(|lent| lent.over(lenders, now).is_none()) else {
        return Ok(None);
    };
    let secret = Secret::open(keys, &lent.id, &lent.secret)?;
    Ok(Some((lent.id, secret)))
}

/// Claims one use of it. The last one wipes what is stored in the same statement, so that no two
/// nodes have it.
pub(super) async fn claim(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    lenders: &Lenders,
) -> Result<Option<(CredentialId, Secret)>, Error> {
    let lent = live(tx, connection).await?;
    let Some(lent) = lent.filter(|lent| lent.over(lenders, cx.now()).is_none()) else {
        return Ok(None);
    };
    let secret = Secret::open(cx.keys(), &lent.id, &lent.secret)?;
    let claimed: Option<(Option<Instant>,)> = on!(tx, |c| sqlx::query_as(store::USE)
        .bind(&lent.id)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    let Some((ended_at,)) = claimed else {
        return Ok(None);
    };
    if ended_at.is_some() {
        let wiped = (connection, lent.uses, EndedBecause::UsedUp);
        end::record(tx, cx, &lent.id, wiped).await?;
    }
    Ok(Some((lent.id, secret)))
}
