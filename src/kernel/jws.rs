//! Tokens that the portal signs itself (RFC 7515): RSASSA-PKCS1-v1_5 with SHA-256, `RS256`.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rand_core::OsRng;
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding},
    traits::PublicKeyParts as _,
};
use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The size of a key, in bits.
const BITS: usize = 2048;

/// The DER prefix of a SHA-256 `DigestInfo`, RFC 8017 section 9.2, note 1.
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// A key cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key cannot be used")]
pub struct BadKey;

/// A private key under the name by which its public half is published.
#[derive(Clone)]
pub struct SigningKey {
    id: String,
    private: RsaPrivateKey,
}

impl SigningKey {
    /// A new key. Takes a good part of a second: not for a thread that serves requests.
    ///
    /// # Errors
    /// [`BadKey`] when the machine gives no randomness.
    pub fn generate() -> Result<Self, BadKey> {
        let private = RsaPrivateKey::new(&mut OsRng, BITS).map_err(|_| BadKey)?;
        Ok(Self::of(private))
    }

    /// A key that [`SigningKey::to_pem`] wrote.
    ///
    /// # Errors
    /// [`BadKey`] for anything else.
    pub fn from_pem(pem: &str) -> Result<Self, BadKey> {
        let private = RsaPrivateKey::from_pkcs8_pem(pem).map_err(|_| BadKey)?;
        Ok(Self::of(private))
    }

    fn of(private: RsaPrivateKey) -> Self {
        // The thumbprint of RFC 7638: members in this order, without spaces.
        let members = format!(
            r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
            encode(&private.e().to_bytes_be()),
            encode(&private.n().to_bytes_be()),
        );
        Self {
            id: encode(&Sha256::digest(members)),
            private,
        }
    }

    /// The key as a text, for sealing.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn to_pem(&self) -> Result<Zeroizing<String>, BadKey> {
        self.private
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| BadKey)
    }

    /// The name under which it is published (`kid`).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public half as a JSON Web Key (RFC 7517 4, RFC 7518 6.3.1).
    #[must_use]
    pub fn public(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": encode(&self.private.n().to_bytes_be()),
            "e": encode(&self.private.e().to_bytes_be()),
        })
    }

    /// A signed token of a kind (`typ`), in its compact form.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn sign(&self, kind: &str, claims: &Value) -> Result<String, BadKey> {
        let header = json!({ "alg": "RS256", "typ": kind, "kid": self.id });
        let message = format!(
            "{}.{}",
            encode(header.to_string().as_bytes()),
            encode(claims.to_string().as_bytes())
        );
        let padding = Pkcs1v15Sign {
            hash_len: Some(32),
            prefix: SHA256_PREFIX.into(),
        };
        let digest = Sha256::digest(message.as_bytes());
        let signature = self
            .private
            .sign_with_rng(&mut OsRng, padding, &digest)
            .map_err(|_| BadKey)?;
        Ok(format!("{message}.{}", encode(&signature)))
    }
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_key_has_the_same_name_and_signs_the_same() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(key.id(), again.id());
        assert_eq!(key.public(), again.public());
        let claims = json!({"iss": "https://portal.example"});
        let (one, two) = (key.sign("x+jwt", &claims), again.sign("x+jwt", &claims));
        // This way of signing has no chance in it.
        assert_eq!(one.unwrap(), two.unwrap());
        assert!(SigningKey::from_pem("-----BEGIN PRIVATE KEY-----").is_err());
    }
}
