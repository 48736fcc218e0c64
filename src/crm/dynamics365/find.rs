//! The contract that somebody who registers speaks of.

use std::sync::PoisonError;

use super::{
    Dynamics365,
    api::query,
    names::Kind,
    odata,
    records::{self, Reader},
};
use crate::{
    crm::port::{Contact, Contract, ContractEvidence, ContractQuestion, CrmError},
    kernel::text::number_key,
};

impl Dynamics365 {
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
        let queries = self.evidence_queries(question, &contracts);
        let mut rows = self.api.rows(&queries).await?.into_iter();
        let (accounts, contacts) = (
            rows.next().unwrap_or_default(),
            rows.next().unwrap_or_default(),
        );
        self.learn_users(&accounts).await?;
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = Reader {
            names: &self.names,
            values: &self.values,
            users: &users,
        };
        let fits = |account: &crate::crm::port::Account| {
            let facts = [&account.number, &account.postcode, &account.vat_number];
            let mut facts = facts.into_iter().filter(|fact| !fact.is_empty());
            facts.any(|fact| number_key(fact) == question.fact_key)
        };
        let read = accounts
            .iter()
            .map(|row| reader.account(row, records::version(row).unwrap_or_default()));
        let Some(account) = read.into_iter().find(fits) else {
            return Ok(None);
        };
        let is_its = |id: &str| odata::id_key(id) == odata::id_key(&account.id);
        let Some(contract) = contracts.into_iter().find(|it| is_its(&it.account_id)) else {
            return Ok(None);
        };
        let contacts: Vec<Contact> = contacts
            .iter()
            .map(|row| reader.contact(row, records::version(row).unwrap_or_default()))
            .filter(|it| is_its(&it.account_id) && it.email.to_lowercase() == question.email_key)
            .collect();
        Ok(Some(ContractEvidence {
            account,
            contract,
            contacts,
        }))
    }

    /// The accounts of these contracts, and their contacts with the applicant's address.
    fn evidence_queries(&self, question: &ContractQuestion, contracts: &[Contract]) -> Vec<String> {
        let owner = self.names.of("contact.account_id");
        let owner = owner.unwrap_or("_parentcustomerid_value");
        let owner = owner.trim_start_matches('_').trim_end_matches("_value");
        let email = self.names.of("contact.email").unwrap_or("emailaddress1");
        let accounts = || contracts.iter().map(|it| it.account_id.as_str());
        let by_id = odata::one_of(&self.names.id(Kind::Account), accounts());
        let mut queries = vec![self.query(Kind::Account, &by_id)];
        if !question.email_key.is_empty() {
            let filter = format!(
                "{} and {email} eq {}",
                odata::one_of(owner, accounts()),
                odata::text(&question.email_key)
            );
            queries.push(self.query(Kind::Contact, &filter));
        }
        queries
    }

    fn query(&self, kind: Kind, filter: &str) -> String {
        let columns = self.names.read(kind);
        let mut columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        if matches!(kind, Kind::Contact | Kind::Lead) {
            columns.push("donotemail");
        }
        query(self.names.table(kind), &columns, filter)
    }

    /// Contracts with this number, however it is spelt.
    async fn contracts(&self, number: &str) -> Result<Vec<Contract>, CrmError> {
        let column = self.names.of("contract.number").unwrap_or("name");
        let filter = format!("contains({column},{})", odata::spellings(number));
        let rows = self
            .api
            .rows(&[self.query(Kind::Contract, &filter)])
            .await?;
        let users = std::collections::HashMap::new();
        let reader = Reader {
            names: &self.names,
            values: &self.values,
            users: &users,
        };
        let read = rows.iter().flatten().filter_map(|row| {
            let version = records::version(row)?;
            reader.contract(row, version).ok()
        });
        Ok(read
            .filter(|it| number_key(&it.number) == number && odata::is_id(&it.account_id))
            .collect())
    }
}
