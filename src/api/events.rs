//! `GET /api/v1/events`: the audit log as a feed, oldest first.
//!
//! Only ids: who somebody is, and what was written, is asked for elsewhere with the scope for it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Answer, Call, invitations::not_found, members::wrong_cursor};
use crate::{
    audit::{self, FeedEntry, Spot},
    kernel::{
        Cursor, Instant,
        ids::{Id, OrganizationId},
    },
    organizations,
    web::Problem,
};

/// Rows of a page, when the request does not say.
const USUAL: i64 = 100;
/// Events looked at for one page at most: a client that sees little of a long log goes on from the
/// cursor.
const LOOKED_AT: i64 = 1_000;

/// A page of events that exist for the client.
pub(super) async fn list(call: Call) -> Result<Answer, Problem> {
    let mut conn = call.conn().await?;
    let after = match call.parameter("cursor") {
        "" => None,
        text => Some(place(text).ok_or_else(wrong_cursor)?),
    };
    let limit = usize::try_from(call.limit(USUAL)).unwrap_or_default();
    let now = call.client.cx.now();
    let (entries, looked_at) = match call.parameter("organization") {
        "" => {
            let page = audit::feed(&mut conn, after.as_ref(), now, LOOKED_AT).await?;
            (page, LOOKED_AT)
        }
        id => {
            let id = OrganizationId::parse(id).map_err(|_| not_found())?;
            let found = organizations::find(&mut conn, &id).await?;
            let seen = found.filter(|found| call.client.client.sees(&found.connection));
            let id = seen.ok_or_else(not_found)?.id;
            if after.as_ref().is_some_and(|spot| spot.chain != id.as_str()) {
                return Err(wrong_cursor());
            }
            let limit = call.limit(USUAL).saturating_add(1);
            let page = audit::feed_of(&mut conn, &id, after.as_ref(), limit).await?;
            (page, limit)
        }
    };
    let is_whole = i64::try_from(entries.len()).unwrap_or(i64::MAX) < looked_at;
    let (mut shown, mut last, mut has_more) = (Vec::new(), after, !is_whole);
    for entry in &entries {
        if shown.len() == limit {
            has_more = true;
            break;
        }
        last = Some(entry.spot());
        if sees(&call, entry) {
            shown.push(event(entry));
        }
    }
    let next = last.as_ref().map(cursor);
    Ok(Answer::ok(
        json!({ "events": shown, "next_cursor": next, "has_more": has_more }),
    ))
}

/// What belongs to no organization is for clients that see all of them.
fn sees(call: &Call, entry: &FeedEntry) -> bool {
    match &entry.connection {
        Some(connection) => call.client.client.sees(connection),
        None => call.client.client.connection.is_none(),
    }
}

fn cursor(spot: &Spot) -> String {
    let cursor = Cursor {
        key: format!("{}\n{}", spot.at.as_micros(), spot.seq),
        id: spot.chain.clone(),
        backwards: false,
    };
    cursor.encode()
}

fn place(text: &str) -> Option<Spot> {
    let cursor = Cursor::parse(text)?;
    let (at, seq) = cursor.key.split_once('\n')?;
    Some(Spot {
        at: Instant::from_micros(at.parse().ok()?),
        chain: cursor.id,
        seq: seq.parse().ok()?,
    })
}

fn event(entry: &FeedEntry) -> Value {
    json!({
        "chain": entry.chain,
        "number": entry.seq,
        "at": entry.at.to_string(),
        "action": entry.action,
        "actor": {"kind": entry.actor_kind, "id": entry.actor_ref},
        "target": entry.target,
        "organization_id": entry.organization_id,
        "related": related(&entry.detail),
        "request_id": entry.request_id,
    })
}

/// The ids in a detail, and nothing else of it.
fn related(detail: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Ok(detail) = serde_json::from_str(detail) {
        collect(&detail, &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if is_id(text) => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// `org_` and 26 letters and digits: nothing that somebody typed looks like it.
fn is_id(text: &str) -> bool {
    text.split_once('_').is_some_and(|(kind, body)| {
        (3..=4).contains(&kind.len())
            && kind.bytes().all(|byte| byte.is_ascii_lowercase())
            && body.len() == 26
            && body
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_detail_only_ids_are_told() {
        let id = "per_06bq3v8k0m7x2n4p5q6r7s8t9v";
        let detail = format!(
            r#"{{"reason":"left us","person":"{id}","list":["{id}", {{"x":"mem_short"}}]}}"#
        );
        assert_eq!(related(&detail), BTreeSet::from([id.to_owned()]));
        assert!(related("not json").is_empty());
    }
}
