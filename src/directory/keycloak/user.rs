//! What of a user is ours: attributes by the names of the settings, and whether they may sign in.

use serde_json::{Map, Value, json};

use crate::{directory::port::Wanted, settings::AttributeNames};

/// Attributes by their names there.
pub(super) struct Names {
    pub(super) person: String,
    contacts: String,
    organizations: String,
    roles: String,
}

impl Names {
    pub(super) fn new(names: &AttributeNames) -> Self {
        let or = |name: &str, usual: &str| match name {
            "" => usual.to_owned(),
            name => name.to_owned(),
        };
        Self {
            person: or(&names.person, "vestibulePerson"),
            contacts: or(&names.contacts, "crmContactId"),
            organizations: or(&names.organizations, "portalOrganizations"),
            roles: or(&names.roles, "portalRoles"),
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> [&str; 4] {
        [
            &self.person,
            &self.contacts,
            &self.organizations,
            &self.roles,
        ]
    }

    /// What each has to hold.
    fn values<'w>(&'w self, wanted: &'w Wanted) -> [(&'w str, Vec<String>); 4] {
        [
            (&self.person, vec![wanted.person_id.clone()]),
            (&self.contacts, wanted.contacts.clone()),
            (&self.organizations, wanted.organizations.clone()),
            (&self.roles, wanted.roles.clone()),
        ]
    }

    /// Whether a user holds them all.
    pub(super) fn hold(&self, user: &Value, wanted: &Wanted) -> bool {
        let attributes = user.get("attributes");
        self.values(wanted).into_iter().all(|(name, values)| {
            let stored = attributes.and_then(|attributes| attributes.get(name));
            let mut stored: Vec<&str> = stored
                .and_then(Value::as_array)
                .map(|stored| stored.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            stored.sort_unstable();
            stored == values
        })
    }

    /// Sets them beside the attributes that are there: Keycloak replaces the whole map.
    pub(super) fn set(&self, user: &mut Map<String, Value>, wanted: &Wanted) {
        let attributes = user.entry("attributes").or_insert_with(|| json!({}));
        if !attributes.is_object() {
            *attributes = json!({});
        }
        let Some(attributes) = attributes.as_object_mut() else {
            return;
        };
        for (name, values) in self.values(wanted) {
            if values.is_empty() {
                attributes.remove(name);
            } else {
                attributes.insert(name.to_owned(), json!(values));
            }
        }
    }

    /// A user that is made. The address is one that the portal has verified.
    pub(super) fn new_user(&self, wanted: &Wanted) -> Value {
        let mut user = Map::new();
        user.insert("username".to_owned(), json!(wanted.email));
        user.insert("email".to_owned(), json!(wanted.email));
        user.insert("emailVerified".to_owned(), json!(true));
        user.insert("firstName".to_owned(), json!(wanted.given_name));
        user.insert("lastName".to_owned(), json!(wanted.family_name));
        user.insert("enabled".to_owned(), json!(wanted.enabled.unwrap_or(true)));
        self.set(&mut user, wanted);
        Value::Object(user)
    }
}
