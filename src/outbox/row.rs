//! A row of the outbox as it is stored, and the parcel it becomes.

use super::{
    Fact,
    destination::{Choice, Parcel},
};
use crate::{
    db::{Error, inconsistent},
    kernel::{
        Instant,
        ids::{ChangeId, DeliveryId, OrganizationId},
    },
};

/// A delivery with its change.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: DeliveryId,
    change_id: ChangeId,
    seq: i64,
    subject: String,
    kind: String,
    attempts: i64,
    pub(super) fence: i64,
    choice: String,
    at: Instant,
    author: String,
    organization_id: Option<OrganizationId>,
    payload: String,
}

impl Row {
    pub(super) fn into_parcel(self) -> Result<Parcel, Error> {
        let author = serde_json::from_str(&self.author).map_err(inconsistent(
            "changes",
            "author",
            &self.change_id,
        ))?;
        let payload: Fact = serde_json::from_str(&self.payload).map_err(inconsistent(
            "changes",
            "payload",
            &self.change_id,
        ))?;
        Ok(Parcel {
            choice: parse_choice(&self.choice, &self.id)?,
            delivery_id: self.id,
            change_id: self.change_id,
            seq: self.seq,
            subject: self.subject,
            kind: self.kind,
            at: self.at,
            author,
            organization_id: self.organization_id,
            payload,
            attempt: self.attempts,
            fence: self.fence,
        })
    }
}

fn parse_choice(text: &str, id: &DeliveryId) -> Result<Option<Choice>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text)
        .map(Some)
        .map_err(inconsistent("deliveries", "choice", id))
}
