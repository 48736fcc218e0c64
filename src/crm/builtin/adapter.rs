//! The built-in CRM behind the port.

use std::sync::Arc;

use async_trait::async_trait;

use super::{apply, changes, find_contract, orders};
use crate::{
    crm::port::{
        About, Case, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, HandOver,
        Overview, Part, Verdict, Write,
    },
    db::{Database, Error},
    kernel::World,
};

/// Writes taken by one call at most.
const BATCH: usize = 100;

struct Builtin {
    db: Database,
    world: World,
}

/// The built-in CRM of this database.
#[must_use]
pub fn adapter(db: Database, world: World) -> Arc<dyn Crm> {
    Arc::new(Builtin { db, world })
}

/// The database is as far away as a remote CRM would be: the question can be asked again.
fn unreachable(error: &Error) -> CrmError {
    CrmError::Unreachable(error.to_string())
}

#[async_trait]
impl Crm for Builtin {
    fn batch_limit(&self) -> usize {
        BATCH
    }

    async fn check(&self) -> Result<String, CrmError> {
        let mut conn = self.db.read().await.map_err(|error| unreachable(&error))?;
        changes::changes(&mut conn, 0, 1)
            .await
            .map_err(|error| unreachable(&error))?;
        Ok("The built-in CRM answers.".to_owned())
    }

    async fn find_contract(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        let mut conn = self.db.read().await.map_err(|error| unreachable(&error))?;
        find_contract::find_contract(&mut conn, question)
            .await
            .map_err(|error| unreachable(&error))
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        let after = changes::parse_cursor(cursor)?;
        let mut conn = self.db.read().await.map_err(|error| unreachable(&error))?;
        changes::changes(&mut conn, after, limit)
            .await
            .map_err(|error| unreachable(&error))
    }

    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        Ok(apply::apply_all(&self.db, &self.world, writes).await)
    }

    async fn overview(&self, about: &About) -> Result<Overview, CrmError> {
        let mut conn = self.db.read().await.map_err(|error| unreachable(&error))?;
        orders::overview(&mut conn, about)
            .await
            .map_err(|error| unreachable(&error))
    }

    async fn cases_of(&self, contact_id: &str) -> Result<Part<Vec<Case>>, CrmError> {
        let mut conn = self.db.read().await.map_err(|error| unreachable(&error))?;
        orders::cases_of(&mut conn, contact_id)
            .await
            .map(Part::Known)
            .map_err(|error| unreachable(&error))
    }

    async fn hand_over(&self, hand_over: &HandOver) -> Result<Vec<String>, CrmError> {
        let (cx, hand_over) = (self.world.system("crm"), hand_over.clone());
        self.db
            .write(move |tx| Box::pin(async move { orders::hand_over(tx, &cx, &hand_over).await }))
            .await
            .map_err(|error| unreachable(&error))
    }
}
