//! The newest version of the roles and services, on every node from the next request on.
//!
//! The statement of the gate, and those of every other question about access, read the number of
//! the newest version as one more column. A node keeps one version parsed, and reads the stored one
//! when the number is another: nothing about a decision is kept, and no message has to arrive.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Catalogue, CatalogueBody, store};
use crate::{
    db::{Conn, Error, inconsistent},
    on,
    settings::Settings,
};

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
    /// When the database refuses or the stored version cannot be read.
    pub async fn newest(&self, conn: &mut Conn) -> Result<Catalogue, Error> {
        let (number,): (i64,) = on!(conn, |c| sqlx::query_as(store::CATALOGUE_VERSION)
            .fetch_one(c)
            .await)?;
        self.meet(conn, number).await
    }

    /// The newest version, when its number has just been read; without a statement while this node
    /// knows that one. 0 says that nothing is stored.
    ///
    /// # Errors
    /// When the database refuses or the stored version cannot be read.
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
        let read = inconsistent("catalogue_versions", "body", version);
        let body: CatalogueBody = serde_json::from_str(&body).map_err(read)?;
        let newest = known.with_body(version, body);
        let mut place = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody faster may have met a later one; only the same node's restart goes back.
        if place.version() < version || place.version() == known.version() {
            *place = newest.clone();
        }
        Ok(newest)
    }
}
