//! The components of the document: what bodies, answers and parameters look like.
//!
//! Each is written by hand beside the others, so that the document reads well; a test holds every
//! answer against it, and every request is checked with it.

use serde_json::{Map, Value, json};

use crate::{
    invitations::{NOTE_LIMIT, StateWord},
    organizations::MembershipStatus,
};

/// Rows of a batch.
pub(super) const BATCH: usize = 1_000;
/// Rows of a page at most.
pub(super) const PAGE: i64 = 200;

/// Every component by name, in the order of the document.
pub(super) fn components() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("NewInvitation", new_invitation()),
        ("Invitation", invitation()),
        ("InvitationOutcome", invitation_outcome()),
        ("NewInvitations", new_invitations()),
        ("BatchOutcome", batch_outcome()),
        ("NewPerson", new_person()),
        ("PersonOutcome", person_outcome()),
        ("Member", member()),
        ("Members", page("members", "Member")),
        ("Event", event()),
        ("Events", events()),
        ("TokenRequest", token_request()),
        ("Token", token()),
        ("TokenError", token_error()),
        ("FieldError", field_error()),
        ("Problem", problem()),
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
fn object(about: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object", "description": about, "required": required, "additionalProperties": false,
        "properties": properties,
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

/// How a request says who is meant.
fn target() -> Value {
    json!({
        "contact_id": text("The contact's id in the CRM. The invitation goes to the address there.", 200),
        "lead_id": text("The lead's id in the CRM.", 200),
        "email": text("An address, with organization_id or account_id.", 254),
        "organization_id": text("The portal's id of the organization.", 60),
        "account_id": text("The account's id in the CRM.", 200),
        "connection": text("Which CRM is meant, by its key in the configuration. Needed when there are several and the client is bound to none.", 100),
        "requested_by": text("Address of the CRM's user who asks. A sales rep of the staff list is named in the mail.", 254),
        "roles": {
            "type": "array", "maxItems": 50, "items": {"type": "string", "minLength": 1, "maxLength": 100},
            "description": "Keys of business roles. Without any: the administrator's for the first of an organization, the lead's for a lead, else the first that the contract covers.",
        },
        "note": text("What the inviter writes to the invitee.", NOTE_LIMIT),
        "language": {"type": "string", "enum": ["", "en", "de"], "description": "The language of the mails."},
        "expires_in_hours": {"type": "integer", "minimum": 1, "maximum": 720, "description": "How long the link works; as configured when it is not given."},
    })
}

fn new_invitation() -> Value {
    let own =
        json!({"name": text("The invitee's name; that of the CRM when it is not given.", 200)});
    object(
        "Name one: contact_id, lead_id, or email with organization_id or account_id.",
        &[],
        joined(target(), own),
    )
}

fn new_person() -> Value {
    let own =
        json!({"name": text("The person's name; that of the CRM when it is not given.", 200)});
    object(
        "Name one: contact_id, or email with organization_id or account_id.",
        &[],
        joined(target(), own),
    )
}

fn new_invitations() -> Value {
    let row = json!({"anyOf": [
        {"$ref": "#/components/schemas/NewInvitation"},
        {"description": "Anything else is answered as `invalid`, and the other rows go on."},
    ]});
    object(
        "Up to 1,000 invitations. Each is answered for itself.",
        &["invitations"],
        json!({"invitations": {"type": "array", "minItems": 1, "maxItems": BATCH, "items": row}}),
    )
}

fn invitation() -> Value {
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

fn invitation_outcome() -> Value {
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

fn batch_outcome() -> Value {
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

fn person_outcome() -> Value {
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

fn member() -> Value {
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
fn page(name: &str, item: &str) -> Value {
    let items = json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{item}")}});
    let next = json!({"type": ["string", "null"], "description": "Where the next page begins; null at the end."});
    let mut properties = Map::new();
    properties.insert(name.to_owned(), items);
    properties.insert("next_cursor".to_owned(), next);
    object("A page.", &[name, "next_cursor"], Value::Object(properties))
}

fn event() -> Value {
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

fn events() -> Value {
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

fn token_request() -> Value {
    json!({
        "type": "object", "required": ["grant_type"],
        "properties": {
            "grant_type": {"type": "string", "enum": ["client_credentials"]},
            "scope": {"type": "string", "description": "Scopes with blanks between them; all that the client has when it is not given."},
            "client_id": {"type": "string", "description": "When id and secret are not in the Authorization header."},
            "client_secret": {"type": "string", "format": "password"},
        },
    })
}

fn token() -> Value {
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

fn token_error() -> Value {
    object(
        "Why there is no token (RFC 6749 5.2).",
        &["error"],
        json!({
            "error": {"type": "string", "enum": ["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]},
            "error_description": {"type": "string"},
        }),
    )
}

fn field_error() -> Value {
    object(
        "What is wrong with one place of the body.",
        &["pointer", "detail"],
        json!({
            "pointer": {"type": "string", "description": "A JSON pointer as a URI fragment.", "examples": ["#/roles/0"]},
            "detail": {"type": "string"},
        }),
    )
}

fn problem() -> Value {
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
