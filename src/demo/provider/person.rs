//! Who can sign in: sample people, people who signed up, and any address typed in.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::kernel::EmailAddress;

use super::{Misbehaviour, SamplePerson, request::Scope};

/// Somebody as this provider knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) subject: String,
    pub(super) email: String,
    pub(super) email_verified: bool,
    pub(super) given_name: String,
    pub(super) family_name: String,
}

impl From<&SamplePerson> for Person {
    fn from(sample: &SamplePerson) -> Self {
        Self {
            subject: sample.subject.clone(),
            email: sample.email.clone(),
            email_verified: sample.email_verified,
            given_name: sample.given_name.clone(),
            family_name: sample.family_name.clone(),
        }
    }
}

impl Person {
    /// Somebody nobody introduced: the subject follows from the address, so that the same address
    /// is the same person on every visit and after every restart without anything being stored.
    pub(super) fn from_address(email: &EmailAddress) -> Self {
        let digest = Sha256::digest(email.key().as_bytes());
        let (given_name, family_name) = names_from(email.shown());
        Self {
            subject: format!(
                "address-{}",
                BASE64_URL_SAFE_NO_PAD.encode(digest.iter().take(15).copied().collect::<Vec<_>>())
            ),
            email: email.shown().to_owned(),
            email_verified: true,
            given_name,
            family_name,
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
            .trim()
            .to_owned()
    }

    pub(super) fn has_address(&self, email: &str) -> bool {
        self.email.eq_ignore_ascii_case(email.trim())
    }

    /// The claims of OpenID Connect Core 5.1 and 5.4 that `scope` asks for.
    pub(super) fn claims(&self, scope: Scope, how: Option<Misbehaviour>) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        if scope.profile {
            set("name", self.name().into());
            set("given_name", self.given_name.clone().into());
            if !self.family_name.is_empty() {
                set("family_name", self.family_name.clone().into());
            }
        }
        if scope.email {
            set("email", self.email.clone().into());
            match how {
                Some(Misbehaviour::EmailVerifiedMissing) => None,
                Some(Misbehaviour::EmailVerifiedText) => set("email_verified", "true".into()),
                Some(Misbehaviour::EmailVerifiedFalse) => set("email_verified", false.into()),
                _ => set("email_verified", self.email_verified.into()),
            };
        }
        claims
    }
}

/// Reads one name as a person types it: at most 80 characters, none of them a control character.
pub(super) fn name(typed: &str) -> Option<String> {
    let name = typed.trim();
    let good =
        !name.is_empty() && name.chars().count() <= 80 && !name.chars().any(char::is_control);
    good.then(|| name.to_owned())
}

/// `anna.berg@…` is most likely Anna Berg.
fn names_from(email: &str) -> (String, String) {
    let local = email.rsplit_once('@').map_or(email, |(local, _)| local);
    let local = local.split_once('+').map_or(local, |(before, _)| before);
    let mut words = local
        .split(['.', '_', '-'])
        .filter(|word| !word.is_empty())
        .map(capitalised);
    let given = words.next().unwrap_or_else(|| local.to_owned());
    (given, words.collect::<Vec<_>>().join(" "))
}

fn capitalised(word: &str) -> String {
    let mut rest = word.chars();
    rest.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(rest).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_is_the_same_person_whatever_its_case() {
        let person = |text| Person::from_address(&EmailAddress::parse(text).unwrap());
        let one = person("Anna.Berg@Example.com");
        let two = person("anna.berg@example.com");
        assert_eq!(one.subject, two.subject);
        assert_ne!(one.subject, person("anna@example.com").subject);
        assert_eq!(two.name(), "Anna Berg");
        assert_eq!(person("kim+x@example.com").name(), "Kim");
    }
}
