//! Whether an address is proven (law 6): verified by a provider that is trusted for its domain.

use crate::{kernel::EmailAddress, settings::ProviderSettings};

/// What a provider said about an address, in one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidEmail {
    /// The address as sent.
    pub email: Option<String>,
    /// `email_verified`; the texts `"true"` and `"false"` count as what they say, because some
    /// providers send texts. What is missing or anything else is `None` and proves nothing.
    pub verified: Option<bool>,
}

impl SaidEmail {
    /// What the ID token and UserInfo say together. The ID token's address stands; UserInfo may only
    /// fill a gap, and a contradiction proves nothing.
    #[must_use]
    pub fn with_userinfo(self, userinfo: Self) -> Self {
        match (&self.email, &userinfo.email) {
            (None, _) => userinfo,
            (Some(_), None) => self,
            (Some(own), Some(other)) if own.eq_ignore_ascii_case(other) => Self {
                verified: self.verified.or(userinfo.verified),
                ..self
            },
            (Some(_), Some(_)) => Self {
                verified: None,
                ..self
            },
        }
    }
}

/// An address and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// Proven: the person reads its mail.
    Proven(EmailAddress),
    /// A hint at best.
    Claimed(EmailAddress),
    /// None, or none that the portal can use.
    Missing,
}

impl Judged {
    /// Judges an address that came through `provider`.
    #[must_use]
    pub fn of(provider: &ProviderSettings, said: &SaidEmail) -> Self {
        let parsed = said.email.as_deref().map(EmailAddress::parse);
        let Some(Ok(email)) = parsed else {
            return Self::Missing;
        };
        if said.verified == Some(true) && provider.vouches_for(email.domain()) {
            Self::Proven(email)
        } else {
            Self::Claimed(email)
        }
    }

    /// The address, if it is proven.
    #[must_use]
    pub fn proven(&self) -> Option<&EmailAddress> {
        match self {
            Self::Proven(email) => Some(email),
            Self::Claimed(_) | Self::Missing => None,
        }
    }

    /// The address, whatever it is worth.
    #[must_use]
    pub fn address(&self) -> Option<&EmailAddress> {
        match self {
            Self::Proven(email) | Self::Claimed(email) => Some(email),
            Self::Missing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(trusted: &[&str]) -> ProviderSettings {
        let mut settings: ProviderSettings = toml::from_str(
            "key = 'p'\nname = 'P'\nissuer = 'https://p.example'\nclient_id = 'c'\nclient_secret = 's'",
        )
        .unwrap();
        settings.trusted_domains = trusted.iter().map(|domain| (*domain).to_owned()).collect();
        settings
    }

    fn said(email: &str, verified: Option<bool>) -> SaidEmail {
        SaidEmail {
            email: Some(email.to_owned()),
            verified,
        }
    }

    fn is_proven(trusted: &[&str], email: &str, verified: Option<bool>) -> bool {
        Judged::of(&provider(trusted), &said(email, verified))
            .proven()
            .is_some()
    }

    #[test]
    fn only_a_trusted_provider_proves_and_only_its_domains() {
        assert!(is_proven(&["*"], "a@b.example", Some(true)));
        assert!(is_proven(&["b.example"], "a@B.Example", Some(true)));
        for (trusted, email) in [
            (vec![], "a@b.example"),
            (vec!["b.example"], "a@c.example"),
            (vec!["b.example"], "a@x.b.example"),
            (vec!["b.example"], "a@b.example.evil.example"),
            (vec!["b.example"], "a@evil.example@b.example"),
        ] {
            assert!(
                !is_proven(&trusted, email, Some(true)),
                "{trusted:?} {email}"
            );
        }
    }

    #[test]
    fn a_missing_or_false_flag_proves_nothing() {
        assert!(!is_proven(&["*"], "a@b.example", None));
        assert!(!is_proven(&["*"], "a@b.example", Some(false)));
    }

    #[test]
    fn userinfo_fills_gaps_and_never_outranks_the_id_token() {
        let none = SaidEmail::default();
        let flag = |first: SaidEmail, second: SaidEmail| first.with_userinfo(second).verified;
        let own = said("a@b.example", None);
        assert_eq!(
            flag(own.clone(), said("A@b.example", Some(true))),
            Some(true)
        );
        assert_eq!(flag(own.clone(), said("x@b.example", Some(true))), None);
        assert_eq!(
            flag(
                said("a@b.example", Some(true)),
                said("x@b.example", Some(true))
            ),
            None
        );
        assert_eq!(
            flag(
                said("a@b.example", Some(false)),
                said("a@b.example", Some(true))
            ),
            Some(false)
        );
        assert_eq!(flag(own, none.clone()), None);
        let filled = none.with_userinfo(said("a@b.example", Some(true)));
        assert_eq!(filled, said("a@b.example", Some(true)));
    }
}
