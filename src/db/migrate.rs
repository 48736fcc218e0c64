//! Migrations: the same file names in both folders, forward only.

use sqlx::{PgPool, SqliteConnection, migrate::Migrator};

use super::{Found, OpenError};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Applies what is missing, or only checks when `apply` is false.
pub(super) async fn sqlite(
    connection: &mut SqliteConnection,
    apply: bool,
) -> Result<(), OpenError> {
    if apply {
        return Ok(SQLITE.run_direct(None, connection, false).await?);
    }
    let applied: i64 = sqlx::query_scalar(APPLIED)
        .fetch_one(connection)
        .await
        .unwrap_or(0);
    check(&SQLITE, applied)
}

/// Applies what is missing under PostgreSQL's advisory lock, or only checks when `apply` is false.
pub(super) async fn postgres(pool: &PgPool, apply: bool) -> Result<(), OpenError> {
    if apply {
        return Ok(POSTGRES.run(pool).await?);
    }
    let applied: i64 = sqlx::query_scalar(APPLIED)
        .fetch_one(pool)
        .await
        .unwrap_or(0);
    check(&POSTGRES, applied)
}

fn check(migrator: &Migrator, applied: i64) -> Result<(), OpenError> {
    let known = migrator.iter().count();
    match compare(known, applied)? {
        Found::Ready => Ok(()),
        Found::Behind { missing } => Err(OpenError::Behind { missing }),
        Found::Empty | Found::Missing => Err(OpenError::Behind { missing: known }),
    }
}

/// How many migrations were applied.
pub(super) const APPLIED: &str = "SELECT count(*) FROM _sqlx_migrations";

pub(super) fn sqlite_count() -> usize {
    SQLITE.iter().count()
}

pub(super) fn postgres_count() -> usize {
    POSTGRES.iter().count()
}

/// What it means that a database has had `applied` of our `known` migrations.
pub(super) fn compare(known: usize, applied: i64) -> Result<Found, OpenError> {
    let applied = usize::try_from(applied).unwrap_or(0);
    match known.checked_sub(applied) {
        Some(0) => Ok(Found::Ready),
        Some(missing) if applied == 0 && missing > 0 => Ok(Found::Empty),
        Some(missing) => Ok(Found::Behind { missing }),
        None => Err(OpenError::Ahead),
    }
}
