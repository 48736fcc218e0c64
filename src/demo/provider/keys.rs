//! The RSA keys behind the id tokens, and the signing by hand that lets tokens be made wrong.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rand_core::OsRng;
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding},
    traits::PublicKeyParts as _,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

const BITS: usize = 2048;

/// How long a request waits for a key that is still being made.
const PATIENCE: Duration = Duration::from_secs(30);

/// Public keys of earlier days, kept so that an `id_token_hint` signed then is still ours.
const RETIRED_AT_MOST: usize = 8;

/// The DER prefix of a SHA-256 `DigestInfo`, RFC 8017 section 9.2, note 1.
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// A private key with the name it is published under.
#[derive(Clone)]
pub(super) struct SigningKey {
    kid: String,
    private: RsaPrivateKey,
}

/// A key as the state file holds it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SavedKey {
    kid: String,
    pem: String,
}

impl SigningKey {
    fn new(private: RsaPrivateKey, generation: u64) -> Self {
        let digest = Sha256::digest(private.n().to_bytes_be());
        let short: Vec<u8> = digest.iter().take(9).copied().collect();
        Self {
            kid: format!("demo-{generation}-{}", BASE64_URL_SAFE_NO_PAD.encode(short)),
            private,
        }
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 over `message` (RS256, RFC 7518 3.3), blinded.
    ///
    /// # Errors
    /// When the arithmetic of the key does not hold, which a key made here never shows.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rsa::Error> {
        let digest = Sha256::digest(message);
        self.private.sign_with_rng(&mut OsRng, padding(), &digest)
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let digest = Sha256::digest(message);
        let public = self.private.to_public_key();
        public.verify(padding(), &digest, signature).is_ok()
    }

    /// The public half as a JSON Web Key (RFC 7517 4, RFC 7518 6.3.1).
    pub(super) fn as_jwk(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": BASE64_URL_SAFE_NO_PAD.encode(self.private.n().to_bytes_be()),
            "e": BASE64_URL_SAFE_NO_PAD.encode(self.private.e().to_bytes_be()),
        })
    }

    pub(super) fn save(&self) -> anyhow::Result<SavedKey> {
        let pem = self.private.to_pkcs8_pem(LineEnding::LF)?;
        Ok(SavedKey {
            kid: self.kid.clone(),
            pem: pem.as_str().to_owned(),
        })
    }

    pub(super) fn load(saved: &SavedKey) -> anyhow::Result<Self> {
        let private = RsaPrivateKey::from_pkcs8_pem(&saved.pem)
            .context("the signing key in it cannot be read")?;
        Ok(Self {
            kid: saved.kid.clone(),
            private,
        })
    }
}

fn padding() -> Pkcs1v15Sign {
    Pkcs1v15Sign {
        hash_len: Some(32),
        prefix: SHA256_PREFIX.into(),
    }
}

/// Where new keys come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A few keys made once and shared by every provider of the process that keeps no state:
    /// enough for tests, where making a key per provider would take most of the time.
    Shared,
    /// A key of its own each time.
    Fresh,
}

static POOL: [OnceLock<RsaPrivateKey>; 3] = [const { OnceLock::new() }; 3];

/// A key that no provider publishes.
static STRAY: OnceLock<RsaPrivateKey> = OnceLock::new();

fn made() -> anyhow::Result<RsaPrivateKey> {
    RsaPrivateKey::new(&mut OsRng, BITS).context("no RSA key could be made")
}

fn once(slot: &OnceLock<RsaPrivateKey>) -> anyhow::Result<RsaPrivateKey> {
    if let Some(key) = slot.get() {
        return Ok(key.clone());
    }
    let key = made()?;
    Ok(slot.get_or_init(|| key).clone())
}

/// A key under the name `kid` that no provider publishes.
///
/// # Errors
/// When no key can be made.
pub(super) fn stray(kid: &str) -> anyhow::Result<SigningKey> {
    Ok(SigningKey {
        kid: kid.to_owned(),
        private: once(&STRAY)?,
    })
}

/// The key in use and those before it.
pub(super) struct KeyRing {
    current: watch::Sender<Option<Arc<SigningKey>>>,
    retired: Mutex<Vec<Arc<SigningKey>>>,
    generation: AtomicU64,
    source: Source,
}

impl KeyRing {
    pub(super) fn new(source: Source, first: Option<SigningKey>) -> Self {
        Self {
            current: watch::Sender::new(first.map(Arc::new)),
            retired: Mutex::default(),
            generation: AtomicU64::new(1),
            source,
        }
    }

    /// The key in use, waiting for one that is still being made; `None` when that takes too long.
    pub(super) async fn current(&self) -> Option<Arc<SigningKey>> {
        let mut watching = self.current.subscribe();
        let ready = watching.wait_for(Option::is_some);
        let key = tokio::time::timeout(PATIENCE, ready).await.ok()?.ok()?;
        (*key).clone()
    }

    /// Makes a key, has it kept, and puts it in the place of the one before, which leaves the key set
    /// at once. Nothing is signed with a key that a restart would not know.
    ///
    /// # Errors
    /// When no key can be made or kept.
    pub(super) fn rotate(
        &self,
        keep: impl FnOnce(&SigningKey) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let generation = self.generation.fetch_add(1, Ordering::Relaxed);
        let private = match self.source {
            Source::Fresh => made()?,
            Source::Shared => {
                let turn = usize::try_from(generation.wrapping_sub(1)).unwrap_or_default();
                let slot = POOL
                    .get(turn % POOL.len())
                    .context("the key pool is empty")?;
                once(slot)?
            }
        };
        let key = Arc::new(SigningKey::new(private, generation));
        keep(&key)?;
        let before = self.current.send_replace(Some(key));
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.extend(before);
        let surplus = retired.len().saturating_sub(RETIRED_AT_MOST);
        retired.drain(..surplus);
        Ok(())
    }

    /// Whether this provider signed `message`, now or before a rotation.
    pub(super) fn signed(&self, kid: &str, message: &[u8], signature: &[u8]) -> bool {
        let current = self.current.borrow().clone();
        let retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired
            .iter()
            .chain(current.iter())
            .any(|key| key.kid == kid && key.verifies(message, signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotated(ring: &KeyRing) -> Arc<SigningKey> {
        ring.rotate(|_| Ok(())).unwrap();
        ring.current.borrow().clone().unwrap()
    }

    #[test]
    fn a_saved_key_signs_like_the_one_before() {
        let ring = KeyRing::new(Source::Shared, None);
        let key = rotated(&ring);
        let again = SigningKey::load(&key.save().unwrap()).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert!(key.verifies(b"words", &again.sign(b"words").unwrap()));
        assert!(!key.verifies(b"other", &again.sign(b"words").unwrap()));
    }

    #[test]
    fn a_rotation_changes_key_and_name_and_keeps_the_old_one_for_hints() {
        let ring = KeyRing::new(Source::Shared, None);
        let one = rotated(&ring);
        let two = rotated(&ring);
        assert_ne!(one.kid(), two.kid());
        assert_ne!(one.as_jwk()["n"], two.as_jwk()["n"]);
        assert!(ring.signed(one.kid(), b"x", &one.sign(b"x").unwrap()));
        assert!(!ring.signed(two.kid(), b"x", &one.sign(b"x").unwrap()));
    }
}
