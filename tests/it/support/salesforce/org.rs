//! The org's records and what saving one of them checks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::schema::{Object, Type, objects};

pub type Row = Map<String, Value>;

/// A record's error: status code, message, fields.
#[derive(Debug, Clone)]
pub struct Wrong(pub &'static str, pub String, pub Vec<String>);

impl Wrong {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self(code, message.into(), Vec::new())
    }
}

/// A call that cannot be read at all.
pub struct Unreadable(pub String);

pub struct Org {
    objects: Vec<Object>,
    tables: BTreeMap<&'static str, BTreeMap<String, Row>>,
    /// Records whose transaction has not ended yet.
    hidden: BTreeSet<String>,
    pub hides_next: bool,
    /// Seconds since 1970; moves on with each change.
    pub seconds: i64,
    next: u64,
    /// Values of external ids and ids whose rows somebody else holds.
    pub locked: BTreeSet<String>,
    /// A duplicate rule on e-mail addresses of contacts; whether it only warns.
    pub duplicate_rule: Option<bool>,
    /// Whether a task may name its person by an external id.
    pub takes_polymorphic_keys: bool,
    /// How many records were saved.
    pub saved: usize,
    /// Texts that a trigger refuses, with the code it refuses them by.
    pub refused: HashMap<String, &'static str>,
}

impl Default for Org {
    fn default() -> Self {
        let mut org = Self {
            objects: objects(),
            tables: BTreeMap::new(),
            hidden: BTreeSet::new(),
            hides_next: false,
            seconds: 1_800_000_000,
            next: 0,
            locked: BTreeSet::new(),
            duplicate_rule: None,
            takes_polymorphic_keys: true,
            saved: 0,
            refused: HashMap::new(),
        };
        org.put("User", json!({"Username": "rep@acme.example", "Name": "Robin Sales", "Email": "rep@nordwind.example"}));
        org
    }
}

fn check_letters(id: &str) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let five = |five: &[u8]| {
        let bits = five.iter().rev().fold(0, |bits, byte| {
            bits * 2 + usize::from(byte.is_ascii_uppercase())
        });
        char::from(letters[bits])
    };
    id.as_bytes()[..15].chunks(5).map(five).collect()
}

/// 15 letters, or 18 with the right last three.
pub fn is_id(id: &str) -> bool {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain && (id.len() == 15 || (id.len() == 18 && id[15..] == check_letters(id)))
}

impl Org {
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.objects
            .iter()
            .find(|it| it.name.eq_ignore_ascii_case(name))
    }

    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    pub fn object_mut(&mut self, name: &str) -> &mut Object {
        self.objects.iter_mut().find(|it| it.name == name).unwrap()
    }

    pub fn drop_object(&mut self, name: &str) {
        self.objects.retain(|it| it.name != name);
    }

    pub fn drop_field(&mut self, object: &str, field: &str) {
        self.object_mut(object).fields.retain(|it| it.name != field);
    }

    pub fn rows(&self, object: &str) -> impl Iterator<Item = &Row> {
        let rows = self
            .tables
            .get(object)
            .into_iter()
            .flat_map(BTreeMap::values);
        rows.filter(|row| !self.hidden.contains(row["Id"].as_str().unwrap()))
    }

    /// A record by its id of either length, with its object.
    pub fn find(&self, id: &str) -> Option<(&'static str, &Row)> {
        let prefix = id.get(..3)?;
        let object = self.objects.iter().find(|it| it.prefix == prefix)?;
        let row = self.tables.get(object.name)?.get(id.get(..15)?)?;
        Some((object.name, row))
    }

    pub fn row(&self, id: &str) -> Row {
        self.find(id)
            .map(|(_, row)| row.clone())
            .unwrap_or_else(|| panic!("no {id}"))
    }

    fn new_id(&mut self, prefix: &str) -> String {
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        self.next += 1;
        let (mut number, mut tail) = (self.next, Vec::new());
        for _ in 0..6 {
            tail.push(letters[usize::try_from(number % 62).unwrap()]);
            number /= 62;
        }
        tail.reverse();
        let id = format!("{prefix}gK0000{}", String::from_utf8(tail).unwrap());
        let id = format!("{id:0<15}");
        format!("{id}{}", check_letters(&id))
    }

    fn stamp(&self) -> Value {
        let at = jiff::Timestamp::from_second(self.seconds).unwrap();
        format!("{}.000+0000", at.strftime("%Y-%m-%dT%H:%M:%S")).into()
    }

    /// Stores what a user typed, without the checks of the API; a new record unless `Id` is known.
    pub fn put(&mut self, object: &str, values: Value) -> String {
        let Value::Object(mut values) = values else {
            panic!("no record")
        };
        self.seconds += 1;
        let definition = self.object(object).unwrap().clone();
        let known = values
            .get("Id")
            .and_then(Value::as_str)
            .and_then(|id| self.find(id));
        let mut row = match known {
            Some((_, row)) => row.clone(),
            None => {
                let mut row = Row::new();
                for field in &definition.fields {
                    let is_flag = field.kind == Type::Flag;
                    row.insert(
                        field.name.into(),
                        if is_flag { false.into() } else { Value::Null },
                    );
                }
                let id = self.new_id(definition.prefix);
                if self.hides_next {
                    self.hides_next = false;
                    self.hidden.insert(id.clone());
                }
                row.insert("Id".into(), id.into());
                row.insert("CreatedDate".into(), self.stamp());
                row
            }
        };
        values.remove("Id");
        row.extend(values);
        row.insert("SystemModstamp".into(), self.stamp());
        let id = row["Id"].as_str().unwrap().to_owned();
        self.tables
            .entry(definition.name)
            .or_default()
            .insert(id[..15].to_owned(), row);
        id
    }

    pub fn show_hidden(&mut self) {
        self.hidden.clear();
        self.hides_next = false;
    }

    pub fn delete(&mut self, id: &str) -> bool {
        let Some((object, row)) = self.find(id) else {
            return false;
        };
        if row["IsDeleted"] == true {
            return false;
        }
        self.put(object, json!({"Id": id, "IsDeleted": true}));
        true
    }

    /// Records with this value in a key field.
    pub fn by_key(&self, object: &str, field: &str, value: &str) -> Vec<String> {
        let rows = self
            .rows(object)
            .filter(|row| row["IsDeleted"] == false && row[field] == value);
        rows.map(|row| row["Id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Saves a record as the API does: a new one without `id`.
    pub fn save(
        &mut self,
        object: &str,
        id: Option<&str>,
        fields: &Row,
        allow_save: bool,
    ) -> Result<String, Wrong> {
        let definition = self.object(object).unwrap().clone();
        if !definition.is_writable {
            return Err(Wrong::new(
                "INSUFFICIENT_ACCESS_OR_READONLY",
                "insufficient access rights on object id",
            ));
        }
        if let Some(id) = id {
            let Some((_, row)) = self.find(id) else {
                let code = if is_id(id) {
                    "INVALID_CROSS_REFERENCE_KEY"
                } else {
                    "MALFORMED_ID"
                };
                return Err(Wrong::new(code, "invalid cross reference id"));
            };
            if row["IsDeleted"] == true {
                return Err(Wrong::new("ENTITY_IS_DELETED", "entity is deleted"));
            }
            if row.get("IsConverted") == Some(&true.into()) {
                return Err(Wrong::new(
                    "CANNOT_UPDATE_CONVERTED_LEAD",
                    "cannot reference converted lead",
                ));
            }
        }
        let mut values = Map::new();
        for (name, value) in fields {
            if name != "attributes" && !(id.is_some() && name == "Id") {
                let (name, value) = self.value(&definition, name, value)?;
                values.insert(name, value);
            }
        }
        self.required(&definition, id, &values)?;
        self.unique(&definition, id, &values)?;
        self.duplicates(&definition, id, &values, allow_save)?;
        let texts = values.values().filter_map(Value::as_str);
        for text in texts.chain(id) {
            if self.locked.contains(text) {
                return Err(Wrong::new(
                    "UNABLE_TO_LOCK_ROW",
                    "unable to obtain exclusive access to this record",
                ));
            }
            if let Some(code) = self.refused.get(text) {
                return Err(Wrong::new(code, "refused by a trigger"));
            }
        }
        if let Some(id) = id {
            values.insert("Id".into(), id.into());
        }
        self.saved += 1;
        Ok(self.put(definition.name, values.into()))
    }

    /// One value, checked and in its stored form.
    fn value(&self, object: &Object, name: &str, value: &Value) -> Result<(String, Value), Wrong> {
        let no_column = || {
            Wrong::new(
                "INVALID_FIELD",
                format!("No such column '{name}' on sobject of type {}", object.name),
            )
        };
        if let (Value::Object(other), Some(field)) = (value, object.relation(name)) {
            let Type::Reference(kinds, _) = field.kind else {
                unreachable!()
            };
            return Ok((field.name.to_owned(), self.reference(kinds, other)?.into()));
        }
        let field = object.field(name).ok_or_else(no_column)?;
        if !field.is_writable {
            return Err(Wrong::new(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                format!(
                    "Unable to create/update fields: {name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set."
                ),
            ));
        }
        let text = value.as_str().unwrap_or_default();
        match field.kind {
            Type::Text(length) if text.chars().count() > length => {
                return Err(Wrong(
                    "STRING_TOO_LONG",
                    format!("{name}: data value too large: (max length={length})"),
                    vec![name.into()],
                ));
            }
            Type::Email if !text.is_empty() && !text.contains('@') => {
                return Err(Wrong(
                    "INVALID_EMAIL_ADDRESS",
                    format!("Email: invalid email address: {text}"),
                    vec![name.into()],
                ));
            }
            Type::Reference(kinds, _) if !text.is_empty() => {
                if !is_id(text) {
                    return Err(Wrong(
                        "MALFORMED_ID",
                        format!("{name}: id value of incorrect type: {text}"),
                        vec![name.into()],
                    ));
                }
                let is_there = self
                    .find(text)
                    .is_some_and(|(kind, _)| kinds.contains(&kind));
                if !is_there {
                    return Err(Wrong(
                        "INVALID_CROSS_REFERENCE_KEY",
                        "invalid cross reference id".into(),
                        vec![name.into()],
                    ));
                }
            }
            Type::DateTime if !text.is_empty() => {
                let at: jiff::Timestamp = text
                    .parse()
                    .map_err(|_| Wrong::new("INVALID_FIELD", "not a date"))?;
                let stored = format!("{}.000+0000", at.strftime("%Y-%m-%dT%H:%M:%S"));
                return Ok((field.name.to_owned(), stored.into()));
            }
            _ => {}
        }
        // An empty text is stored as nothing.
        let value = if value == "" {
            Value::Null
        } else {
            value.clone()
        };
        Ok((field.name.to_owned(), value))
    }

    fn reference(&self, kinds: &[&str], other: &Row) -> Result<String, Wrong> {
        let stated = other.get("attributes").and_then(|it| it["type"].as_str());
        let kind = match (kinds, stated) {
            ([one], _) => *one,
            (_, Some(kind)) if self.takes_polymorphic_keys => kind,
            _ => {
                return Err(Wrong::new(
                    "INVALID_FIELD",
                    "The external foreign key reference does not reference a valid entity: Who",
                ));
            }
        };
        let key = other.iter().find(|(name, _)| *name != "attributes");
        let (field, value) = key
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
            .unwrap_or_default();
        match self.by_key(kind, field, value).as_slice() {
            [one] => Ok(one.clone()),
            _ => Err(Wrong::new(
                "INVALID_FIELD",
                format!(
                    "Foreign key external ID: {value} not found for field {field} in entity {kind}"
                ),
            )),
        }
    }

    fn required(&self, object: &Object, id: Option<&str>, values: &Row) -> Result<(), Wrong> {
        let is_empty = |name: &str| match values.get(name) {
            None => id.is_none(),
            Some(value) => value.is_null(),
        };
        let missing: Vec<String> = object
            .fields
            .iter()
            .filter(|field| field.is_required && is_empty(field.name))
            .map(|field| field.name.to_owned())
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Wrong(
                "REQUIRED_FIELD_MISSING",
                format!("Required fields are missing: [{}]", missing.join(", ")),
                missing,
            ))
        }
    }

    fn unique(&self, object: &Object, id: Option<&str>, values: &Row) -> Result<(), Wrong> {
        for field in object.fields.iter().filter(|field| field.is_unique) {
            let Some(value) = values.get(field.name).and_then(Value::as_str) else {
                continue;
            };
            let others = self.by_key(object.name, field.name, value);
            if let Some(other) = others
                .iter()
                .find(|other| id.is_none_or(|id| id[..15] != other[..15]))
            {
                return Err(Wrong(
                    "DUPLICATE_VALUE",
                    format!(
                        "duplicate value found: {} duplicates value on record with id: {}",
                        field.name,
                        &other[..15]
                    ),
                    vec![],
                ));
            }
        }
        Ok(())
    }

    fn duplicates(
        &self,
        object: &Object,
        id: Option<&str>,
        values: &Row,
        allow_save: bool,
    ) -> Result<(), Wrong> {
        let Some(only_warns) = self.duplicate_rule else {
            return Ok(());
        };
        let email = values.get("Email").and_then(Value::as_str);
        let (None, "Contact", Some(email)) = (id, object.name, email) else {
            return Ok(());
        };
        let is_twin = self.rows("Contact").any(|row| {
            row["Email"]
                .as_str()
                .is_some_and(|it| it.eq_ignore_ascii_case(email))
        });
        if is_twin && !(only_warns && allow_save) {
            return Err(Wrong::new(
                "DUPLICATES_DETECTED",
                "Use one of these records?",
            ));
        }
        Ok(())
    }

    /// Whether JSON of these records can be read at all.
    pub fn readable(&self, object: &str, row: &Row) -> Result<(), Unreadable> {
        let Some(object) = self.object(object) else {
            return Ok(());
        };
        for (name, value) in row {
            let Some(field) = object.field(name) else {
                continue;
            };
            let fits = match field.kind {
                _ if value.is_null() => true,
                Type::Number => value.is_number(),
                Type::Flag => value.is_boolean(),
                _ => value.is_string() || value.is_number(),
            };
            if !fits {
                return Err(Unreadable(format!(
                    "Cannot deserialize instance of {name} from VALUE_STRING"
                )));
            }
        }
        Ok(())
    }
}
