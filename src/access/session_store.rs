//! The session store behind tower-sessions: our own table, hashed ids, no revival.
//!
//! `load` is the gate: it reads the session together with everything that decides about the
//! request. `save` only updates, so a session that was ended meanwhile never comes back.
//!
//! The gate goes from `load` to the extractors beside the session's record, in a place that lives as
//! long as the request ([`keep_gate`]): through the record it would be written and read as JSON.

use std::{cell::RefCell, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use serde_json::Value;
use tokio_util::task::TaskTracker;
use tower_sessions::{
    Session, SessionStore,
    session::{Id, Record},
    session_store::{Error as StoreError, Result as StoreResult},
};

use super::{Catalogues, Gate, ended_elsewhere, ends, gate, store};
use crate::{
    db::{Database, Error},
    kernel::{Instant, SecretHash, World},
    on,
    settings::SessionSettings,
    web::Refusal,
};

/// Under this key `load` says that it read a gate.
const GATE_KEY: &str = "gate";
/// Under this key a sign-in puts the id of the session it opened (see [`super::sessions`]).
pub const OPENED_KEY: &str = "opened";
/// How often "last seen" is written at most.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

tokio::task_local! {
    /// What `load` read for this request.
    static READ: RefCell<Option<Arc<Gate>>>;
}

/// Gives a request the place for its gate; stands around everything that asks for [`current`].
pub async fn keep_gate(request: Request, next: Next) -> Response {
    READ.scope(RefCell::new(None), next.run(request)).await
}

/// The gate of the session of this request; `None` when nobody is signed in.
///
/// # Errors
/// When the session cannot be read: the request is refused, never let through.
pub async fn current(session: &Session) -> Result<Option<Arc<Gate>>, Refusal> {
    let unreadable = |error: &dyn fmt::Display| {
        tracing::error!(%error, "a session could not be read");
        Refusal::Busy
    };
    let known: Option<bool> = session
        .get(GATE_KEY)
        .await
        .map_err(|error| unreadable(&error))?;
    if known.is_none() {
        return Ok(None);
    }
    let gate = READ.try_with(|place| place.borrow().clone());
    match gate {
        Ok(Some(gate)) => Ok(Some(gate)),
        _ => Err(unreadable(&"its gate was read for another request")),
    }
}

/// The store.
#[derive(Clone)]
pub struct Sessions {
    db: Database,
    world: World,
    catalogues: Catalogues,
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
    pub fn new(
        db: Database,
        world: World,
        catalogues: Catalogues,
        settings: &SessionSettings,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            db,
            world,
            catalogues,
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

    /// Deletes sessions that have reached their limit, a part in a transaction, and what providers
    /// said of sessions long ago; returns how many sessions.
    ///
    /// # Errors
    /// When the database refuses; what was removed before stays removed.
    pub async fn sweep(&self) -> Result<usize, Error> {
        let (idle, now) = (self.idle, self.world.clock.now());
        let forgotten: Result<u64, Error> = self
            .db
            .write(move |tx| Box::pin(async move { ended_elsewhere::forget(tx, now).await }))
            .await;
        forgotten?;
        let mut total: usize = 0;
        loop {
            let cx = self.world.system("sessions");
            let swept: Result<usize, Error> = self
                .db
                .write(move |tx| Box::pin(async move { ends::sweep(tx, &cx, idle).await }))
                .await;
            let swept = swept?;
            total = total.saturating_add(swept);
            if i64::try_from(swept).is_ok_and(|swept| swept < ends::PART) {
                return Ok(total);
            }
        }
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
        let Some(gate) = gate else { return Ok(None) };
        // What is cloned of the state from here on has this version.
        let met = self.catalogues.meet(&mut conn, gate.catalogue_version);
        met.await.map_err(backend)?;
        drop(conn);
        if now.since(gate.last_seen_at) >= TOUCH_EVERY {
            self.touch(hash, now);
        }
        let expiry = time::OffsetDateTime::from_unix_timestamp(gate.expires_at.as_seconds())
            .map_err(backend)?;
        let data = [(GATE_KEY.to_owned(), Value::Bool(true))];
        let data = data.into_iter().collect();
        // Outside a request nobody asks for it.
        drop(READ.try_with(|place| place.replace(Some(Arc::new(gate)))));
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
