//! What of a user is ours: directory extensions by the names of the settings, and `accountEnabled`.

use serde_json::{Map, Value, json};

use crate::{
    directory::port::{DirectoryError, Wanted},
    settings::{AttributeNames, GraphSettings},
};

/// Characters of one value of a directory extension.
const LONGEST: usize = 256;

/// Directory extensions by their whole names.
pub(super) struct Names {
    pub(super) person: String,
    contacts: String,
    organizations: String,
    roles: String,
    /// Whether those that hold several values are collections.
    lists: bool,
}

impl Names {
    pub(super) fn new(table: &GraphSettings, names: &AttributeNames) -> Self {
        let app = table.extension_app.replace('-', "");
        let full = |name: &str, usual: &str| {
            let name = if name.is_empty() { usual } else { name };
            format!("extension_{app}_{name}")
        };
        Self {
            person: full(&names.person, "vestibulePerson"),
            contacts: full(&names.contacts, "crmContactId"),
            organizations: full(&names.organizations, "portalOrganizations"),
            roles: full(&names.roles, "portalRoles"),
            lists: table.lists,
        }
    }

    /// What to read of a user.
    pub(super) fn select(&self) -> String {
        [
            "id",
            "accountEnabled",
            &self.person,
            &self.contacts,
            &self.organizations,
            &self.roles,
        ]
        .join(",")
    }

    fn values(&self, wanted: &Wanted) -> [(&str, Value); 4] {
        let list = |values: &[String]| match (self.lists, values) {
            (true, values) => json!(values),
            (false, []) => Value::Null,
            (false, values) => json!(values.join(" ")),
        };
        [
            (&self.person, json!(wanted.person_id)),
            (&self.contacts, list(&wanted.contacts)),
            (&self.organizations, list(&wanted.organizations)),
            (&self.roles, list(&wanted.roles)),
        ]
    }

    /// Which of our attributes a user does not hold as they should be, as they are patched.
    pub(super) fn difference(&self, user: &Value, wanted: &Wanted) -> Map<String, Value> {
        let mut patch = Map::new();
        for (name, value) in self.values(wanted) {
            if !is_same(user.get(name).unwrap_or(&Value::Null), &value) {
                patch.insert(name.to_owned(), value);
            }
        }
        patch
    }

    /// Why Graph would not take a person's attributes, if it would not.
    pub(super) fn too_long(&self, wanted: &Wanted) -> Option<DirectoryError> {
        let long = |text: &str| text.chars().count() > LONGEST;
        let is_too_long = |value: &Value| match value {
            Value::String(text) => long(text),
            Value::Array(list) => list.iter().any(|it| it.as_str().is_some_and(long)),
            _ => false,
        };
        let mut values = self.values(wanted).into_iter();
        let (name, _) = values.find(|(_, value)| is_too_long(value))?;
        let hint = if self.lists {
            ""
        } else {
            "; with graph.lists = true each has them to itself"
        };
        Some(DirectoryError::Refused {
            cause: "too_long",
            reason: format!(
                "{name} would hold more than the {LONGEST} characters that Microsoft Graph takes for a value{hint}"
            ),
        })
    }

    /// A user that is made, with a password that nobody knows. The address is one that the portal has
    /// verified.
    pub(super) fn new_user(&self, wanted: &Wanted, domain: &str, password: &str) -> Value {
        let name = format!("{} {}", wanted.given_name, wanted.family_name);
        let name = match name.trim() {
            "" => wanted.email.as_str(),
            name => name,
        };
        let mut user = json!({
            "accountEnabled": wanted.enabled.unwrap_or(true),
            "displayName": name,
            "identities": [
                {"signInType": "emailAddress", "issuer": domain, "issuerAssignedId": wanted.email}
            ],
            "passwordProfile": {"password": password, "forceChangePasswordNextSignIn": false},
            "passwordPolicies": "DisablePasswordExpiration",
        });
        if let Some(user) = user.as_object_mut() {
            for (field, value) in [
                ("givenName", &wanted.given_name),
                ("surname", &wanted.family_name),
            ] {
                if !value.is_empty() {
                    user.insert(field.to_owned(), json!(value));
                }
            }
            for (name, value) in self.values(wanted) {
                if !is_empty(&value) {
                    user.insert(name.to_owned(), value);
                }
            }
        }
        user
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// No value and an empty list are the same, and a list has no order.
fn is_same(stored: &Value, wanted: &Value) -> bool {
    if is_empty(stored) && is_empty(wanted) {
        return true;
    }
    let (Some(stored), Some(wanted)) = (stored.as_array(), wanted.as_array()) else {
        return stored == wanted;
    };
    let sorted = |list: &[Value]| {
        let mut list: Vec<String> = list
            .iter()
            .filter_map(|value| value.as_str().map(ToOwned::to_owned))
            .collect();
        list.sort();
        list
    };
    sorted(stored) == sorted(wanted)
}

/// Whether a user may sign in.
pub(super) fn is_enabled(user: &Value) -> bool {
    user.get("accountEnabled").and_then(Value::as_bool) != Some(false)
}
