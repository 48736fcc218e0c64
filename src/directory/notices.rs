//! `POST /api/v1/directories/{directory}/notices`: what Microsoft Graph sends when a user changes.
//!
//! A notice is a hint: it proves itself by the secret of its subscription, and then the user is read.
//! What is read holds, so a notice that comes twice, late or in another order does no harm.

use std::collections::BTreeSet;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, RawQuery, State},
    http::{
        StatusCode,
        header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use super::{
    port::Seen,
    registry::Directories,
    upstream::{Source, Taken, Upstream},
    watching::{look_again, notice_secret},
};
use crate::{app::AppState, web::Problem};

/// The router's pattern.
pub const PATH: &str = "/api/v1/directories/{directory}/notices";
/// Bytes of one notice.
const LARGEST: usize = 1024 * 1024;
/// The longest token of a handshake.
const LONGEST_TOKEN: usize = 4_096;
/// Users of one notice that are read; the rest is found by the next look.
const USERS: usize = 200;

/// The path of a directory's notices.
pub(super) fn path_of(directory: &str) -> String {
    PATH.replace("{directory}", directory)
}

/// The route.
pub fn routes() -> Router<AppState> {
    Router::new().route(PATH, post(take))
}

#[derive(Deserialize)]
struct Notices {
    #[serde(default)]
    value: Vec<Notice>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Notice {
    client_state: String,
    lifecycle_event: String,
    resource_data: Option<About>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct About {
    id: String,
}

async fn take(
    State(state): State<AppState>,
    Path(directory): Path<String>,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response, Problem> {
    let is_known = state.directories.iter().any(|it| {
        it.settings.key == directory && it.settings.follow && it.directory.watch().is_some()
    });
    if !is_known {
        return Err(unproven());
    }
    if let Some(token) = query.as_deref().and_then(validation_token) {
        return Ok(handshake(token));
    }
    let body = to_bytes(body, LARGEST).await.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The notice is too large")
            .detail("A notice holds 1 MB at most.")
    })?;
    let notices: Notices = serde_json::from_slice(&body).map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "The notice cannot be read").detail("It is not JSON.")
    })?;
    let secret = notice_secret(&state.world.keys, &directory);
    let is_proven =
        |notice: &&Notice| bool::from(notice.client_state.as_bytes().ct_eq(secret.as_bytes()));
    let proven: Vec<&Notice> = notices.value.iter().filter(is_proven).collect();
    if proven.is_empty() {
        tracing::warn!(directory, "a notice was not accepted");
        return Err(unproven());
    }
    let is_unsubscribed = proven.iter().any(|notice| {
        matches!(
            &*notice.lifecycle_event,
            "subscriptionRemoved" | "reauthorizationRequired"
        )
    });
    let is_missed = proven
        .iter()
        .any(|notice| !notice.lifecycle_event.is_empty());
    let users: BTreeSet<String> = proven
        .iter()
        .filter_map(|notice| notice.resource_data.as_ref())
        .map(|about| about.id.clone())
        .filter(|id| !id.is_empty())
        .collect();
    // The sender waits three seconds at most: the work is done behind its back. What a stop breaks off
    // is found by the next look.
    let here = state.clone();
    state.tasks.spawn(async move {
        let work = read(&here, &directory, &users, (is_missed, is_unsubscribed));
        let _ = here.stop.run_until_cancelled(work).await;
    });
    Ok(StatusCode::ACCEPTED.into_response())
}

/// The value, decoded, when that is what is asked.
fn validation_token(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, token) = pairs.find(|(name, _)| name == "validationToken")?;
    Some(token.into_owned()).filter(|token| token.len() <= LONGEST_TOKEN)
}

/// The token comes back as text and is never taken for a page.
fn handshake(token: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, token).into_response()
}

async fn read(
    state: &AppState,
    key: &str,
    users: &BTreeSet<String>,
    (is_missed, is_unsubscribed): (bool, bool),
) {
    let upstream = Upstream::of(state);
    let found = state.directories.iter().find(|it| it.settings.key == key);
    let Some((directory, watch)) = found.and_then(|it| Some((it, it.directory.watch()?))) else {
        return;
    };
    let source = Source { directory, watch };
    let is_done = take_all(&upstream, (source, &state.directories), users).await;
    let must_look = is_missed || !is_done;
    state.outbox.wake();
    if must_look && let Err(error) = look_again(&upstream, key, is_unsubscribed).await {
        tracing::warn!(%error, directory = key, "what was missed is read with the usual look");
    }
}

/// Reads users and takes over how they stand; `false` when something is left for the next look.
async fn take_all(
    upstream: &Upstream,
    (source, directories): (Source<'_>, &Directories),
    users: &BTreeSet<String>,
) -> bool {
    // Many notices at once are a look's work, which reads them in pages.
    let Some(_turn) = directories.turn_to_read() else {
        return users.is_empty();
    };
    let mut is_done = users.len() <= USERS;
    for user in users.iter().take(USERS) {
        let read_at = upstream.world.clock.now();
        match source.watch.see(user).await {
            // A look says it a second time.
            Ok(Seen::Gone) => is_done = false,
            Ok(seen) => {
                let taken = upstream.take(source, (user, seen), read_at).await;
                is_done &= matches!(taken, Ok(Taken::Done(_)));
            }
            // Whoever asks us to wait, or cannot be reached, is asked about nobody else now.
            Err(_) => return false,
        }
    }
    is_done
}

/// The same for an unknown directory and a wrong secret.
fn unproven() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "The notice proves no sender")
        .detail("Check the directory's key in the address, and the subscription.")
}
