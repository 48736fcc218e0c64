//! Tokens that a provider signs and sends us of its own accord (RFC 7519): logout tokens, calls of
//! custom authentication extensions. ID tokens are checked in `verify`.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey,
    core::{CoreJsonWebKey, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value};

use super::providers::{Known, Provider, Providers};
use crate::kernel::Instant;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;

/// A token whose signature, issuer and times are right. What it is for is asked of the claims.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The header's `typ`, in small letters; empty when there is none.
    pub kind: String,
    /// The claims.
    pub claims: Map<String, Value>,
}

impl Signed {
    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A claim that is a time in seconds.
    #[must_use]
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.claims.get(name)?;
        // Some write whole seconds as a fraction.
        value.as_i64().or_else(|| {
            let duration = Duration::try_from_secs_f64(value.as_f64()?).ok()?;
            i64::try_from(duration.as_secs()).ok()
        })
    }

    /// Whether `audience` is one of those it was made for.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            _ => false,
        }
    }
}

/// A token taken apart, before anything of it is believed.
struct Parts<'t> {
    kind: String,
    key_id: Option<String>,
    signed: &'t [u8],
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

/// Checks a token of `provider`: its pinned algorithm, a key that it publishes, its issuer, and that
/// the token counts at `now`. An unknown key causes a fetch at a bounded rate.
///
/// # Errors
/// What is wrong, in words for the log; never anything of the token.
pub async fn check(
    providers: &Providers,
    provider: &Provider,
    token: &str,
    now: Instant,
) -> Result<Signed, String> {
    let settings = &provider.settings;
    let parts = take_apart(token, &settings.id_token_algorithm)?;
    let algorithm: CoreJwsSigningAlgorithm =
        serde_json::from_value(Value::String(settings.id_token_algorithm.clone()))
            .map_err(|_| "the algorithm is not known".to_owned())?;
    let known = providers.known(provider).await.map_err(|error| error.0)?;
    if !parts.is_signed_by(&known, &algorithm) {
        let newer = providers.newer(provider, &known).await;
        if !newer.is_some_and(|newer| parts.is_signed_by(&newer, &algorithm)) {
            return Err("no published key explains the signature".to_owned());
        }
    }
    let signed = Signed {
        kind: parts.kind,
        claims: parts.claims,
    };
    if signed.text("iss") != Some(&settings.issuer) {
        return Err("another issuer".to_owned());
    }
    counts(&signed, now, settings.leeway_seconds)?;
    Ok(signed)
}

fn counts(signed: &Signed, now: Instant, leeway: u32) -> Result<(), String> {
    let (now, leeway) = (now.as_seconds(), i64::from(leeway));
    let is_there = |name: &str| signed.claims.contains_key(name);
    let expires = signed.seconds("exp");
    if is_there("exp") && expires.is_none_or(|end| end.saturating_add(leeway) <= now) {
        return Err("it has expired".to_owned());
    }
    for name in ["nbf", "iat"] {
        let from = signed.seconds(name);
        if is_there(name) && from.is_none_or(|from| from > now.saturating_add(leeway)) {
            return Err(format!("it does not count yet ({name})"));
        }
    }
    Ok(())
}

fn take_apart<'t>(token: &'t str, algorithm: &str) -> Result<Parts<'t>, String> {
    let malformed = || "it is no signed token".to_owned();
    if token.len() > LONGEST {
        return Err("it is too long".to_owned());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
    let read = |part: &str| -> Result<Map<String, Value>, String> {
        serde_json::from_slice(&decode(part)?).map_err(|_| malformed())
    };
    let header = read(header)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    if text("alg") != Some(algorithm) {
        return Err("it is signed by another algorithm than the configured one".to_owned());
    }
    if header.contains_key("crit") {
        return Err("it demands extensions that are not known (crit)".to_owned());
    }
    Ok(Parts {
        kind: text("typ").unwrap_or_default().to_ascii_lowercase(),
        key_id: text("kid").map(str::to_owned),
        signed: signed.as_bytes(),
        signature: decode(signature)?,
        claims: read(claims)?,
    })
}

impl Parts<'_> {
    fn is_signed_by(&self, known: &Known, algorithm: &CoreJwsSigningAlgorithm) -> bool {
        let may_sign = |key: &&CoreJsonWebKey| {
            key.key_use() != Some(&CoreJsonWebKeyUse::Encryption)
                && self
                    .key_id
                    .as_ref()
                    .is_none_or(|id| key.key_id().is_none_or(|own| own.as_str() == id))
        };
        let mut keys = known.keys.keys().iter().filter(may_sign);
        keys.any(|key| {
            key.verify_signature(algorithm, self.signed, &self.signature)
                .is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn signed(claims: Value) -> Signed {
        let Value::Object(claims) = claims else {
            panic!("{claims}")
        };
        Signed {
            kind: String::new(),
            claims,
        }
    }

    #[test]
    fn times_and_audiences_are_read_strictly() {
        let now = Instant::from_seconds(1_000);
        let counts = |claims: Value| counts(&signed(claims), now, 60);
        assert_eq!(counts(json!({"exp": 1_001, "iat": 999.5})), Ok(()));
        assert_eq!(counts(json!({"exp": 941, "iat": 1_060})), Ok(()));
        for wrong in [
            json!({"exp": 940}),
            json!({"exp": "soon"}),
            json!({"iat": 1_061}),
            json!({"nbf": 1_061}),
            json!({"nbf": null}),
            json!({"exp": -5}),
        ] {
            counts(wrong).unwrap_err();
        }
        assert!(signed(json!({"aud": ["a", "b"]})).is_for("b"));
        assert!(!signed(json!({"aud": "ab"})).is_for("a"));
        assert!(!signed(json!({})).is_for(""));
    }

    #[test]
    fn what_is_no_token_of_the_pinned_algorithm_is_not_looked_at() {
        let header = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let claims = header("{}");
        for wrong in [
            "".to_owned(),
            "a.b".to_owned(),
            "a.b.c".to_owned(),
            format!("{}.{claims}.", header(r#"{"alg":"none"}"#)),
            format!("{}.{claims}.c2ln", header(r#"{"alg":"HS256"}"#)),
            format!(
                "{}.{claims}.c2ln",
                header(r#"{"alg":"RS256","crit":["b64"]}"#)
            ),
            format!("{}.{}.c2ln", header(r#"{"alg":"RS256"}"#), header("[]")),
            "x".repeat(LONGEST + 1),
        ] {
            assert!(take_apart(&wrong, "RS256").is_err(), "{wrong}");
        }
        let right = format!("{}.{claims}.c2ln", header(r#"{"alg":"RS256","typ":"JWT"}"#));
        assert_eq!(take_apart(&right, "RS256").unwrap().kind, "jwt");
    }
}
