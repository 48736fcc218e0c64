//! What a directory was told about each user of somebody last.

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

/// What was told of one user last.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Memory {
    /// By which id of theirs: what an identity says, or empty for the user that was made or chosen.
    pub(super) asked: String,
    /// The user there; empty when not known.
    pub(super) remote_id: String,
    /// Whether their sessions there have been ended for want of access.
    pub(super) is_kept_out: bool,
    /// Whether they are kept from signing in.
    pub(super) block: Block,
    /// Whether the person ever had access since the directory was told about them.
    pub(super) had_access: bool,
    /// When the portal made the user, or let them sign in there again.
    pub(super) let_in_at: Option<Instant>,
}

impl Memory {
    /// Of a user about whom nothing was told.
    pub(super) fn new(asked: &str) -> Self {
        Self {
            asked: asked.to_owned(),
            remote_id: String::new(),
            is_kept_out: false,
            block: Block::No,
            had_access: false,
            let_in_at: None,
        }
    }
}

/// What was told of each user of a person.
pub(super) async fn recall(
    conn: &mut Conn,
    directory: &str,
    person: &PersonId,
) -> Result<Vec<Memory>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::RECALL)
        .bind(directory)
        .bind(person)
        .fetch_all(c)
        .await)?)
}

/// The memory of a user, by what an identity calls them or by their id there.
pub(super) fn of<'m>(memories: &'m [Memory], user: &str) -> Option<&'m Memory> {
    let by_name = memories.iter().find(|it| it.asked == user);
    by_name.or_else(|| memories.iter().find(|it| it.remote_id == user))
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
        .bind(&memory.asked)
        .bind(&memory.remote_id)
        .bind(memory.is_kept_out)
        .bind(memory.block)
        .bind(memory.had_access)
        .bind(memory.let_in_at)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
