//! Making and editing a contact.

use super::{
    model::{Contact, ContactFields, PortalMarks, Saved},
    records, store,
};
use crate::{
    crm::port::Author,
    db::{Conn, Error, Tx},
    kernel::{Cx, ids::CrmRecordId},
    on,
};

/// A contact to make (`id` is `None`) or to edit.
#[derive(Debug, Clone)]
pub struct SaveContact {
    /// Which, when it exists.
    pub id: Option<CrmRecordId>,
    /// The version the form was made from; ignored for a new one.
    pub from_version: i64,
    /// What it shall be.
    pub fields: ContactFields,
}

/// Stores it.
///
/// # Errors
/// When the database refuses.
pub async fn save_contact(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    command: SaveContact,
) -> Result<Saved<Contact>, Error> {
    records::lock(tx).await?;
    let SaveContact {
        id,
        from_version,
        fields,
    } = command;
    if records::find_account(tx, &fields.account_id)
        .await?
        .is_none()
    {
        return Ok(Saved::NotFound);
    }
    let with_number = find_by_number(tx, &fields.number).await?;
    if let Some(other) = with_number.filter(|other| Some(&other.id) != id.as_ref()) {
        return Ok(Saved::NumberTaken(other.id));
    }
    let Some(id) = id else {
        return records::create(tx, cx, author, new_contact(cx, fields)).await;
    };
    let Some(before) = records::find_contact(tx, &id).await? else {
        return Ok(Saved::NotFound);
    };
    let after = Contact {
        fields,
        ..before.clone()
    };
    records::change(tx, cx, author, from_version, (before, after)).await
}

/// A contact that the portal does not know yet.
pub(super) fn new_contact(cx: &Cx, fields: ContactFields) -> Contact {
    Contact {
        id: cx.new_id(),
        fields,
        portal: PortalMarks::default(),
        version: 1,
        updated_at: cx.now(),
    }
}

async fn find_by_number(conn: &mut Conn, number: &str) -> Result<Option<Contact>, Error> {
    let keys = records::as_keys([number])?;
    Ok(on!(conn, |c| sqlx::query_as(store::CONTACTS_BY_NUMBER)
        .bind(&keys)
        .fetch_optional(c)
        .await)?)
}
