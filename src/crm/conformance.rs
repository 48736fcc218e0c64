//! What every adapter must do, as checks that run against any of them.
//!
//! An adapter's tests give a [`Bench`]: the adapter, and a way to put records into the CRM behind it
//! as the CRM's own users would. [`check`] runs everything and names each law that is broken. The
//! checks make their own accounts and read no others, so a bench may hold other records.

mod cases;
mod events;
mod faults;
mod feed;
mod overview;
mod writes;

use async_trait::async_trait;

use super::port::{
    Account, Author, Contact, ContactWrite, Contract, ContractQuestion, Crm, LeadWrite, Record,
    Verdict, Write,
};
use crate::kernel::{Instant, text::number_key};

pub use cases::{Held, cases};
pub use faults::{Fault, Faulty, check_faults};

/// An adapter under test.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The adapter.
    fn crm(&self) -> &dyn Crm;

    /// Stores an account, contact or contract as a user of the CRM would: a new one when `id` is not
    /// an id of this CRM, else the record with this id. Versions are the CRM's business. Answers the
    /// record's id in this CRM.
    async fn put(&self, record: Record) -> String;

    /// Stores seven orders of the account, `CONF-O1` of 2026-01-01 to `CONF-O7` of 2026-01-07, and of
    /// the contact the cases `CONF-C1`, open, and `CONF-C2`, closed. `false` from a CRM without them.
    async fn put_orders_and_cases(&self, account: &str, contact: &str) -> bool {
        let _ = (account, contact);
        false
    }

    /// Whether this CRM itself keeps two contacts from having one address, so that there is nothing
    /// to choose between.
    fn keeps_addresses_unique(&self) -> bool {
        false
    }
}

/// A law that an adapter breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which check.
    pub check: &'static str,
    /// What was seen.
    pub detail: String,
}

type Outcome = Result<(), String>;

/// Runs all checks; an adapter that keeps the port's promises gives none back.
pub async fn check(bench: &dyn Bench) -> Vec<Violation> {
    let outcomes = [
        ("the check answers", answers(bench).await),
        ("an unknown contract is none", unknown_contract(bench).await),
        (
            "a contract is found by number and fact",
            known_contract(bench).await,
        ),
        ("a key is applied once", writes::applied_once(bench).await),
        (
            "verdicts keep the order of the writes",
            writes::in_order(bench).await,
        ),
        ("nothing is nothing", writes::empty_batch(bench).await),
        (
            "one subject's writes end as the last says",
            writes::last_stands(bench).await,
        ),
        (
            "several candidates are for a person",
            writes::candidates(bench).await,
        ),
        (
            "a contact is found by our id",
            writes::found_by_membership(bench).await,
        ),
        (
            "an empty field leaves the CRM's own",
            writes::empty_leaves(bench).await,
        ),
        (
            "a lead is found by our key",
            writes::lead_by_key(bench).await,
        ),
        (
            "an unknown company has no overview",
            overview::unknown(bench).await,
        ),
        (
            "an overview has the latest few",
            overview::latest(bench).await,
        ),
        (
            "open cases are handed over once",
            overview::handed_over(bench).await,
        ),
    ];
    let outcomes = outcomes.into_iter().chain(of_the_feed(bench).await);
    outcomes.filter_map(broken).collect()
}

async fn of_the_feed(bench: &dyn Bench) -> Vec<(&'static str, Outcome)> {
    vec![
        ("the feed tells everything", feed::complete(bench).await),
        ("the feed never goes back", feed::forward(bench).await),
        (
            "a place in the feed stays valid",
            feed::stays_valid(bench).await,
        ),
        ("an event may be lost", events::lost(bench, "EVENTS").await),
        (
            "an event may come twice",
            events::twice(bench, "EVENTS").await,
        ),
        (
            "events may come in any order",
            events::out_of_order(bench, "EVENTS").await,
        ),
    ]
}

fn broken((check, outcome): (&'static str, Outcome)) -> Option<Violation> {
    outcome.err().map(|detail| Violation { check, detail })
}

/// Says what was expected and seen unless `holds`.
fn expect(holds: bool, what: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(what()) }
}

async fn answers(bench: &dyn Bench) -> Outcome {
    bench
        .crm()
        .check()
        .await
        .map_err(|error| error.to_string())?;
    expect(bench.crm().batch_limit() > 0, || {
        "batch_limit is 0".to_owned()
    })
}

/// An account of its own for one check.
async fn account(bench: &dyn Bench, name: &str) -> String {
    let record = Account {
        number: format!("CONF-{name}"),
        name: format!("Conformance {name}"),
        kind: "customer".to_owned(),
        postcode: format!("PC {name}"),
        vat_number: format!("VAT-{name}"),
        ..Account::default()
    };
    bench.put(Record::Account(record)).await
}

async fn contact(bench: &dyn Bench, account: &str, email: &str) -> String {
    let record = Contact {
        account_id: account.to_owned(),
        given_name: "Conny".to_owned(),
        family_name: "Form".to_owned(),
        email: email.to_owned(),
        phone: "+49 40 1".to_owned(),
        ..Contact::default()
    };
    bench.put(Record::Contact(record)).await
}

fn contract_record(account: &str, number: &str) -> Contract {
    Contract {
        account_id: account.to_owned(),
        number: number.to_owned(),
        status: "active".to_owned(),
        starts_on: "2026-01-01".to_owned(),
        ..Contract::default()
    }
}

fn write(key: &str) -> Write {
    Write {
        key: format!("conformance-{key}"),
        subject: format!("subject-{key}"),
        at: Instant::from_seconds(1_800_000_000),
        author: Author {
            kind: "system".to_owned(),
            reference: "conformance".to_owned(),
            name: "Conformance".to_owned(),
            email: String::new(),
        },
        contact: None,
        lead: None,
        activity: None,
    }
}

fn contact_write(key: &str, account: &str, email: &str) -> Write {
    Write {
        contact: Some(ContactWrite {
            account_id: account.to_owned(),
            membership_id: format!("mem_conformance_{email}"),
            person_id: format!("per_conformance_{email}"),
            email: email.to_owned(),
            given_name: "Conny".to_owned(),
            family_name: "Form".to_owned(),
            portal_status: "active".to_owned(),
            portal_roles: vec!["orders".to_owned()],
            ..ContactWrite::default()
        }),
        ..write(key)
    }
}

fn lead_write(key: &str, portal_key: &str) -> Write {
    Write {
        lead: Some(LeadWrite {
            portal_key: portal_key.to_owned(),
            company: "Conformance".to_owned(),
            family_name: "Form".to_owned(),
            email: format!("{portal_key}@conformance.example"),
            ..LeadWrite::default()
        }),
        ..write(key)
    }
}

/// Applies one write; its verdict.
async fn apply_one(bench: &dyn Bench, write: &Write) -> Result<Verdict, String> {
    let verdicts = bench.crm().apply(std::slice::from_ref(write)).await;
    let mut verdicts = verdicts.map_err(|error| error.to_string())?;
    match (verdicts.pop(), verdicts.is_empty()) {
        (Some(verdict), true) => Ok(verdict),
        _ => Err("one write has not one verdict".to_owned()),
    }
}

/// The id of the record that a write was applied to.
async fn done(bench: &dyn Bench, write: &Write) -> Result<String, String> {
    match apply_one(bench, write).await? {
        Verdict::Done {
            remote_id: Some(id),
        } => Ok(id),
        other => Err(format!("{} was not done with an id: {other:?}", write.key)),
    }
}

async fn ask(
    bench: &dyn Bench,
    number: &str,
    fact: &str,
    email: &str,
) -> Result<Option<super::port::ContractEvidence>, String> {
    let question = ContractQuestion {
        number_key: number_key(number),
        fact_key: number_key(fact),
        email_key: email.to_owned(),
    };
    bench
        .crm()
        .find_contract(&question)
        .await
        .map_err(|error| error.to_string())
}

async fn unknown_contract(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "UNKNOWN").await;
    let contract = contract_record(&account, "CT-UNKNOWN-1");
    bench.put(Record::Contract(contract)).await;
    let other = self::account(bench, "OTHER").await;
    contact(bench, &other, "somebody@conformance.example").await;
    for (number, fact) in [
        ("CT-UNKNOWN-2", "CONF-UNKNOWN"),
        ("CT-UNKNOWN-1", "CONF-OTHER"),
        ("CT-UNKNOWN-1", ""),
        ("", "CONF-UNKNOWN"),
        ("", ""),
    ] {
        let found = ask(bench, number, fact, "").await?;
        expect(found.is_none(), || {
            format!("{number:?} with {fact:?} found {found:?}")
        })?;
    }
    Ok(())
}

async fn known_contract(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "KNOWN").await;
    let contract = contract_record(&account, "CT-KNOWN/1");
    let contract_id = bench.put(Record::Contract(contract)).await;
    let email = "ada@known.conformance.example";
    let contact_id = contact(bench, &account, "Ada@known.conformance.example").await;
    contact(bench, &account, "other@known.conformance.example").await;
    for fact in ["conf known", "PC KNOWN", "vat.known"] {
        let found = ask(bench, "ct known 1", fact, email).await?;
        let found = found.ok_or_else(|| format!("not found with {fact:?}"))?;
        expect(found.account.id == account, || {
            format!("account {:?}", found.account)
        })?;
        expect(found.contract.id == contract_id, || {
            format!("contract {:?}", found.contract)
        })?;
        let contacts: Vec<&str> = found
            .contacts
            .iter()
            .map(|contact| contact.id.as_str())
            .collect();
        expect(contacts == [contact_id.as_str()], || {
            format!("contacts {contacts:?}")
        })?;
    }
    Ok(())
}
