//! The contract that somebody who registers speaks of.

use super::{Salesforce, api::Row, names::Kind, records, soql};
use crate::{
    crm::port::{Contact, Contract, ContractEvidence, ContractQuestion, CrmError},
    kernel::text::number_key,
};

/// Contracts whose numbers have the same letters in the same order, at most.
const SPELLINGS: usize = 50;

impl Salesforce {
    /// By number, then by a fact of the account; two calls.
    pub(super) async fn find(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        if question.number_key.is_empty() || question.fact_key.is_empty() {
            return Ok(None);
        }
        let contracts = self.contracts(&question.number_key).await?;
        if contracts.is_empty() {
            return Ok(None);
        }
        let accounts = soql::list(contracts.iter().map(|it| it.account_id.as_str()));
        let email = self.names.of("contact.email").unwrap_or("Email");
        let owner = self.names.of("contact.account_id").unwrap_or("AccountId");
        let account_rows = format!("{} WHERE Id IN ({accounts})", self.select(Kind::Account));
        let contact_rows = format!(
            "{} WHERE {owner} IN ({accounts}) AND {email} = {} LIMIT 20",
            self.select(Kind::Contact),
            soql::text(&question.email_key)
        );
        let queries = if question.email_key.is_empty() {
            vec![account_rows]
        } else {
            vec![account_rows, contact_rows]
        };
        let rows = self.api.rows(&queries).await?;
        Ok(self.evidence(question, contracts, &rows))
    }

    /// Contracts with this number, however it is spelt.
    async fn contracts(&self, number: &str) -> Result<Vec<Contract>, CrmError> {
        let field = self.names.of("contract.number").unwrap_or("ContractNumber");
        let soql = format!(
            "{} WHERE {field} LIKE {} LIMIT {SPELLINGS}",
            self.select(Kind::Contract),
            soql::spellings(number)
        );
        let rows = self.api.rows(&[soql]).await?;
        let read = rows.iter().filter_map(|row| {
            let version = version(row)?;
            self.reader().contract(row, version).ok()
        });
        Ok(read
            .filter(|it| number_key(&it.number) == number && soql::is_id(&it.account_id))
            .collect())
    }

    fn evidence(
        &self,
        question: &ContractQuestion,
        contracts: Vec<Contract>,
        rows: &[Row],
    ) -> Option<ContractEvidence> {
        let of = |object: &str| {
            let object = object.to_owned();
            let is_it = move |row: &&Row| type_of(row) == object;
            rows.iter().filter(is_it)
        };
        let reader = self.reader();
        let account = of("Account")
            .filter_map(|row| Some(reader.account(row, version(row)?)))
            .find(|account| {
                let facts = [&account.number, &account.postcode, &account.vat_number];
                let mut facts = facts.into_iter().filter(|fact| !fact.is_empty());
                facts.any(|fact| number_key(fact) == question.fact_key)
            })?;
        let is_its = |id: &str| soql::id_key(id) == soql::id_key(&account.id);
        let contract = contracts.into_iter().find(|it| is_its(&it.account_id))?;
        let contacts: Vec<Contact> = of("Contact")
            .filter_map(|row| Some(reader.contact(row, version(row)?)))
            .filter(|contact| is_its(&contact.account_id))
            .filter(|contact| contact.email.to_lowercase() == question.email_key)
            .collect();
        Some(ContractEvidence {
            account,
            contract,
            contacts,
        })
    }
}

/// As the feed would say it.
fn version(row: &Row) -> Option<i64> {
    Some(records::stamp(row)?.as_micros())
}

fn type_of(row: &Row) -> String {
    records::text(row, "attributes.type")
}
