//! `/operations`: how each destination stands, and what waits for a person.

use std::time::Duration;

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};

use super::{
    deliveries::link,
    tabs::{Tab, tabs},
    task_rows::TaskRow,
    words,
};
use crate::{
    access::actors::Operator,
    app::AppState,
    crm,
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{Id, TaskId},
    },
    outbox::read::{self, DeliveryState, Health, Mood},
    tasks,
    web::{Flash, Refusal, Shell, page, urls},
};

/// Tasks shown at most.
const TASKS: i64 = 100;
/// What waits longer than this is not on its way any more.
const LATE: Duration = Duration::from_secs(15 * 60);

#[derive(Template)]
#[template(path = "operations/overview.html")]
struct Overview {
    shell: Shell,
    tabs: Vec<Tab>,
    destinations: Vec<Row>,
    tasks: Vec<TaskRow>,
    feeds: Vec<Feed>,
    /// Whether the settings file's roles and services are kept back by an operator's.
    file_kept_back: bool,
    is_well: bool,
}

/// A connection whose feed cannot be read now.
struct Feed {
    text: String,
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
    parked: i64,
    parked_href: String,
    is_well: bool,
    last_success: String,
    is_paused: bool,
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
        .map(|task| TaskRow::of(state, &shell, task, now))
        .collect();
    let feeds = unreadable(&mut conn, state, &shell, now).await?;
    let file = super::catalogue::kept_back(&mut conn, &state.settings).await?;
    let is_well =
        tasks.is_empty() && feeds.is_empty() && destinations.iter().all(|row| row.is_well);
    Ok(page(
        StatusCode::OK,
        &Overview {
            tabs: tabs(&shell, urls::Operations),
            shell,
            destinations,
            tasks,
            feeds,
            file_kept_back: !file.is_empty(),
            is_well,
        },
    ))
}

/// The connections whose feeds could not be read the last time.
async fn unreadable(
    conn: &mut Conn,
    state: &AppState,
    shell: &Shell,
    now: Instant,
) -> Result<Vec<Feed>, Error> {
    let mut feeds = Vec::new();
    for connection in &state.settings.connections {
        let feed = crm::feed_state(conn, &connection.key).await?;
        let Some(feed) = feed.filter(|feed| !feed.error.is_empty()) else {
            continue;
        };
        let age = words::age(shell, now, feed.failing_since.unwrap_or(now));
        let error = super::mask::text(&feed.error);
        let arguments = [
            ("name", connection.name.as_str().into()),
            ("age", age.as_str().into()),
            ("error", error.as_str().into()),
        ];
        feeds.push(Feed {
            text: shell.tn("operations-feeds-since", &arguments),
        });
    }
    Ok(feeds)
}

/// Whether nothing of a destination needs a person, and nothing waits that should have moved.
fn is_well(health: &Health, mood: Mood, now: Instant) -> bool {
    let counts = &health.counts;
    let is_late = |at: Instant| now.since(at) > LATE;
    counts.dead + counts.review + counts.parked == 0
        && matches!(mood, Mood::Working | Mood::Retrying)
        && !counts.oldest_at.is_some_and(is_late)
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
        parked: counts.parked,
        parked_href: link(
            urls::Deliveries::PATH,
            &[
                ("destination", health.destination.clone()),
                ("state", DeliveryState::Parked.to_string()),
            ],
        ),
        is_well: is_well(health, mood, now),
        last_success: health
            .last_success_at
            .map_or_else(never, |at| shell.moment(at)),
        is_paused,
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
        .map_err(|error: Error| Refusal::from(error))?;
    let flash = if closed {
        Flash::success(visit.t("operations-task-closed"))
    } else {
        Flash::info(visit.t("operations-task-gone"))
    };
    Ok(visit.go(urls::Operations, Some(flash)))
}
