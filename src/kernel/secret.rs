//! Secrets that people carry in links and cookies: random, shown once, stored hashed.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::cx::Random;

const SECRET_BYTES: usize = 32;
/// 32 bytes in base64url without padding.
const SECRET_TEXT: usize = 43;

/// A 256-bit random secret, as it stands in a link.
///
/// Its `Debug` form never shows the value. Only [`SecretHash`] is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkSecret(String);

impl LinkSecret {
    /// A new secret.
    #[must_use]
    pub fn new(random: &Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random.bytes::<SECRET_BYTES>()))
    }

    /// Reads a secret from a link or a cookie: exactly 43 characters that decode to 32 bytes and
    /// encode back to the same text, so a secret has one spelling only.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = (text.len() == SECRET_TEXT).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
        (bytes.len() == SECRET_BYTES).then(|| Self(text.to_owned()))
    }

    /// What is stored.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.as_bytes())
    }

    /// The value, for the one link or cookie it belongs in.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

/// SHA-256 of a secret, in base64url. Plain SHA-256 is right for 256 random bits (ASVS 6.5.2).
#[derive(Clone, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct SecretHash(String);

impl SecretHash {
    /// Hashes any bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
    }

    /// The text as stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_one_spelling() {
        let secret = LinkSecret::new(&Random::default());
        assert_eq!(LinkSecret::parse(secret.expose()), Some(secret.clone()));
        for text in [
            "",
            "short",
            &secret.expose()[..42],
            &format!("{}=", secret.expose()),
        ] {
            assert_eq!(LinkSecret::parse(text), None);
        }
        assert_eq!(format!("{secret:?}"), "LinkSecret(…)");
    }
}
