//! The OpenAPI 3.1 document, made of the table and the components.

use axum::{Json, extract::State, response::IntoResponse};
use serde_json::{Map, Value, json};

use super::{
    operation::{Handler, Operation, Place},
    schemas,
    table::operations,
    webhooks,
};
use crate::{app::AppState, clients::Scope};

pub(super) const PATH: &str = "/api/v1/openapi.json";

/// What an operation of a client may answer beside what it promises itself.
const ALL: &[(u16, &str)] = &[
    (401, "There is no valid token."),
    (403, "The token lacks the scope."),
    (429, "Too many requests; `Retry-After` says when to go on."),
    (
        500,
        "Something went wrong; `request_id` names it in the log.",
    ),
    (
        503,
        "Too much to do; nothing was changed. Try again after `Retry-After`.",
    ),
    (
        504,
        "No answer in time. With an Idempotency-Key, ask again.",
    ),
];
/// With a body.
const BODY: &[(u16, &str)] = &[
    (
        400,
        "The body is no JSON, or the Idempotency-Key cannot be read.",
    ),
    (413, "The body is too large."),
    (415, "The body is not declared as JSON."),
];

/// The document for a portal at this address; addresses within it when that is empty.
#[must_use]
pub fn document(origin: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.to_lowercase(), described(operation));
        }
    }
    let scopes: Map<String, Value> = Scope::ALL
        .iter()
        .map(|scope| (scope.as_str().to_owned(), meaning(*scope).into()))
        .collect();
    let components: Map<String, Value> = schemas::components()
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vestibule", "version": "1",
            "description": "The API of the customer portal for CRMs and other programs. Get a token at /api/v1/token, send it as `Authorization: Bearer …`. Errors are problem documents (RFC 9457).",
        },
        "servers": [{"url": if origin.is_empty() { "/" } else { origin }}],
        "paths": paths,
        "webhooks": webhooks::described(),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "client": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": format!("{origin}/api/v1/token"), "scopes": scopes}},
                },
            },
        },
    })
}

/// What a scope lets a program do.
pub(super) const fn meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::InvitationsWrite => "Invite, send again, take back.",
        Scope::InvitationsRead => "Read how invitations stand.",
        Scope::PeopleWrite => "Ask for users.",
        Scope::MembersRead => "Read the members of organizations.",
        Scope::EventsRead => "Follow the audit log.",
        Scope::AccessDecide => "Ask whether people may do something.",
        Scope::ClaimsRead => "Ask for what belongs into people's tokens.",
    }
}

/// Every answer of an operation: status, when, component.
pub(super) fn answers(operation: &Operation) -> Vec<(u16, &'static str, &'static str)> {
    let own = operation.answers.iter();
    let mut all: Vec<_> = own.map(|it| (it.status, it.about, it.schema)).collect();
    if operation.scope().is_none() {
        return all;
    }
    let mut problems = ALL.to_vec();
    if !operation.request.is_empty() {
        problems.extend(BODY);
    } else if operation.is_post() {
        problems.push((400, "The Idempotency-Key cannot be read."));
        problems.push((413, "The body is too large."));
    }
    if operation.is_question() {
        problems.retain(|(status, _)| *status != 400);
        problems.push((400, "The body is no JSON, or does not fit."));
    } else if operation.is_post() {
        problems.push((409, "The same request is still being worked on."));
        problems.push((
            422,
            "The body does not fit, or the Idempotency-Key was used with another request.",
        ));
    } else {
        problems.push((422, "A parameter does not fit."));
    }
    let names_something = |name: &str| operation.parameters.iter().any(|known| known.name == name);
    if names_something("invitation") || names_something("organization") {
        problems.push((404, "It is not there, or not for this client."));
    }
    let problems = problems.into_iter();
    all.extend(problems.map(|(status, about)| (status, about, "Problem")));
    all.sort_by_key(|(status, _, _)| *status);
    all
}

fn described(operation: &Operation) -> Value {
    let mut parameters: Vec<Value> = operation
        .parameters
        .iter()
        .map(|known| {
            json!({
                "name": known.name,
                "in": match known.place { Place::Path => "path", Place::Query => "query" },
                "required": known.place == Place::Path,
                "description": known.about,
                "schema": reference(known.schema),
            })
        })
        .collect();
    if operation.is_question() {
        parameters.push(json!({
            "name": "X-Request-ID", "in": "header", "required": false,
            "description": "Names the request; the answer carries it again.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }));
    } else if operation.is_post() && operation.scope().is_some() {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Names the request, best by a random UUID. The first answer is given again for 24 hours, with `Idempotent-Replayed: true`.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }));
    }
    let mut body = json!({
        "operationId": operation.id, "summary": operation.summary, "description": operation.about,
        "parameters": parameters, "responses": responses(operation),
    });
    if let Some(fields) = body.as_object_mut() {
        if !operation.request.is_empty() {
            let kind = match operation.handler {
                Handler::Anybody(_) => "application/x-www-form-urlencoded",
                _ => "application/json",
            };
            fields.insert(
                "requestBody".to_owned(),
                json!({"required": true, "content": {kind: {"schema": reference(operation.request)}}}),
            );
        }
        let security = operation
            .scope()
            .map_or(json!([]), |scope| json!([{"client": [scope.as_str()]}]));
        fields.insert("security".to_owned(), security);
    }
    body
}

fn responses(operation: &Operation) -> Value {
    let responses = answers(operation)
        .into_iter()
        .map(|(status, about, schema)| {
            let kind = match schema {
                "" => "text/html",
                "Problem" => "application/problem+json",
                _ => "application/json",
            };
            let described = if schema.is_empty() {
                json!({"type": "string"})
            } else {
                reference(schema)
            };
            let answer = json!({"description": about, "content": {kind: {"schema": described}}});
            (status.to_string(), answer)
        });
    Value::Object(responses.collect())
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// `GET /api/v1/openapi.json`.
pub(super) async fn show(State(state): State<AppState>) -> impl IntoResponse {
    Json(document(&state.settings.portal.origin()))
}
