//! Taking in a signed event: once, through the same door as the feed.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::{Message, store};
use crate::{
    crm::{
        Connections,
        http::{CEILING, read_records},
        mapping::FieldMap,
        port::{Record, Skipped},
    },
    db::{Database, Error},
    kernel::{Cx, Instant, SecretHash},
    on,
};

/// What a CRM says.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The feed holds something new.
    Hint,
    /// Records as they stand now.
    Records(Vec<Record>, Vec<Skipped>),
}

impl Event {
    /// Reads the body of an event, in which fields have the names that `fields` says.
    ///
    /// # Errors
    /// What the sender should change.
    pub fn parse(body: &[u8], fields: &FieldMap) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Envelope {
            #[serde(rename = "type")]
            kind: String,
            #[serde(default)]
            records: Option<Vec<Value>>,
        }
        let envelope: Envelope = serde_json::from_slice(body)
            .map_err(|_| "The body must be a JSON object with a `type`; `records` is a list.")?;
        match (envelope.kind.as_str(), envelope.records) {
            ("changes.available", _) => Ok(Self::Hint),
            ("records.changed", Some(mut records)) if records.len() <= CEILING => {
                fields.rename_records(&mut records);
                let (records, skipped) = read_records(records);
                Ok(Self::Records(records, skipped))
            }
            ("records.changed", Some(_)) => Err("`records` holds more than 1,000 records."),
            ("records.changed", None) => Err("`records` is missing."),
            _ => Err("`type` must be `records.changed` or `changes.available`."),
        }
    }
}

/// Where records and hints of events go: the intake that the poll uses.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Applies the records. When this returns, they have taken effect.
    ///
    /// # Errors
    /// The sender is then asked to try again.
    async fn take(&self, cx: &Cx, connection: &str, records: Vec<Record>) -> Result<(), Error>;

    /// Has the feed of this connection read now.
    fn wake(&self, connection: &str);

    /// What this connection calls its fields.
    fn fields(&self, connection: &str) -> FieldMap {
        let _ = connection;
        FieldMap::default()
    }
}

#[async_trait]
impl Intake for Connections {
    async fn take(&self, cx: &Cx, connection: &str, records: Vec<Record>) -> Result<(), Error> {
        self.receive(cx, connection, records).await.map(drop)
    }

    fn wake(&self, connection: &str) {
        Connections::wake(self, connection);
    }

    fn fields(&self, connection: &str) -> FieldMap {
        self.get(connection)
            .map(|connection| connection.fields.clone())
            .unwrap_or_default()
    }
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Taken in: how many records, and which could not be read.
    New(usize, Vec<Skipped>),
    /// The same event was taken in before; nothing was done.
    Repeated,
    /// Another event was taken in under this id; nothing was done.
    IdInUse,
}

/// Takes in one event of a sender who proved itself.
///
/// The event is noted after its records took effect: a stop in between repeats it, and versions
/// make the repetition a no-op. The other order could lose it.
///
/// # Errors
/// When the database refuses; then the event is not noted.
pub async fn receive(
    db: &Database,
    intake: &dyn Intake,
    cx: &Cx,
    connection: &str,
    (message, body): (Message, &[u8]),
) -> Result<Received, ReceiveError> {
    let digest = SecretHash::of(body).as_str().to_owned();
    if let Some(known) = find(db, connection, &message.id).await? {
        return Ok(if known == digest {
            Received::Repeated
        } else {
            Received::IdInUse
        });
    }
    let fields = intake.fields(connection);
    let outcome = match Event::parse(body, &fields).map_err(ReceiveError::Unreadable)? {
        Event::Hint => Received::New(0, Vec::new()),
        Event::Records(records, skipped) => {
            let count = records.len();
            intake.take(cx, connection, records).await?;
            Received::New(count, skipped)
        }
    };
    note(db, connection, message.id, digest, cx.now()).await?;
    // Also after records: the feed may hold what the sender left out.
    intake.wake(connection);
    Ok(outcome)
}

/// Why an event was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The sender should change this.
    #[error("{0}")]
    Unreadable(&'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] Error),
}

async fn find(db: &Database, connection: &str, id: &str) -> Result<Option<String>, Error> {
    let mut conn = db.read().await?;
    Ok(on!(conn, |c| sqlx::query_scalar(store::FIND_EVENT)
        .bind(connection)
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

async fn note(
    db: &Database,
    connection: &str,
    id: String,
    digest: String,
    now: Instant,
) -> Result<(), Error> {
    let connection = connection.to_owned();
    db.write(move |tx| {
        Box::pin(async move {
            Ok(on!(tx, |c| sqlx::query(store::ADD_EVENT)
                .bind(connection)
                .bind(id)
                .bind(digest)
                .bind(now)
                .execute(c)
                .await
                .map(drop))?)
        })
    })
    .await
}

/// Forgets events received before `limit`, a part at a time; says how many. Senders give up long
/// before 30 days, and an older copy of the message itself is refused by its timestamp.
///
/// # Errors
/// When the database refuses.
pub async fn forget_before(db: &Database, limit: Instant) -> Result<u64, Error> {
    const PART: i64 = 1_000;
    db.write(move |tx| {
        Box::pin(async move {
            Ok(on!(tx, |c| sqlx::query(store::FORGET_EVENTS)
                .bind(limit)
                .bind(PART)
                .execute(c)
                .await
                .map(|done| done.rows_affected()))?)
        })
    })
    .await
}
