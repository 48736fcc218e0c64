//! The keys that sign: made once, sealed in the database, replaced with overlap.
//!
//! | age | what a key does |
//! |---|---|
//! | the first [`AHEAD`] | is published and does not sign yet, so that who caches the key set knows it |
//! | until its successor signs | signs |
//! | [`AFTER`] longer | is published, for tokens on their way; then it is removed |
//!
//! A key that this node cannot open, because `security.encryption_key` is another now, signs nothing
//! here: its successor is made at once and, when there is no other, signs at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};

use super::store;
use crate::{
    audit,
    db::{Conn, Database, Error, Tx, dialect, inconsistent},
    kernel::{Cx, Instant, Keyring, World, jws::SigningKey},
    on,
};

/// How old a key is when its successor is made.
pub const LIFE: Duration = Duration::from_secs(90 * 86_400);
/// How long a successor is published before it signs.
pub const AHEAD: Duration = Duration::from_secs(86_400);
/// How long a key is published after its successor signs.
pub const AFTER: Duration = Duration::from_secs(7 * 86_400);

/// What the sealed value is for.
const PURPOSE: &str = "signing key";

#[derive(Debug, Clone, sqlx::FromRow)]
struct Row {
    id: String,
    private_key: String,
    public_key: String,
    created_at: Instant,
}

impl Row {
    fn signs_from(&self) -> Instant {
        self.created_at.plus(AHEAD)
    }
}

/// The portal's own keys; cheap to clone.
#[derive(Clone)]
pub struct Keys {
    db: Database,
    world: World,
    /// Opened ones by their names: opening takes time.
    open: Arc<Mutex<HashMap<String, Arc<SigningKey>>>>,
}

impl Keys {
    /// The keys of this installation; none is made yet.
    #[must_use]
    pub fn new(db: &Database, world: &World) -> Self {
        Self {
            db: db.clone(),
            world: world.clone(),
            open: Arc::default(),
        }
    }

    /// The key that signs now; the first one is made when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn signer(&self) -> Result<Arc<SigningKey>, Error> {
        let now = self.world.clock.now();
        let mut rows = self.read().await?;
        if !rows.iter().any(|row| opens(&self.world.keys, row)) {
            self.keep().await?;
            rows = self.read().await?;
        }
        let usable = usable(&self.world.keys, &rows);
        let row = signing(&usable, now).ok_or(Error::Lost)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|id, _| rows.iter().any(|row| row.id == *id));
        if let Some(key) = open.get(&row.id) {
            return Ok(key.clone());
        }
        let key = Arc::new(opened(&self.world.keys, row)?);
        open.insert(row.id.clone(), key.clone());
        Ok(key)
    }

    async fn read(&self) -> Result<Vec<Row>, Error> {
        let mut conn = self.db.read().await?;
        read(&mut conn).await
    }

    /// The published key set (RFC 7517 5).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn published(&self) -> Result<Value, Error> {
        let now = self.world.clock.now();
        let rows = self.read().await?;
        let kept = rows.iter().filter(|row| !is_over(row, &rows, now));
        let keys: Result<Vec<Value>, Error> = kept
            .map(|row| {
                serde_json::from_str(&row.public_key).map_err(inconsistent(
                    "signing_keys",
                    "public_key",
                    &row.id,
                ))
            })
            .collect();
        Ok(json!({ "keys": keys? }))
    }

    /// Makes a key when there is none or the newest is old, and removes those nobody needs. Safe to
    /// call on several nodes at once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep(&self) -> Result<(), Error> {
        let now = self.world.clock.now();
        let rows = self.read().await?;
        let is_wanted = wants_one(&usable(&self.world.keys, &rows), now);
        if !is_wanted && !rows.iter().any(|row| is_over(row, &rows, now)) {
            return Ok(());
        }
        let made = if is_wanted { Some(make().await?) } else { None };
        let cx = self.world.system("signing keys");
        self.db
            .write(move |tx| Box::pin(async move { store_and_remove(tx, &cx, made).await }))
            .await
    }
}

/// A new key, made beside the threads that serve.
async fn make() -> Result<SigningKey, Error> {
    let made = tokio::task::spawn_blocking(SigningKey::generate).await;
    made.ok().and_then(Result::ok).ok_or(Error::Lost)
}

async fn store_and_remove(tx: &mut Tx, cx: &Cx, made: Option<SigningKey>) -> Result<(), Error> {
    dialect::lock(tx, "signing-keys").await?;
    let now = cx.now();
    let rows = read(tx).await?;
    for row in rows.iter().filter(|row| is_over(row, &rows, now)) {
        on!(tx, |c| sqlx::query(store::REMOVE_KEY)
            .bind(&row.id)
            .execute(c)
            .await
            .map(drop))?;
        note(tx, cx, "signing_key.removed", &row.id).await?;
    }
    // Another node may have been faster.
    let Some(key) = made.filter(|_| wants_one(&usable(cx.keys(), &rows), now)) else {
        return Ok(());
    };
    let id = key.id().to_owned();
    let pem = key
        .to_pem()
        .map_err(inconsistent("signing_keys", "private_key", &id))?;
    let sealed = cx
        .keys()
        .seal(cx.random(), PURPOSE, &id, pem.as_bytes())
        .map_err(inconsistent("signing_keys", "private_key", &id))?;
    on!(tx, |c| sqlx::query(store::ADD_KEY)
        .bind(&id)
        .bind(&sealed)
        .bind(key.public().to_string())
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    note(tx, cx, "signing_key.made", &id).await
}

async fn note(tx: &mut Tx, cx: &Cx, action: &'static str, id: &str) -> Result<(), Error> {
    let event = audit::Event {
        action,
        target: id,
        organization: None,
        detail: json!({}),
    };
    audit::record(tx, cx, event).await
}

async fn read(conn: &mut Conn) -> Result<Vec<Row>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::KEYS)
        .fetch_all(c)
        .await)?)
}

/// Whether this installation's key opens it.
fn opens(keys: &Keyring, row: &Row) -> bool {
    keys.open(PURPOSE, &row.id, &row.private_key)
        .map(Zeroizing::new)
        .is_ok()
}

fn usable<'r>(keys: &Keyring, rows: &'r [Row]) -> Vec<&'r Row> {
    rows.iter().filter(|row| opens(keys, row)).collect()
}

fn opened(keys: &Keyring, row: &Row) -> Result<SigningKey, Error> {
    let plain = keys
        .open(PURPOSE, &row.id, &row.private_key)
        .map_err(inconsistent("signing_keys", "private_key", &row.id))?;
    let pem = std::str::from_utf8(&plain).unwrap_or_default();
    SigningKey::from_pem(pem).map_err(inconsistent("signing_keys", "private_key", &row.id))
}

fn wants_one(rows: &[&Row], now: Instant) -> bool {
    let newest = rows.last();
    newest.is_none_or(|row| row.created_at.plus(LIFE) <= now)
}

/// The newest that has been published long enough; the very first signs at once.
fn signing<'r>(rows: &[&'r Row], now: Instant) -> Option<&'r Row> {
    let ready = rows.iter().rev().find(|row| row.signs_from() <= now);
    ready.or(rows.first()).copied()
}

/// Whether a successor has signed for so long that nothing signed by this one is under way.
fn is_over(row: &Row, rows: &[Row], now: Instant) -> bool {
    rows.iter()
        .filter(|other| (other.created_at, &other.id) > (row.created_at, &row.id))
        .any(|successor| successor.signs_from().plus(AFTER) <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(days: &[i64]) -> Vec<Row> {
        let row = |day: &i64| Row {
            id: day.to_string(),
            private_key: String::new(),
            public_key: String::new(),
            created_at: Instant::from_seconds(day * 86_400),
        };
        days.iter().map(row).collect()
    }

    fn at(day: i64) -> Instant {
        Instant::from_seconds(day * 86_400)
    }

    #[test]
    fn keys_overlap() {
        let first = rows(&[100]);
        let first: Vec<&Row> = first.iter().collect();
        assert!(wants_one(&[], at(100)) && !wants_one(&first, at(189)));
        assert!(wants_one(&first, at(190)));
        let both = rows(&[100, 190]);
        let all: Vec<&Row> = both.iter().collect();
        let signer = |day| signing(&all, at(day)).unwrap().id.clone();
        assert_eq!(signer(100), "100", "the very first signs at once");
        assert_eq!(signer(190), "100", "a successor is published first");
        assert_eq!(signer(191), "190");
        let first = both.first().unwrap();
        assert!(!is_over(first, &both, at(197)) && is_over(first, &both, at(198)));
        assert!(!is_over(both.last().unwrap(), &both, at(900)));
    }
}
