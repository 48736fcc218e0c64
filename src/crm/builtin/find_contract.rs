//! The contract look-up of registration.

use super::{
    changes::{to_account, to_contact, to_contract},
    model::{Account, Contact, Contract},
    records, store,
};
use crate::{
    crm::port::{ContractEvidence, ContractQuestion},
    db::{Conn, Error},
    kernel::text::number_key,
    on,
};

/// The contract with this number whose account has `fact` as number, postcode or VAT number.
///
/// # Errors
/// When the database refuses.
pub(super) async fn find_contract(
    conn: &mut Conn,
    question: &ContractQuestion,
) -> Result<Option<ContractEvidence>, Error> {
    let number = number_key(&question.number_key);
    let fact = number_key(&question.fact_key);
    // An empty fact would match every account that has no postcode.
    if number.is_empty() || fact.is_empty() {
        return Ok(None);
    }
    let contracts: Vec<Contract> = on!(conn, |c| sqlx::query_as(store::CONTRACTS_BY_KEY)
        .bind(&number)
        .fetch_all(c)
        .await)?;
    for contract in contracts {
        let account = records::find_account(conn, &contract.fields.account_id).await?;
        if let Some(account) = account.filter(|account| matches_fact(account, &fact)) {
            let contacts = find_contacts(conn, &account, &question.email_key).await?;
            return Ok(Some(ContractEvidence {
                account: to_account(account),
                contract: to_contract(contract),
                contacts: contacts.into_iter().map(to_contact).collect(),
            }));
        }
    }
    Ok(None)
}

fn matches_fact(account: &Account, fact: &str) -> bool {
    let fields = &account.fields;
    [&fields.number, &fields.postcode, &fields.vat_number]
        .into_iter()
        .any(|text| number_key(text) == fact)
}

async fn find_contacts(
    conn: &mut Conn,
    account: &Account,
    email: &str,
) -> Result<Vec<Contact>, Error> {
    let key = super::stored::email_key(email);
    if key.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(conn, |c| sqlx::query_as(
        store::CONTACTS_OF_ACCOUNT_BY_EMAIL
    )
    .bind(&account.id)
    .bind(&key)
    .fetch_all(c)
    .await)?)
}
