//! The only place where the two engines differ.

use super::{Conn, Error, Tx};

/// Holds every later transaction on the same `name` until this one ends.
///
/// SQLite has one writer, so nothing is to be done there. On PostgreSQL it is an advisory lock of
/// the transaction, keyed by a 64-bit hash of the name; two names with one hash only wait longer.
///
/// # Errors
/// When the lock is not free within the lock time-out.
pub async fn lock(tx: &mut Tx, name: &str) -> Result<(), Error> {
    if let Conn::Postgres(connection) = &mut **tx {
        sqlx::query(LOCK)
            .bind(name)
            .execute(&mut **connection)
            .await?;
    }
    Ok(())
}

/// The same lock, which any number may share: they wait for, and are waited for by, who has it alone.
///
/// # Errors
/// When the lock is not free within the lock time-out.
pub async fn share(tx: &mut Tx, name: &str) -> Result<(), Error> {
    if let Conn::Postgres(connection) = &mut **tx {
        sqlx::query(SHARE)
            .bind(name)
            .execute(&mut **connection)
            .await?;
    }
    Ok(())
}

const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
const SHARE: &str = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))";

/// Statements that exist on one engine only, for the test that prepares them all.
pub const POSTGRES_ONLY: &[(&str, &str)] = &[("LOCK", LOCK), ("SHARE", SHARE)];
