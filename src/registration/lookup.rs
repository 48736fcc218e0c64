//! Asking the CRMs about a contract: all of them at once, none longer than the budget.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;

use super::{
    decide::{Answered, Reply, at_company_domain, is_contact},
    model::{Answer, Evidence, Found, Said},
};
use crate::{
    crm::{
        Connection,
        port::{ContractEvidence, ContractQuestion},
    },
    kernel::{EmailAddress, Instant, text},
};

/// The question of a registration.
#[must_use]
pub fn question(number: &str, fact: &str, email: &EmailAddress) -> ContractQuestion {
    ContractQuestion {
        number_key: text::number_key(number),
        fact_key: text::number_key(fact),
        email_key: email.key().to_owned(),
    }
}

/// Asks every CRM at once and waits `budget` at most. What is late, broken or not understood counts
/// as no answer: the question is kept for later and nobody is refused for a CRM's fault.
pub async fn ask(
    connections: &[Arc<Connection>],
    question: &ContractQuestion,
    now: Instant,
    budget: Duration,
) -> Vec<Answered> {
    join_all(connections.iter().map(|connection| async move {
        let asked = tokio::time::timeout(budget, connection.crm.find_contract(question)).await;
        let reply = match asked {
            Ok(Ok(None)) => Reply::NotFound,
            Ok(Ok(Some(mut evidence))) => {
                connection.transforms.put_evidence(&mut evidence);
                read(connection, question, evidence, now)
            }
            Ok(Err(error)) => {
                tracing::warn!(connection = connection.key(), %error, "a CRM did not answer a registration");
                Reply::NoAnswer
            }
            Err(_) => {
                tracing::warn!(connection = connection.key(), "a CRM did not answer a registration in time");
                Reply::NoAnswer
            }
        };
        Answered {
            connection: connection.key().to_owned(),
            reply,
        }
    }))
    .await
}

/// Believes an answer only when it answers this question.
fn read(
    connection: &Connection,
    question: &ContractQuestion,
    evidence: ContractEvidence,
    now: Instant,
) -> Reply {
    if text::number_key(&evidence.contract.number) != question.number_key
        || evidence.contract.account_id != evidence.account.id
    {
        tracing::warn!(
            connection = connection.key(),
            "a CRM answered another question than was asked"
        );
        return Reply::NotFound;
    }
    match connection.rules.standing_of(&evidence.contract, now) {
        Ok(standing) => Reply::Found {
            evidence: Box::new(evidence),
            standing,
        },
        Err(problem) => {
            tracing::warn!(
                connection = connection.key(),
                problem,
                "a contract could not be read"
            );
            Reply::NotFound
        }
    }
}

/// The answers as they are kept for staff.
#[must_use]
pub fn evidence_of(answers: &[Answered], email: &EmailAddress, now: Instant) -> Evidence {
    let kept = |answered: &Answered| Answer {
        connection: answered.connection.clone(),
        said: match &answered.reply {
            Reply::NotFound => Said::NotFound,
            Reply::NoAnswer => Said::NoAnswer,
            Reply::Found { evidence, standing } => Said::Found(Found {
                account_name: text::one_line(&evidence.account.name, 200),
                account_number: text::one_line(&evidence.account.number, 100),
                owner_email: text::one_line(&evidence.account.owner_email, 254),
                contract_number: text::one_line(&evidence.contract.number, 100),
                standing: standing.word().to_owned(),
                contact_ids: matching(evidence, email)
                    .map(|contact| contact.id.clone())
                    .collect(),
                contact_names: matching(evidence, email)
                    .map(|contact| format!("{} {}", contact.given_name, contact.family_name))
                    .map(|name| text::one_line(&name, 200))
                    .collect(),
                at_company_domain: at_company_domain(evidence, email),
            }),
        },
    };
    Evidence {
        asked_at: (!answers.is_empty()).then_some(now),
        answers: answers.iter().map(kept).collect(),
        ..Evidence::default()
    }
}

/// The account's contacts that really have the address.
fn matching<'a>(
    evidence: &'a ContractEvidence,
    email: &'a EmailAddress,
) -> impl Iterator<Item = &'a crate::crm::port::Contact> {
    let has_it = is_contact(evidence, email);
    evidence.contacts.iter().filter(move |contact| {
        has_it && EmailAddress::parse(&contact.email).is_ok_and(|known| known == *email)
    })
}
