//! What of a user is ours, and how it is written.

use serde_json::{Value, json};

use crate::{directory::port::Wanted, settings::AttributeNames};

/// The schema of users (RFC 7643 section 4.1).
pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Our extension and its attributes.
pub(super) struct Names {
    pub(super) schema: String,
    person: String,
    contacts: String,
    organizations: String,
    roles: String,
}

/// What to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Whether they may sign in, where that differs.
    pub(super) active: Option<bool>,
    /// Whether our attributes differ.
    pub(super) attributes: bool,
}

impl Difference {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Names {
    pub(super) fn new(schema: &str, names: &AttributeNames) -> Self {
        let or = |name: &str, usual: &str| match name {
            "" => usual.to_owned(),
            name => name.to_owned(),
        };
        Self {
            schema: schema.to_owned(),
            person: or(&names.person, "personId"),
            contacts: or(&names.contacts, "contactIds"),
            organizations: or(&names.organizations, "organizations"),
            roles: or(&names.roles, "roles"),
        }
    }

    fn lists<'w>(&'w self, wanted: &'w Wanted) -> [(&'w str, &'w [String]); 3] {
        [
            (&self.contacts, &wanted.contacts),
            (&self.organizations, &wanted.organizations),
            (&self.roles, &wanted.roles),
        ]
    }

    /// What of a user is not as it should be.
    pub(super) fn difference(&self, user: &Value, wanted: &Wanted) -> Difference {
        let active = is_active(user);
        Difference {
            active: wanted.enabled.filter(|enabled| *enabled != active),
            attributes: !self.hold(user, wanted),
        }
    }

    /// Whether a user has our attributes as they should be.
    pub(super) fn hold(&self, user: &Value, wanted: &Wanted) -> bool {
        let ours = user.get(&self.schema);
        let of = |name: &str| ours.and_then(|ours| ours.get(name));
        let is_person = of(&self.person).and_then(Value::as_str) == Some(&wanted.person_id);
        let hold = |(name, values): (&str, &[String])| {
            let mut stored: Vec<&str> = of(name)
                .and_then(Value::as_array)
                .map(|stored| stored.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            stored.sort_unstable();
            stored == values
        };
        is_person && self.lists(wanted).into_iter().all(hold)
    }

    /// Whether we made this user for this person.
    pub(super) fn is_ours(&self, user: &Value, wanted: &Wanted) -> bool {
        user.get("externalId").and_then(Value::as_str) == Some(&wanted.person_id)
    }

    fn extension(&self, wanted: &Wanted) -> Value {
        let mut ours = json!({ &*self.person: wanted.person_id });
        if let Some(ours) = ours.as_object_mut() {
            for (name, values) in self.lists(wanted) {
                ours.insert(name.to_owned(), json!(values));
            }
        }
        ours
    }

    /// Operations of RFC 7644 section 3.5.2. A list without values is removed: some servers keep what
    /// is replaced by nothing.
    pub(super) fn patch(&self, difference: &Difference, wanted: &Wanted) -> Value {
        let mut operations = Vec::new();
        if difference.attributes {
            let path = |name: &str| format!("{}:{name}", self.schema);
            operations.push(
                json!({"op": "replace", "path": path(&self.person), "value": wanted.person_id}),
            );
            for (name, values) in self.lists(wanted) {
                operations.push(match values {
                    [] => json!({"op": "remove", "path": path(name)}),
                    values => json!({"op": "replace", "path": path(name), "value": values}),
                });
            }
        }
        if let Some(active) = difference.active {
            operations.push(json!({"op": "replace", "path": "active", "value": active}));
        }
        json!({"schemas": [PATCH], "Operations": operations})
    }

    /// The whole user with what differs put right, for a server without PATCH.
    pub(super) fn whole(&self, user: &Value, difference: &Difference, wanted: &Wanted) -> Value {
        let mut user = user.clone();
        let Some(fields) = user.as_object_mut() else {
            return user;
        };
        fields.remove("meta");
        if let Some(active) = difference.active {
            fields.insert("active".to_owned(), json!(active));
        }
        if !difference.attributes {
            return user;
        }
        fields.insert(self.schema.clone(), self.extension(wanted));
        let schemas = fields.entry("schemas").or_insert_with(|| json!([USER]));
        if let Some(schemas) = schemas.as_array_mut()
            && !schemas.iter().any(|schema| *schema == *self.schema)
        {
            schemas.push(json!(self.schema));
        }
        user
    }

    /// A user that is made. The address is one that the portal has verified.
    pub(super) fn new_user(&self, wanted: &Wanted) -> Value {
        json!({
            "schemas": [USER, &*self.schema],
            "userName": wanted.email,
            "externalId": wanted.person_id,
            "name": {"givenName": wanted.given_name, "familyName": wanted.family_name},
            "emails": [{"value": wanted.email, "type": "work", "primary": true}],
            "active": wanted.enabled.unwrap_or(true),
            &*self.schema: self.extension(wanted),
        })
    }
}

/// Whoever has no `active` may sign in; some servers write it as text.
pub(super) fn is_active(user: &Value) -> bool {
    match user.get("active") {
        Some(Value::Bool(active)) => *active,
        Some(Value::String(text)) => !text.eq_ignore_ascii_case("false"),
        _ => true,
    }
}

/// A value in a filter (RFC 7644 section 3.4.2.2 takes JSON's text).
pub(super) fn literal(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
