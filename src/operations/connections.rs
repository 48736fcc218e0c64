//! `/operations/connections`: how each CRM stands, both ways.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::{
    mask,
    tabs::{Tab, tabs},
    words,
};
use crate::{
    access::actors::Operator,
    db::Conn,
    kernel::Instant,
    outbox::{self, read},
    settings::ConnectionSettings,
    web::{Refusal, Shell, page, urls},
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
}

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
        connections.push(row(&mut conn, &shell, connection, now).await?);
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
    let waits = health.paused_until.is_some_and(|until| until > now);
    let never = || shell.t("operations-never").into_owned();
    Ok(Row {
        name: connection.name.clone(),
        kind: connection.kind.as_str(),
        mood: words::mood(shell, health.mood(now)),
        reason: mask::text(&health.reason),
        waiting: words::count(health.counts.waiting),
        last_success: health
            .last_success_at
            .map_or_else(never, |at| shell.moment(at)),
        is_paused: health.paused_by_person || waits,
        destination,
    })
}
