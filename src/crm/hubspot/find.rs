//! Registration's question: the contract with this number, if the second fact fits its company.
//!
//! HubSpot cannot compare numbers without their punctuation. So the numbers are read once, when the
//! first person asks, and then kept up with by their stamps: one call a question. What is found is
//! read again as it stands.

use std::collections::BTreeMap;

use super::{
    Hubspot,
    fields::{COMPANIES, COMPANY},
    records::{self, Object},
};
use crate::{
    crm::{
        port::{Account, Contact, Contract, ContractEvidence, ContractQuestion, CrmError},
        rest::Place,
    },
    kernel::{EmailAddress, text::number_key},
};

/// Contracts of one call; HubSpot gives no more.
const PAGE: usize = 200;

/// The folded number of each contract.
#[derive(Default)]
pub(super) struct Numbers {
    place: Place,
    by_id: BTreeMap<String, String>,
}

impl Hubspot {
    pub(super) async fn find(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        if question.number_key.is_empty() || question.fact_key.is_empty() {
            return Ok(None);
        }
        let ids = self.with_number(&question.number_key).await?;
        let properties = self.names.contract();
        let contracts = self
            .read(&self.names.contracts, None, &ids, &properties)
            .await?;
        let known: Vec<&str> = contracts.iter().map(|it| it.id.as_str()).collect();
        let companies = self.companies_of(&known).await?;
        for object in &contracts {
            let Ok(contract) = self.contract(object, version_of(object), companies.get(&object.id))
            else {
                continue;
            };
            if number_key(&contract.number) != question.number_key {
                continue;
            }
            if let Some(evidence) = self.evidence(contract, question).await? {
                return Ok(Some(evidence));
            }
        }
        Ok(None)
    }

    async fn evidence(
        &self,
        contract: Contract,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        let id = std::slice::from_ref(&contract.account_id);
        let properties = self.names.company();
        let companies = self.read(COMPANIES, None, id, &properties).await?;
        let Some(company) = companies.first() else {
            return Ok(None);
        };
        let account = self.account(company, version_of(company), &self.owners().await?);
        let facts = [&account.number, &account.postcode, &account.vat_number];
        let fits = facts
            .iter()
            .any(|fact| number_key(fact) == question.fact_key);
        if !fits {
            return Ok(None);
        }
        let contacts = self.of_account(&account, &question.email_key).await?;
        Ok(Some(ContractEvidence {
            account,
            contract,
            contacts,
        }))
    }

    async fn of_account(
        &self,
        account: &Account,
        email_key: &str,
    ) -> Result<Vec<Contact>, CrmError> {
        if EmailAddress::parse(email_key).is_err() {
            return Ok(Vec::new());
        }
        let found = self.with_addresses(&[email_key.to_owned()]).await?;
        let contacts = found
            .iter()
            .filter(|object| object.text(Some(COMPANY)) == account.id)
            .map(|object| self.contact(object, version_of(object), account.id.clone()));
        let has_address = |contact: &Contact| {
            EmailAddress::parse(&contact.email).is_ok_and(|email| email.key() == email_key)
        };
        Ok(contacts.filter(has_address).collect())
    }

    /// Contracts with this folded number, by what the index says now.
    async fn with_number(&self, key: &str) -> Result<Vec<String>, CrmError> {
        let Some(number) = self.names.of("contract.number") else {
            return Ok(Vec::new());
        };
        let stream = self.contracts_with(vec![number, "hs_lastmodifieddate"]);
        let mut numbers = self.numbers.lock().await;
        loop {
            // As far as a failure lets it come; the next question goes on from there.
            let mut place = numbers.place.clone();
            let (news, more) = self.news(&stream, &mut place, PAGE).await?;
            numbers.place = place;
            for it in news {
                let key = number_key(it.object.raw(Some(number)));
                numbers.by_id.insert(it.object.id, key);
            }
            if !more {
                break;
            }
        }
        let fits = numbers.by_id.iter().filter(|(_, known)| *known == key);
        Ok(fits.map(|(id, _)| id.clone()).collect())
    }
}

/// The version of a record that was read by itself.
fn version_of(object: &Object) -> i64 {
    let stamp = ["lastmodifieddate", "hs_lastmodifieddate"]
        .iter()
        .find_map(|name| object.stamp(name));
    records::version(stamp.unwrap_or_default(), 0)
}
