//! Making and editing a contract: what the portal's access follows.

use super::{
    model::{Contract, ContractFields, Saved},
    records, store,
};
use crate::{
    crm::port::Author,
    db::{Conn, Error, Tx},
    kernel::{Cx, ids::CrmRecordId},
    on,
};

/// A contract to make (`id` is `None`) or to edit.
#[derive(Debug, Clone)]
pub struct SaveContract {
    /// Which, when it exists.
    pub id: Option<CrmRecordId>,
    /// The version the form was made from; ignored for a new one.
    pub from_version: i64,
    /// What it shall be.
    pub fields: ContractFields,
}

/// Stores it.
///
/// # Errors
/// When the database refuses.
pub async fn save_contract(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    command: SaveContract,
) -> Result<Saved<Contract>, Error> {
    records::lock(tx).await?;
    let SaveContract {
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
        let contract = Contract {
            id: cx.new_id(),
            fields,
            version: 0,
            updated_at: cx.now(),
        };
        return records::create(tx, cx, author, contract).await;
    };
    let Some(before) = records::find_contract(tx, &id).await? else {
        return Ok(Saved::NotFound);
    };
    let after = Contract {
        fields,
        ..before.clone()
    };
    records::change(tx, cx, author, from_version, (before, after)).await
}

async fn find_by_number(conn: &mut Conn, number: &str) -> Result<Option<Contract>, Error> {
    let keys = records::as_keys([number])?;
    Ok(on!(conn, |c| sqlx::query_as(store::CONTRACTS_BY_NUMBER)
        .bind(&keys)
        .fetch_optional(c)
        .await)?)
}
