//! SQLite: a pool of readers and one writer task with group commit.
//!
//! One task owns the only writing connection. It runs the transactions that wait, each in a
//! savepoint, and commits them together, so that many clients share one flush to disk. An answer is
//! given only after the commit that contains its change.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};
use tokio::sync::{mpsc, oneshot};

use super::{
    Load, TxFuture,
    conn::{Conn, Tx},
    error::Error,
};

/// Transactions that may wait for the writer before new ones are turned away.
const QUEUE: usize = 2_048;
/// Transactions committed together at most.
const GROUP: usize = 256;
/// How long one transaction may take.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(super) struct SqliteStore {
    readers: SqlitePool,
    writer_pool: SqlitePool,
    queue: mpsc::Sender<Job>,
}

/// One waiting transaction: runs, then says whether to keep its effects and how to answer.
type Job = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Finished> + Send>;

struct Finished {
    keep: bool,
    answer: Box<dyn FnOnce(Result<(), Error>) + Send>,
}

impl SqliteStore {
    /// Starts the writer task on the one connection of `writer_pool`.
    #[expect(
        clippy::disallowed_methods,
        reason = "the writer ends by itself when the last handle is dropped"
    )]
    pub(super) fn start(
        readers: SqlitePool,
        writer_pool: SqlitePool,
        writer: PoolConnection<Sqlite>,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(run_writer(Tx(Conn::Sqlite(writer)), jobs));
        Self {
            readers,
            writer_pool,
            queue,
        }
    }

    pub(super) fn load(&self) -> Load {
        Load {
            open: super::count(self.readers.size()),
            idle: self.readers.num_idle(),
            queue: self
                .queue
                .max_capacity()
                .saturating_sub(self.queue.capacity()),
        }
    }

    pub(super) async fn read(&self) -> Result<Conn, Error> {
        Ok(Conn::Sqlite(self.readers.acquire().await?))
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |tx| Box::pin(run_job(work, tx, sender)));
        self.queue.try_send(job).map_err(|_| Error::Busy)?;
        receiver.await.unwrap_or_else(|_| Err(Error::Lost.into()))
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        // The writer's connection goes back when its task ends; waiting for it here would wait for
        // every clone of this handle.
        drop(self.writer_pool.close());
    }
}

/// Runs the closure; a panic and a time-out count as failures of this one transaction.
async fn run_job<T, E, F>(work: F, tx: &mut Tx, sender: oneshot::Sender<Result<T, E>>) -> Finished
where
    F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let attempt = AssertUnwindSafe(async { work(tx).await }).catch_unwind();
    let result = match tokio::time::timeout(LIMIT, attempt).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(Error::Lost.into()),
        Err(_elapsed) => Err(Error::TimedOut.into()),
    };
    Finished {
        keep: result.is_ok(),
        answer: Box::new(move |committed| {
            let answer = match (result, committed) {
                (Ok(_), Err(error)) => Err(error.into()),
                (result, _) => result,
            };
            // Nobody listens when the caller hung up; the effect stands all the same.
            drop(sender.send(answer));
        }),
    }
}

async fn run_writer(mut tx: Tx, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.recv().await {
        let group = run_group(&mut tx, first, &mut jobs).await;
        let committed = finish(&mut tx, group.is_whole).await;
        for answer in group.answers {
            answer(
                committed
                    .as_ref()
                    .map_err(|cause| Error::Commit(cause.clone()))
                    .copied(),
            );
        }
    }
}

type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// Jobs that commit together.
struct Group {
    answers: Vec<Answer>,
    /// Whether the transaction is still the one in which all of them ran. A full disk, for one, makes
    /// SQLite itself roll everything back.
    is_whole: bool,
}

/// Runs the first job and those already waiting, each in its own savepoint.
async fn run_group(tx: &mut Tx, first: Job, jobs: &mut mpsc::Receiver<Job>) -> Group {
    let mut group = Group {
        answers: Vec::new(),
        is_whole: true,
    };
    if let Err(error) = statement(tx, "BEGIN IMMEDIATE").await {
        // Without a transaction nothing may run: the dropped job's caller sees `Lost`.
        tracing::error!(%error, "the writer could not begin a transaction");
        return group;
    }
    let mut next = Some(first);
    while let Some(job) = next {
        group.is_whole = run_in_savepoint(tx, job, &mut group.answers).await;
        // After a lost transaction a savepoint would be a transaction of its own.
        next = (group.is_whole && group.answers.len() < GROUP)
            .then(|| jobs.try_recv().ok())
            .flatten();
    }
    group
}

/// Whether the transaction stands as before. The caller of a job that could not even be started sees
/// [`Error::Lost`].
async fn run_in_savepoint(tx: &mut Tx, job: Job, answers: &mut Vec<Answer>) -> bool {
    if statement(tx, "SAVEPOINT job").await.is_err() {
        return false;
    }
    let Finished { keep, answer } = job(tx).await;
    answers.push(answer);
    let undone = keep || undo(tx).await;
    let released = statement(tx, "RELEASE job").await;
    if let Err(error) = &released {
        tracing::error!(%error, "the database gave a transaction up");
    }
    undone && released.is_ok()
}

async fn undo(tx: &mut Tx) -> bool {
    let undone = statement(tx, "ROLLBACK TO job").await;
    if let Err(error) = &undone {
        tracing::error!(%error, "a savepoint could not be rolled back");
    }
    undone.is_ok()
}

/// Commits the group; on failure rolls everything back and says why.
async fn finish(tx: &mut Tx, is_whole: bool) -> Result<(), String> {
    let committed = if is_whole {
        let committed = statement(tx, "COMMIT").await;
        committed.map_err(|error| error.to_string())
    } else {
        Err("the database gave the transaction up".to_owned())
    };
    if committed.is_err() {
        // There may be no transaction left to roll back; that is what is wanted.
        drop(statement(tx, "ROLLBACK").await);
    }
    committed
}

async fn statement(tx: &mut Tx, text: &'static str) -> Result<(), Error> {
    if let Conn::Sqlite(connection) = &mut tx.0 {
        let connection: &mut SqliteConnection = connection;
        sqlx::query(text).execute(connection).await?;
    }
    Ok(())
}

/// Moves the write-ahead log into the database file, away from the writer's path.
pub(super) async fn checkpoint(mut connection: PoolConnection<Sqlite>) {
    const PAUSE: Duration = Duration::from_secs(1);
    const ROUNDS_BETWEEN_TRUNCATIONS: u32 = 60;
    let mut round: u32 = 0;
    loop {
        tokio::time::sleep(PAUSE).await;
        round = round.wrapping_add(1);
        let text = if round.is_multiple_of(ROUNDS_BETWEEN_TRUNCATIONS) {
            "PRAGMA wal_checkpoint(TRUNCATE)"
        } else {
            "PRAGMA wal_checkpoint(PASSIVE)"
        };
        if let Err(error) = sqlx::query(text).execute(&mut *connection).await {
            tracing::debug!(%error, "a checkpoint has to wait");
            if connection_is_gone(&error) {
                return;
            }
        }
    }
}

fn connection_is_gone(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed)
}
