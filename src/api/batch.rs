//! Up to 1,000 invitations in one request. Each row is answered for itself.
//!
//! Some rows share a transaction. With an `Idempotency-Key` what is done is kept with them, so a
//! repetition after a stop goes on where it ended and invites nobody twice.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Answer, ApiClient, Call,
    idempotency::{self, Claim},
    invitations::{not_sent, outcome, with},
    invite::{self, Done, Wish},
    schema, schemas,
};
use crate::{
    db::{Error, Tx},
    invitations::Class,
    kernel::ids::Id,
    web::{FieldError, Problem},
};

/// Rows of one transaction.
const TOGETHER: usize = 20;

/// Invites many.
///
/// The work goes on when the caller hangs up or waits no longer: the same key then gets its answer.
pub(super) async fn create(call: Call) -> Result<Answer, Problem> {
    let tasks = call.client.state.tasks.clone();
    let done = tasks.spawn(async move { work(call).await }).await;
    done.unwrap_or_else(|_| {
        Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong",
        ))
    })
}

async fn work(call: Call) -> Result<Answer, Problem> {
    let rows = call.body.get("invitations").and_then(Value::as_array);
    let rows = rows.cloned().unwrap_or_default();
    let mut results: Vec<Value> = serde_json::from_str(&call.part).unwrap_or_default();
    let mut claim = call.claim.clone();
    while results.len() < rows.len() {
        let next = rows.iter().skip(results.len()).take(TOGETHER);
        let mut part = Part {
            client: call.client.clone(),
            rows: next.cloned().collect(),
            results: results.clone(),
            all: rows.len(),
            claim: claim.clone(),
        };
        let done = call.client.state.write(move |tx, state| {
            part.client.state = state;
            Box::pin(part.run(tx))
        });
        match done.await {
            Ok((more, renewed)) => (results, claim) = (more, renewed),
            Err(error) => {
                if let Some(claim) = claim {
                    idempotency::release(&call.client.state.db, claim).await?;
                }
                return Err(Problem::from(error));
            }
        }
        call.client.state.outbox.wake();
    }
    Ok(answer(&results))
}

/// Rows of one transaction.
struct Part {
    client: ApiClient,
    rows: Vec<Value>,
    results: Vec<Value>,
    all: usize,
    claim: Option<Claim>,
}

impl Part {
    async fn run(self, tx: &mut Tx) -> Result<(Vec<Value>, Option<Claim>), Error> {
        let mut results = self.results;
        let mut invited = ids(&results);
        for row in &self.rows {
            let result = one(tx, &self.client, row, &invited).await?;
            invited.extend(id(&result));
            results.push(result);
        }
        let Some(claim) = self.claim else {
            return Ok((results, None));
        };
        if results.len() == self.all {
            idempotency::keep(tx, &claim, &answer(&results)).await?;
            return Ok((results, Some(claim)));
        }
        let part = Value::from(results.clone()).to_string();
        let now = self.client.cx.now();
        let renewed = idempotency::keep_part(tx, &claim, &part, now).await?;
        Ok((results, Some(renewed)))
    }
}

/// The invitation that a row has made.
fn id(result: &Value) -> Option<String> {
    let is_new = result.get("outcome").and_then(Value::as_str) == Some("queued");
    let id = result.get("invitation").and_then(|made| made.get("id"));
    id.and_then(Value::as_str)
        .filter(|_| is_new)
        .map(str::to_owned)
}

fn ids(results: &[Value]) -> BTreeSet<String> {
    results.iter().filter_map(id).collect()
}

async fn one(
    tx: &mut Tx,
    client: &ApiClient,
    row: &Value,
    invited: &BTreeSet<String>,
) -> Result<Value, Error> {
    let described = schemas::component("NewInvitation");
    let mut faults = schema::check(&described, row, &schemas::component);
    let now = client.cx.now();
    if faults.is_empty() {
        match serde_json::from_value::<Wish>(row.clone()) {
            Ok(wish) => match invite::invite(tx, client, &wish).await? {
                Done::Queued(invitation) => return Ok(outcome("queued", Some((&invitation, now)))),
                Done::NotSent(Class::AlreadyInvited { invitation, .. }, open)
                    if invited.contains(invitation.as_str()) =>
                {
                    return Ok(not_sent(&Class::Repeated, open.as_deref(), now));
                }
                Done::NotSent(class, open) => return Ok(not_sent(&class, open.as_deref(), now)),
                Done::Invalid(found) => faults = found,
            },
            Err(error) => faults.push(FieldError::new("#", error.to_string())),
        }
    }
    let faults = faults.iter().map(FieldError::to_json).collect();
    Ok(with(outcome("invalid", None), "errors", faults))
}

fn answer(results: &[Value]) -> Answer {
    let count = |word: &str| {
        let is = |result: &&Value| result.get("outcome").and_then(Value::as_str) == Some(word);
        results.iter().filter(is).count()
    };
    Answer::ok(json!({
        "queued": count("queued"), "not_sent": count("not_sent"), "invalid": count("invalid"), "results": results,
    }))
}
