//! Lists for the pages, paged by key.

use super::{
    model::{Account, Activity, Contact, Contract, Lead},
    records, store,
};
use crate::{
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{CrmRecordId, Id},
        text,
    },
    on,
};

/// Where a page begins: the sort key and the id of the row before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The folded name.
    pub key: String,
    /// The id.
    pub id: String,
}

/// Accounts by name whose name contains `search` or whose number is `search`; an empty text finds all.
///
/// # Errors
/// When the database refuses.
pub async fn list_accounts(
    conn: &mut Conn,
    search: &str,
    after: &Place,
    limit: i64,
) -> Result<Vec<Account>, Error> {
    let folded = text::fold(search);
    let pattern = if folded.is_empty() {
        String::new()
    } else {
        format!("%{}%", escape(&folded))
    };
    Ok(on!(conn, |c| sqlx::query_as(store::ACCOUNTS_PAGE)
        .bind(&after.key)
        .bind(&after.id)
        .bind(&pattern)
        .bind(search.trim())
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Makes a text mean itself in `LIKE … ESCAPE '!'`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(character);
    }
    escaped
}

/// Contacts of an account by family name.
///
/// # Errors
/// When the database refuses.
pub async fn list_contacts(
    conn: &mut Conn,
    account: &CrmRecordId,
    after: &Place,
    limit: i64,
) -> Result<Vec<Contact>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::CONTACTS_PAGE)
        .bind(account)
        .bind(&after.key)
        .bind(&after.id)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// The contracts of an account by number, two hundred at most.
///
/// # Errors
/// When the database refuses.
pub async fn list_contracts(
    conn: &mut Conn,
    account: &CrmRecordId,
) -> Result<Vec<Contract>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::CONTRACTS_OF_ACCOUNT)
        .bind(account)
        .fetch_all(c)
        .await)?)
}

/// The accounts below an account, by name, two hundred at most.
///
/// # Errors
/// When the database refuses.
pub async fn list_below(conn: &mut Conn, account: &CrmRecordId) -> Result<Vec<Account>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::ACCOUNTS_BELOW)
        .bind(account)
        .fetch_all(c)
        .await)?)
}

/// The contracts of several accounts, by account and number.
///
/// # Errors
/// When the database refuses.
pub async fn list_contracts_of(
    conn: &mut Conn,
    accounts: &[Account],
) -> Result<Vec<Contract>, Error> {
    let keys = records::as_keys(accounts.iter().map(|account| account.id.as_str()))?;
    Ok(on!(conn, |c| sqlx::query_as(store::CONTRACTS_OF_ACCOUNTS)
        .bind(&keys)
        .fetch_all(c)
        .await)?)
}

/// Leads, the latest changed first.
///
/// # Errors
/// When the database refuses.
pub async fn list_leads(
    conn: &mut Conn,
    before: Option<(Instant, &str)>,
    limit: i64,
) -> Result<Vec<Lead>, Error> {
    let (at, id) = before.unwrap_or((Instant::from_micros(i64::MAX), ""));
    Ok(on!(conn, |c| sqlx::query_as(store::LEADS_PAGE)
        .bind(at)
        .bind(id)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// The history of a record, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_activities(
    conn: &mut Conn,
    record: &CrmRecordId,
    limit: i64,
) -> Result<Vec<Activity>, Error> {
    list_history(conn, store::ACTIVITIES_OF_RECORD, record, limit).await
}

/// The history of an account with all its contacts and contracts, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_activities_of_account(
    conn: &mut Conn,
    account: &CrmRecordId,
    limit: i64,
) -> Result<Vec<Activity>, Error> {
    list_history(conn, store::ACTIVITIES_OF_ACCOUNT, account, limit).await
}

async fn list_history(
    conn: &mut Conn,
    statement: &'static str,
    id: &CrmRecordId,
    limit: i64,
) -> Result<Vec<Activity>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(statement)
        .bind(id)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}
