//! The session store behind tower-sessions: our own table, hashed ids, no revival.
//!
//! `load` is the gate: it reads the session together with everything that decides about the
//! request. `save` only updates, so a session that was ended meanwhile never comes back.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error as StoreError, Result as StoreResult},
};

use super::{gate, store};
use crate::{
    db::{Database, Error},
    kernel::{Instant, SecretHash, World},
    on,
    settings::SessionSettings,
};

/// Under this key `load` puts the [`gate::Gate`].
pub const GATE_KEY: &str = "gate";
/// Under this key a sign-in puts the id of the session it opened (see [`super::sessions`]).
pub const OPENED_KEY: &str = "opened";
/// How often "last seen" is written at most.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// The store.
#[derive(Clone)]
pub struct Sessions {
    db: Database,
    world: World,
    idle: Duration,
    tasks: TaskTracker,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

fn backend(error: impl fmt::Display) -> StoreError {
    StoreError::Backend(error.to_string())
}

/// What is stored instead of the cookie's value.
#[must_use]
pub fn hash_of(id: &Id) -> SecretHash {
    SecretHash::of(id.to_string().as_bytes())
}

impl Sessions {
    /// The store with the configured limits.
    #[must_use]
    pub fn new(db: Database, world: World, settings: &SessionSettings, tasks: TaskTracker) -> Self {
        Self {
            db,
            world,
            idle: Duration::from_secs(u64::from(settings.idle_minutes) * 60),
            tasks,
        }
    }

    /// Writes "last seen" without making the request wait.
    fn touch(&self, hash: SecretHash, now: Instant) {
        let db = self.db.clone();
        self.tasks.spawn(async move {
            let written: Result<(), Error> = db
                .write(move |tx| {
                    Box::pin(async move {
                        on!(tx, |c| sqlx::query(store::TOUCH_SESSION)
                            .bind(now)
                            .bind(&hash)
                            .execute(c)
                            .await
                            .map(drop))?;
                        Ok(())
                    })
                })
                .await;
            if let Err(error) = written {
                tracing::debug!(%error, "last seen was not written");
            }
        });
    }

    /// Deletes sessions that have ended, at most 1,000 a call.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep(&self) -> Result<u64, Error> {
        let now = self.world.clock.now();
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    Ok(on!(tx, |c| sqlx::query(store::SWEEP_SESSIONS)
                        .bind(now)
                        .execute(c)
                        .await
                        .map(|done| done.rows_affected()))?)
                })
            })
            .await
    }
}

#[async_trait]
impl SessionStore for Sessions {
    /// Takes over the session that a sign-in opened in its own transaction; makes none itself.
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        let opened = record.data.remove(OPENED_KEY);
        let id = opened
            .as_ref()
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok());
        record.id = id.ok_or_else(|| backend("only a sign-in makes a session"))?;
        Ok(())
    }

    async fn save(&self, record: &Record) -> StoreResult<()> {
        let kept: serde_json::Map<String, Value> = record
            .data
            .iter()
            .filter(|(key, _)| *key != GATE_KEY && *key != OPENED_KEY)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let (hash, data) = (hash_of(&record.id), Value::Object(kept).to_string());
        let saved: Result<u64, Error> = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    Ok(on!(tx, |c| sqlx::query(store::SAVE_SESSION)
                        .bind(&data)
                        .bind(&hash)
                        .execute(c)
                        .await
                        .map(|done| done.rows_affected()))?)
                })
            })
            .await;
        match saved.map_err(backend)? {
            0 => Err(backend("the session was ended meanwhile")),
            _ => Ok(()),
        }
    }

    async fn load(&self, id: &Id) -> StoreResult<Option<Record>> {
        let (now, hash) = (self.world.clock.now(), hash_of(id));
        let mut conn = self.db.read().await.map_err(backend)?;
        let gate = gate::read(&mut conn, &hash, now, now.minus(self.idle))
            .await
            .map_err(backend)?;
        drop(conn);
        let Some(gate) = gate else { return Ok(None) };
        if now.since(gate.last_seen_at) >= TOUCH_EVERY {
            self.touch(hash, now);
        }
        let expiry = time::OffsetDateTime::from_unix_timestamp(gate.expires_at.as_seconds())
            .map_err(backend)?;
        let value =
            serde_json::to_value(&gate).map_err(|error| StoreError::Decode(error.to_string()))?;
        let data = [(GATE_KEY.to_owned(), value)].into_iter().collect();
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date: expiry,
        }))
    }

    async fn delete(&self, id: &Id) -> StoreResult<()> {
        let hash = hash_of(id);
        let deleted: Result<(), Error> = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    on!(tx, |c| sqlx::query(store::DELETE_SESSION)
                        .bind(&hash)
                        .execute(c)
                        .await
                        .map(drop))?;
                    Ok(())
                })
            })
            .await;
        deleted.map_err(backend)
    }
}
