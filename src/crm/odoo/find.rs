//! Registration's question: the contract with this number, if the second fact fits its account.

use serde_json::{Value, json};

use super::{
    Odoo,
    calls::Search,
    fields::PARTNER,
    partners::any,
    records::{self, Partner},
    values::{self, Row},
};
use crate::{
    crm::port::{Account, Contact, Contract, ContractEvidence, ContractQuestion, CrmError},
    kernel::{EmailAddress, text::number_key},
};

/// Contracts whose numbers only differ in what is between letters and digits.
const NUMBERS: usize = 200;
const CONTACTS: usize = 50;

impl Odoo {
    pub(super) async fn find(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        if question.number_key.is_empty() || question.fact_key.is_empty() {
            return Ok(None);
        }
        for contract in self.with_number(&question.number_key).await? {
            let Some(account) = self.account_of(&contract).await? else {
                continue;
            };
            let facts = [&account.number, &account.postcode, &account.vat_number];
            if facts
                .iter()
                .any(|fact| number_key(fact) == question.fact_key)
            {
                let contacts = self.with_address(&account, &question.email_key).await?;
                return Ok(Some(ContractEvidence {
                    account,
                    contract,
                    contacts,
                }));
            }
        }
        Ok(None)
    }

    async fn with_number(&self, key: &str) -> Result<Vec<Contract>, CrmError> {
        let Some(number) = self.names.of("contract.number") else {
            return Ok(Vec::new());
        };
        let mut domain = self.names.contract_domain.clone();
        domain.push(json!([number, "=ilike", pattern(key)]));
        let fields = self.names.contract();
        let search = Search {
            domain,
            fields: &fields,
            limit: NUMBERS,
            order: "id desc",
        };
        let model = &self.names.contract_model;
        let rows: Vec<Row> = self.calls.search_read(model, search).await?;
        let fits = |row: &Row| number_key(&values::text(row, Some(number))) == key;
        let rows: Vec<Row> = rows.into_iter().filter(fits).collect();
        let known = self.of_contracts(&rows).await?;
        let read = |row: &Row| {
            let version = records::version(records::changed_at(row)?, 0);
            self.contract(row, version, &known).ok()
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    async fn account_of(&self, contract: &Contract) -> Result<Option<Account>, CrmError> {
        let Ok(id) = contract.account_id.parse() else {
            return Ok(None);
        };
        let rows = self
            .named(PARTNER, [id].into(), &self.names.partner())
            .await?;
        let known = self.owners(&rows, "account.owner_email").await?;
        let account = rows.first().and_then(|row| {
            let version = records::version(records::changed_at(row)?, 0);
            match self.partner(row, version, &known) {
                Partner::Company(account) => Some(account),
                _ => None,
            }
        });
        Ok(account)
    }

    async fn with_address(
        &self,
        account: &Account,
        email_key: &str,
    ) -> Result<Vec<Contact>, CrmError> {
        let Ok(id) = account.id.parse::<i64>() else {
            return Ok(Vec::new());
        };
        if email_key.is_empty() {
            return Ok(Vec::new());
        }
        let fields = self.names.partner();
        let search = Search {
            domain: vec![
                json!(["commercial_partner_id", "=", id]),
                json!(["is_company", "=", false]),
                json!(["active", "=", true]),
                json!(["email_normalized", "=", email_key]),
            ],
            fields: &fields,
            limit: CONTACTS,
            order: "id",
        };
        let rows = self.calls.search_read(PARTNER, search).await?;
        let read = |row: &Row| {
            let version = records::version(records::changed_at(row)?, 0);
            Some(self.contact(row, version, id))
        };
        let has_address = |contact: &Contact| {
            EmailAddress::parse(&contact.email).is_ok_and(|email| email.key() == email_key)
        };
        Ok(rows.iter().filter_map(read).filter(has_address).collect())
    }
}

/// Any text that has these letters and digits in this order. The key has nothing else, so no sign of
/// it means anything to the database.
fn pattern(key: &str) -> String {
    let mut pattern = "%".to_owned();
    for letter in key.chars().filter(|letter| letter.is_alphanumeric()) {
        pattern.push(letter);
        pattern.push('%');
    }
    pattern
}

/// Terms for people by id, by our id, and by address within companies.
pub(super) fn people(
    ids: &[i64],
    memberships: (&str, &[&str]),
    addresses: (&[i64], &[String]),
) -> Vec<Value> {
    let (field, memberships) = memberships;
    let (companies, addresses) = addresses;
    let mut parts = vec![vec![json!(["id", "in", ids])]];
    if !memberships.is_empty() {
        parts.push(vec![json!([field, "in", memberships])]);
    }
    if !companies.is_empty() && !addresses.is_empty() {
        parts.push(vec![
            json!(["commercial_partner_id", "in", companies]),
            json!(["is_company", "=", false]),
            json!(["email_normalized", "in", addresses]),
        ]);
    }
    any(parts)
}
