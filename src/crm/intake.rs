//! Following a CRM: pages of its feed, and records it sends.
//!
//! The feed's new place and the effects of the page commit together. Two nodes may read the same
//! page; the second finds the place moved on and drops its copy. Applying a page again changes
//! nothing, because records only move forward (law 10).

use std::{sync::Arc, time::Duration};

use super::{
    port::{CrmError, FeedPage, Record},
    registry::Connection,
    store,
    take::{InvitationRequests, Taken, Taker},
};
use crate::{
    db::{Conn, Database, Error, Tx, dialect},
    kernel::{Actor, Cx, Instant, World},
    on,
    tasks::{self, NewTask, TaskKind},
};

/// How long a feed may be unreadable before an operator is asked to look.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Records of one transaction, so that it stays far below its time limit.
const PART: usize = 100;

/// How far a feed was read.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FeedState {
    /// Where the next page begins; empty for the beginning.
    pub cursor: String,
    /// When a page last came; 0 for never.
    pub fetched_at: Instant,
    /// Why the last attempt failed; empty when it did not.
    pub error: String,
    /// Since when it fails, if it does.
    pub failing_since: Option<Instant>,
}

/// What came of one look at the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polled {
    /// Records that changed something.
    pub changed: usize,
    /// Records that wait, for another record or for a person.
    pub waiting: usize,
    /// Of these, ends of access that wait for a person (law 11).
    pub held: usize,
    /// Records that became tasks.
    pub bad: usize,
    /// Whether there is more right now.
    pub more: bool,
    /// Another node had taken this page; nothing was done.
    pub taken_by_another: bool,
}

impl Polled {
    fn add(&mut self, other: &Self) {
        self.changed += other.changed;
        self.waiting += other.waiting;
        self.held += other.held;
        self.bad += other.bad;
    }

    fn count(&mut self, taken: Taken) {
        match taken {
            Taken::Changed => self.changed += 1,
            Taken::Held => {
                self.waiting += 1;
                self.held += 1;
            }
            Taken::Waits => self.waiting += 1,
            Taken::Bad => self.bad += 1,
            Taken::NotNewer => {}
        }
    }
}

/// Why a look at the feed failed.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The CRM.
    #[error(transparent)]
    Crm(#[from] CrmError),
    /// The database.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Follows one connection. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    db: Database,
    world: World,
    taker: Taker,
}

impl Intake {
    /// An intake for a connection.
    #[must_use]
    pub fn new(
        db: Database,
        world: World,
        connection: Arc<Connection>,
        requests: Arc<dyn InvitationRequests>,
    ) -> Self {
        let taker = Taker {
            connection,
            requests,
        };
        Self { db, world, taker }
    }

    /// The connection it follows.
    #[must_use]
    pub fn connection(&self) -> &Arc<Connection> {
        &self.taker.connection
    }

    fn cx(&self) -> Cx {
        self.world.cx(Actor::Crm {
            connection: self.connection().key().to_owned(),
            user: None,
        })
    }

    /// Reads and applies the next page of the feed.
    ///
    /// # Errors
    /// [`IntakeError`]; the place in the feed is then where it was, and the error is kept for
    /// operators to see.
    pub async fn poll(&self) -> Result<Polled, IntakeError> {
        let cursor = {
            let mut conn = self.db.read().await?;
            feed_state(&mut conn, self.connection().key())
                .await?
                .map_or_else(String::new, |state| state.cursor)
        };
        let limit = self.connection().batch();
        let page = match self.connection().crm.changes(&cursor, limit).await {
            Ok(page) => page,
            // Nothing is wrong; it is read when somebody lends a credential.
            Err(CrmError::NoCredential) => return Err(CrmError::NoCredential.into()),
            Err(error) => {
                self.note_error(&error).await?;
                return Err(error.into());
            }
        };
        // A feed that says "more" and stands still would be asked without a pause.
        let more = page.more && page.cursor != cursor;
        let received_at = self.world.clock.now();
        let mut page = page;
        self.connection().transforms.put_records(&mut page.records);
        let page = Arc::new(page);
        let polled = match self.page(&cursor, page.clone(), received_at).await {
            Err(error) if !error.is_temporary() => {
                tracing::error!(%error, connection = self.connection().key(), "a page could not be stored; its records are tried one by one");
                self.one_by_one(&cursor, &page, received_at).await?
            }
            other => other?,
        };
        Ok(Polled { more, ..polled })
    }

    /// Reads the feed until nothing more is there, so that what the CRM says now holds afterwards.
    ///
    /// # Errors
    /// As [`Intake::poll`].
    pub async fn catch_up(&self) -> Result<(), IntakeError> {
        while self.poll().await?.more {}
        Ok(())
    }

    /// Applies records that the CRM sent. When this returns they have taken effect.
    ///
    /// # Errors
    /// When the database refuses; some of them may have taken effect.
    pub async fn receive(&self, cx: &Cx, mut records: Vec<Record>) -> Result<Polled, Error> {
        self.connection().transforms.put_records(&mut records);
        let received_at = cx.now();
        let mut polled = Polled::default();
        for part in records.chunks(PART) {
            let (taker, cx, all) = (self.taker.clone(), cx.clone(), part.to_vec());
            let applied: Result<Polled, Error> = self
                .db
                .write(move |tx| {
                    Box::pin(async move { taker.take_all(tx, &cx, all, received_at).await })
                })
                .await;
            match applied {
                Err(error) if !error.is_temporary() => {
                    for record in part {
                        polled.count(self.alone(record.clone(), received_at).await?);
                    }
                }
                other => polled.add(&other?),
            }
        }
        Ok(polled)
    }

    async fn page(
        &self,
        cursor: &str,
        page: Arc<FeedPage>,
        received_at: Instant,
    ) -> Result<Polled, Error> {
        let (taker, cx, cursor) = (self.taker.clone(), self.cx(), cursor.to_owned());
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    if !move_cursor(tx, &cx, taker.connection.key(), &cursor, &page.cursor).await? {
                        return Ok(Polled {
                            taken_by_another: true,
                            ..Polled::default()
                        });
                    }
                    let key = taker.connection.key();
                    tasks::settle(tx, &cx, TaskKind::FeedUnreadable, key).await?;
                    let records = page.records.clone();
                    let mut polled = taker.take_all(tx, &cx, records, received_at).await?;
                    for skipped in &page.skipped {
                        taker.skipped(tx, &cx, skipped).await?;
                        polled.bad += 1;
                    }
                    Ok(polled)
                })
            })
            .await
    }

    /// Applies a page record by record, when the database gave up on it as a whole; the place moves
    /// on last, so that a stop in between repeats what changes nothing.
    async fn one_by_one(
        &self,
        cursor: &str,
        page: &FeedPage,
        received_at: Instant,
    ) -> Result<Polled, Error> {
        let mut polled = Polled::default();
        for record in &page.records {
            polled.count(self.alone(record.clone(), received_at).await?);
        }
        let rest = FeedPage {
            records: Vec::new(),
            ..page.clone()
        };
        let moved = self.page(cursor, Arc::new(rest), received_at).await?;
        polled.bad += moved.bad;
        Ok(polled)
    }

    /// Applies one record in a transaction of its own; one that the database refuses is bad.
    async fn alone(&self, record: Record, received_at: Instant) -> Result<Taken, Error> {
        let (taker, cx, one) = (self.taker.clone(), self.cx(), record.clone());
        let taken: Result<Taken, Error> = self
            .db
            .write(move |tx| Box::pin(async move { taker.take(tx, &cx, one, received_at).await }))
            .await;
        let problem = match taken {
            Err(error) if !error.is_temporary() => error.to_string(),
            other => return other,
        };
        let (taker, cx) = (self.taker.clone(), self.cx());
        self.db
            .write(move |tx| {
                Box::pin(async move { taker.refused(tx, &cx, &record, &problem).await })
            })
            .await?;
        Ok(Taken::Bad)
    }

    /// Keeps the error for operators to see; they are asked to look when it lasts, and at once when
    /// it cannot pass by itself.
    async fn note_error(&self, error: &CrmError) -> Result<(), Error> {
        let (connection, cx) = (self.connection().key().to_owned(), self.cx());
        let problem = crate::kernel::text::one_line(&error.to_string(), 300);
        let lasts = matches!(error, CrmError::AuthBroken(_) | CrmError::Setup(_));
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let since: Instant = on!(tx, |c| sqlx::query_scalar(store::NOTE_FEED_ERROR)
                        .bind(&connection)
                        .bind(&problem)
                        .bind(cx.now())
                        .fetch_one(c)
                        .await)?;
                    if !lasts && cx.now().since(since) < PATIENCE {
                        return Ok(());
                    }
                    let task = NewTask {
                        kind: TaskKind::FeedUnreadable,
                        organization: None,
                        subject: &connection,
                        detail: serde_json::json!({ "problem": problem, "since": since }),
                    };
                    tasks::raise(tx, &cx, task).await.map(drop)
                })
            })
            .await
    }
}

impl Taker {
    async fn take_all(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        records: Vec<Record>,
        received_at: Instant,
    ) -> Result<Polled, Error> {
        // A page and an event that carry the same records come one after the other.
        dialect::lock(tx, &format!("intake:{}", self.connection.key())).await?;
        let mut polled = Polled::default();
        for record in records {
            polled.count(self.take(tx, cx, record, received_at).await?);
        }
        Ok(polled)
    }
}

/// Moves the place in the feed; `false` when it is not `from` any more.
async fn move_cursor(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    from: &str,
    to: &str,
) -> Result<bool, Error> {
    let moved: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::MOVE_CURSOR)
        .bind(connection)
        .bind(from)
        .bind(to)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    Ok(moved.is_some())
}

/// How far a connection's feed was read; `None` when it never was.
///
/// # Errors
/// When the database refuses.
pub async fn feed_state(conn: &mut Conn, connection: &str) -> Result<Option<FeedState>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::CURSOR)
        .bind(connection)
        .fetch_optional(c)
        .await)?)
}

/// How many records of a connection wait for others that have not come.
///
/// # Errors
/// When the database refuses.
pub async fn count_waiting(conn: &mut Conn, connection: &str) -> Result<i64, Error> {
    let (count,): (i64,) = on!(conn, |c| sqlx::query_as(store::COUNT_WAITING)
        .bind(connection)
        .fetch_one(c)
        .await)?;
    Ok(count)
}

/// Has the whole feed read again from its beginning; what is stored is as new, so only what was
/// missed changes anything.
///
/// # Errors
/// When the database refuses.
pub async fn read_again(tx: &mut Tx, cx: &Cx, connection: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::RESET_CURSOR)
        .bind(connection)
        .execute(c)
        .await
        .map(drop))?;
    let event = crate::audit::Event {
        action: "feed.read_again",
        target: connection,
        organization: None,
        detail: serde_json::json!({}),
    };
    crate::audit::record(tx, cx, event).await
}
