//! Migrations: the same file names in both folders, forward only.

use sqlx::{PgPool, SqliteConnection, migrate::Migrator};

use super::OpenError;

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
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations")
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
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations")
        .fetch_one(pool)
        .await
        .unwrap_or(0);
    check(&POSTGRES, applied)
}

fn check(migrator: &Migrator, applied: i64) -> Result<(), OpenError> {
    let missing = migrator
        .iter()
        .count()
        .saturating_sub(usize::try_from(applied).unwrap_or(0));
    if missing == 0 {
        Ok(())
    } else {
        Err(OpenError::Behind { missing })
    }
}
