//! The part of the document about what the portal sends: webhooks, one for each event.

use serde_json::{Map, Value, json};

use crate::{audit, webhooks::subscribers::TEST};

/// Every event that subscribers may be told, and the test.
pub(super) fn described() -> Value {
    let events = audit::told_events().map(|(event, _)| event);
    let all = events.chain([TEST]);
    Value::Object(
        all.map(|event| (event.to_owned(), one(event)))
            .collect::<Map<_, _>>(),
    )
}

fn one(event: &str) -> Value {
    let header = |name: &str, about: &str| {
        json!({
            "name": name, "in": "header", "required": true, "description": about,
            "schema": {"type": "string"},
        })
    };
    let answer = |about: &str| json!({ "description": about });
    json!({
        "post": {
            "operationId": format!("on.{event}"),
            "summary": event,
            "description": "Sent to subscribers of its group; docs/webhooks.md says how to check the signature.",
            "parameters": [
                header("webhook-id", "Names the event: the same on every attempt."),
                header("webhook-timestamp", "When this attempt was made, in seconds since 1970."),
                header("webhook-signature", "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; two parted by a space while a secret changes."),
            ],
            "requestBody": {
                "required": true,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookEvent"}}},
            },
            "responses": {
                "2XX": answer("Taken."),
                "410": answer("Wants to be told nothing any more: it is paused."),
                "default": answer("Not taken: it is sent again, after `Retry-After` at the earliest."),
            },
        },
    })
}
