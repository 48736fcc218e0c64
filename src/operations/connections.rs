//! `/operations/connections`: how each CRM stands, both ways.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};

use super::{
    calls::Calls,
    mask,
    tabs::{Tab, tabs},
    words,
};
use crate::{
    access::actors::Operator,
    contracts,
    crm::{self, borrowed::Shown},
    db::{Conn, Error},
    kernel::Instant,
    outbox::{self, read},
    settings::ConnectionSettings,
    web::{Flash, Refusal, Shell, Visit, page, urls},
};

#[derive(Template)]
#[template(path = "operations/connections.html")]
struct ConnectionsPage {
    shell: Shell,
    tabs: Vec<Tab>,
    connections: Vec<Row>,
}

struct Row {
    name: String,
    kind: &'static str,
    destination: String,
    mood: (String, &'static str),
    reason: String,
    waiting: String,
    last_success: String,
    is_paused: bool,
    key: String,
    read_at: String,
    read_age: String,
    feed_error: String,
    records_waiting: i64,
    held: String,
    calls: Calls,
    /// Where colleagues lend their credential.
    credential: Option<Shown>,
}

/// Held changes counted at most.
const HELD: i64 = 100;

/// Shows the connections.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator) -> Result<Response, Refusal> {
    let state = &operator.visit().state;
    let shell = operator.shell("operations-connections-title");
    let now = operator.visit().cx.now();
    let mut conn = state.db.read().await?;
    let mut connections = Vec::new();
    for connection in &state.settings.connections {
        let mut row = row(&mut conn, &shell, connection, now).await?;
        if let Some(known) = state.crm.get(&connection.key) {
            let standing = crm::borrowed::standing(&mut conn, known, now).await?;
            if standing
                .as_ref()
                .is_some_and(|it| it.lent.is_none() && it.waiting > 0)
            {
                row.mood = words::mood(&shell, read::Mood::Paused);
            }
            row.credential = standing.map(|it| it.shown(&shell, now));
        }
        connections.push(row);
    }
    Ok(page(
        StatusCode::OK,
        &ConnectionsPage {
            tabs: tabs(&shell, urls::Connections),
            shell,
            connections,
        },
    ))
}

async fn row(
    conn: &mut Conn,
    shell: &Shell,
    connection: &ConnectionSettings,
    now: Instant,
) -> Result<Row, Refusal> {
    let destination = outbox::crm_destination(&connection.key);
    let health = read::health(conn, &destination).await?;
    let budget = outbox::Budget::of(connection);
    let waits = health.paused_until.is_some_and(|until| until > now);
    let never = || shell.t("operations-never").into_owned();
    let feed = crm::feed_state(conn, &connection.key).await?;
    let read_at = feed
        .as_ref()
        .map(|feed| feed.fetched_at)
        .filter(|at| at.as_micros() > 0);
    let held = contracts::held(conn, &connection.key, HELD + 1)
        .await?
        .len();
    Ok(Row {
        credential: None,
        calls: Calls::of(shell, &health, &budget, now),
        key: connection.key.clone(),
        read_at: read_at.map_or_else(never, |at| shell.moment(at)),
        read_age: read_at
            .map(|at| words::age(shell, now, at))
            .unwrap_or_default(),
        feed_error: feed.map(|feed| mask::text(&feed.error)).unwrap_or_default(),
        records_waiting: crm::count_waiting(conn, &connection.key).await?,
        held: match i64::try_from(held) {
            Ok(0) => String::new(),
            Ok(counted @ ..=HELD) => counted.to_string(),
            _ => format!("{HELD}+"),
        },
        name: connection.name.clone(),
        kind: connection.kind.as_str(),
        mood: words::mood(shell, health.mood(now)),
        // Of a pause that is over nobody needs the reason.
        reason: if health.paused_by_person || waits || health.strikes > 0 {
            mask::text(&health.reason)
        } else {
            String::new()
        },
        waiting: words::count(health.counts.waiting),
        last_success: health
            .last_success_at
            .map_or_else(never, |at| shell.moment(at)),
        is_paused: health.paused_by_person || waits,
        destination,
    })
}

/// Only configured connections can be read.
pub(super) fn known(visit: &Visit, connection: &str) -> Result<(), Refusal> {
    let found = visit.state.crm.get(connection);
    found.map(|_| ()).ok_or(Refusal::NotFound)
}

/// Has a connection's feed read now.
///
/// # Errors
/// When there is no such connection.
pub async fn look(operator: Operator, Path(connection): Path<String>) -> Result<Response, Refusal> {
    let visit = operator.visit();
    known(visit, &connection)?;
    visit.state.crm.wake(&connection);
    let flash = Flash::info(visit.t("operations-feed-looking"));
    Ok(visit.go(urls::Connections, Some(flash)))
}

/// Has a connection's feed read from its beginning.
///
/// # Errors
/// When there is no such connection, or the database refuses.
pub async fn read_again(
    operator: Operator,
    Path(connection): Path<String>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    known(visit, &connection)?;
    let (cx, key) = (visit.cx.clone(), connection.clone());
    visit
        .state
        .db
        .write(move |tx| Box::pin(async move { crm::read_again(tx, &cx, &key).await }))
        .await
        .map_err(|error: Error| Refusal::from(error))?;
    visit.state.crm.wake(&connection);
    let flash = Flash::success(visit.t("operations-feed-read-again-done"));
    Ok(visit.go(urls::Connections, Some(flash)))
}
