//! What subscribers are told by webhook.

use serde_json::{Value, json};

use super::{moment, object};
use crate::{audit, webhooks::subscribers::TEST};

pub(super) fn event() -> Value {
    let mut types: Vec<&str> = audit::told_events().map(|(event, _)| event).collect();
    types.push(TEST);
    object(
        "What a webhook says.",
        &["type", "timestamp", "data"],
        json!({
            "type": {"type": "string", "enum": types},
            "timestamp": moment("When it happened."),
            "data": {"$ref": "#/components/schemas/WebhookData"},
        }),
    )
}

pub(super) fn data() -> Value {
    let id = |about: &str| json!({"type": "string", "description": about});
    json!({
        "type": "object",
        "description": "To whom it happened, by whom, and words of ours: states, roles, kinds, times. No names, no addresses.",
        "required": ["actor", "request_id"],
        "additionalProperties": true,
        "properties": {
            "actor": object("Who.", &["kind", "id"], json!({"kind": {"type": "string"}, "id": {"type": "string"}})),
            "request_id": id("The request that caused it."),
            "organization_id": id("Where."),
            "person_id": id("Who."),
            "membership_id": id("Which membership."),
            "invitation_id": id("Which invitation."),
            "registration_id": id("Which registration."),
            "contract_id": id("Which contract."),
            "held_change_id": id("Which change of a contract waits for a person."),
            "delivery_id": id("Which delivery."),
        },
    })
}
