//! `/metrics`: figures for Prometheus, in its text format (exposition format 0.0.4).
//!
//! Served on a listener of its own (`metrics.bind`), where nobody signs in: there are no names,
//! addresses or ids of people in it.

use std::fmt::Write as _;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    access::sessions,
    app::AppState,
    crm,
    db::{Conn, Error},
    kernel::Instant,
    outbox::{
        Allowance, Budget, crm_destination,
        read::{self, Health},
    },
    tasks,
};

/// Answers a scrape.
pub async fn show(State(state): State<AppState>) -> Response {
    match text(&state).await {
        Ok(text) => {
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "the figures could not be read");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer",
            )
                .into_response()
        }
    }
}

/// All figures as they stand.
///
/// # Errors
/// When the database refuses.
pub async fn text(state: &AppState) -> Result<String, Error> {
    let now = state.world.clock.now();
    let mut page = Page::default();
    page.family("vestibule_requests_total", "counter", "Requests answered.");
    for (class, count) in state.requests.by_class() {
        page.value("vestibule_requests_total", &[("class", class)], count);
    }
    database(&mut page, state);
    let mut conn = state.db.read().await?;
    outbox(&mut page, &mut conn, state, now).await?;
    feeds(&mut page, &mut conn, state, now).await?;
    page.family("vestibule_sessions", "gauge", "Sessions that are open.");
    let open = sessions::count_open(&mut conn, now).await?;
    page.value("vestibule_sessions", &[], open);
    page.family(
        "vestibule_tasks",
        "gauge",
        "Tasks that wait for an operator; counted up to 1000.",
    );
    let open = tasks::open(&mut conn, 1_000).await?.len();
    page.value("vestibule_tasks", &[], open);
    Ok(page.0)
}

fn database(page: &mut Page, state: &AppState) {
    let load = state.db.load();
    page.family(
        "vestibule_database_connections",
        "gauge",
        "Connections of the pool by state.",
    );
    let name = "vestibule_database_connections";
    page.value(
        name,
        &[("state", "busy")],
        load.open.saturating_sub(load.idle),
    );
    page.value(name, &[("state", "idle")], load.idle);
    page.family(
        "vestibule_database_queue",
        "gauge",
        "Transactions that wait for the writer (SQLite).",
    );
    page.value("vestibule_database_queue", &[], load.queue);
}

async fn outbox(
    page: &mut Page,
    conn: &mut Conn,
    state: &AppState,
    now: Instant,
) -> Result<(), Error> {
    let names = read::known_destinations(conn, state.outbox.destinations()).await?;
    let mut healths = Vec::new();
    for name in names {
        healths.push(read::health(conn, &name).await?);
    }
    let name = "vestibule_outbox_deliveries";
    page.family(
        name,
        "gauge",
        "Deliveries that are not finished, by destination and state; counted up to 10001.",
    );
    for health in &healths {
        let counts = &health.counts;
        for (word, count) in [
            ("waiting", counts.waiting),
            ("under_way", counts.under_way),
            ("dead", counts.dead),
            ("review", counts.review),
            ("parked", counts.parked),
        ] {
            let labels = [
                ("destination", health.destination.as_str()),
                ("state", word),
            ];
            page.value(name, &labels, count);
        }
    }
    let name = "vestibule_outbox_oldest_seconds";
    page.family(name, "gauge", "How long the oldest waiting delivery waits.");
    for health in &healths {
        let oldest = health.counts.oldest_at;
        let age = oldest.map_or(0, |at| now.since(at).as_secs());
        page.value(name, &[("destination", &health.destination)], age);
    }
    let name = "vestibule_outbox_paused";
    page.family(name, "gauge", "1 when nothing is sent to the destination.");
    for health in &healths {
        let waits = health.paused_until.is_some_and(|until| until > now);
        let paused = u8::from(health.paused_by_person || waits);
        page.value(name, &[("destination", &health.destination)], paused);
    }
    calls(page, state, &healths, now);
    Ok(())
}

/// How many calls CRMs may be sent.
fn calls(page: &mut Page, state: &AppState, healths: &[Health], now: Instant) {
    let connections = state.settings.connections.iter();
    let paced: Vec<(&str, &Allowance, Budget)> = connections
        .filter_map(|connection| {
            let name = crm_destination(&connection.key);
            let health = healths.iter().find(|health| health.destination == name)?;
            let allowance = health.allowance.as_ref()?;
            Some((
                health.destination.as_str(),
                allowance,
                Budget::of(connection),
            ))
        })
        .collect();
    let name = "vestibule_outbox_calls_used";
    page.family(
        name,
        "gauge",
        "Calls in the last window of the limit, about.",
    );
    for (destination, allowance, _) in &paced {
        page.value(name, &[("destination", *destination)], allowance.used(now));
    }
    let name = "vestibule_outbox_calls_allowed";
    page.family(
        name,
        "gauge",
        "Calls allowed in a window, where a limit is known.",
    );
    for (destination, allowance, budget) in &paced {
        if let Some((allowed, window)) = allowance.limit(budget) {
            let seconds = window.as_secs().to_string();
            let labels = [("destination", *destination), ("window_seconds", &seconds)];
            page.value(name, &labels, allowed);
        }
    }
    let name = "vestibule_outbox_day_calls_left";
    page.family(name, "gauge", "Calls left of a day, where the CRM says so.");
    for (destination, allowance, _) in &paced {
        if allowance.day_allowed > 0 {
            page.value(name, &[("destination", *destination)], allowance.day_left);
        }
    }
    let name = "vestibule_outbox_closed_seconds";
    page.family(
        name,
        "gauge",
        "How long nothing will be sent to the destination.",
    );
    for health in healths {
        let closed = health
            .paused_until
            .map_or(0, |until| until.since(now).as_secs());
        page.value(name, &[("destination", &health.destination)], closed);
    }
}

async fn feeds(
    page: &mut Page,
    conn: &mut Conn,
    state: &AppState,
    now: Instant,
) -> Result<(), Error> {
    let mut ages = Vec::new();
    let mut failing = Vec::new();
    for connection in &state.settings.connections {
        let key = connection.key.as_str();
        let Some(feed) = crm::feed_state(conn, key).await? else {
            continue;
        };
        if feed.fetched_at.as_micros() > 0 {
            ages.push((key, now.since(feed.fetched_at).as_secs()));
        }
        failing.push((key, u8::from(!feed.error.is_empty())));
    }
    let name = "vestibule_feed_age_seconds";
    page.family(name, "gauge", "How long ago the feed was read.");
    for (key, age) in ages {
        page.value(name, &[("connection", key)], age);
    }
    let name = "vestibule_feed_failing";
    page.family(
        name,
        "gauge",
        "1 when the feed could not be read the last time.",
    );
    for (key, is_failing) in failing {
        page.value(name, &[("connection", key)], is_failing);
    }
    Ok(())
}

/// The text being written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"{}\"", escaped(text));
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

/// A label's value: backslash, quotation mark and line end are written with a backslash.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn names_and_labels_are_written_as_prometheus_reads_them() {
        let mut page = Page::default();
        page.family("x_total", "counter", "Things.");
        page.value("x_total", &[("a", "b\"\\\n"), ("c", "d")], 3);
        page.value("x_total", &[], 0.5);
        assert_eq!(
            page.0,
            "# HELP x_total Things.\n# TYPE x_total counter\nx_total{a=\"b\\\"\\\\\\n\",c=\"d\"} 3\nx_total 0.5\n"
        );
    }
}
