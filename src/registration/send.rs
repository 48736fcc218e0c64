//! From the last page to a registration: counts the try, asks the CRMs, decides or keeps.
//!
//! Whatever is wrong with a contract number (unknown, ended, another company's, the company fact does
//! not fit, too many tries), the outcome is [`Sent::NotConfirmed`] after the same time.

use std::{net::IpAddr, time::Duration};

use serde_json::json;

use super::{
    Applicant, Basis, Confirmed, Evidence, Kind, Rules, State, Submit, Submitted, Why,
    attempts::{self, Allowance, Try},
    decide::{Answered, Weighed, weigh},
    draft::Draft,
    lookup::{self, evidence_of},
    mirror, submit,
    submit::sent_before,
};
use crate::{
    app::AppState,
    audit,
    db::Error,
    kernel::{Cx, ids::Id, text},
};

/// What is sent.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The answers, all steps done.
    pub draft: Draft,
    /// Whose they are.
    pub applicant: Applicant,
    /// The client's network.
    pub network: IpAddr,
}

/// Sends a registration.
///
/// # Errors
/// When the database refuses.
pub async fn send(state: &AppState, cx: &Cx, sending: Sending) -> Result<Submitted, Error> {
    let mut conn = state.db.read().await?;
    let before = sent_before(&mut conn, &sending.draft, &sending.applicant).await?;
    drop(conn);
    match (before, sending.draft.kind) {
        (Some(before), _) => Ok(Submitted::Before(Box::new(before))),
        (None, Kind::NewCompany) => {
            let evidence = Evidence::default();
            keep(state, cx, &sending, Basis::NewCompany, evidence).await
        }
        (None, Kind::Contract) => with_contract(state, cx, &sending).await,
    }
}

/// Sends a registration whose contract was not confirmed, for a person to look at. No CRM is asked
/// here, and the answer says nothing.
///
/// # Errors
/// When the database refuses.
pub async fn send_by_hand(state: &AppState, cx: &Cx, sending: Sending) -> Result<Submitted, Error> {
    let evidence = Evidence {
        why: Some(Why::NotConfirmed),
        by_hand: true,
        ..Evidence::default()
    };
    keep(state, cx, &sending, Basis::ByHand, evidence).await
}

async fn with_contract(state: &AppState, cx: &Cx, sending: &Sending) -> Result<Submitted, Error> {
    let budget = Duration::from_millis(state.settings.registration.crm_budget_ms);
    let answered_at = tokio::time::Instant::now() + budget;
    let attempt = Try {
        number_key: text::number_key(&sending.draft.number),
        network: sending.network,
    };
    let submitted = match count(state, cx, attempt.clone()).await? {
        Allowance::UsedUp => Submitted::NotConfirmed,
        Allowance::Counted => asked(state, cx, sending, budget).await?,
    };
    if submitted == Submitted::NotConfirmed {
        note_refusal(state, cx, &sending.draft).await?;
        tokio::time::sleep_until(answered_at).await;
    } else if is_confirmed(&submitted) {
        give_back(state, cx, attempt).await?;
    }
    Ok(submitted)
}

/// Whether the try was no guess. What a CRM has not answered yet may still turn out to be one.
fn is_confirmed(submitted: &Submitted) -> bool {
    match submitted {
        Submitted::Admitted(_) | Submitted::AlreadyMember { .. } => true,
        Submitted::Waiting(kept) => kept.state != State::WaitingCrm && !kept.evidence.by_hand,
        Submitted::Before(_) | Submitted::NotConfirmed => false,
    }
}

async fn asked(
    state: &AppState,
    cx: &Cx,
    sending: &Sending,
    budget: Duration,
) -> Result<Submitted, Error> {
    let email = &sending.applicant.email;
    let question = lookup::question(&sending.draft.number, &sending.draft.fact, email);
    let connections: Vec<_> = state.crm.iter().cloned().collect();
    let answers = lookup::ask(&connections, &question, cx.now(), budget).await;
    let mut evidence = evidence_of(&answers, email, cx.now());
    let basis = basis_of(state, &answers, sending, &mut evidence).await?;
    match basis {
        Some(basis) => keep(state, cx, sending, basis, evidence).await,
        None => Ok(Submitted::NotConfirmed),
    }
}

/// What the answers amount to; `None` when no contract is confirmed.
async fn basis_of(
    state: &AppState,
    answers: &[Answered],
    sending: &Sending,
    evidence: &mut Evidence,
) -> Result<Option<Basis>, Error> {
    Ok(match weigh(answers) {
        Weighed::NotConfirmed => None,
        Weighed::Wait => Some(Basis::Unanswered),
        Weighed::Several => {
            evidence.why = Some(Why::Several);
            evidence.by_hand = true;
            Some(Basis::ByHand)
        }
        Weighed::Confirmed {
            connection,
            evidence: found,
        } => {
            mirror::take(state, connection, found).await?;
            let email = &sending.applicant.email;
            Some(Basis::Confirmed(Confirmed::of(connection, found, email)))
        }
    })
}

async fn keep(
    state: &AppState,
    cx: &Cx,
    sending: &Sending,
    basis: Basis,
    evidence: Evidence,
) -> Result<Submitted, Error> {
    let command = Submit {
        draft: sending.draft.clone(),
        applicant: sending.applicant.clone(),
        basis,
        evidence,
    };
    let cx = cx.clone();
    state
        .write(move |tx, state| {
            Box::pin(async move { submit(tx, &cx, Rules::of(&state), command).await })
        })
        .await
}

async fn count(state: &AppState, cx: &Cx, attempt: Try) -> Result<Allowance, Error> {
    let (cx, limit) = (cx.clone(), state.settings.registration.tries_per_hour);
    state
        .db
        .write(move |tx| Box::pin(async move { attempts::count(tx, &cx, &attempt, limit).await }))
        .await
}

async fn give_back(state: &AppState, cx: &Cx, attempt: Try) -> Result<(), Error> {
    let cx = cx.clone();
    state
        .db
        .write(move |tx| Box::pin(async move { attempts::give_back(tx, &cx, &attempt).await }))
        .await
}

/// Leaves a trace of a try that led nowhere; neither number nor address stands in it.
async fn note_refusal(state: &AppState, cx: &Cx, draft: &Draft) -> Result<(), Error> {
    let (cx, id) = (cx.clone(), draft.id.clone());
    state
        .db
        .write(move |tx| {
            Box::pin(async move {
                let event = audit::Event {
                    action: "registration.not_confirmed",
                    target: id.as_str(),
                    organization: None,
                    detail: json!({}),
                };
                audit::record(tx, &cx, event).await
            })
        })
        .await
}
