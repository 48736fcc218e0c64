//! `/operations/dead-letters`: what will not arrive unless somebody does something, by cause.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    deliveries::{PAGE, Row, link, next_page, rows},
    tabs::{Tab, tabs},
    words,
};
use crate::{
    access::actors::Operator,
    outbox::read::{self, DeliveryState, Wanted},
    web::{Flash, Form, Query, Refusal, Shell, page, urls},
};

/// Which dead letters.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    destination: String,
    cause: String,
    before: String,
}

#[derive(Template)]
#[template(path = "operations/dead_letters.html")]
struct DeadLetters {
    shell: Shell,
    tabs: Vec<Tab>,
    groups: Vec<Group>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
    last_failure: String,
}

struct Group {
    destination: String,
    cause: String,
    help: String,
    count: i64,
    since: String,
    replay: String,
    show: String,
}

/// Shows the dead letters.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator, Query(filter): Query<Filter>) -> Result<Response, Refusal> {
    let state = &operator.visit().state;
    let now = operator.visit().cx.now();
    let shell = operator.shell("operations-dead-title");
    let mut conn = state.db.read().await?;
    let known = read::known_destinations(&mut conn, state.outbox.destinations()).await?;
    let mut groups = Vec::new();
    for group in read::dead_by_cause(&mut conn).await? {
        let pairs = [
            ("destination", group.destination.clone()),
            ("cause", group.cause.clone()),
        ];
        groups.push(Group {
            destination: words::destination(state, shell.lang, &group.destination),
            cause: words::cause(&shell, &group.cause),
            help: words::help(&shell, &group.cause),
            count: group.count,
            since: words::age(&shell, now, group.since),
            replay: link(urls::DeadLettersReplay::PATH, &pairs),
            show: link(urls::DeadLetters::PATH, &pairs),
        });
    }
    let wanted = Wanted {
        destination: filter.destination.clone(),
        state: Some(DeliveryState::Dead),
        cause: filter.cause.clone(),
    };
    let before: Option<i64> = filter.before.parse().ok();
    let shown = read::list(&mut conn, &wanted, &known, before, PAGE + 1).await?;
    let pairs = [("destination", filter.destination), ("cause", filter.cause)];
    let mut last = None;
    for destination in &known {
        last = last.max(read::health(&mut conn, destination).await?.last_failure_at);
    }
    Ok(page(
        StatusCode::OK,
        &DeadLetters {
            tabs: tabs(&shell, urls::DeadLetters),
            groups,
            rows: rows(&operator, &shell, &shown),
            first: before.map(|_| link(urls::DeadLetters::PATH, &pairs)),
            next: next_page(urls::DeadLetters::PATH, &shown, &pairs),
            last_failure: last.map(|at| shell.moment(at)).unwrap_or_default(),
            shell,
        },
    ))
}

/// Which dead letters to send again.
#[derive(Debug, Deserialize)]
pub struct Cause {
    destination: String,
    cause: String,
}

#[derive(Template)]
#[template(path = "operations/replay_all.html")]
struct ReplayAll {
    shell: Shell,
    destination: String,
    cause: String,
    count: i64,
    named: Cause,
}

/// Asks before sending all again.
///
/// # Errors
/// When the database refuses.
pub async fn ask_replay(
    operator: Operator,
    Query(named): Query<Cause>,
) -> Result<Response, Refusal> {
    let state = &operator.visit().state;
    let shell = operator.shell("operations-replay-all-title");
    let mut conn = state.db.read().await?;
    let groups = read::dead_by_cause(&mut conn).await?;
    let group = groups
        .iter()
        .find(|group| group.destination == named.destination && group.cause == named.cause)
        .ok_or(Refusal::NotFound)?;
    Ok(page(
        StatusCode::OK,
        &ReplayAll {
            destination: words::destination(state, shell.lang, &group.destination),
            cause: words::cause(&shell, &group.cause),
            count: group.count,
            shell,
            named,
        },
    ))
}

/// Sends all dead letters with one cause again.
///
/// # Errors
/// When the database refuses.
pub async fn replay(operator: Operator, Form(named): Form<Cause>) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let cx = visit.cx.clone();
    let Cause { destination, cause } = named;
    let count: u64 = visit
        .state
        .db
        .write(move |tx| {
            Box::pin(async move { crate::outbox::replay_all(tx, &cx, &destination, &cause).await })
        })
        .await
        .map_err(|error: crate::db::Error| Refusal::from(error))?;
    visit.state.outbox.wake();
    let shell = operator.shell("");
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let flash = Flash::success(shell.t1("operations-replayed-all", "count", count));
    Ok(visit.go(urls::DeadLetters, Some(flash)))
}
