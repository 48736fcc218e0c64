//! Questions about access and their answers (AuthZEN Authorization API 1.0).

use serde_json::{Value, json};

/// Questions of one request at most.
pub(in crate::api) const QUESTIONS: usize = 500;

/// An object in which more may stand than we know.
fn open(about: &str, required: &[&str], properties: impl Into<Value>) -> Value {
    json!({
        "type": "object", "description": about, "required": required, "properties": properties.into(),
    })
}

fn properties() -> Value {
    json!({"type": "object", "description": "More about it."})
}

fn entity(about: &str, kinds: &str) -> Value {
    let properties = json!({
        "type": {"type": "string", "minLength": 1, "maxLength": 100, "description": kinds},
        "id": {"type": "string", "minLength": 1, "maxLength": 300},
        "properties": properties(),
    });
    open(about, &["type", "id"], properties)
}

fn parts() -> Value {
    let action = open(
        "What is to be done.",
        &["name"],
        json!({
            "name": {"type": "string", "minLength": 1, "maxLength": 100, "description": "At a service: `use`, `read`, `write`, or an application role. At an organization: `enter`, `administer`."},
            "properties": properties(),
        }),
    );
    json!({
        "subject": entity("Who.", "`person` with our id, or `identity` with a provider's subject and `properties.issuer`."),
        "action": action,
        "resource": entity("Where.", "`service` with its key, perhaps with `properties.organization`, or `organization` with our id."),
        "context": {"type": "object", "description": "Anything; nothing of it decides."},
    })
}

pub(super) fn question() -> Value {
    let needed = ["subject", "action", "resource"];
    open("Whether somebody may do something.", &needed, parts())
}

pub(super) fn questions() -> Value {
    let mut properties = parts();
    let each = json!({
        "type": "array", "maxItems": QUESTIONS, "items": {"type": "object"},
        "description": "Questions; what one does not say is taken from beside them.",
    });
    let semantics = [
        "execute_all",
        "deny_on_first_deny",
        "permit_on_first_permit",
    ];
    let options = json!({
        "evaluations_semantic": {"type": "string", "enum": semantics, "description": "When to stop."},
    });
    if let Some(fields) = properties.as_object_mut() {
        fields.insert("evaluations".to_owned(), each);
        fields.insert("options".to_owned(), open("How.", &[], options));
    }
    open("Several questions.", &[], properties)
}

pub(super) fn decision() -> Value {
    let context = json!({
        "person": {"type": "string", "description": "Our id of the person."},
        "organization": {"type": "string", "description": "The organization through which access is given."},
        "access": {"type": "string", "enum": ["read", "write"], "description": "`read` while grace is for reading only."},
        "roles": {"type": "array", "items": {"type": "string"}, "description": "Application roles at the service."},
        "reason": {"type": "string", "description": "Why not, as a word that never changes: contract_ended, membership_suspended, role_missing, …"},
        "check": {"type": "string", "enum": ["person", "membership", "contract", "role"], "description": "Which condition does not hold."},
        "mended_by": {"type": "string", "enum": ["organization_admin", "staff"], "description": "Who can change that."},
        "error": {"type": "object", "description": "What is wrong with the question: status and message."},
    });
    open(
        "Whether they may.",
        &["decision"],
        json!({"decision": {"type": "boolean"}, "context": open("Why, and on what terms.", &[], context)}),
    )
}

pub(super) fn decisions() -> Value {
    let one = json!({"$ref": "#/components/schemas/Decision"});
    let several = open(
        "The decisions.",
        &["evaluations"],
        json!({"evaluations": {"type": "array", "items": one}}),
    );
    json!({"anyOf": [several, one]})
}

/// An object of somebody else's making.
pub(super) fn words(about: &str) -> Value {
    json!({"type": "object", "description": about})
}

pub(super) fn configuration() -> Value {
    let address = json!({"type": "string"});
    let names = [
        "policy_decision_point",
        "access_evaluation_endpoint",
        "access_evaluations_endpoint",
    ];
    let properties = names.map(|name| (name.to_owned(), address.clone()));
    open(
        "Addresses.",
        &names,
        Value::Object(properties.into_iter().collect()),
    )
}
