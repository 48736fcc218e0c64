//! PostgreSQL: one pool; each transaction runs in a task of its own.
//!
//! sqlx 0.9.0 can hand a connection back inside an open transaction when the future is dropped
//! while it begins (transact-rs/sqlx issue 4385). A hang-up drops the handler's future, so the
//! transaction must not be part of it.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use sqlx::{PgPool, Postgres, pool::PoolConnection};

use super::{
    TxFuture,
    conn::{Conn, Tx},
    error::Error,
};

/// How long one transaction may take.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(super) struct PostgresStore {
    pub(super) pool: PgPool,
}

impl PostgresStore {
    pub(super) async fn read(&self) -> Result<Conn, Error> {
        Ok(Conn::Postgres(self.pool.acquire().await?))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a hang-up must not cancel a transaction; the task is bounded by LIMIT"
    )]
    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let pool = self.pool.clone();
        tokio::spawn(transaction(pool, work))
            .await
            .unwrap_or_else(|_| Err(Error::Lost.into()))
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

async fn transaction<T, E, F>(pool: PgPool, work: F) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Send + 'static,
    E: From<Error>,
{
    let mut connection = pool.acquire().await.map_err(Error::from)?;
    run(&mut connection, "BEGIN").await?;
    let mut tx = Tx(Conn::Postgres(connection));
    let attempt = AssertUnwindSafe(async { work(&mut tx).await }).catch_unwind();
    let result = match tokio::time::timeout(LIMIT, attempt).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(Error::Lost.into()),
        Err(_elapsed) => Err(Error::TimedOut.into()),
    };
    let Tx(Conn::Postgres(mut connection)) = tx else {
        return result;
    };
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    if let Err(error) = run(&mut connection, end).await {
        // A connection whose transaction did not end must not serve anybody else.
        drop(connection.close().await);
        return Err(Error::Commit(error.to_string()).into());
    }
    result
}

async fn run(connection: &mut PoolConnection<Postgres>, text: &'static str) -> Result<(), Error> {
    sqlx::query(text).execute(&mut **connection).await?;
    Ok(())
}
