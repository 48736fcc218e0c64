//! Reading records as foreign systems send them: unknown fields and kinds do no harm, null is the
//! same as absent, and what cannot be read is named and passed over.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    crm::port::{Record, Skipped},
    kernel::text::one_line,
};

/// Characters of an id; foreign ids are 36 at most in the systems known.
const LONGEST_ID: usize = 200;
/// Characters of any other text of a record.
const LONGEST_TEXT: usize = 500;

/// Reads records of the contract, in order; says which could not be read.
#[must_use]
pub fn read_records(values: Vec<Value>) -> (Vec<Record>, Vec<Skipped>) {
    let mut records = Vec::with_capacity(values.len());
    let mut skipped = Vec::new();
    for value in values {
        let name = |field: &str| {
            let text = value.get(field).and_then(Value::as_str).unwrap_or_default();
            one_line(text, 60)
        };
        let (kind, id) = (name("type"), name("id"));
        match read_record(value) {
            Ok(record) => records.push(record),
            Err(reason) => {
                tracing::warn!(kind, id, reason, "a record of the CRM was passed over");
                skipped.push(Skipped { kind, id, reason });
            }
        }
    }
    (records, skipped)
}

fn read_record(mut value: Value) -> Result<Record, String> {
    let kind = value
        .get("type")
        .and_then(Value::as_str)
        .ok_or("it has no type")?
        .to_owned();
    check_id_and_version(&value)?;
    clean(&mut value);
    match kind.as_str() {
        "account" => read(value).map(Record::Account),
        "contact" => read(value).map(Record::Contact),
        "contract" => read(value).map(Record::Contract),
        "lead" => read(value).map(Record::Lead),
        "invitation_request" => read(value).map(Record::InvitationRequest),
        _ => Err("its type is not known here".to_owned()),
    }
}

fn check_id_and_version(value: &Value) -> Result<(), String> {
    let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() {
        return Err("it has no id".to_owned());
    }
    // An id is a key: it is taken as it is or not at all.
    if one_line(id, LONGEST_ID) != id {
        return Err("its id is too long or holds invisible characters".to_owned());
    }
    match value.get("version").and_then(Value::as_i64) {
        Some(1..) => Ok(()),
        _ => Err("its version is not a whole number above 0".to_owned()),
    }
}

/// Removes nulls, and from texts what does not belong into one line: a control character would
/// reach pages and mails, and PostgreSQL stores no NUL.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) => {
            let line = one_line(text, LONGEST_TEXT);
            *text = line;
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(clean);
        }
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(clean);
        }
        _ => {}
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| format!("its field `{}` is not what it should be", error.path()))
}

/// Reads one object of the contract whose type is known from its place.
pub(super) fn read_object<T: DeserializeOwned>(mut value: Value) -> Result<T, String> {
    check_id_and_version(&value)?;
    clean(&mut value);
    read(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn only(value: Value) -> Result<Record, String> {
        let (mut records, mut skipped) = read_records(vec![value]);
        assert_eq!(records.len() + skipped.len(), 1);
        records.pop().ok_or_else(|| skipped.remove(0).reason)
    }

    #[test]
    fn unknown_fields_and_nulls_do_no_harm() {
        let record = only(json!({
            "type": "contract", "id": "C1", "version": 3, "account_id": "A1", "number": "CT-1",
            "status": "active", "starts_on": "2027-01-01", "ends_on": null, "grace_days": null,
            "seats": null, "products": ["p", null], "changed_at": "2027-01-15T08:00:00Z", "colour": {"a": [1]},
        }));
        let Ok(Record::Contract(contract)) = record else {
            panic!("{record:?}")
        };
        assert_eq!((contract.ends_on.as_str(), contract.seats), ("", None));
        assert_eq!(contract.products, ["p"]);
        assert_eq!(contract.changed_at.unwrap().as_seconds(), 1_800_000_000);
    }

    #[test]
    fn what_cannot_be_read_is_named_without_its_content() {
        for (value, reason) in [
            (json!("secret"), "it has no type"),
            (json!({"type": "account"}), "it has no id"),
            (
                json!({"type": "account", "id": 7, "version": 1}),
                "it has no id",
            ),
            (
                json!({"type": "account", "id": "a\u{0}", "version": 1}),
                "its id is too long or holds invisible characters",
            ),
            (
                json!({"type": "account", "id": "a ", "version": 1}),
                "its id is too long or holds invisible characters",
            ),
            (
                json!({"type": "account", "id": "a"}),
                "its version is not a whole number above 0",
            ),
            (
                json!({"type": "account", "id": "a", "version": 0}),
                "its version is not a whole number above 0",
            ),
            (
                json!({"type": "account", "id": "a", "version": 1.5}),
                "its version is not a whole number above 0",
            ),
            (
                json!({"type": "account", "id": "a", "version": u64::MAX}),
                "its version is not a whole number above 0",
            ),
            (
                json!({"type": "opportunity", "id": "a", "version": 1}),
                "its type is not known here",
            ),
            (
                json!({"type": "contract", "id": "a", "version": 1, "seats": "secret"}),
                "its field `seats` is not what it should be",
            ),
            (
                json!({"type": "account", "id": "a", "version": 1, "domains": ["x", {"secret": 1}]}),
                "its field `domains[1]` is not what it should be",
            ),
            (
                json!({"type": "contract", "id": "a", "version": 1, "changed_at": "secret"}),
                "its field `changed_at` is not what it should be",
            ),
        ] {
            assert_eq!(only(value.clone()).unwrap_err(), reason, "{value}");
        }
    }

    #[test]
    fn texts_become_one_line() {
        let record = only(
            json!({"type": "account", "id": "a", "version": 1, "name": " A\u{0}\r\nB\u{202e} "}),
        );
        let Ok(Record::Account(account)) = record else {
            panic!("{record:?}")
        };
        assert_eq!(account.name, "A B");
    }

    #[test]
    fn one_bad_record_stops_nobody_else() {
        let good = |id: &str| json!({"type": "account", "id": id, "version": 1});
        let (records, skipped) = read_records(vec![
            good("a"),
            json!({"type": "quote", "id": "q"}),
            good("b"),
        ]);
        assert_eq!(records.len(), 2);
        assert_eq!(
            (skipped[0].kind.as_str(), skipped[0].id.as_str()),
            ("quote", "q")
        );
    }
}
