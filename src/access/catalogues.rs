//! The newest version of the roles and services, on every node from the next request on.
//!
//! The statement of the gate, and those of every other question about access, read the number of
//! the newest version as one more column. A node keeps one version parsed, and reads the stored one
//! when the number is another: nothing about a decision is kept, and no message has to arrive.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Catalogue, CatalogueBody, store};
use crate::{
    db::{Conn, Error, Tx, dialect},
    on,
    settings::Settings,
};

/// The lock that a new version has alone, and every deed that decides by the newest one shares.
const LOCK: &str = "catalogue";

/// Lets nobody else add a version, nor decide by the one before, until the transaction ends. To be
/// asked before an organization is locked.
///
/// # Errors
/// When the database refuses.
pub async fn hold(tx: &mut Tx) -> Result<(), Error> {
    dialect::lock(tx, LOCK).await
}

/// The version that this node knows; cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalogues(Arc<RwLock<Catalogue>>);

impl Catalogues {
    /// What the settings say, until a stored version is met.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self::starting(Catalogue::new(settings))
    }

    /// The same with a catalogue at hand.
    #[must_use]
    pub fn starting(catalogue: Catalogue) -> Self {
        Self(Arc::new(RwLock::new(catalogue)))
    }

    /// The version that this node met last.
    #[must_use]
    pub fn known(&self) -> Catalogue {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The newest version.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest(&self, conn: &mut Conn) -> Result<Catalogue, Error> {
        let (number,): (i64,) = on!(conn, |c| sqlx::query_as(store::CATALOGUE_VERSION)
            .fetch_one(c)
            .await)?;
        self.meet(conn, number).await
    }

    /// The newest version, which stays the newest until the transaction ends. To be asked before an
    /// organization is locked: who saves a version locks organizations afterwards too.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn held(&self, tx: &mut Tx) -> Result<Catalogue, Error> {
        dialect::share(tx, LOCK).await?;
        self.newest(tx).await
    }

    /// What counts on a node that cannot read the newest version: the one that it knows, or after a
    /// start the last one that it can read. To lock everybody out would be no better answer, and the
    /// number is kept, so that the stored text is not read again for each request.
    async fn last_readable(
        &self,
        conn: &mut Conn,
        known: &Catalogue,
        newest: i64,
    ) -> Result<Catalogue, Error> {
        if known.version() > 0 {
            return Ok(known.numbered(newest));
        }
        let stored: Vec<(String,)> = on!(conn, |c| sqlx::query_as(store::CATALOGUES_BEFORE)
            .bind(newest)
            .fetch_all(c)
            .await)?;
        let mut bodies = stored
            .iter()
            .filter_map(|(body,)| serde_json::from_str::<CatalogueBody>(body).ok());
        Ok(match bodies.next() {
            Some(body) => known.with_body(newest, body),
            None => known.numbered(newest),
        })
    }

    /// The newest version, when its number has just been read; without a statement while this node
    /// knows that one. 0 says that nothing is stored.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn meet(&self, conn: &mut Conn, number: i64) -> Result<Catalogue, Error> {
        let known = self.known();
        if number == known.version() || number == 0 {
            return Ok(known);
        }
        let stored: Option<(i64, String)> = on!(conn, |c| sqlx::query_as(store::NEWEST_CATALOGUE)
            .fetch_optional(c)
            .await)?;
        let Some((version, body)) = stored else {
            return Ok(known);
        };
        let newest = match serde_json::from_str::<CatalogueBody>(&body) {
            Ok(body) => known.with_body(version, body),
            Err(error) => {
                tracing::error!(%error, version, "the newest roles and services were written by another release and cannot be read here; the last ones that can be count on this node until it is updated");
                self.last_readable(conn, &known, version).await?
            }
        };
        let mut place = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody faster may have met a later one; only the same node's restart goes back.
        if place.version() < version || place.version() == known.version() {
            *place = newest.clone();
        }
        Ok(newest)
    }
}
