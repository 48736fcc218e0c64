//! What a directory was told about somebody last.

use super::store;
use crate::{
    db::{Conn, Error, Tx},
    kernel::{Instant, ids::PersonId},
    on,
};

crate::text_enum! {
    /// Whether the portal keeps a user from signing in there.
    pub enum Block {
        /// No: if they cannot sign in, that is somebody else's doing and stays so.
        No = "no",
        /// It is about to; whether it was done is not known.
        Trying = "trying",
        /// Yes, and it will let them in again.
        Yes = "yes",
    }
}

/// What was told last.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Memory {
    /// The user there; empty when not known.
    pub(super) remote_id: String,
    /// Whether their sessions there have been ended for want of access.
    pub(super) is_kept_out: bool,
    /// Whether they are kept from signing in.
    pub(super) block: Block,
    /// Whether they ever had access since the directory was told about them.
    pub(super) had_access: bool,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            remote_id: String::new(),
            is_kept_out: false,
            block: Block::No,
            had_access: false,
        }
    }
}

pub(super) async fn recall(
    conn: &mut Conn,
    directory: &str,
    person: &PersonId,
) -> Result<Option<Memory>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::RECALL)
        .bind(directory)
        .bind(person)
        .fetch_optional(c)
        .await)?)
}

pub(super) async fn remember(
    tx: &mut Tx,
    (directory, person): (&str, &PersonId),
    memory: &Memory,
    now: Instant,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::REMEMBER)
        .bind(directory)
        .bind(person)
        .bind(&memory.remote_id)
        .bind(memory.is_kept_out)
        .bind(memory.block)
        .bind(memory.had_access)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
