//! Making and editing a company.

use std::collections::HashMap;

use super::{
    model::{Account, AccountFields, Saved},
    records, store,
};
use crate::{
    crm::port::Author,
    db::{Conn, Error, Tx},
    kernel::{Cx, ids::CrmRecordId},
    on,
};

/// A company to make (`id` is `None`) or to edit.
#[derive(Debug, Clone)]
pub struct SaveAccount {
    /// Which, when it exists.
    pub id: Option<CrmRecordId>,
    /// The version the form was made from; ignored for a new one.
    pub from_version: i64,
    /// What it shall be.
    pub fields: AccountFields,
}

/// Stores it.
///
/// # Errors
/// When the database refuses.
pub async fn save_account(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    command: SaveAccount,
) -> Result<Saved<Account>, Error> {
    records::lock(tx).await?;
    let SaveAccount {
        id,
        from_version,
        fields,
    } = command;
    let with_number = find_by_number(tx, &fields.number).await?;
    if let Some(other) = with_number.filter(|other| Some(&other.id) != id.as_ref()) {
        return Ok(Saved::NumberTaken(other.id));
    }
    if let Some(parent) = &fields.parent_id
        && records::find_account(tx, parent).await?.is_none()
    {
        return Ok(Saved::NotFound);
    }
    let Some(id) = id else {
        let account = Account {
            id: cx.new_id(),
            fields,
            version: 0,
            updated_at: cx.now(),
        };
        return records::create(tx, cx, author, account).await;
    };
    let Some(before) = records::find_account(tx, &id).await? else {
        return Ok(Saved::NotFound);
    };
    if let Some(parent) = &fields.parent_id
        && is_above(&parents(tx).await?, &id, parent)
    {
        return Ok(Saved::Loop);
    }
    let after = Account {
        fields,
        ..before.clone()
    };
    records::change(tx, cx, author, from_version, (before, after)).await
}

/// The account with this number.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_number(conn: &mut Conn, number: &str) -> Result<Option<Account>, Error> {
    let keys = records::as_keys([number])?;
    Ok(on!(conn, |c| sqlx::query_as(store::ACCOUNTS_BY_NUMBER)
        .bind(&keys)
        .fetch_optional(c)
        .await)?)
}

/// Every account that has one above it, with that one.
pub(super) async fn parents(conn: &mut Conn) -> Result<HashMap<CrmRecordId, CrmRecordId>, Error> {
    let pairs: Vec<(CrmRecordId, CrmRecordId)> =
        on!(conn, |c| sqlx::query_as(store::ACCOUNT_PARENTS)
            .fetch_all(c)
            .await)?;
    Ok(pairs.into_iter().collect())
}

/// Whether `account` is `start` or stands above it.
pub(super) fn is_above(
    parents: &HashMap<CrmRecordId, CrmRecordId>,
    account: &CrmRecordId,
    start: &CrmRecordId,
) -> bool {
    let mut place = Some(start);
    // A chain is never longer than the number of links, so a loop that is already there ends too.
    for _ in 0..=parents.len() {
        match place {
            Some(id) if id == account => return true,
            Some(id) => place = parents.get(id),
            None => return false,
        }
    }
    true
}
