//! Encryption and authentication of what must be kept and read again.
//!
//! One configured key gives, by HMAC with a label, a key for each purpose. Sealed values are
//! XChaCha20-Poly1305 with a random nonce; the purpose and the place (table and row, or cookie
//! name) are authenticated too, so a sealed value moved elsewhere does not open.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::cx::Random;

const NONCE_BYTES: usize = 24;

/// A sealed value does not open: wrong key, wrong place, or altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value does not open")]
pub struct DoesNotOpen;

/// The keys of this installation. `Debug` shows nothing of them.
#[derive(Clone)]
pub struct Keyring {
    root: [u8; 32],
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// Takes the configured 256-bit key.
    #[must_use]
    pub fn new(root: [u8; 32]) -> Self {
        Self { root }
    }

    /// The key for one purpose.
    fn derived(&self, purpose: &str) -> [u8; 32] {
        mac_of(&self.root, &[purpose.as_bytes()])
    }

    /// HMAC-SHA-256 over `parts`, each preceded by its length, with the key for `purpose`.
    #[must_use]
    pub fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        mac_of(&self.derived(purpose), parts)
    }

    /// Encrypts `plain` for one purpose and place; base64url.
    ///
    /// # Errors
    /// [`DoesNotOpen`] never in practice: the cipher only refuses texts of more than 256 GiB.
    pub fn seal(
        &self,
        random: &Random,
        purpose: &str,
        place: &str,
        plain: &[u8],
    ) -> Result<String, DoesNotOpen> {
        let nonce = random.bytes::<NONCE_BYTES>();
        let cipher = XChaCha20Poly1305::new(&self.derived(purpose).into());
        let payload = Payload {
            msg: plain,
            aad: place.as_bytes(),
        };
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| DoesNotOpen)?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what [`Keyring::seal`] made for the same purpose and place.
    ///
    /// # Errors
    /// [`DoesNotOpen`] for anything else.
    pub fn open(&self, purpose: &str, place: &str, sealed: &str) -> Result<Vec<u8>, DoesNotOpen> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| DoesNotOpen)?;
        let (nonce, body) = bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(DoesNotOpen)?;
        let cipher = XChaCha20Poly1305::new(&self.derived(purpose).into());
        let payload = Payload {
            msg: body,
            aad: place.as_bytes(),
        };
        cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| DoesNotOpen)
    }
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes keys of any length (RFC 2104), so this cannot fail"
)]
fn mac_of(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key length");
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_the_same_key_purpose_and_place() {
        let keys = Keyring::new([7; 32]);
        let sealed = keys
            .seal(&Random::default(), "mail", "dlv_1", b"text")
            .unwrap();
        assert_eq!(keys.open("mail", "dlv_1", &sealed).unwrap(), b"text");
        assert_eq!(keys.open("mail", "dlv_2", &sealed), Err(DoesNotOpen));
        assert_eq!(keys.open("cookie", "dlv_1", &sealed), Err(DoesNotOpen));
        assert_eq!(
            Keyring::new([8; 32]).open("mail", "dlv_1", &sealed),
            Err(DoesNotOpen)
        );
        for cut in 0..sealed.len() {
            assert_eq!(keys.open("mail", "dlv_1", &sealed[..cut]), Err(DoesNotOpen));
        }
    }

    #[test]
    fn parts_cannot_slide_into_one_another() {
        let keys = Keyring::new([7; 32]);
        assert_ne!(
            keys.mac("audit", &[b"ab", b"c"]),
            keys.mac("audit", &[b"a", b"bc"])
        );
    }
}
