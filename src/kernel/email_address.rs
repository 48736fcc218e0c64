//! E-mail addresses as the portal accepts them.
//!
//! Narrower than RFC 5321 on purpose: no quoted local parts, no address literals, no comments, so
//! that every part of the system splits an address at the same place. Domains are ASCII (an
//! internationalised domain in its `xn--` form). The key folds case in both parts: the mail world
//! treats `A@b` and `a@b` as one mailbox, and two people on one spelling would be a takeover.

use std::fmt;

const MAX_LENGTH: usize = 254;
const MAX_LOCAL: usize = 64;

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address like name@example.com")]
pub struct NotAnAddress;

/// A valid address: the spelling that was typed, and the folded key by which addresses compare.
#[derive(Clone)]
pub struct EmailAddress {
    shown: String,
    key: String,
}

impl EmailAddress {
    /// Parses a typed address; surrounding white space is ignored.
    ///
    /// # Errors
    /// [`NotAnAddress`] when it has not exactly one `@`, a part is empty or too long (64 before,
    /// 254 in all), or a character is not allowed.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let shown = text.trim();
        let (local, domain) = shown.split_once('@').ok_or(NotAnAddress)?;
        let fits = shown.len() <= MAX_LENGTH && local.len() <= MAX_LOCAL;
        if fits && is_local(local) && is_domain(domain) {
            Ok(Self {
                shown: shown.to_owned(),
                key: shown.to_ascii_lowercase(),
            })
        } else {
            Err(NotAnAddress)
        }
    }

    /// The spelling that was typed, for people and mail servers.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The folded form by which addresses compare.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The part after the `@`, folded.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.key.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The registrable domain by the public suffix list: `mail.shop.example.co.uk` gives
    /// `example.co.uk`. The whole domain when the list knows none.
    #[must_use]
    pub fn registrable_domain(&self) -> &str {
        psl::domain_str(self.domain()).unwrap_or_else(|| self.domain())
    }

    /// With most of the local part hidden, for pages seen before sign-in.
    #[must_use]
    pub fn masked(&self) -> String {
        let first = self.shown.chars().next().unwrap_or('•');
        let domain = self.shown.split_once('@').map_or("", |(_, domain)| domain);
        format!("{first}•••@{domain}")
    }
}

fn is_local(local: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    !local.is_empty()
        && local.bytes().all(allowed)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let ends_in_a_name = domain
        .rsplit('.')
        .next()
        .is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()));
    domain.contains('.') && ends_in_a_name && domain.split('.').all(is_label)
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for EmailAddress {}

/// Masked, so that an address written to a log by mistake is not a whole one.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = NotAnAddress;
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        Self::parse(text)
    }
}

impl serde::Serialize for EmailAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown)
    }
}

impl<'de> serde::Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl<DB: sqlx::Database> sqlx::Type<DB> for EmailAddress
where
    String: sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as sqlx::Type<DB>>::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        <String as sqlx::Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for EmailAddress
where
    String: sqlx::Decode<'r, DB>,
{
    fn decode(
        value: <DB as sqlx::Database>::ValueRef<'r>,
    ) -> Result<Self, sqlx::error::BoxDynError> {
        Self::parse(&<String as sqlx::Decode<DB>>::decode(value)?).map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_people_have() {
        for text in [
            "a@b.example",
            " Aino.Virtanen+portal@Sub.Example.co.uk ",
            "o'neil@xn--mnchen-3ya.de",
        ] {
            assert!(EmailAddress::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_what_could_be_read_in_two_ways() {
        for text in [
            "",
            "a",
            "a@",
            "@b.example",
            "a@evil.example@good.example",
            "\"a b\"@b.example",
            "a@b",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@b.example.",
            "a@.example",
            "a..b@c.example",
            ".a@c.example",
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example,c@d.example",
            "a@b_c.example",
            "ä@b.example",
            "a@-b.example",
        ] {
            assert_eq!(
                EmailAddress::parse(text).err(),
                Some(NotAnAddress),
                "{text}"
            );
        }
    }

    #[test]
    fn compares_by_the_folded_key_and_keeps_the_spelling() {
        let address = EmailAddress::parse("Aino@Example.COM").unwrap();
        assert_eq!(address, EmailAddress::parse("aino@example.com").unwrap());
        assert_eq!(address.shown(), "Aino@Example.COM");
        assert_eq!(address.masked(), "A•••@Example.COM");
        assert_eq!(
            EmailAddress::parse("a@x.shop.example.co.uk")
                .unwrap()
                .registrable_domain(),
            "example.co.uk"
        );
    }
}
