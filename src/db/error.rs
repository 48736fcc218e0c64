//! What can go wrong between the code and the database.

/// A failed statement, transaction or stored value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many transactions wait for the writer; the caller should try again in a moment.
    #[error("too many changes are waiting to be written")]
    Busy,
    /// A transaction took longer than its limit and was rolled back.
    #[error("the transaction took too long and was rolled back")]
    TimedOut,
    /// The transaction's task ended without an answer: it panicked and was rolled back.
    #[error("the transaction ended unexpectedly and was rolled back")]
    Lost,
    /// The database refused or could not be reached.
    #[error("the database refused: {0}")]
    Sql(#[from] sqlx::Error),
    /// The commit failed; nothing was stored.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// A stored value does not parse.
    #[error("table {table}, column {column}, row {row}: {detail}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with the value.
        detail: String,
    },
}

impl Error {
    /// Whether trying the same again in a moment may succeed.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Busy | Self::TimedOut => true,
            Self::Sql(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)) => true,
            Self::Sql(sqlx::Error::Database(error)) => matches!(
                error.code().as_deref(),
                Some("40001" | "40P01" | "57P01" | "57P03")
            ),
            _ => false,
        }
    }
}

/// Names the place of a stored value that does not parse.
pub fn inconsistent<E: std::fmt::Display>(
    table: &'static str,
    column: &'static str,
    row: impl std::fmt::Display,
) -> impl FnOnce(E) -> Error {
    let row = row.to_string();
    move |error| Error::Inconsistent {
        table,
        column,
        row,
        detail: error.to_string(),
    }
}

/// Why the database could not be opened, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no known engine.
    #[error(
        "database.url must start with `sqlite:` or `postgres://`, like `sqlite:vestibule.db` or `postgres://vestibule@localhost/vestibule`"
    )]
    UnknownEngine,
    /// The SQLite library is too old to be safe.
    #[error(
        "SQLite {found} can corrupt a database in write-ahead mode; 3.51.3 or newer is needed: build with the bundled library"
    )]
    OldSqlite {
        /// The version found.
        found: String,
    },
    /// The database could not be reached or refused.
    #[error("{what}: {cause}")]
    Failed {
        /// What was being done.
        what: &'static str,
        /// The driver's message.
        cause: sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The schema is behind and the command was told not to change it.
    #[error("the schema lacks {missing} migrations; run `vestibule migrate` first")]
    Behind {
        /// How many migrations are missing.
        missing: usize,
    },
    /// The schema is newer than this program.
    #[error(
        "the schema was made by a newer version of this program; use that version, or a backup from before"
    )]
    Ahead,
    /// The folder of the SQLite file is not there.
    #[error("the folder {} is not there; make it, or change database.url", folder.display())]
    NoFolder {
        /// The folder.
        folder: std::path::PathBuf,
    },
}
