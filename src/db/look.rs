//! Looking at a database without changing it: for `vestibule check`.

use std::{path::Path, str::FromStr};

use sqlx::{
    ConnectOptions, Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};

use super::{OpenError, migrate, open};
use crate::settings::DatabaseSettings;

/// How a database stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is no file yet; the start makes it.
    Missing,
    /// It holds nothing of ours yet; the start makes the tables.
    Empty,
    /// Its schema is older than this program.
    Behind {
        /// How many migrations are missing.
        missing: usize,
    },
    /// It can be used as it is.
    Ready,
}

/// Looks at the configured database; makes and changes nothing.
///
/// # Errors
/// When it cannot be reached or read, or is newer than this program.
pub async fn look(settings: &DatabaseSettings) -> Result<Found, OpenError> {
    if settings.url.is_sqlite() {
        look_at_sqlite(settings).await
    } else if settings.url.is_postgres() {
        look_at_postgres(settings).await
    } else {
        Err(OpenError::UnknownEngine)
    }
}

async fn look_at_sqlite(settings: &DatabaseSettings) -> Result<Found, OpenError> {
    let wrong = open::failed("the database cannot be read");
    let options = SqliteConnectOptions::from_str(settings.url.expose())
        .map_err(open::failed("database.url is not a SQLite URL"))?
        .create_if_missing(false)
        .read_only(true);
    let file = options.get_filename().to_owned();
    match std::fs::metadata(&file) {
        Err(_) => return room_for(&file).map(|()| Found::Missing),
        Ok(found) if found.len() == 0 => return Ok(Found::Empty),
        Ok(_) => {}
    }
    let mut connection = options.connect().await.map_err(wrong)?;
    let found = sqlite_found(&mut connection).await;
    drop(connection.close().await);
    found
}

async fn sqlite_found(connection: &mut SqliteConnection) -> Result<Found, OpenError> {
    open::check_sqlite_version(connection).await?;
    let is_there: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(open::failed("the database cannot be read"))?;
    if is_there == 0 {
        return Ok(Found::Empty);
    }
    let applied: i64 = sqlx::query_scalar(migrate::APPLIED)
        .fetch_one(connection)
        .await
        .map_err(open::failed("the database cannot be read"))?;
    migrate::compare(migrate::sqlite_count(), applied)
}

/// Whether a file can be made there.
fn room_for(file: &Path) -> Result<(), OpenError> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if folder.is_dir() {
        Ok(())
    } else {
        Err(OpenError::NoFolder {
            folder: folder.to_owned(),
        })
    }
}

async fn look_at_postgres(settings: &DatabaseSettings) -> Result<Found, OpenError> {
    let unreachable = "PostgreSQL could not be reached; check database.url";
    let options =
        PgConnectOptions::from_str(settings.url.expose()).map_err(open::failed(unreachable))?;
    let connecting = tokio::time::timeout(open::ACQUIRE, PgConnection::connect_with(&options));
    let mut connection = match connecting.await {
        Ok(connected) => connected.map_err(open::failed(unreachable))?,
        Err(_) => return Err(open::failed(unreachable)(sqlx::Error::PoolTimedOut)),
    };
    let found = postgres_found(&mut connection).await;
    drop(connection.close().await);
    found
}

async fn postgres_found(connection: &mut PgConnection) -> Result<Found, OpenError> {
    let is_there: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(open::failed("the database cannot be read"))?;
    if !is_there {
        return Ok(Found::Empty);
    }
    let applied: i64 = sqlx::query_scalar(migrate::APPLIED)
        .fetch_one(connection)
        .await
        .map_err(open::failed("the database cannot be read"))?;
    migrate::compare(migrate::postgres_count(), applied)
}
