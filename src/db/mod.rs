//! The two databases behind one text: pools, transactions, migrations, statements.
//!
//! Drivers stay concrete behind an enum, and [`on!`] expands each call for both, so types keep
//! their native mapping and no bound is ever written. Reads take a [`Conn`] from [`Database::read`];
//! writes happen only inside [`Database::write`], which commits on `Ok`, rolls back on `Err`, and
//! runs where a hang-up cannot cancel it. A new engine difference belongs in [`dialect`].

mod backup;
pub mod conn;
pub mod dialect;
mod error;
mod look;
mod migrate;
mod open;
mod postgres;
mod sqlite;
pub mod statements;

use futures_util::future::BoxFuture;

pub use backup::{BackupError, backup};
pub use conn::{AsConn, Conn, Tx};
pub use error::{Error, OpenError, inconsistent};
pub use look::{Found, look};

/// Which engine is behind a [`Database`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// A handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Database {
    store: Store,
}

#[derive(Clone)]
enum Store {
    Sqlite(sqlite::SqliteStore),
    Postgres(postgres::PostgresStore),
}

/// How busy the database's handle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Connections that are open.
    pub open: usize,
    /// Connections that nobody uses.
    pub idle: usize,
    /// Transactions that wait for SQLite's writer.
    pub queue: usize,
}

fn count(connections: u32) -> usize {
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// What a transaction's closure returns.
pub type TxFuture<'t, T, E> = BoxFuture<'t, Result<T, E>>;

impl Database {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`] says which part failed and what to do.
    pub async fn open(settings: &crate::settings::DatabaseSettings) -> Result<Self, OpenError> {
        open::open(settings).await
    }

    /// How much of the pool and of the writer's queue is in use.
    #[must_use]
    pub fn load(&self) -> Load {
        match &self.store {
            Store::Sqlite(store) => store.load(),
            Store::Postgres(store) => Load {
                open: count(store.pool.size()),
                idle: store.pool.num_idle(),
                queue: 0,
            },
        }
    }

    /// Which engine this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.store {
            Store::Sqlite(_) => Engine::Sqlite,
            Store::Postgres(_) => Engine::Postgres,
        }
    }

    /// A connection for reading. On SQLite it cannot write.
    ///
    /// # Errors
    /// When no connection is free within the pool's time-out.
    pub async fn read(&self) -> Result<Conn, Error> {
        match &self.store {
            Store::Sqlite(store) => store.read().await,
            Store::Postgres(store) => store.read().await,
        }
    }

    /// Runs `work` as one transaction: commits on `Ok`, rolls back on `Err` or panic.
    ///
    /// The work runs in a task of its own, so it is finished even when the caller goes away: the
    /// answer may be lost, the effect never half done. It must await nothing but the database.
    ///
    /// # Errors
    /// The closure's own error, or [`Error`] turned into it: [`Error::Busy`] when too many
    /// transactions wait, a failed commit, or a time-out.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.store {
            Store::Sqlite(store) => store.write(work).await,
            Store::Postgres(store) => store.write(work).await,
        }
    }

    /// Ends the pools; waits for what is under way.
    pub async fn close(&self) {
        match &self.store {
            Store::Sqlite(store) => store.close().await,
            Store::Postgres(store) => store.close().await,
        }
    }
}
