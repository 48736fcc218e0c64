//! A copy of a SQLite database, taken while it is in use.

use std::{path::Path, str::FromStr};

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{OpenError, open};
use crate::settings::DatabaseSettings;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be made; one that is there is never written over.
    #[error("{0}")]
    File(std::io::Error),
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It could not be copied.
    #[error("the database could not be copied: {0}")]
    Copy(#[from] sqlx::Error),
}

/// Writes a whole, compact copy of one moment into a new file that only this user can read.
///
/// # Errors
/// See [`BackupError`]; then nothing is left behind.
pub async fn backup(settings: &DatabaseSettings, file: &Path) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::from_str(settings.url.expose())
        .map_err(open::failed("database.url is not a SQLite URL"))?
        .create_if_missing(false)
        .busy_timeout(open::ACQUIRE);
    let mut connection = options
        .connect()
        .await
        .map_err(open::failed("the database could not be opened"))?;
    make(file).map_err(BackupError::File)?;
    // An empty file is what SQLite fills; it makes none itself, as others could then read it.
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(file.to_string_lossy().as_ref())
        .execute(&mut connection)
        .await;
    drop(connection.close().await);
    if let Err(error) = copied {
        drop(std::fs::remove_file(file));
        return Err(error.into());
    }
    Ok(())
}

fn make(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(file).map(drop)
}
