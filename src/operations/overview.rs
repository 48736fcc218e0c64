//! `/operations`: how each destination stands, and what waits for a person.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};

use super::{
    tabs::{Tab, tabs},
    words,
};
use crate::{
    access::actors::Operator,
    kernel::{
        Instant,
        ids::{Id, TaskId},
    },
    outbox::read::{self, Health},
    tasks::{self, Task},
    web::{Flash, Refusal, Shell, page, urls},
};

/// Tasks shown at most.
const TASKS: i64 = 100;

#[derive(Template)]
#[template(path = "operations/overview.html")]
struct Overview {
    shell: Shell,
    tabs: Vec<Tab>,
    destinations: Vec<Row>,
    tasks: Vec<TaskRow>,
    is_well: bool,
}

struct Row {
    name: String,
    key: String,
    mood: (String, &'static str),
    reason: String,
    waiting: String,
    oldest: String,
    dead: i64,
    review: i64,
    last_success: String,
    is_paused: bool,
}

struct TaskRow {
    id: TaskId,
    text: String,
    subject: String,
    since: String,
    href: String,
}

/// Shows the overview.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator) -> Result<Response, Refusal> {
    let state = &operator.visit().state;
    let shell = operator.shell("operations-title");
    let now = operator.visit().cx.now();
    let mut conn = state.db.read().await?;
    let names = read::known_destinations(&mut conn, state.outbox.destinations()).await?;
    let mut destinations = Vec::new();
    for name in names {
        let health = read::health(&mut conn, &name).await?;
        let shown = words::destination(state, shell.lang, &name);
        destinations.push(row(&shell, &health, shown, now));
    }
    let open = tasks::open(&mut conn, TASKS).await?;
    let tasks: Vec<TaskRow> = open
        .iter()
        .map(|task| task_row(&shell, task, now))
        .collect();
    let is_well = tasks.is_empty()
        && destinations
            .iter()
            .all(|row| row.dead == 0 && row.review == 0);
    Ok(page(
        StatusCode::OK,
        &Overview {
            tabs: tabs(&shell, urls::Operations),
            shell,
            destinations,
            tasks,
            is_well,
        },
    ))
}

fn row(shell: &Shell, health: &Health, name: String, now: Instant) -> Row {
    let counts = &health.counts;
    let never = || shell.t("operations-never").into_owned();
    let mood = health.mood(now);
    let is_paused = health.paused_by_person || health.paused_until.is_some_and(|until| until > now);
    Row {
        name,
        key: health.destination.clone(),
        mood: words::mood(shell, mood),
        reason: if is_paused {
            super::mask::text(&health.reason)
        } else {
            String::new()
        },
        waiting: words::count(counts.waiting.saturating_add(counts.under_way)),
        oldest: counts
            .oldest_at
            .map(|at| words::age(shell, now, at))
            .unwrap_or_default(),
        dead: counts.dead,
        review: counts.review,
        last_success: health
            .last_success_at
            .map_or_else(never, |at| shell.moment(at)),
        is_paused,
    }
}

fn task_row(shell: &Shell, task: &Task, now: Instant) -> TaskRow {
    let href = match task.kind {
        tasks::TaskKind::DeadLetters => urls::DeadLetters.to_string(),
        tasks::TaskKind::MassEnd
        | tasks::TaskKind::BadRecord
        | tasks::TaskKind::CredentialsRefused => urls::Connections.to_string(),
        _ => String::new(),
    };
    TaskRow {
        id: task.id.clone(),
        text: words::task(shell, task.kind.as_str()),
        subject: super::mask::text(&task.subject),
        since: words::age(shell, now, task.created_at),
        href,
    }
}

/// Closes a task.
///
/// # Errors
/// When there is no such open task, or the database refuses.
pub async fn close_task(operator: Operator, Path(task): Path<String>) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let task = TaskId::parse(&task).map_err(|_| Refusal::NotFound)?;
    let cx = visit.cx.clone();
    let closed: bool = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { tasks::close(tx, &cx, &task).await }))
        .await
        .map_err(|error: crate::db::Error| Refusal::from(error))?;
    let flash = if closed {
        Flash::success(visit.t("operations-task-closed"))
    } else {
        Flash::info(visit.t("operations-task-gone"))
    };
    Ok(visit.go(urls::Operations, Some(flash)))
}
