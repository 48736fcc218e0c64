//! `/operations/deliveries/{delivery}`: one delivery, what happened to it, what can be done.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};

use super::{
    mask,
    tabs::{Tab, tabs},
    words,
};
use crate::{
    access::actors::Operator,
    kernel::{
        Actor,
        ids::{DeliveryId, Id},
    },
    outbox::{
        Attempt,
        read::{self, DeliveryState, Shown},
    },
    web::{Refusal, Shell, page, urls},
};

#[derive(Template)]
#[template(path = "operations/delivery.html")]
struct Delivery {
    shell: Shell,
    tabs: Vec<Tab>,
    delivery: Shown,
    heading: String,
    destination: String,
    state: (String, &'static str),
    cause: Option<(String, String)>,
    reason: String,
    author: String,
    behind: i64,
    next_attempt: String,
    at: String,
    facts: Vec<(String, String)>,
    attempts: Vec<AttemptRow>,
    candidates: Vec<String>,
    may_replay: bool,
    may_park: bool,
    may_skip: bool,
}

struct AttemptRow {
    at: String,
    iso: String,
    took: String,
    verdict: String,
    tone: &'static str,
    answer: Vec<(String, String)>,
}

/// The id in the path.
pub(super) fn parse(delivery: &str) -> Result<DeliveryId, Refusal> {
    DeliveryId::parse(delivery).map_err(|_| Refusal::NotFound)
}

/// Shows one delivery.
///
/// # Errors
/// When there is no such delivery, or the database refuses.
pub async fn show(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let state = &operator.visit().state;
    let shell = operator.shell("operations-delivery-title");
    let mut conn = state.db.read().await?;
    let delivery = read::show(&mut conn, &parse(&id)?)
        .await?
        .ok_or(Refusal::NotFound)?;
    let attempts = read::attempts(&mut conn, &delivery.id).await?;
    let behind = read::count_behind(&mut conn, &delivery).await?;
    let is_behind = read::is_behind(&mut conn, &delivery).await?;
    let is = |states: &[DeliveryState]| states.contains(&delivery.state);
    use DeliveryState::{Dead, Parked, Review, Waiting};
    let candidates = attempts.first().filter(|_| is(&[Review]));
    let cause = (!delivery.cause.is_empty()).then(|| {
        (
            words::cause(&shell, &delivery.cause),
            words::help(&shell, &delivery.cause),
        )
    });
    Ok(page(
        StatusCode::OK,
        &Delivery {
            tabs: tabs(&shell, urls::Deliveries),
            heading: format!(
                "{}: {}",
                words::kind(&shell, &delivery.kind),
                words::about(&delivery)
            ),
            destination: words::destination(state, shell.lang, &delivery.destination),
            state: words::state(&shell, delivery.state),
            cause,
            reason: mask::text(&delivery.last_error),
            author: author(&delivery),
            behind,
            next_attempt: if is_behind {
                shell.t("operations-waits-behind").into_owned()
            } else {
                shell.moment(delivery.next_attempt_at)
            },
            at: shell.moment(delivery.at),
            facts: mask::fields(&delivery.payload),
            candidates: candidates.map(Attempt::candidates).unwrap_or_default(),
            attempts: attempts
                .iter()
                .map(|one| attempt_row(&shell, one))
                .collect(),
            may_replay: is(&[Dead, Parked, Review, Waiting]),
            may_park: is(&[Dead, Review, Waiting]),
            may_skip: is(&[Dead, Parked, Review, Waiting]),
            shell,
            delivery,
        },
    ))
}

/// The author by id: who that is, the audit log says to who may know.
fn author(delivery: &Shown) -> String {
    let author: Option<Actor> = serde_json::from_str(&delivery.author).ok();
    author.map_or_else(String::new, |actor| {
        format!("{} {}", actor.kind(), actor.reference())
            .trim()
            .to_owned()
    })
}

fn attempt_row(shell: &Shell, attempt: &Attempt) -> AttemptRow {
    let took = attempt.finished_at.map(|end| end.since(attempt.started_at));
    AttemptRow {
        at: shell.moment(attempt.started_at),
        iso: attempt.started_at.to_string(),
        took: took
            .map(|took| format!("{:.1} s", took.as_secs_f64()))
            .unwrap_or_default(),
        verdict: words::verdict(shell, &attempt.verdict),
        tone: match attempt.verdict.as_str() {
            "" => "waiting",
            "done" => "success",
            "rejected" | "auth_broken" => "danger",
            _ => "warning",
        },
        answer: mask::fields(&attempt.detail),
    }
}
