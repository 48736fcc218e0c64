//! `/operations/deliveries`: every delivery, newest first.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    tabs::{Tab, tabs},
    words,
};
use crate::{
    access::actors::Operator,
    kernel::ids::DeliveryId,
    outbox::read::{self, DeliveryState, Shown, Wanted},
    web::{Query, Refusal, Shell, page, urls},
};

/// Deliveries of one page.
pub(super) const PAGE: i64 = 50;

/// The filter of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    destination: String,
    state: String,
    cause: String,
    before: String,
}

#[derive(Template)]
#[template(path = "operations/deliveries.html")]
struct Deliveries {
    shell: Shell,
    tabs: Vec<Tab>,
    filter: Filter,
    destinations: Vec<Choice>,
    states: Vec<Choice>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

/// One entry of a filter's list.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

/// A delivery in a list.
pub(super) struct Row {
    pub(super) id: DeliveryId,
    pub(super) kind: String,
    pub(super) about: String,
    pub(super) destination: String,
    pub(super) state: (String, &'static str),
    pub(super) cause: String,
    pub(super) at: String,
    pub(super) attempts: i64,
}

/// Shows the list.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator, Query(filter): Query<Filter>) -> Result<Response, Refusal> {
    let state = &operator.visit().state;
    let shell = operator.shell("operations-deliveries-title");
    let mut conn = state.db.read().await?;
    let known = read::known_destinations(&mut conn, state.outbox.destinations()).await?;
    let wanted = Wanted {
        destination: filter.destination.clone(),
        state: DeliveryState::parse(&filter.state).ok(),
        cause: filter.cause.clone(),
    };
    let before: Option<i64> = filter.before.parse().ok();
    let shown = read::list(&mut conn, &wanted, &known, before, PAGE + 1).await?;
    let next = next_page(urls::Deliveries::PATH, &shown, &filter.pairs());
    let all = |key: &str| Choice {
        value: String::new(),
        label: shell.t(key).into_owned(),
    };
    let mut destinations = vec![all("operations-all-destinations")];
    destinations.extend(known.iter().map(|name| Choice {
        value: name.clone(),
        label: words::destination(state, shell.lang, name),
    }));
    let mut states = vec![all("operations-all-states")];
    states.extend(DeliveryState::ALL.iter().map(|word| Choice {
        value: word.to_string(),
        label: words::state(&shell, *word).0,
    }));
    let rows = rows(&operator, &shell, &shown);
    Ok(page(
        StatusCode::OK,
        &Deliveries {
            tabs: tabs(&shell, urls::Deliveries),
            shell,
            destinations,
            states,
            rows,
            first: before.map(|_| link(urls::Deliveries::PATH, &filter.pairs())),
            next,
            filter,
        },
    ))
}

impl Filter {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("destination", self.destination.clone()),
            ("state", self.state.clone()),
            ("cause", self.cause.clone()),
        ];
        pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }
}

/// The rows of a page: one less than what was asked for, so that one knows whether there is more.
pub(super) fn rows(operator: &Operator, shell: &Shell, shown: &[Shown]) -> Vec<Row> {
    let state = &operator.visit().state;
    let shown = shown.iter().take(usize::try_from(PAGE).unwrap_or(0));
    shown
        .map(|delivery| Row {
            id: delivery.id.clone(),
            kind: words::kind(shell, &delivery.kind),
            about: words::about(delivery),
            destination: words::destination(state, shell.lang, &delivery.destination),
            state: words::state(shell, delivery.state),
            cause: if delivery.cause.is_empty() {
                String::new()
            } else {
                words::cause(shell, &delivery.cause)
            },
            at: shell.moment(delivery.created_at),
            attempts: delivery.attempts,
        })
        .collect()
}

/// The address of the page after this one, when there is more.
pub(super) fn next_page(
    path: &str,
    shown: &[Shown],
    pairs: &[(&'static str, String)],
) -> Option<String> {
    let limit = usize::try_from(PAGE).unwrap_or(0);
    let last = shown
        .get(limit.saturating_sub(1))
        .filter(|_| shown.len() > limit)?;
    let mut pairs = pairs.to_vec();
    pairs.push(("before", last.seq.to_string()));
    Some(link(path, &pairs))
}

/// A path with a query.
pub(super) fn link(path: &str, pairs: &[(&'static str, String)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}
