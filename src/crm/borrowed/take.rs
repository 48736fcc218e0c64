//! Claiming a use: what is claimed counts, whether the call is made or not.

use super::{
    end,
    model::{EndedBecause, Lenders, Lent, Secret, live},
    store,
};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{Cx, Instant, Keyring, ids::CredentialId},
    on,
};

/// Whose credential is wanted.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Of which connection.
    pub(super) connection: String,
    /// What it must have been sealed for ([`super::model::bound_to`]).
    pub(super) bound_to: String,
    pub(super) lenders: Lenders,
}

impl Wanted {
    /// What is lent and may be used now.
    async fn lent(&self, conn: &mut Conn, now: Instant) -> Result<Option<Lent>, Error> {
        let lent = live(conn, &self.connection).await?;
        Ok(lent.filter(|lent| lent.over(&self.lenders, now).is_none()))
    }

    fn open(&self, keys: &Keyring, lent: &Lent) -> Option<Secret> {
        Secret::open(keys, (&lent.id, &self.bound_to), &lent.secret)
    }
}

/// What is lent.
pub(super) enum Peeked {
    /// Nothing that may be used.
    Nothing,
    /// What nobody can open any more.
    Unreadable(CredentialId),
    /// A credential.
    Secret(CredentialId, Secret),
}

/// The credential that is lent and may be used now.
pub(super) async fn peek(
    conn: &mut Conn,
    keys: &Keyring,
    wanted: &Wanted,
    now: Instant,
) -> Result<Peeked, Error> {
    let Some(lent) = wanted.lent(conn, now).await? else {
        return Ok(Peeked::Nothing);
    };
    Ok(match wanted.open(keys, &lent) {
        Some(secret) => Peeked::Secret(lent.id, secret),
        None => Peeked::Unreadable(lent.id),
    })
}

/// Claims one use of it. The last one wipes what is stored in the same statement, so that no two
/// nodes have it; what cannot be opened is wiped, so that a colleague can lend another.
pub(super) async fn claim(
    tx: &mut Tx,
    cx: &Cx,
    wanted: &Wanted,
) -> Result<Option<(CredentialId, Secret)>, Error> {
    let Some(lent) = wanted.lent(tx, cx.now()).await? else {
        return Ok(None);
    };
    let Some(secret) = wanted.open(cx.keys(), &lent) else {
        end(tx, cx, &lent.id, EndedBecause::Unreadable).await?;
        return Ok(None);
    };
    let claimed: Option<(Option<Instant>,)> = on!(tx, |c| sqlx::query_as(store::USE)
        .bind(&lent.id)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    let Some((ended_at,)) = claimed else {
        return Ok(None);
    };
    if ended_at.is_some() {
        let wiped = (wanted.connection.as_str(), lent.uses, EndedBecause::UsedUp);
        end::record(tx, cx, &lent.id, wiped).await?;
    }
    Ok(Some((lent.id, secret)))
}
