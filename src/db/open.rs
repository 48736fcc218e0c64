//! Opening: pools with the settings that keep data safe, version checks, migrations.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Executor, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    Database, OpenError, Store, migrate, postgres::PostgresStore, sqlite, sqlite::SqliteStore,
};
use crate::settings::DatabaseSettings;

/// The first SQLite without the WAL-reset corruption (sqlite.org, release 3.51.3).
const SAFE_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// How long to wait for a connection.
pub(super) const ACQUIRE: Duration = Duration::from_secs(5);

pub(super) async fn open(settings: &DatabaseSettings) -> Result<Database, OpenError> {
    let store = if settings.url.is_sqlite() {
        Store::Sqlite(open_sqlite(settings).await?)
    } else if settings.url.is_postgres() {
        Store::Postgres(open_postgres(settings).await?)
    } else {
        return Err(OpenError::UnknownEngine);
    };
    Ok(Database { store })
}

pub(super) fn failed(what: &'static str) -> impl FnOnce(sqlx::Error) -> OpenError {
    move |cause| OpenError::Failed { what, cause }
}

async fn open_sqlite(settings: &DatabaseSettings) -> Result<SqliteStore, OpenError> {
    let base = SqliteConnectOptions::from_str(settings.url.expose())
        .map_err(failed("database.url is not a SQLite URL"))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-2000")
        .pragma("mmap_size", "268435456")
        .pragma("temp_store", "memory");
    // FULL: an acknowledged change survives a power cut. Checkpoints run on their own connection;
    // the automatic one is only the net below it.
    let writing = base
        .clone()
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "20000")
        .pragma("secure_delete", "ON");
    let writer_pool = one_connection(writing).await?;
    let writer = writer_pool
        .acquire()
        .await
        .map_err(failed("the database could not be opened"))?;
    let mut writer = writer;
    check_sqlite_version(&mut writer).await?;
    migrate::sqlite(&mut writer, settings.migrate).await?;
    let readers = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(settings.readers)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_with(base.clone().pragma("query_only", "ON"))
        .await
        .map_err(failed("the database could not be opened for reading"))?;
    start_checkpoints(base).await?;
    Ok(SqliteStore::start(readers, writer_pool, writer))
}

async fn one_connection(options: SqliteConnectOptions) -> Result<SqlitePool, OpenError> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE)
        .connect_with(options)
        .await
        .map_err(failed("the database could not be opened"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the loop does no work that a stop could cut in half"
)]
async fn start_checkpoints(options: SqliteConnectOptions) -> Result<(), OpenError> {
    let pool = one_connection(options).await?;
    let connection = pool
        .acquire()
        .await
        .map_err(failed("the database could not be opened for checkpoints"))?;
    tokio::spawn(sqlite::checkpoint(connection));
    Ok(())
}

pub(super) async fn check_sqlite_version(
    connection: &mut sqlx::SqliteConnection,
) -> Result<(), OpenError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(failed("the version of SQLite could not be read"))?;
    if is_safe(&found) {
        Ok(())
    } else {
        Err(OpenError::OldSqlite { found })
    }
}

fn is_safe(version: &str) -> bool {
    let mut numbers = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next()) >= SAFE_SQLITE
}

async fn open_postgres(settings: &DatabaseSettings) -> Result<PostgresStore, OpenError> {
    let pool = PgPoolOptions::new()
        .min_connections(1)
        .max_connections(settings.connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .max_lifetime(Duration::from_secs(1_800))
        // Every statement is a literal with an index that serves it whatever its values, which a
        // test holds: planning it anew for each call costs more than most of them take.
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute("SET statement_timeout = '15s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'; SET TIME ZONE 'UTC'; SET plan_cache_mode = 'force_generic_plan'")
                    .await?;
                Ok(())
            })
        })
        .connect(settings.url.expose())
        .await
        .map_err(failed("PostgreSQL could not be reached; check database.url"))?;
    migrate::postgres(&pool, settings.migrate).await?;
    Ok(PostgresStore { pool })
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn old_sqlite_is_told_apart() {
        assert!(is_safe("3.51.3") && is_safe("3.52.0") && is_safe("4.0.0"));
        assert!(!is_safe("3.51.2") && !is_safe("3.46.0") && !is_safe(""));
    }
}
