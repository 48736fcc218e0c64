//! Bodies against the schemas of the OpenAPI document.
//!
//! The part of JSON Schema 2020-12 that the document uses: what it promises is what is checked. A
//! text with U+0000 is refused everywhere, as no database of ours takes it.

use serde_json::{Map, Value};

use crate::web::FieldError;

/// Faults told at once at most.
const TOLD: usize = 50;

/// What of `value` does not fit `schema`; `find` gives the component with a name.
#[must_use]
pub fn check(schema: &Value, value: &Value, find: &dyn Fn(&str) -> Value) -> Vec<FieldError> {
    let mut checker = Checker {
        find,
        faults: Vec::new(),
    };
    checker.check(schema, value, "#");
    checker.faults
}

struct Checker<'f> {
    find: &'f dyn Fn(&str) -> Value,
    faults: Vec<FieldError>,
}

impl Checker<'_> {
    fn fault(&mut self, place: &str, detail: impl Into<String>) {
        if self.faults.len() < TOLD {
            self.faults.push(FieldError::new(place, detail));
        }
    }

    fn check(&mut self, schema: &Value, value: &Value, place: &str) {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or_default();
            let component = (self.find)(name);
            return self.check(&component, value, place);
        }
        if let Some(ways) = schema.get("anyOf").and_then(Value::as_array) {
            let find = self.find;
            if !ways.iter().any(|way| check(way, value, find).is_empty()) {
                self.fault(place, "fits none of the forms that are allowed here");
            }
            return;
        }
        if let Some(kind) = schema.get("type")
            && !is_kind(kind, value)
        {
            return self.fault(place, format!("must be {}", kinds(kind)));
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array)
            && !words.contains(value)
        {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            return self.fault(place, format!("must be one of: {}", words.join(", ")));
        }
        match value {
            Value::String(text) => self.text(schema, text, place),
            Value::Number(number) => {
                let (least, most) = (schema.get("minimum"), schema.get("maximum"));
                let (least, most) = (least.and_then(Value::as_f64), most.and_then(Value::as_f64));
                let number = number.as_f64().unwrap_or(f64::NAN);
                if least.is_some_and(|least| number < least) {
                    self.fault(place, format!("must be at least {}", least.unwrap_or(0.0)));
                }
                if most.is_some_and(|most| number > most) {
                    self.fault(place, format!("must be at most {}", most.unwrap_or(0.0)));
                }
            }
            Value::Array(items) => self.items(schema, items, place),
            Value::Object(fields) => self.object(schema, fields, place),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn text(&mut self, schema: &Value, text: &str, place: &str) {
        let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        if text.contains('\0') {
            self.fault(place, "must not hold U+0000");
        }
        if number(schema, "minLength").is_some_and(|least| length < least) {
            self.fault(place, "must not be empty");
        }
        if let Some(most) = number(schema, "maxLength").filter(|most| length > *most) {
            self.fault(place, format!("must have {most} characters at most"));
        }
    }

    fn items(&mut self, schema: &Value, items: &[Value], place: &str) {
        let length = u64::try_from(items.len()).unwrap_or(u64::MAX);
        if number(schema, "minItems").is_some_and(|least| length < least) {
            self.fault(place, "must not be empty");
        }
        if let Some(most) = number(schema, "maxItems").filter(|most| length > *most) {
            return self.fault(place, format!("must have {most} items at most"));
        }
        if let Some(each) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.check(each, item, &format!("{place}/{index}"));
            }
        }
    }

    fn object(&mut self, schema: &Value, fields: &Map<String, Value>, place: &str) {
        let known = schema.get("properties").and_then(Value::as_object);
        for name in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|name| !fields.contains_key(*name))
        {
            self.fault(&format!("{place}/{}", escaped(name)), "is required");
        }
        let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        for (name, value) in fields {
            let place = format!("{place}/{}", escaped(name));
            match known.and_then(|known| known.get(name)) {
                Some(schema) => self.check(schema, value, &place),
                None if is_closed => self.fault(&place, "is not known here"),
                None => {}
            }
        }
    }
}

/// A name in a JSON pointer in a URI fragment: what neither takes is written otherwise, and no more
/// of it than can help.
fn escaped(name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    let name = name.replace('~', "~0").replace('/', "~1");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '~' | '.');
    name.chars()
        .map(|c| if plain(c) { c } else { '?' })
        .collect()
}

fn number(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}

fn is_kind(kind: &Value, value: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| is_kind(kind, value)),
        Value::String(kind) => match kind.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            _ => false,
        },
        _ => false,
    }
}

fn kinds(kind: &Value) -> String {
    let word = |kind: &Value| match kind.as_str().unwrap_or_default() {
        "object" => "an object",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        _ => "null",
    };
    match kind {
        Value::Array(kinds) => kinds.iter().map(word).collect::<Vec<_>>().join(" or "),
        kind => word(kind).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(value: &Value) -> Vec<String> {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 3},
                "kind": {"enum": ["a", "b"]},
                "count": {"type": "integer", "minimum": 1, "maximum": 9},
                "list": {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Word"}},
                "maybe": {"type": ["string", "null"]},
                "either": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}
            }
        });
        let find = |name: &str| {
            assert_eq!(name, "Word");
            json!({"type": "string"})
        };
        let faults = check(&schema, value, &find);
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn what_fits_has_no_faults() {
        let value = json!({"name": "abc", "kind": "b", "count": 9, "list": ["x"], "maybe": null, "either": true});
        assert_eq!(places(&value), [""; 0]);
    }

    #[test]
    fn every_fault_names_its_place() {
        for (value, place) in [
            (json!([]), "#"),
            (json!({}), "#/name"),
            (json!({"name": ""}), "#/name"),
            (json!({"name": "abcd"}), "#/name"),
            (json!({"name": "a\0"}), "#/name"),
            (json!({"name": 1}), "#/name"),
            (json!({"name": "a", "kind": "c"}), "#/kind"),
            (json!({"name": "a", "count": 0}), "#/count"),
            (json!({"name": "a", "count": 10}), "#/count"),
            (json!({"name": "a", "count": 1.5}), "#/count"),
            (json!({"name": "a", "count": 1e30}), "#/count"),
            (json!({"name": "a", "list": ["x", 1]}), "#/list/1"),
            (json!({"name": "a", "list": [1, 2, 3]}), "#/list"),
            (json!({"name": "a", "maybe": 1}), "#/maybe"),
            (json!({"name": "a", "either": "x"}), "#/either"),
            (json!({"name": "a", "a/b~ä": 1}), "#/a~1b~0?"),
        ] {
            assert_eq!(places(&value), [place], "{value}");
        }
    }
}
