//! `/operations/webhooks/{webhook}`: one subscriber, what it was told last, a test, its removal.

use std::time::Duration;

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde_json::Value;

use super::{
    deliveries::link,
    mask,
    tabs::{Tab, tabs},
    webhooks::{parse, topics},
    words,
};
use crate::{
    access::actors::Operator,
    db::Error,
    outbox::read::{self, DeliveryState, Shown, Wanted},
    web::{Flash, Refusal, Shell, Visit, page, urls},
    webhooks::subscribers,
};

/// Deliveries shown.
const SHOWN: i64 = 10;
/// How often and how long the answer to a test is waited for.
const LOOK: (u32, Duration) = (20, Duration::from_millis(100));

struct Row {
    href: String,
    event: String,
    state: (String, &'static str),
    answer: String,
    at: String,
}

#[derive(Template)]
#[template(path = "operations/webhook.html")]
struct WebhookPage {
    shell: Shell,
    tabs: Vec<Tab>,
    name: String,
    address: String,
    subscriber_id: String,
    topics: String,
    mood: (String, &'static str),
    reason: String,
    is_paused: bool,
    waiting: String,
    dead: i64,
    last: String,
    old_secret: String,
    test: String,
    rotate: String,
    pause: String,
    resume: String,
    remove: String,
    all: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "operations/webhook_remove.html")]
struct RemovePage {
    shell: Shell,
    action: String,
    back: String,
}

/// Shows one subscriber.
///
/// # Errors
/// When there is no such subscriber, or the database refuses.
pub async fn show(operator: Operator, Path(webhook): Path<String>) -> Result<Response, Refusal> {
    let id = parse(&webhook)?;
    let visit = operator.visit();
    let (now, mut conn) = (visit.cx.now(), visit.state.db.read().await?);
    let subscriber = subscribers::find(&mut conn, &id).await?;
    let subscriber = subscriber.ok_or(Refusal::NotFound)?;
    let destination = subscriber.destination();
    let health = read::health(&mut conn, &destination).await?;
    let wanted = Wanted {
        destination: destination.clone(),
        ..Wanted::default()
    };
    let shown = read::list(&mut conn, &wanted, &[], None, SHOWN).await?;
    let shell = operator.shell("");
    let title = shell.t1("operations-webhook-title", "name", subscriber.name.as_str());
    let shell = Shell { title, ..shell };
    let old = subscriber.old_ends_at.filter(|end| *end > now);
    let last = health.last_success_at.map(|at| shell.moment(at));
    let template = WebhookPage {
        tabs: tabs(&shell, urls::Webhooks),
        topics: topics(&mut conn, &shell, &subscriber).await?,
        mood: words::mood(&shell, health.mood(now)),
        reason: mask::text(&health.reason),
        is_paused: health.paused_by_person || health.paused_until.is_some_and(|until| until > now),
        waiting: words::count(health.counts.waiting),
        dead: health.counts.dead,
        last: last.unwrap_or_else(|| shell.t("operations-never").into_owned()),
        old_secret: old.map(|end| shell.moment(end)).unwrap_or_default(),
        test: urls::WebhookTest { webhook: &id }.to_string(),
        rotate: urls::WebhookRotate { webhook: &id }.to_string(),
        pause: urls::DestinationPause {
            destination: &destination,
        }
        .to_string(),
        resume: urls::DestinationResume {
            destination: &destination,
        }
        .to_string(),
        remove: urls::WebhookRemove { webhook: &id }.to_string(),
        all: link(urls::Deliveries::PATH, &[("destination", destination)]),
        rows: shown.iter().map(|one| row(&shell, one)).collect(),
        name: subscriber.name,
        address: subscriber.url,
        subscriber_id: id.to_string(),
        shell,
    };
    Ok(page(StatusCode::OK, &template))
}

fn row(shell: &Shell, shown: &Shown) -> Row {
    let payload: Value = serde_json::from_str(&shown.payload).unwrap_or_default();
    let event = payload.get("event").and_then(Value::as_str);
    let answer = match shown.state {
        DeliveryState::Done => &shown.remote_id,
        _ => &shown.last_error,
    };
    Row {
        href: urls::Delivery {
            delivery: &shown.id,
        }
        .to_string(),
        event: event.unwrap_or(&shown.kind).to_owned(),
        state: words::state(shell, shown.state),
        answer: mask::text(answer),
        at: shell.moment(shown.created_at),
    }
}

/// Sends a test event, waits a moment for its answer, and shows what came of it.
///
/// # Errors
/// When there is no such subscriber, or the database refuses.
pub async fn test(operator: Operator, Path(webhook): Path<String>) -> Result<Response, Refusal> {
    let id = parse(&webhook)?;
    let visit = operator.visit();
    let (cx, to) = (visit.cx.clone(), id.clone());
    let subject: Result<Option<String>, Error> = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { subscribers::try_out(tx, &cx, &to).await }))
        .await;
    let subject = subject?.ok_or(Refusal::NotFound)?;
    visit.state.outbox.wake();
    let destination = crate::outbox::webhook_destination(&id);
    let flash = match answer(visit, &subject, &destination).await? {
        Some(shown) if shown.state == DeliveryState::Done => Flash::success(operator.shell("").t1(
            "operations-webhook-test-done",
            "answer",
            shown.remote_id,
        )),
        Some(shown) => Flash::warning(operator.shell("").t1(
            "operations-webhook-test-failed",
            "answer",
            mask::text(&shown.last_error),
        )),
        None => Flash::info(visit.t("operations-webhook-test-waits")),
    };
    Ok(visit.go(urls::Webhook { webhook: &id }, Some(flash)))
}

/// What was answered to a test, when that came soon.
async fn answer(visit: &Visit, subject: &str, destination: &str) -> Result<Option<Shown>, Error> {
    let (times, pause) = LOOK;
    for _ in 0..times {
        tokio::time::sleep(pause).await;
        let mut conn = visit.state.db.read().await?;
        let Some(last) = read::last_of_subject(&mut conn, subject, destination).await? else {
            continue;
        };
        let shown = read::show(&mut conn, &last.id).await?;
        let is_answered =
            |shown: &Shown| shown.state == DeliveryState::Done || !shown.last_error.is_empty();
        if let Some(shown) = shown.filter(is_answered) {
            return Ok(Some(shown));
        }
    }
    Ok(None)
}

/// Asks whether to remove a subscriber.
///
/// # Errors
/// When there is no such subscriber, or the database refuses.
pub async fn ask_remove(
    operator: Operator,
    Path(webhook): Path<String>,
) -> Result<Response, Refusal> {
    let id = parse(&webhook)?;
    let mut conn = operator.visit().state.db.read().await?;
    let subscriber = subscribers::find(&mut conn, &id).await?;
    let subscriber = subscriber.ok_or(Refusal::NotFound)?;
    let shell = operator.shell("");
    let title = shell.t1(
        "operations-webhook-remove-title",
        "name",
        subscriber.name.as_str(),
    );
    let template = RemovePage {
        action: urls::WebhookRemove { webhook: &id }.to_string(),
        back: urls::Webhook { webhook: &id }.to_string(),
        shell: Shell { title, ..shell },
    };
    Ok(page(StatusCode::OK, &template))
}

/// Removes a subscriber.
///
/// # Errors
/// When there is no such subscriber, or the database refuses.
pub async fn remove(operator: Operator, Path(webhook): Path<String>) -> Result<Response, Refusal> {
    let id = parse(&webhook)?;
    let visit = operator.visit();
    let cx = visit.cx.clone();
    let removed: Result<bool, Error> = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { subscribers::remove(tx, &cx, &id).await }))
        .await;
    if !removed? {
        return Err(Refusal::NotFound);
    }
    visit.state.outbox.refresh().await?;
    let flash = Flash::success(visit.t("operations-webhook-removed"));
    Ok(visit.go(urls::Webhooks, Some(flash)))
}
