//! Signatures of webhooks, in and out: Standard Webhooks, symmetric (`v1`).
//!
//! The signature is HMAC-SHA-256 over `id.timestamp.body`, in base64. A header may hold several,
//! parted by spaces, so that a secret can be changed without a gap.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::cx::Random;

const PREFIX: &str = "whsec_";
/// Bytes of a secret, as the standard asks.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// Signatures looked at in one header; rotation needs two.
const MOST_SIGNATURES: usize = 8;

/// A shared secret, `whsec_` and 24 to 64 bytes in base64. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SigningSecret(Vec<u8>);

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

impl SigningSecret {
    /// A new secret.
    #[must_use]
    pub fn random(random: &Random) -> Self {
        Self(random.bytes::<32>().to_vec())
    }

    /// The secret as it is given to the other side.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// Reads one secret.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        LENGTHS.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// Reads one or several secrets parted by white space; `None` when one of them cannot be read.
    #[must_use]
    pub fn parse_all(text: &str) -> Option<Vec<Self>> {
        let secrets: Option<Vec<Self>> = text.split_whitespace().map(Self::parse).collect();
        secrets.filter(|secrets| !secrets.is_empty())
    }

    /// The signature of one message: `v1,` and base64.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        format!("v1,{}", STANDARD.encode(self.mac(id, timestamp, body)))
    }

    /// Whether one of the signatures in `header` is this secret's for this message. Takes the same
    /// time wherever they differ.
    #[must_use]
    pub fn verifies(&self, id: &str, timestamp: i64, body: &[u8], header: &str) -> bool {
        let expected = self.mac(id, timestamp, body);
        let mut found = Choice::from(0);
        for signature in header.split(' ').take(MOST_SIGNATURES) {
            let given = signature
                .strip_prefix("v1,")
                .and_then(|text| STANDARD.decode(text).ok())
                .unwrap_or_default();
            found |= given.as_slice().ct_eq(expected.as_slice());
        }
        found.into()
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes any key length");
        mac.update(id.as_bytes());
        mac.update(b".");
        mac.update(timestamp.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const AT: i64 = 1_614_265_330;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn signs_as_the_standards_libraries_do() {
        assert_eq!(
            SigningSecret::parse(SECRET).unwrap().sign(ID, AT, BODY),
            SIGNATURE
        );
    }

    #[test]
    fn only_the_whole_signature_of_the_whole_message_verifies() {
        let secret = SigningSecret::parse(SECRET).unwrap();
        let verifies = |header: &str| secret.verifies(ID, AT, BODY, header);
        assert!(verifies(SIGNATURE));
        assert!(verifies(&format!("v1a,abc {SIGNATURE}")));
        for end in 0..SIGNATURE.len() {
            assert!(!verifies(&SIGNATURE[..end]), "prefix of {end}");
            assert!(!verifies(&SIGNATURE[end + 1..]), "suffix from {end}");
            let mut flipped = SIGNATURE.as_bytes().to_vec();
            flipped[end] ^= 0x20;
            if let Ok(flipped) = String::from_utf8(flipped) {
                assert!(!verifies(&flipped), "{flipped}");
            }
        }
        for other in [
            SIGNATURE.to_owned() + "=",
            SIGNATURE.replace("v1", "v2"),
            SIGNATURE.replace("v1,", ""),
            format!(" {} ", SIGNATURE.replace(' ', "")).replace("v1,", "v1, "),
        ] {
            assert!(!verifies(&other), "{other}");
        }
        assert!(!secret.verifies("msg_p5jXN8AQM9LWM0D4loKWxJeK", AT, BODY, SIGNATURE));
        assert!(!secret.verifies(ID, AT + 1, BODY, SIGNATURE));
        assert!(!secret.verifies(ID, AT, &BODY[1..], SIGNATURE));
        let crowd = "v1,AAAA ".repeat(MOST_SIGNATURES) + SIGNATURE;
        assert!(!verifies(&crowd));
    }

    #[test]
    fn a_secret_is_long_enough_and_not_shown() {
        for bad in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_c2hvcnQ=",
            "whsec_!!!!",
            &format!("{SECRET} x"),
        ] {
            assert!(SigningSecret::parse_all(bad).is_none(), "{bad}");
        }
        let both = SigningSecret::parse_all(&format!(" {SECRET}\n{SECRET}")).unwrap();
        assert_eq!(both.len(), 2);
        assert_eq!(format!("{both:?}"), "[SigningSecret(…), SigningSecret(…)]");
    }
}
