//! What differs between two versions, entry by entry and field by field.

use std::collections::BTreeMap;

use crate::{
    access::CatalogueBody,
    settings::{RoleSettings, ServiceSettings},
    web::Shell,
};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A service.
    Service,
    /// A business role.
    Role,
}

impl Kind {
    /// As a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Role => "role",
        }
    }
}

/// One field of an entry: which, of which service or language, and what stands in it.
type Fields = BTreeMap<(&'static str, String), String>;

/// What became of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which: the end of the text `catalogue-field-…`.
    pub field: &'static str,
    /// Of which service or language; may be empty.
    pub of: String,
    /// What stood there.
    pub before: String,
    /// What stands there.
    pub after: String,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is.
    pub kind: Kind,
    /// Its key.
    pub key: String,
    /// Whether it was there, and whether it is.
    pub was: bool,
    /// Whether it is there now.
    pub is: bool,
    /// What changed in it; empty when it came or went.
    pub changes: Vec<Change>,
}

impl Difference {
    /// The difference as one line of the log: `role orders: grants shop "buyer" -> ""`.
    pub fn line(&self) -> String {
        let name = format!("{} {}", self.kind.word(), self.key);
        match (self.was, self.is) {
            (false, _) => format!("{name} added"),
            (_, false) => format!("{name} removed"),
            _ => {
                let changes = self.changes.iter().map(|change| {
                    let Change {
                        field,
                        of,
                        before,
                        after,
                    } = change;
                    let of = if of.is_empty() {
                        String::new()
                    } else {
                        format!(" {of}")
                    };
                    format!("{field}{of} {before:?} -> {after:?}")
                });
                format!("{name}: {}", changes.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// What became of it: a word and its tone.
    pub fn state(&self, shell: &Shell) -> (String, &'static str) {
        let (key, tone) = match (self.was, self.is) {
            (false, _) => ("catalogue-added", "success"),
            (_, false) => ("catalogue-removed", "danger"),
            _ => ("catalogue-changed", "info"),
        };
        (shell.t(key).into_owned(), tone)
    }
}

impl Change {
    /// The field in words.
    pub fn label(&self, shell: &Shell) -> String {
        shell.t1(
            &format!("catalogue-field-{}", self.field),
            "of",
            self.of.as_str(),
        )
    }
}

/// Everything that differs, services first, by key.
pub fn between(before: &CatalogueBody, after: &CatalogueBody) -> Vec<Difference> {
    let services = compare(
        Kind::Service,
        &entries(&before.services, |it| &it.key, service_fields),
        &entries(&after.services, |it| &it.key, service_fields),
    );
    let roles = compare(
        Kind::Role,
        &entries(&before.roles, |it| &it.key, role_fields),
        &entries(&after.roles, |it| &it.key, role_fields),
    );
    services.into_iter().chain(roles).collect()
}

fn entries<'a, T>(
    list: &'a [T],
    key: impl Fn(&'a T) -> &'a String,
    fields: impl Fn(&T) -> Fields,
) -> BTreeMap<&'a str, Fields> {
    list.iter()
        .map(|entry| (key(entry).as_str(), fields(entry)))
        .collect()
}

fn compare(
    kind: Kind,
    before: &BTreeMap<&str, Fields>,
    after: &BTreeMap<&str, Fields>,
) -> Vec<Difference> {
    let mut keys: Vec<&&str> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let found = keys.into_iter().filter_map(|key| {
        let (old, new) = (before.get(key), after.get(key));
        let changes = match (old, new) {
            (Some(old), Some(new)) => changes(old, new),
            _ => Vec::new(),
        };
        let differs = old.is_some() != new.is_some() || !changes.is_empty();
        differs.then(|| Difference {
            kind,
            key: (*key).to_owned(),
            was: old.is_some(),
            is: new.is_some(),
            changes,
        })
    });
    found.collect()
}

fn changes(old: &Fields, new: &Fields) -> Vec<Change> {
    let mut names: Vec<_> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let text = |fields: &Fields, name| fields.get(name).cloned().unwrap_or_default();
    let found = names.into_iter().map(|name| Change {
        field: name.0,
        of: name.1.clone(),
        before: text(old, name),
        after: text(new, name),
    });
    found
        .filter(|change| change.before != change.after)
        .collect()
}

fn service_fields(service: &ServiceSettings) -> Fields {
    let plain = |field, text: &str| ((field, String::new()), text.to_owned());
    let mut fields = Fields::from([
        plain("url", service.url.as_str()),
        plain("product", service.product.as_deref().unwrap_or_default()),
    ]);
    for (language, text) in &service.name {
        fields.insert(("name", language.clone()), text.clone());
    }
    for (language, text) in &service.about {
        fields.insert(("about", language.clone()), text.clone());
    }
    fields
}

fn role_fields(role: &RoleSettings) -> Fields {
    let plain = |field, text: &str| ((field, String::new()), text.to_owned());
    let kinds: Vec<&str> = role.kinds.iter().map(|kind| kind.as_str()).collect();
    let mut fields = Fields::from([
        plain("tier", role.tier.as_str()),
        plain("product", role.product.as_deref().unwrap_or_default()),
        plain("kinds", &kinds.join(", ")),
        plain("granted-by", role.granted_by.as_str()),
        plain("retired", if role.retired { "yes" } else { "" }),
    ]);
    for (service, given) in &role.grants {
        // A service may be opened without an application role.
        let given = if given.is_empty() {
            "*".to_owned()
        } else {
            given.join(", ")
        };
        fields.insert(("grants", service.clone()), given);
    }
    for (language, words) in &role.words {
        let mut put = |field, text: &str| {
            fields.insert((field, language.clone()), text.to_owned());
        };
        put("name", &words.name);
        put("people", &words.people);
        put("can", &words.can.join(" · "));
        put("cannot", &words.cannot.join(" · "));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{GrantedBy, TEMPLATE};

    fn body() -> CatalogueBody {
        let template: toml::Table = toml::from_str(TEMPLATE).unwrap();
        CatalogueBody {
            services: template["services"].clone().try_into().unwrap(),
            roles: template["roles"].clone().try_into().unwrap(),
        }
    }

    #[test]
    fn every_field_that_differs_is_named_once() {
        let before = body();
        assert_eq!(between(&before, &before), []);
        let mut after = before.clone();
        after.services.clear();
        let orders = after.roles.iter_mut().find(|role| role.key == "orders");
        let orders = orders.unwrap();
        orders.grants.clear();
        orders.granted_by = GrantedBy::Staff;
        orders.words.get_mut("en").unwrap().name = "Buys".into();
        let added = RoleSettings {
            key: "new".into(),
            ..orders.clone()
        };
        after.roles.push(added);
        let lines: Vec<String> = between(&before, &after)
            .iter()
            .map(Difference::line)
            .collect();
        assert_eq!(
            lines,
            [
                "service shop removed",
                "role new added",
                "role orders: granted-by \"admin\" -> \"staff\", grants shop \"buyer\" -> \"\", name en \"Orders spare parts\" -> \"Buys\"",
            ]
        );
    }
}
