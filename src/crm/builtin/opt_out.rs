//! A contact or lead does not want mail any more, or wants it again.

use super::{
    model::{Contact, ContactFields, Lead, LeadFields, Saved},
    records,
};
use crate::{
    crm::port::Author,
    db::{Error, Tx},
    kernel::{Cx, ids::CrmRecordId},
};

/// Whose mind changed, and to what.
#[derive(Debug, Clone)]
pub struct OptOut {
    /// A contact or a lead.
    pub id: CrmRecordId,
    /// Whether no mail is wanted.
    pub opted_out: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptedOut {
    /// Stored, or it was so already.
    Done,
    /// There is no such contact or lead.
    NotFound,
}

/// Stores it. The newest wish counts whatever else changed, so no version is asked for.
///
/// # Errors
/// When the database refuses.
pub async fn opt_out(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    command: OptOut,
) -> Result<OptedOut, Error> {
    records::lock(tx).await?;
    let OptOut { id, opted_out } = command;
    if let Some(before) = records::find_contact(tx, &id).await? {
        let after = Contact {
            fields: ContactFields {
                opted_out,
                ..before.fields.clone()
            },
            ..before.clone()
        };
        let version = before.version;
        let saved = records::change(tx, cx, author, version, (before, after)).await?;
        debug_assert!(!matches!(saved, Saved::Newer(_)));
        return Ok(OptedOut::Done);
    }
    let Some(before) = records::find_lead(tx, &id).await? else {
        return Ok(OptedOut::NotFound);
    };
    let after = Lead {
        fields: LeadFields {
            opted_out,
            ..before.fields.clone()
        },
        ..before.clone()
    };
    let version = before.version;
    records::change(tx, cx, author, version, (before, after)).await?;
    Ok(OptedOut::Done)
}
