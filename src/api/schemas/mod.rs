//! The components of the document: what bodies, answers and parameters look like.
//!
//! Each is written by hand beside the others, so that the document reads well; a test holds every
//! answer against it, and every request is checked with it.

mod answers;
mod decisions;
mod requests;
mod webhook;

use serde_json::{Map, Value, json};

use crate::organizations::MembershipStatus;

/// Rows of a batch.
pub(super) const BATCH: usize = 1_000;
/// Rows of a page at most.
pub(super) const PAGE: i64 = 200;

/// Every component by name, in the order of the document.
pub(super) fn components() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("NewInvitation", requests::new_invitation()),
        ("Invitation", answers::invitation()),
        ("InvitationOutcome", answers::invitation_outcome()),
        ("NewInvitations", requests::new_invitations()),
        ("BatchOutcome", answers::batch_outcome()),
        ("NewPerson", requests::new_person()),
        ("PersonOutcome", answers::person_outcome()),
        ("Member", answers::member()),
        ("Members", answers::page("members", "Member")),
        ("Event", answers::event()),
        ("Events", answers::events()),
        ("Question", decisions::question()),
        ("Decision", decisions::decision()),
        ("Questions", decisions::questions()),
        ("Decisions", decisions::decisions()),
        ("AuthzenConfiguration", decisions::configuration()),
        (
            "ClaimsQuestion",
            decisions::words(
                "In the provider's words; in ours `subject` and perhaps `organization`.",
            ),
        ),
        (
            "Claims",
            decisions::words(
                "In the provider's words; in ours `decision`, `claims` and perhaps `reason`.",
            ),
        ),
        ("WebhookEvent", webhook::event()),
        ("WebhookData", webhook::data()),
        ("TokenRequest", requests::token_request()),
        ("Token", answers::token()),
        ("TokenError", answers::token_error()),
        ("FieldError", answers::field_error()),
        ("Problem", answers::problem()),
        (
            "Document",
            json!({"type": "object", "description": "This document."}),
        ),
    ];
    all.extend(parameters());
    all
}

/// The component with a name; nothing fits one that there is not.
pub(super) fn component(name: &str) -> Value {
    let mut all = components().into_iter();
    let found = all.find(|(known, _)| *known == name);
    found.map_or(json!({"type": "none"}), |(_, schema)| schema)
}

fn parameters() -> Vec<(&'static str, Value)> {
    let statuses: Vec<&str> = MembershipStatus::ALL.iter().map(|it| it.as_str()).collect();
    vec![
        (
            "InvitationId",
            json!({"type": "string", "examples": ["inv_06bq3v8k0m7x2n4p5q6r7s8t9v"]}),
        ),
        (
            "OrganizationId",
            json!({"type": "string", "examples": ["org_06bq3v8k0m7x2n4p5q6r7s8t9v"]}),
        ),
        (
            "Limit",
            json!({"type": "integer", "minimum": 1, "maximum": PAGE}),
        ),
        (
            "Cursor",
            json!({"type": "string", "minLength": 1, "maxLength": 800}),
        ),
        (
            "SourceKey",
            json!({"type": "string", "minLength": 1, "maxLength": 40}),
        ),
        (
            "MembershipStatus",
            json!({"type": "string", "enum": statuses}),
        ),
    ]
}

fn text(about: &str, most: usize) -> Value {
    json!({"type": "string", "maxLength": most, "description": about})
}

fn moment(about: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": about})
}

fn maybe(about: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date-time", "description": about})
}

/// An object that has all of `required` and nothing that is not listed.
fn object(about: &str, required: &[&str], properties: impl Into<Value>) -> Value {
    json!({
        "type": "object", "description": about, "required": required, "additionalProperties": false,
        "properties": properties.into(),
    })
}

fn joined(one: Value, other: Value) -> Value {
    let mut all = Map::new();
    for part in [one, other] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}
