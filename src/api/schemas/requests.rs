//! What programs send.

use serde_json::{Value, json};

use super::{BATCH, joined, object, text};
use crate::invitations::NOTE_LIMIT;

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

pub(super) fn new_invitation() -> Value {
    let own =
        json!({"name": text("The invitee's name; that of the CRM when it is not given.", 200)});
    object(
        "Name one: contact_id, lead_id, or email with organization_id or account_id.",
        &[],
        joined(target(), own),
    )
}

pub(super) fn new_person() -> Value {
    let own =
        json!({"name": text("The person's name; that of the CRM when it is not given.", 200)});
    object(
        "Name one: contact_id, or email with organization_id or account_id.",
        &[],
        joined(target(), own),
    )
}

pub(super) fn new_invitations() -> Value {
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

pub(super) fn token_request() -> Value {
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
