//! `/api/v1/reference`: the document for people. Nothing of it comes from elsewhere.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde_json::Value;

use super::{
    document::{self, answers, meaning},
    operation::{Operation, Place},
    schemas,
    table::operations,
};
use crate::{
    clients::Scope,
    web::{Shell, Visit, page},
};

pub(super) const PATH: &str = "/api/v1/reference";

#[derive(Template)]
#[template(path = "api/reference.html")]
struct ReferencePage {
    shell: Shell,
    document: &'static str,
    scopes: Vec<(&'static str, &'static str)>,
    operations: Vec<Described>,
    schemas: Vec<Shape>,
}

struct Described {
    id: &'static str,
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    about: &'static str,
    scope: &'static str,
    request: &'static str,
    parameters: Vec<Line>,
    answers_title: String,
    answers: Vec<(u16, &'static str, &'static str)>,
}

/// A component.
struct Shape {
    name: &'static str,
    about: String,
    fields_title: String,
    fields: Vec<Line>,
}

/// A parameter or a field.
struct Line {
    name: String,
    kind: String,
    about: String,
    required: bool,
}

/// Shows the page.
pub(super) async fn show(visit: Visit) -> Response {
    let shell = visit.shell("api-reference-title");
    let components = schemas::components().into_iter();
    let shapes = components.filter_map(|(name, schema)| shape(&shell, name, &schema));
    let schemas = shapes.collect();
    let described = |operation| described(&shell, operation);
    let template = ReferencePage {
        document: document::PATH,
        scopes: Scope::ALL
            .iter()
            .map(|scope| (scope.as_str(), meaning(*scope)))
            .collect(),
        operations: operations().iter().map(described).collect(),
        schemas,
        shell,
    };
    page(StatusCode::OK, &template)
}

fn described(shell: &Shell, operation: &Operation) -> Described {
    let parameters = operation.parameters.iter().map(|known| Line {
        name: known.name.to_owned(),
        kind: kind(&schemas::component(known.schema)),
        about: known.about.to_owned(),
        required: known.place == Place::Path,
    });
    Described {
        id: operation.id,
        method: operation.method,
        path: operation.path,
        summary: operation.summary,
        about: operation.about,
        scope: operation.scope().map_or("", Scope::as_str),
        request: operation.request,
        parameters: parameters.collect(),
        answers_title: shell.t1("api-reference-answers", "name", operation.summary),
        answers: answers(operation),
    }
}

/// A component that has fields.
fn shape(shell: &Shell, name: &'static str, schema: &Value) -> Option<Shape> {
    let properties = schema.get("properties")?.as_object()?;
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &String| required.is_some_and(|required| required.iter().any(|known| known == name));
    let fields = properties.iter().map(|(field, schema)| Line {
        name: field.clone(),
        kind: kind(schema),
        about: said(schema),
        required: is_required(field),
    });
    Some(Shape {
        name,
        about: said(schema),
        fields_title: shell.t1("api-reference-fields", "name", name),
        fields: fields.collect(),
    })
}

fn said(schema: &Value) -> String {
    let about = schema.get("description").and_then(Value::as_str);
    about.unwrap_or_default().to_owned()
}

/// What a value is, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words = words.iter().filter_map(Value::as_str);
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        return words.join(" | ");
    }
    if let Some(ways) = schema.get("anyOf").and_then(Value::as_array) {
        return ways.first().map(kind).unwrap_or_default();
    }
    let word = match schema.get("type") {
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str);
            kinds.collect::<Vec<_>>().join(" | ")
        }
        Some(Value::String(kind)) => kind.clone(),
        _ => String::new(),
    };
    match schema.get("items") {
        Some(items) => format!("{word} of {}", kind(items)),
        None => word,
    }
}
