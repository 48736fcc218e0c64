//! What operators decide about deliveries and destinations: every decision is a POST, the grave
//! ones after a question.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{delivery::parse, words};
use crate::{
    access::actors::Operator,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{DeliveryId, Id, WebhookId},
    },
    outbox::{self, Choice, Decided, read},
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, Visit, page, urls},
};

/// A reason, typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reason {
    pub(super) reason: String,
}

/// The record that is meant: the destination's id, or empty for a new one.
#[derive(Debug, Deserialize)]
pub struct Meant {
    record: String,
    #[serde(default)]
    new: bool,
}

/// Sends a delivery again.
///
/// # Errors
/// When there is no such delivery, or the database refuses.
pub async fn replay(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = parse(&id)?;
    let decided = decide(operator.visit(), id.clone(), |tx, cx, id| {
        Box::pin(outbox::replay(tx, cx, id))
    })
    .await?;
    answer(operator.visit(), &id, decided, "operations-replayed")
}

/// Sets a delivery aside.
///
/// # Errors
/// When there is no such delivery, or the database refuses.
pub async fn park(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = parse(&id)?;
    let decided = decide(operator.visit(), id.clone(), |tx, cx, id| {
        Box::pin(outbox::park(tx, cx, id))
    })
    .await?;
    answer(operator.visit(), &id, decided, "operations-parked")
}

async fn decide<F>(visit: &Visit, id: DeliveryId, action: F) -> Result<Decided, Refusal>
where
    F: for<'t> FnOnce(&'t mut Tx, &'t Cx, &'t DeliveryId) -> BoxFuture<'t, Result<Decided, Error>>
        + Send
        + 'static,
{
    let cx = visit.cx.clone();
    let decided = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { action(tx, &cx, &id).await }))
        .await?;
    visit.state.outbox.wake();
    Ok(decided)
}

fn answer(
    visit: &Visit,
    delivery: &DeliveryId,
    decided: Decided,
    done: &str,
) -> Result<Response, Refusal> {
    let flash = match decided {
        Decided::Done => Flash::success(visit.t(done)),
        Decided::NotPossible => Flash::warning(visit.t("operations-not-possible")),
        Decided::NotFound => return Err(Refusal::NotFound),
    };
    Ok(visit.go(urls::Delivery { delivery }, Some(flash)))
}

#[derive(Template)]
#[template(path = "operations/give_reason.html")]
pub(super) struct GiveReason {
    pub(super) shell: Shell,
    pub(super) errors: FormErrors,
    pub(super) text: String,
    pub(super) action: String,
    pub(super) button: String,
    pub(super) back: String,
    pub(super) reason: Field,
    pub(super) danger: bool,
}

fn ask_skip_page(
    operator: &Operator,
    delivery: &DeliveryId,
    typed: &Reason,
    error: Option<String>,
) -> Response {
    let reason = Field::new("reason", &typed.reason).with_error(error);
    let errors = FormErrors::of(&[&reason]);
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let shell = operator
        .shell("operations-skip-title")
        .with_errors(!errors.is_empty());
    let template = GiveReason {
        errors,
        text: shell.t("operations-skip-text").into_owned(),
        action: urls::DeliverySkip { delivery }.to_string(),
        button: shell.t("operations-skip-button").into_owned(),
        back: urls::Delivery { delivery }.to_string(),
        reason,
        danger: true,
        shell,
    };
    page(status, &template)
}

/// Asks before giving a delivery up.
///
/// # Errors
/// When there is no such delivery, or the database refuses.
pub async fn ask_skip(operator: Operator, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = parse(&id)?;
    let mut conn = operator.visit().state.db.read().await?;
    read::show(&mut conn, &id).await?.ok_or(Refusal::NotFound)?;
    Ok(ask_skip_page(&operator, &id, &Reason::default(), None))
}

/// Gives a delivery up.
///
/// # Errors
/// When there is no such delivery, or the database refuses.
pub async fn skip(
    operator: Operator,
    Path(id): Path<String>,
    Form(typed): Form<Reason>,
) -> Result<Response, Refusal> {
    let id = parse(&id)?;
    if typed.reason.trim().is_empty() {
        let error = operator.visit().t("operations-reason-missing");
        return Ok(ask_skip_page(&operator, &id, &typed, Some(error)));
    }
    let decided = decide(operator.visit(), id.clone(), move |tx, cx, id| {
        Box::pin(async move { outbox::skip(tx, cx, id, &typed.reason).await })
    })
    .await?;
    answer(operator.visit(), &id, decided, "operations-skipped")
}

/// Says which record a delivery in review means.
///
/// # Errors
/// When there is no such delivery, its destination is not configured any more, or the database
/// refuses.
pub async fn choose(
    operator: Operator,
    Path(id): Path<String>,
    Form(meant): Form<Meant>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let id = parse(&id)?;
    let mut conn = visit.state.db.read().await?;
    let shown = read::show(&mut conn, &id).await?.ok_or(Refusal::NotFound)?;
    drop(conn);
    let destination = visit
        .state
        .outbox
        .destination(&shown.destination)
        .ok_or(Refusal::NotFound)?;
    let choice = match meant {
        Meant { new: true, .. } => Choice::CreateNew,
        Meant { record, .. } => Choice::Candidate { id: record },
    };
    let decided = decide(visit, id.clone(), move |tx, cx, id| {
        Box::pin(async move { outbox::resolve(tx, cx, destination.as_ref(), id, &choice).await })
    })
    .await?;
    let flash = match decided {
        Decided::Done => Flash::success(visit.t("operations-chosen")),
        Decided::NotPossible => Flash::warning(visit.t("operations-not-possible")),
        Decided::NotFound => return Err(Refusal::NotFound),
    };
    Ok(visit.go(urls::Matches, Some(flash)))
}

/// Only destinations that are known can be paused.
async fn known(visit: &Visit, destination: &str) -> Result<(), Refusal> {
    let mut conn = visit.state.db.read().await?;
    let known = read::known_destinations(&mut conn, visit.state.outbox.destinations()).await?;
    known
        .iter()
        .any(|name| name == destination)
        .then_some(())
        .ok_or(Refusal::NotFound)
}

/// The page from which a destination is paused and resumed.
fn home(destination: &str) -> String {
    let id = destination.strip_prefix(outbox::WEBHOOK);
    let webhook = id.and_then(|id| WebhookId::parse(id).ok());
    webhook.map_or_else(
        || urls::Operations.to_string(),
        |webhook| urls::Webhook { webhook: &webhook }.to_string(),
    )
}

/// Asks before pausing a destination.
///
/// # Errors
/// When there is no such destination, or the database refuses.
pub async fn ask_pause(
    operator: Operator,
    Path(destination): Path<String>,
) -> Result<Response, Refusal> {
    known(operator.visit(), &destination).await?;
    let state = &operator.visit().state;
    let shell = operator.shell("operations-pause-title");
    let name = words::destination(state, shell.lang, &destination);
    let template = GiveReason {
        errors: FormErrors::default(),
        text: shell.t1("operations-pause-text", "name", name),
        action: urls::DestinationPause {
            destination: &destination,
        }
        .to_string(),
        button: shell.t("operations-pause").into_owned(),
        back: home(&destination),
        reason: Field::new("reason", ""),
        danger: false,
        shell,
    };
    Ok(page(StatusCode::OK, &template))
}

/// Pauses a destination.
///
/// # Errors
/// When there is no such destination, or the database refuses.
pub async fn pause(
    operator: Operator,
    Path(destination): Path<String>,
    Form(typed): Form<Reason>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    known(visit, &destination).await?;
    let (cx, home) = (visit.cx.clone(), home(&destination));
    visit
        .state
        .db
        .write(move |tx| {
            Box::pin(async move { outbox::pause(tx, &cx, &destination, &typed.reason).await })
        })
        .await
        .map_err(|error: Error| Refusal::from(error))?;
    let flash = Flash::success(visit.t("operations-paused"));
    Ok(visit.go(home, Some(flash)))
}

/// Ends a pause.
///
/// # Errors
/// When there is no such destination, or the database refuses.
pub async fn resume(
    operator: Operator,
    Path(destination): Path<String>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    known(visit, &destination).await?;
    let (cx, home) = (visit.cx.clone(), home(&destination));
    visit
        .state
        .db
        .write(move |tx| Box::pin(async move { outbox::resume(tx, &cx, &destination).await }))
        .await
        .map_err(|error: Error| Refusal::from(error))?;
    visit.state.outbox.wake();
    let flash = Flash::success(visit.t("operations-resumed"));
    Ok(visit.go(home, Some(flash)))
}
