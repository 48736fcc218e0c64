//! The JSON of the contract, and its meaning in the words of the port.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CONTRACT, read_records, records::read_object};
use crate::{
    crm::{
        mapping::FieldMap,
        port::{
            Account, Contact, Contract, ContractEvidence, ContractQuestion, CrmError, FeedPage,
            Verdict, Write,
        },
    },
    kernel::{
        EmailAddress,
        text::{number_key, one_line},
    },
};

const LONGEST_CURSOR: usize = 1_000;
const LONGEST_REASON: usize = 300;
const MOST_CANDIDATES: usize = 20;
/// The longest pause a result can ask for, in seconds.
const LONGEST_PAUSE: f64 = 24.0 * 60.0 * 60.0;

fn protocol<T>(what: impl Into<String>) -> Result<T, CrmError> {
    Err(CrmError::Protocol(what.into()))
}

/// Answer of `GET health`.
#[derive(Deserialize)]
pub(super) struct Health {
    contract: u32,
    #[serde(default)]
    name: Option<String>,
    /// Writes the CRM takes in one call.
    #[serde(default)]
    pub(super) batch_limit: Option<usize>,
}

impl Health {
    /// One sentence for the operator, or why the two do not fit.
    pub(super) fn describe(&self) -> Result<String, CrmError> {
        if self.contract != CONTRACT {
            return protocol(format!(
                "it speaks version {} of the contract, this portal version {CONTRACT}",
                self.contract
            ));
        }
        let name = one_line(self.name.as_deref().unwrap_or_default(), 80);
        let name = if name.is_empty() { "the CRM" } else { &name };
        Ok(format!("{name} answers and its feed can be read"))
    }
}

/// Answer of `POST contracts/lookup`. The key `evidence` must be there: a null is an answer, and an
/// answer of some other service is none.
#[derive(Deserialize)]
pub(super) struct LookupAnswer {
    #[serde(deserialize_with = "present")]
    evidence: Option<Evidence>,
}

#[derive(Deserialize)]
struct Evidence {
    account: Value,
    contract: Value,
    #[serde(default)]
    contacts: Vec<Value>,
}

impl Evidence {
    fn rename(&mut self, fields: &FieldMap) {
        let own = [
            ("account", &mut self.account),
            ("contract", &mut self.contract),
        ];
        let contacts = self.contacts.iter_mut().map(|contact| ("contact", contact));
        for (record, value) in own.into_iter().chain(contacts) {
            if let Some(object) = value.as_object_mut() {
                fields.rename_in(record, object);
            }
        }
    }
}

/// Without this, serde takes a missing key for null.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer)
}

impl LookupAnswer {
    /// The evidence, checked against the question: a server that compares carelessly must not let a
    /// guesser in.
    pub(super) fn evidence_for(
        self,
        question: &ContractQuestion,
        fields: &FieldMap,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        let Some(mut evidence) = self.evidence else {
            return Ok(None);
        };
        evidence.rename(fields);
        let unreadable = |what: &'static str| {
            move |reason: String| CrmError::Protocol(format!("the {what} cannot be read: {reason}"))
        };
        let account: Account = read_object(evidence.account).map_err(unreadable("account"))?;
        let contract: Contract = read_object(evidence.contract).map_err(unreadable("contract"))?;
        if contract.account_id != account.id {
            return protocol("the contract is not the account's");
        }
        let facts = [&account.number, &account.postcode, &account.vat_number];
        let is_asked_for = number_key(&contract.number) == question.number_key
            && !question.fact_key.is_empty()
            && facts
                .iter()
                .any(|fact| number_key(fact) == question.fact_key);
        if !is_asked_for {
            tracing::warn!("the CRM answered a look-up with another contract than was asked for");
            return Ok(None);
        }
        let contacts = evidence
            .contacts
            .into_iter()
            .filter_map(|contact| read_object::<Contact>(contact).ok())
            .filter(|contact| contact.account_id == account.id)
            .filter(|contact| {
                EmailAddress::parse(&contact.email)
                    .is_ok_and(|address| address.key() == question.email_key)
            })
            .collect();
        Ok(Some(ContractEvidence {
            account,
            contract,
            contacts,
        }))
    }
}

/// Answer of `GET changes`.
#[derive(Deserialize)]
pub(super) struct FeedAnswer {
    records: Vec<Value>,
    cursor: String,
    more: bool,
}

impl FeedAnswer {
    /// The page that follows `asked`.
    pub(super) fn into_page(
        mut self,
        asked: &str,
        fields: &FieldMap,
    ) -> Result<FeedPage, CrmError> {
        if self.cursor.len() > LONGEST_CURSOR {
            return protocol("its cursor is longer than 1,000 bytes");
        }
        if self.cursor.chars().any(char::is_control) {
            return protocol("its cursor holds control characters");
        }
        // Otherwise the same page would be read for ever.
        if self.cursor == asked && (self.more || !self.records.is_empty()) {
            return protocol("its cursor does not move on");
        }
        if self.cursor.is_empty() && !asked.is_empty() {
            return protocol("its cursor went back to the beginning");
        }
        fields.rename_records(&mut self.records);
        let (records, skipped) = read_records(self.records);
        Ok(FeedPage {
            records,
            cursor: self.cursor,
            more: self.more,
            skipped,
        })
    }
}

/// Body of `POST writes`.
#[derive(Serialize)]
pub(super) struct Writes {
    pub(super) writes: Vec<Value>,
}

/// Answer of `POST writes`.
#[derive(Deserialize)]
pub(super) struct WritesAnswer {
    results: Vec<WriteResult>,
}

#[derive(Deserialize)]
struct WriteResult {
    key: String,
    verdict: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    cause: Option<String>,
    #[serde(default)]
    candidates: Option<Vec<String>>,
    /// Seconds.
    #[serde(default)]
    retry_after: Option<f64>,
}

impl WritesAnswer {
    /// One verdict for each write, in the order of the writes. Results are matched by key.
    pub(super) fn verdicts(self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        let count = self.results.len();
        if count != writes.len() {
            return protocol(format!("{count} results for {} writes", writes.len()));
        }
        let mut by_key: HashMap<String, WriteResult> = HashMap::with_capacity(count);
        for result in self.results {
            by_key.insert(result.key.clone(), result);
        }
        writes
            .iter()
            .map(|write| match by_key.remove(&write.key) {
                Some(result) => result.verdict(),
                None => protocol("a write has no result of its own"),
            })
            .collect()
    }
}

impl WriteResult {
    fn verdict(self) -> Result<Verdict, CrmError> {
        let reason = one_line(self.reason.as_deref().unwrap_or_default(), LONGEST_REASON);
        let pause = self.retry_after.and_then(pause);
        Ok(match self.verdict.as_str() {
            "applied" | "duplicate" => Verdict::Done {
                remote_id: self.id.filter(|id| !id.is_empty()),
            },
            "retry" => Verdict::Retry {
                reason,
                after: pause,
            },
            "throttled" => Verdict::Throttled { retry_after: pause },
            "needs_review" => Verdict::NeedsReview {
                reason,
                candidates: self
                    .candidates
                    .unwrap_or_default()
                    .into_iter()
                    .take(MOST_CANDIDATES)
                    .collect(),
            },
            "rejected" => Verdict::Rejected {
                cause: cause(self.cause.as_deref().unwrap_or_default()),
                reason,
            },
            _ => return protocol("a result has a verdict that the contract does not know"),
        })
    }
}

/// A pause that a result asks for; nonsense is no pause.
fn pause(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds.min(LONGEST_PAUSE)).ok()
}

/// The word failures are grouped by: small letters and underscores.
fn cause(text: &str) -> String {
    let word: String = text
        .chars()
        .map(|letter| letter.to_ascii_lowercase())
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .take(40)
        .collect();
    if word.is_empty() {
        "rejected".to_owned()
    } else {
        word
    }
}

#[cfg(test)]
mod tests;
