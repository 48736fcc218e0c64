//! What a catalogue must be before it can be used, whichever way it was edited.

use std::collections::BTreeSet;

use crate::{
    access::CatalogueBody,
    settings::{RoleSettings, RoleTier, ServiceSettings, is_application_role},
    web::Shell,
};

/// Characters of a name at most.
pub const NAME_LIMIT: usize = 100;
/// Characters of a sentence at most.
pub const TEXT_LIMIT: usize = 500;
/// Lines of what a role allows, or does not, at most.
pub const LINES: usize = 20;

/// Something that is wrong: of which entry, and the text that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The entry's key; empty for the whole.
    pub entry: String,
    /// The form's field it belongs to.
    pub field: &'static str,
    /// The text's key.
    pub text: &'static str,
    /// What it names; may be empty.
    pub of: String,
}

impl Fault {
    fn new(entry: &str, field: &'static str, text: &'static str) -> Self {
        Self {
            entry: entry.to_owned(),
            field,
            text,
            of: String::new(),
        }
    }

    fn of(mut self, of: &str) -> Self {
        of.clone_into(&mut self.of);
        self
    }

    /// The fault as a sentence.
    pub fn sentence(&self, shell: &Shell) -> String {
        shell.t1(self.text, "of", self.of.as_str())
    }
}

/// Whether a text can be a key: it stands in addresses and, joined by commas, in records.
pub fn is_key(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_')
}

/// Everything that is wrong.
pub fn faults(body: &CatalogueBody) -> Vec<Fault> {
    let mut found = Vec::new();
    twice(body.services.iter().map(|it| &it.key), &mut found);
    twice(body.roles.iter().map(|it| &it.key), &mut found);
    for service in &body.services {
        found.extend(of_service(service));
    }
    for role in body.roles.iter().filter(|role| !role.retired) {
        found.extend(of_role(role));
        for key in role.grants.keys() {
            if body.service(key).is_none() {
                let text = "catalogue-wrong-unknown-service";
                found.push(Fault::new(&role.key, "grants", text).of(key));
            }
        }
    }
    let runs = |role: &RoleSettings| role.tier == RoleTier::Admin && !role.retired;
    if !body.roles.iter().any(runs) {
        found.push(Fault::new("", "tier", "catalogue-wrong-no-admin"));
    }
    found
}

fn twice<'a>(keys: impl Iterator<Item = &'a String>, found: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for key in keys {
        if !seen.insert(key) {
            found.push(Fault::new(key, "key", "catalogue-wrong-twice").of(key));
        }
    }
}

/// What is wrong with a service by itself.
pub fn of_service(service: &ServiceSettings) -> Vec<Fault> {
    let wrong = |field, text| Fault::new(&service.key, field, text);
    let mut found = Vec::new();
    if !is_key(&service.key) {
        found.push(wrong("key", "catalogue-wrong-key"));
    }
    if !matches!(service.url.scheme(), "https" | "http") || service.url.host_str().is_none() {
        found.push(wrong("url", "catalogue-wrong-url"));
    }
    if !is_word_or_nothing(service.product.as_deref()) {
        found.push(wrong("product", "catalogue-wrong-product"));
    }
    let name = service.name.get("en").map_or("", String::as_str);
    if name.is_empty() {
        found.push(wrong("name_en", "catalogue-wrong-name"));
    }
    if service.name.values().any(|text| is_long(text, NAME_LIMIT))
        || service.about.values().any(|text| is_long(text, TEXT_LIMIT))
    {
        found.push(wrong("about_en", "catalogue-wrong-long"));
    }
    found
}

/// What is wrong with a role by itself.
pub fn of_role(role: &RoleSettings) -> Vec<Fault> {
    let wrong = |field, text| Fault::new(&role.key, field, text);
    let mut found = Vec::new();
    if !is_key(&role.key) {
        found.push(wrong("key", "catalogue-wrong-key"));
    }
    if !is_word_or_nothing(role.product.as_deref()) {
        found.push(wrong("product", "catalogue-wrong-product"));
    }
    match role.words.get("en") {
        Some(words) if !words.name.is_empty() => {
            if words.people.is_empty() {
                found.push(wrong("people_en", "catalogue-wrong-people"));
            }
        }
        _ => found.push(wrong("name_en", "catalogue-wrong-name")),
    }
    let is_wordy = |lines: &[String]| {
        lines.len() > LINES || lines.iter().any(|line| is_long(line, TEXT_LIMIT))
    };
    let too_long = role.words.values().any(|words| {
        is_long(&words.name, NAME_LIMIT)
            || is_long(&words.people, TEXT_LIMIT)
            || is_wordy(&words.can)
            || is_wordy(&words.cannot)
    });
    if too_long {
        found.push(wrong("people_en", "catalogue-wrong-long"));
    }
    let given = role.grants.values().flatten();
    for name in given.filter(|name| !is_application_role(name)) {
        found.push(wrong("grants", "catalogue-wrong-application-role").of(name));
    }
    found
}

fn is_long(text: &str, limit: usize) -> bool {
    text.chars().count() > limit
}

fn is_word_or_nothing(text: Option<&str>) -> bool {
    text.is_none_or(|text| !text.is_empty() && !is_long(text, NAME_LIMIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_application_roles_are_plain_words() {
        for good in ["a", "orders-2", "spare_parts"] {
            assert!(is_key(good), "{good}");
        }
        for bad in ["", "A", "a,b", "a b", "ä", "../x", &"x".repeat(41)] {
            assert!(!is_key(bad), "{bad}");
        }
        for bad in ["", "a,b", "a;b", "a b", "ä", "\"", "a\r\nX: y"] {
            assert!(!is_application_role(bad), "{bad:?}");
        }
        assert!(is_application_role("shop:buyer/2"));
    }
}
