//! Destinations, states, causes and facts in plain words.

use std::time::Duration;

use serde_json::Value;

use super::mask;
use crate::{
    app::AppState,
    kernel::Instant,
    outbox::{
        MAIL,
        read::{COUNTED, DeliveryState, Mood, Shown},
    },
    web::{Lang, Shell, i18n},
};

/// A destination's name for people.
pub(super) fn destination(state: &AppState, lang: Lang, name: &str) -> String {
    if name == MAIL {
        return i18n::text(lang, "operations-destination-mail").into_owned();
    }
    let mut connections = state.settings.connections.iter();
    let connection = name
        .strip_prefix("crm:")
        .and_then(|key| connections.find(|connection| connection.key == key));
    if let Some(connection) = connection {
        return connection.name.clone();
    }
    let destination = state.outbox.destination(name);
    let title = destination.as_ref().and_then(|known| known.title());
    title.unwrap_or(name).to_owned()
}

/// What a task is about: a destination or a connection by its name, anything else as it stands.
pub(super) fn subject(state: &AppState, lang: Lang, subject: &str) -> String {
    let name = destination(state, lang, subject);
    if name != subject {
        return name;
    }
    let connections = &state.settings.connections;
    let known = connections.iter().find(|known| known.key == subject);
    known.map_or_else(|| mask::text(subject), |known| known.name.clone())
}

/// The word for a destination's state and the tone it is shown in.
pub(super) fn mood(shell: &Shell, mood: Mood) -> (String, &'static str) {
    let (key, tone) = match mood {
        Mood::Working => ("operations-mood-working", "success"),
        Mood::Retrying => ("operations-mood-retrying", "warning"),
        Mood::Paused => ("operations-mood-paused", "info"),
        Mood::Down => ("operations-mood-down", "danger"),
    };
    (shell.t(key).into_owned(), tone)
}

/// The word for a delivery's state and its tone.
pub(super) fn state(shell: &Shell, state: DeliveryState) -> (String, &'static str) {
    let tone = match state {
        DeliveryState::Done => "success",
        DeliveryState::Dead => "danger",
        DeliveryState::Review | DeliveryState::Parked => "warning",
        DeliveryState::Claimed => "info",
        _ => "",
    };
    let word = shell.t(&format!("operations-state-{state}")).into_owned();
    (word, tone)
}

/// What a kind of fact is called.
pub(super) fn kind(shell: &Shell, kind: &str) -> String {
    known(shell, "operations-kind", kind)
}

/// A cause as a short sentence.
pub(super) fn cause(shell: &Shell, cause: &str) -> String {
    known(shell, "operations-cause", cause)
}

/// What an operator can do about a cause.
pub(super) fn help(shell: &Shell, cause: &str) -> String {
    known(shell, "operations-help", cause)
}

/// What a verdict of an attempt is called.
pub(super) fn verdict(shell: &Shell, verdict: &str) -> String {
    known(shell, "operations-verdict", verdict)
}

/// What a kind of task asks for.
pub(super) fn task(shell: &Shell, kind: &str) -> String {
    known(shell, "operations-task", kind)
}

/// The text for a word of ours or of an adapter; adapters may use words of their own.
fn known(shell: &Shell, prefix: &str, word: &str) -> String {
    let key = format!("{prefix}-{}", word.replace('_', "-"));
    if !word.is_empty() && i18n::has(shell.lang, &key) {
        shell.t(&key).into_owned()
    } else {
        let word = if word.is_empty() { "–" } else { word };
        shell.t1(&format!("{prefix}-other"), "word", word)
    }
}

/// Whom or what a delivery is about, masked.
pub(super) fn about(shown: &Shown) -> String {
    let payload: Value = serde_json::from_str(&shown.payload).unwrap_or_default();
    let of = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or("");
    let words = [of("email"), of("company"), of("template"), of("event")];
    let told: Vec<String> = words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| mask::text(word))
        .collect();
    if told.is_empty() {
        shown.subject.clone()
    } else {
        told.join(", ")
    }
}

/// A count; one that was not counted to its end has a plus.
pub(super) fn count(counted: i64) -> String {
    if counted > COUNTED {
        format!("{COUNTED}+")
    } else {
        counted.to_string()
    }
}

/// How long ago, in one unit.
pub(super) fn age(shell: &Shell, now: Instant, at: Instant) -> String {
    span(shell, now.since(at))
}

fn span(shell: &Shell, span: Duration) -> String {
    let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let (key, count) = match seconds {
        ..60 => ("operations-age-seconds", seconds),
        60..3_600 => ("operations-age-minutes", seconds / 60),
        3_600..172_800 => ("operations-age-hours", seconds / 3_600),
        _ => ("operations-age-days", seconds / 86_400),
    };
    shell.t1(key, "count", count)
}
