//! `/operations/matches`: deliveries for which more than one record could be meant.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    deliveries::{PAGE, link},
    evidence::{self, Candidate, Told},
    mask,
    tabs::{Tab, tabs},
    words,
};
use crate::{
    access::actors::Operator,
    db::Conn,
    kernel::ids::DeliveryId,
    outbox::{
        Attempt,
        read::{self, DeliveryState, Shown, Wanted},
    },
    settings::ConnectionSettings,
    web::{Query, Refusal, Shell, page, urls},
};

/// Where the page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    before: String,
}

#[derive(Template)]
#[template(path = "operations/matches.html")]
struct Matches {
    shell: Shell,
    tabs: Vec<Tab>,
    reviews: Vec<Review>,
    first: Option<String>,
    next: Option<String>,
}

struct Review {
    id: DeliveryId,
    heading: String,
    destination: String,
    reason: String,
    since: String,
    facts: Vec<(String, String)>,
    candidates: Vec<Candidate>,
    /// Whether a new record can be made instead.
    can_be_new: bool,
}

/// Reviews of one page: each is large.
const REVIEWS: i64 = 10;

/// Shows what is to be decided.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator, Query(place): Query<Place>) -> Result<Response, Refusal> {
    let state = &operator.visit().state;
    let shell = operator.shell("operations-matches-title");
    let mut conn = state.db.read().await?;
    let known = read::known_destinations(&mut conn, state.outbox.destinations()).await?;
    let wanted = Wanted {
        state: Some(DeliveryState::Review),
        ..Wanted::default()
    };
    let limit = REVIEWS.min(PAGE);
    let before: Option<i64> = place.before.parse().ok();
    let mut shown = read::list(&mut conn, &wanted, &known, before, limit + 1).await?;
    let has_more = i64::try_from(shown.len()).is_ok_and(|count| count > limit);
    shown.truncate(usize::try_from(limit).unwrap_or(0));
    let last = shown.last().filter(|_| has_more);
    let next = last.map(|last| {
        let before = ("before", last.seq.to_string());
        link(urls::Matches::PATH, &[before])
    });
    let mut reviews = Vec::new();
    for delivery in &shown {
        let destination = words::destination(state, shell.lang, &delivery.destination);
        let known = state.outbox.destination(&delivery.destination);
        let can_be_new = known.is_none_or(|known| known.makes_new());
        reviews.push(
            review(
                &mut conn,
                &shell,
                (destination, can_be_new),
                &state.settings.connections,
                delivery,
            )
            .await?,
        );
    }
    Ok(page(
        StatusCode::OK,
        &Matches {
            tabs: tabs(&shell, urls::Matches),
            shell,
            reviews,
            first: before.map(|_| urls::Matches.to_string()),
            next,
        },
    ))
}

async fn review(
    conn: &mut Conn,
    shell: &Shell,
    (destination, can_be_new): (String, bool),
    connections: &[ConnectionSettings],
    delivery: &Shown,
) -> Result<Review, Refusal> {
    let attempts = read::attempts(conn, &delivery.id).await?;
    let key = delivery.destination.strip_prefix("crm:").unwrap_or("");
    let connection = connections.iter().find(|it| it.key == key);
    let organization = delivery.organization_id.as_ref();
    let told = Told::of(conn, &delivery.payload, organization).await?;
    let offered = attempts.first().map(Attempt::candidates);
    let mut candidates = Vec::new();
    for id in offered.unwrap_or_default() {
        candidates.push(evidence::candidate(conn, shell, connection, &told, &id).await?);
    }
    Ok(Review {
        id: delivery.id.clone(),
        heading: format!(
            "{}: {}",
            words::kind(shell, &delivery.kind),
            words::about(delivery)
        ),
        destination,
        reason: mask::text(&delivery.last_error),
        since: shell.moment(delivery.created_at),
        facts: mask::fields(&delivery.payload),
        candidates,
        can_be_new,
    })
}
