//! Making and editing a lead.

use super::{
    model::{Lead, LeadFields, Saved},
    records,
};
use crate::{
    crm::port::Author,
    db::{Error, Tx},
    kernel::{Cx, ids::CrmRecordId},
};

/// A lead to make (`id` is `None`) or to edit.
#[derive(Debug, Clone)]
pub struct SaveLead {
    /// Which, when it exists.
    pub id: Option<CrmRecordId>,
    /// The version the form was made from; ignored for a new one.
    pub from_version: i64,
    /// What it shall be.
    pub fields: LeadFields,
}

/// Stores it.
///
/// # Errors
/// When the database refuses.
pub async fn save_lead(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    command: SaveLead,
) -> Result<Saved<Lead>, Error> {
    records::lock(tx).await?;
    let Some(id) = command.id else {
        return records::create(tx, cx, author, new_lead(cx, command.fields)).await;
    };
    let Some(before) = records::find_lead(tx, &id).await? else {
        return Ok(Saved::NotFound);
    };
    let after = Lead {
        fields: command.fields,
        ..before.clone()
    };
    records::change(tx, cx, author, command.from_version, (before, after)).await
}

/// A lead that the portal does not know yet.
pub(super) fn new_lead(cx: &Cx, fields: LeadFields) -> Lead {
    Lead {
        id: cx.new_id(),
        fields,
        score: 0,
        consent: String::new(),
        portal_key: String::new(),
        invitation_status: String::new(),
        version: 1,
        updated_at: cx.now(),
    }
}
