//! Typed, prefixed, time-ordered ids: the one list of every kind of thing that has an id.
//!
//! An id reads `org_06bq3v…`: a prefix that names the kind, then the 128 bits of a UUID version 7
//! (RFC 9562 section 5.7) in Crockford's base 32, lower case, 26 characters. Text order is time
//! order. An id of the wrong kind does not parse, so it can neither be decoded nor passed along.

use std::fmt;

/// Crockford's alphabet: no `i`, `l`, `o`, `u`, so an id can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const BODY_LENGTH: usize = 26;

/// The text given is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the kind {expected}_…")]
pub struct WrongId {
    /// The prefix that was expected.
    pub expected: &'static str,
}

/// Writes 128 bits as 26 characters whose text order is the numeric order.
pub(super) fn encode_body(mut bits: u128) -> String {
    let mut body = [b'0'; BODY_LENGTH];
    for slot in body.iter_mut().rev() {
        let digit = usize::try_from(bits & 31).unwrap_or_default();
        *slot = ALPHABET.get(digit).copied().unwrap_or(b'0');
        bits >>= 5;
    }
    body.iter().map(|byte| char::from(*byte)).collect()
}

fn is_body(text: &str) -> bool {
    text.len() == BODY_LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// What every id type offers.
pub trait Id: Sized {
    /// The prefix before the underscore.
    const PREFIX: &'static str;
    /// Wraps a text that is known to be valid.
    fn from_valid(text: String) -> Self;
    /// The whole text.
    fn as_str(&self) -> &str;

    /// Parses a text that came from outside.
    ///
    /// # Errors
    /// [`WrongId`] when prefix, length or alphabet are not those of this kind.
    fn parse(text: &str) -> Result<Self, WrongId> {
        text.strip_prefix(Self::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|body| is_body(body))
            .map(|_| Self::from_valid(text.to_owned()))
            .ok_or(WrongId {
                expected: Self::PREFIX,
            })
    }

    /// Builds an id from 128 bits (see [`super::Cx::new_id`]).
    fn from_bits(bits: u128) -> Self {
        Self::from_valid(format!("{}_{}", Self::PREFIX, encode_body(bits)))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_valid(text: String) -> Self { Self(text) }
            fn as_str(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl std::str::FromStr for $name {
            type Err = WrongId;
            fn from_str(text: &str) -> Result<Self, WrongId> { <Self as Id>::parse(text) }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(d)?;
                <Self as Id>::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl<DB: sqlx::Database> sqlx::Type<DB> for $name where String: sqlx::Type<DB> {
            fn type_info() -> DB::TypeInfo { <String as sqlx::Type<DB>>::type_info() }
            fn compatible(ty: &DB::TypeInfo) -> bool { <String as sqlx::Type<DB>>::compatible(ty) }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name where String: sqlx::Encode<'q, DB> {
            fn encode_by_ref(
                &self,
                buffer: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                self.0.encode_by_ref(buffer)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name where String: sqlx::Decode<'r, DB> {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let text = <String as sqlx::Decode<DB>>::decode(value)?;
                <Self as Id>::parse(&text).map_err(Into::into)
            }
        }
    )*};
}

ids! {
    /// A human who signs in.
    PersonId = "per";
    /// An (issuer, subject) pair bound to one person.
    IdentityId = "idn";
    /// A company.
    OrganizationId = "org";
    /// A person in an organization.
    MembershipId = "mem";
    /// What the CRM says is agreed with an organization.
    ContractId = "con";
    /// An offer of membership.
    InvitationId = "inv";
    /// A request to be let in without an invitation.
    RegistrationId = "reg";
    /// A fact to be told to another system.
    ChangeId = "chg";
    /// A change on its way to one destination.
    DeliveryId = "dlv";
    /// A mail; its `Message-ID` is made of it.
    MailId = "mail";
    /// A request that somebody looks at something.
    TaskId = "tsk";
    /// A receipt of access that ended or came back.
    ReceiptId = "rcp";
    /// A change of the CRM that waits for a person (law 11).
    HeldId = "hld";
    /// A comparison of a CRM with the portal.
    RunId = "rec";
    /// Something that was not the same on both sides.
    FindingId = "fnd";
    /// One request, in logs and on error pages.
    RequestId = "req";
    /// A given or withdrawn consent.
    ConsentId = "cns";
    /// A session as people see it in lists: never the value of the cookie.
    SessionId = "ses";
    /// A program that calls the API.
    ApiClientId = "cli";
    /// A system that is told events by webhook.
    WebhookId = "whk";
    /// A CRM credential that a colleague lent.
    CredentialId = "crd";
    /// A record of the built-in CRM.
    CrmRecordId = "crm";
}

/// What an id that subscribers are told is an id of: `person` for `per_…`.
#[must_use]
pub fn kind(id: &str) -> Option<&'static str> {
    let (prefix, _) = id.split_once('_')?;
    let kinds = [
        (PersonId::PREFIX, "person"),
        (OrganizationId::PREFIX, "organization"),
        (MembershipId::PREFIX, "membership"),
        (ContractId::PREFIX, "contract"),
        (InvitationId::PREFIX, "invitation"),
        (RegistrationId::PREFIX, "registration"),
        (DeliveryId::PREFIX, "delivery"),
        (HeldId::PREFIX, "held_change"),
    ];
    let found = kinds.into_iter().find(|(known, _)| *known == prefix);
    found.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_order_is_numeric_order() {
        let small = PersonId::from_bits(1 << 90);
        let large = PersonId::from_bits((1 << 90) + 1);
        assert!(small < large);
        assert_eq!(small.as_str().len(), "per_".len() + BODY_LENGTH);
    }

    #[test]
    fn an_id_of_another_kind_does_not_parse() {
        let person = PersonId::from_bits(7);
        assert!(PersonId::parse(person.as_str()).is_ok());
        assert!(OrganizationId::parse(person.as_str()).is_err());
        assert!(PersonId::parse("per_").is_err());
        assert!(PersonId::parse("per_UPPERCASEUPPERCASEUPPERCA").is_err());
    }
}
