//! HubSpot's webhooks, signature version 3: HMAC-SHA256 with the app's secret over method, address,
//! body and time, at most five minutes old.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::crm::port::{Forged, Notice, Reply};

/// Milliseconds between signing and arriving at most.
const WINDOW: i64 = 5 * 60 * 1_000;
/// Escapes that HubSpot undoes before it signs an address.
const UNDONE: &[(&str, &str)] = &[
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
];

/// Whether a notice is HubSpot's, and fresh.
pub(super) fn hear(secret: Option<&SecretString>, notice: &Notice<'_>) -> Result<Reply, Forged> {
    let Some(secret) = secret else {
        return Err(Forged("hubspot.client_secret is not set"));
    };
    let (Some(signature), Some(time)) = (
        notice.header("x-hubspot-signature-v3"),
        notice.header("x-hubspot-request-timestamp"),
    ) else {
        return Err(Forged("it has no signature of version 3"));
    };
    let at: i64 = time
        .parse()
        .map_err(|_| Forged("its timestamp is no number"))?;
    let now = notice.now.as_micros() / 1_000;
    if now.saturating_sub(at).saturating_abs() > WINDOW {
        return Err(Forged("it was signed more than five minutes ago"));
    }
    let expected = sign(secret, (notice.method, notice.url), notice.body, time);
    let given = STANDARD.decode(signature).unwrap_or_default();
    if bool::from(expected.as_slice().ct_eq(given.as_slice())) {
        Ok(Reply::default())
    } else {
        Err(Forged("its signature is not the app's"))
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn sign(secret: &SecretString, (method, url): (&str, &str), body: &[u8], time: &str) -> [u8; 32] {
    let key = secret.expose_secret().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key length");
    mac.update(method.as_bytes());
    mac.update(address(url).as_bytes());
    mac.update(body);
    mac.update(time.as_bytes());
    mac.finalize().into_bytes().into()
}

/// The address as HubSpot signs it.
fn address(url: &str) -> String {
    let mut address = url.to_owned();
    for (escape, letter) in UNDONE {
        address = address.replace(escape, letter);
        address = address.replace(&escape.to_ascii_lowercase(), letter);
    }
    address
}
