//! An entry as one sentence for people.
//!
//! The text's key is the action: `membership.roles_changed` is `audit-membership-roles-changed`. It
//! may use `$actor`, `$target` and every plain value of the entry's detail by its name (`$reason`,
//! `$count`). An action without a text is shown by its name, so nothing is left out.

use fluent_bundle::FluentValue;
use serde_json::Value;

use super::Entry;
use crate::web::{Lang, i18n};

/// The sentence. `actor` and `target` are what the reader may see of them: a name, or the id where
/// the name is gone.
#[must_use]
pub fn sentence(lang: Lang, entry: &Entry, actor: &str, target: &str) -> String {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let mut values: Vec<(&str, FluentValue<'_>)> = Vec::new();
    for (name, value) in detail.as_object().into_iter().flatten() {
        if let Some(value) = plain(value) {
            values.push((name, value));
        }
    }
    values.push(("actor", actor.into()));
    values.push(("target", target.into()));
    values.push(("action", entry.action.as_str().into()));
    let key = key(&entry.action);
    let known = i18n::has(lang, &key);
    i18n::text_with(lang, if known { &key } else { "audit-other" }, &values)
}

/// The name of an author that is not a person, in the reader's language; `None` for people.
#[must_use]
pub fn actor_name(lang: Lang, entry: &Entry) -> Option<String> {
    let key = match entry.actor_kind.as_str() {
        "person" | "staff" => return None,
        "visitor" => "audit-actor-visitor",
        "crm" => "audit-actor-crm",
        "client" => "audit-actor-client",
        "provider" => "audit-actor-provider",
        _ => "audit-actor-system",
    };
    let name = ("name", entry.actor_ref.as_str().into());
    Some(i18n::text_with(lang, key, &[name]))
}

fn key(action: &str) -> String {
    format!("audit-{}", action.replace(['.', '_'], "-"))
}

fn plain(value: &Value) -> Option<FluentValue<'_>> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => number.as_i64().map(Into::into),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.into()),
        Value::Array(items) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            (words.len() == items.len()).then(|| words.join(", ").into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Instant;

    fn entry(action: &str, detail: &str) -> Entry {
        Entry {
            chain: "system".into(),
            seq: 1,
            at: Instant::from_seconds(0),
            actor_kind: "system".into(),
            actor_ref: "outbox".into(),
            action: action.into(),
            target: "x".into(),
            organization_id: None,
            detail: detail.into(),
            request_id: String::new(),
        }
    }

    #[test]
    fn known_actions_read_as_sentences_and_others_by_name() {
        let known = entry("delivery.skipped", r#"{"reason":"twice","list":[{}]}"#);
        let text = sentence(Lang::En, &known, "Sam", "dlv_1");
        assert_eq!(text, "Sam gave the delivery dlv_1 up: twice");
        let other = entry("new.thing", "not json");
        let text = sentence(Lang::De, &other, "Sam", "x");
        assert_eq!(text, "Sam: new.thing (x)");
        assert_eq!(actor_name(Lang::En, &other).unwrap(), "The portal (outbox)");
    }
}
