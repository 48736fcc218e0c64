//! A person and their identities.

use crate::kernel::{
    EmailAddress, Instant,
    ids::{IdentityId, PersonId},
    text,
};

crate::text_enum! {
    /// Whether a person may sign in.
    pub enum PersonStatus {
        /// May sign in.
        Active = "active",
        /// Kept out everywhere by the portal's staff.
        Suspended = "suspended",
        /// Erased: only the id is left.
        Erased = "erased",
    }
}

/// The longest given, family or display name kept, in characters.
pub(super) const NAME_LIMIT: usize = 100;

/// A human who signs in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    /// The id by which audit and changes name them.
    pub id: PersonId,
    /// The verified primary address.
    pub email: EmailAddress,
    /// The name people see.
    pub display_name: String,
    /// Given name; may be empty.
    pub given_name: String,
    /// Family name; may be empty.
    pub family_name: String,
    /// Phone number as typed; may be empty.
    pub phone: String,
    /// `en`, `de`, or empty when not chosen.
    pub language: String,
    /// IANA time zone, or empty when not chosen.
    pub time_zone: String,
    /// Whether they may sign in.
    pub status: PersonStatus,
    /// Since when they are known.
    pub created_at: Instant,
    /// The last sign-in.
    pub last_sign_in_at: Option<Instant>,
}

/// An `(issuer, subject)` pair bound to one person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Whose.
    pub person_id: PersonId,
    /// The configured provider's key.
    pub provider: String,
    /// The issuer, exactly as in its ID tokens.
    pub issuer: String,
    /// The subject at that issuer.
    pub subject: String,
    /// Since when.
    pub created_at: Instant,
    /// The last sign-in with it.
    pub last_sign_in_at: Option<Instant>,
}

/// The name people see: as given, else made of the two names, else the address.
pub(super) fn display_name(
    given_as_whole: &str,
    given_name: &str,
    family_name: &str,
    email: &EmailAddress,
) -> String {
    let whole = text::one_line(given_as_whole, NAME_LIMIT);
    if !whole.is_empty() {
        return whole;
    }
    let joined = text::one_line(&format!("{given_name} {family_name}"), NAME_LIMIT);
    if joined.is_empty() {
        email.shown().to_owned()
    } else {
        joined
    }
}

/// `text` when the portal speaks it, else empty. Regions are dropped: `de-AT` is `de`.
pub(super) fn known_language(text: &str) -> &'static str {
    let primary = text.split(['-', '_']).next().unwrap_or_default();
    match primary.to_ascii_lowercase().as_str() {
        "en" => "en",
        "de" => "de",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_empty() {
        let email = EmailAddress::parse("aino@kuusi.example").unwrap();
        assert_eq!(display_name(" Aino V ", "x", "y", &email), "Aino V");
        assert_eq!(display_name("", "Aino", "", &email), "Aino");
        assert_eq!(
            display_name("\u{202e}", " ", "", &email),
            "aino@kuusi.example"
        );
    }

    #[test]
    fn regions_of_known_languages_are_known() {
        assert_eq!(known_language("de-AT"), "de");
        assert_eq!(known_language("EN_us"), "en");
        assert_eq!(known_language("fi"), "");
        assert_eq!(known_language(""), "");
    }
}
