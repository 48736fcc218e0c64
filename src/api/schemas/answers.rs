//! What programs are answered.

use serde_json::{Map, Value, json};

use super::{maybe, moment, object};
use crate::invitations::StateWord;

pub(super) fn invitation() -> Value {
    let states: Vec<&str> = StateWord::ALL.iter().map(|state| state.as_str()).collect();
    object(
        "An invitation and how it stands.",
        &[
            "id",
            "organization_id",
            "kind",
            "email",
            "name",
            "roles",
            "state",
            "created_at",
            "expires_at",
        ],
        json!({
            "id": {"type": "string"},
            "organization_id": {"type": "string"},
            "kind": {"type": "string", "enum": ["member", "lead"]},
            "email": {"type": "string"},
            "name": {"type": "string"},
            "language": {"type": "string"},
            "roles": {"type": "array", "items": {"type": "string"}},
            "state": {"type": "string", "enum": states},
            "crm_id": {"type": ["string", "null"], "description": "The contact or lead in the CRM."},
            "delivery_note": {"type": "string", "description": "What the mail server said last; empty when there is nothing to say."},
            "created_at": moment("When it was made."),
            "issued_at": moment("When the link that counts was made."),
            "expires_at": moment("The first moment it no longer counts."),
            "sent_at": maybe("When the mail server took the mail."),
            "opened_at": maybe("When a person went on from the page of the link."),
            "bounced_at": maybe("When it became known that the mail could not be delivered."),
            "ended_at": maybe("When it ended."),
            "person_id": {"type": ["string", "null"], "description": "Who accepted."},
            "membership_id": {"type": ["string", "null"], "description": "What came of it."},
        }),
    )
}

pub(super) fn invitation_outcome() -> Value {
    object(
        "What came of it.",
        &["outcome"],
        json!({
            "outcome": {
                "type": "string", "enum": ["queued", "resent", "revoked", "over", "not_sent", "invalid"],
                "description": "`queued` and `resent`: the mail is on its way. `not_sent`: it would get nowhere; see reason. `over`: the invitation had ended before. `invalid`: a row of a batch cannot be understood; see errors.",
            },
            "reason": {"type": "string", "description": "Why nothing was sent: malformed, repeated, already-member, suspended-member, already-invited, no-contract, no-seat, opted-out, address-limit, inviter-limit, too-soon, roles."},
            "detail": {"type": "string", "description": "The reason as a sentence."},
            "again_at": moment("When it may be sent again."),
            "invitation": {"$ref": "#/components/schemas/Invitation"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        }),
    )
}

pub(super) fn batch_outcome() -> Value {
    object(
        "What came of each row, in their order.",
        &["queued", "not_sent", "invalid", "results"],
        json!({
            "queued": {"type": "integer"},
            "not_sent": {"type": "integer"},
            "invalid": {"type": "integer"},
            "results": {"type": "array", "items": {"$ref": "#/components/schemas/InvitationOutcome"}},
        }),
    )
}

pub(super) fn person_outcome() -> Value {
    object(
        "What came of it.",
        &["outcome", "status", "at", "organization_id"],
        json!({
            "outcome": {
                "type": "string", "enum": ["provisioned", "invited", "exists", "not_done"],
                "description": "`provisioned`: a person with this proven address is a member now. `invited`: nobody has proven the address yet, so an invitation is on its way. `exists`: a member already. `not_done`: see reason.",
            },
            "status": {"type": "string", "enum": ["active", "suspended", "invited", "none"]},
            "at": moment("When."),
            "organization_id": {"type": "string"},
            "person_id": {"type": "string"},
            "membership_id": {"type": "string"},
            "invitation": {"$ref": "#/components/schemas/Invitation"},
            "reason": {"type": "string"},
            "detail": {"type": "string"},
        }),
    )
}

pub(super) fn member() -> Value {
    object(
        "A person in an organization.",
        &[
            "membership_id",
            "person_id",
            "name",
            "email",
            "status",
            "roles",
        ],
        json!({
            "membership_id": {"type": "string"},
            "person_id": {"type": "string"},
            "name": {"type": "string"},
            "email": {"type": "string"},
            "status": {"$ref": "#/components/schemas/MembershipStatus"},
            "roles": {"type": "array", "items": {"type": "string"}},
            "crm_id": {"type": ["string", "null"], "description": "The contact in the CRM."},
            "source": {"type": "string"},
            "starts_at": maybe("The first moment it counts."),
            "ends_at": maybe("The first moment it no longer counts."),
            "last_sign_in_at": maybe("The last sign-in."),
            "created_at": moment("Since when."),
            "updated_at": moment("When it last changed."),
        }),
    )
}

/// A page of a list with a name.
pub(super) fn page(name: &str, item: &str) -> Value {
    let items = json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{item}")}});
    let next = json!({"type": ["string", "null"], "description": "Where the next page begins; null at the end."});
    let mut properties = Map::new();
    properties.insert(name.to_owned(), items);
    properties.insert("next_cursor".to_owned(), next);
    object("A page.", &[name, "next_cursor"], Value::Object(properties))
}

pub(super) fn event() -> Value {
    object(
        "Something that happened: who did what to what. Ids only.",
        &["chain", "number", "at", "action", "actor", "target"],
        json!({
            "chain": {"type": "string", "description": "The chain it stands in: an organization's id or `system`."},
            "number": {"type": "integer", "description": "Its number there."},
            "at": moment("When."),
            "action": {"type": "string", "examples": ["membership.suspended"]},
            "actor": object("Who.", &["kind", "id"], json!({"kind": {"type": "string"}, "id": {"type": "string"}})),
            "target": {"type": "string", "description": "The id of what it was done to."},
            "organization_id": {"type": ["string", "null"]},
            "related": {"type": "array", "items": {"type": "string"}, "description": "Further ids that it names."},
            "request_id": {"type": "string"},
        }),
    )
}

pub(super) fn events() -> Value {
    object(
        "A page of the log, oldest first.",
        &["events", "next_cursor", "has_more"],
        json!({
            "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
            "next_cursor": {"type": ["string", "null"], "description": "Keep it: the next page begins there, now or later. Null before the first event."},
            "has_more": {"type": "boolean", "description": "Whether more is there already."},
        }),
    )
}

pub(super) fn token() -> Value {
    object(
        "A token (RFC 6749 5.1).",
        &["access_token", "token_type", "expires_in", "scope"],
        json!({
            "access_token": {"type": "string"},
            "token_type": {"type": "string", "enum": ["Bearer"]},
            "expires_in": {"type": "integer", "description": "Seconds."},
            "scope": {"type": "string"},
        }),
    )
}

pub(super) fn token_error() -> Value {
    object(
        "Why there is no token (RFC 6749 5.2).",
        &["error"],
        json!({
            "error": {"type": "string", "enum": ["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]},
            "error_description": {"type": "string"},
        }),
    )
}

pub(super) fn field_error() -> Value {
    object(
        "What is wrong with one place of the body.",
        &["pointer", "detail"],
        json!({
            "pointer": {"type": "string", "description": "A JSON pointer as a URI fragment.", "examples": ["#/roles/0"]},
            "detail": {"type": "string"},
        }),
    )
}

pub(super) fn problem() -> Value {
    json!({
        "type": "object", "description": "What went wrong (RFC 9457).", "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
            "request_id": {"type": "string", "description": "Names the request in the portal's log."},
        },
    })
}
