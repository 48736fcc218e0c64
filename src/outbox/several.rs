//! Recording many changes for one destination with two statements.

use serde_json::{Map, json};

use super::{Fact, store};
use crate::{
    db::{Error, Tx, inconsistent},
    kernel::{
        Cx,
        ids::{ChangeId, DeliveryId, Id, OrganizationId},
    },
    on,
};

/// Many changes for one destination.
#[derive(Debug, Clone)]
pub struct Several<'a> {
    /// Whom to tell.
    pub destination: &'a str,
    /// Where it happened.
    pub organization: Option<&'a OrganizationId>,
    /// What each is about, and what to tell; no two are about the same.
    pub facts: Vec<(String, Fact)>,
}

/// Records them. Unlike [`super::record`] it takes no lock for each subject: for facts whose order
/// among others of their subject does not matter.
///
/// # Errors
/// When the database refuses.
pub async fn record_several(tx: &mut Tx, cx: &Cx, several: Several<'_>) -> Result<(), Error> {
    let author = serde_json::to_string(&cx.actor);
    let author = author.map_err(inconsistent("changes", "author", &several.destination))?;
    let mut rows = Map::new();
    for (subject, fact) in &several.facts {
        let id: ChangeId = cx.new_id();
        let payload = serde_json::to_string(fact);
        let payload = payload.map_err(inconsistent("changes", "payload", &id))?;
        let row = json!({
            "delivery": cx.new_id::<DeliveryId>(),
            "subject": subject,
            "kind": fact.kind(),
            "payload": payload,
            "urgency": fact.urgency().number(),
        });
        rows.insert(id.as_str().to_owned(), row);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let rows = serde_json::Value::Object(rows).to_string();
    on!(tx, |c| sqlx::query(store::ADD_CHANGES)
        .bind(&rows)
        .bind(cx.now())
        .bind(several.organization)
        .bind(&author)
        .bind(&cx.request_id)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query(store::ADD_DELIVERIES_OF_EACH)
        .bind(&rows)
        .bind(several.destination)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
