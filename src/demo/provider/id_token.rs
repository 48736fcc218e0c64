//! Making an id token by hand (Core 2), rightly or wrongly, and knowing an own one again.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    ACR_SECOND_STEP, ACR_SINGLE_STEP, Client, Misbehaviour, Provider,
    keys::{self, SigningKey},
    store::Grant,
};

/// Life of an id token in seconds.
const LIFE: i64 = 5 * 60;
const DAY: i64 = 24 * 60 * 60;

/// What an id token is made from.
pub(super) struct Facts<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a Client,
    pub(super) grant: &'a Grant,
    pub(super) access_token: &'a str,
    pub(super) now: i64,
    pub(super) how: Option<Misbehaviour>,
    /// Whether claims about the person are left to UserInfo.
    pub(super) lean: bool,
}

/// The signed token in compact form (RFC 7515 7.1).
///
/// # Errors
/// When the key does not sign.
pub(super) fn make(facts: &Facts<'_>, key: &SigningKey) -> anyhow::Result<String> {
    let claims = spoiled(right_claims(facts), facts);
    let header = header(key, facts.how);
    let input = format!(
        "{}.{}",
        encode(&serde_json::to_vec(&header)?),
        encode(&serde_json::to_vec(&claims)?)
    );
    let signature = signature(facts, key, input.as_bytes())?;
    Ok(format!("{input}.{}", encode(&signature)))
}

fn right_claims(facts: &Facts<'_>) -> Map<String, Value> {
    let session = &facts.grant.session;
    let mut claims = if facts.lean {
        Map::new()
    } else {
        session.person.claims(facts.grant.scope, facts.how)
    };
    let (acr, amr) = if session.second_step {
        (ACR_SECOND_STEP, json!(["user", "mfa"]))
    } else {
        (ACR_SINGLE_STEP, json!(["user"]))
    };
    let own = [
        ("iss", facts.issuer.into()),
        ("sub", session.person.subject.clone().into()),
        ("aud", facts.client.client_id.clone().into()),
        ("iat", facts.now.into()),
        ("exp", (facts.now + LIFE).into()),
        ("auth_time", session.auth_time.into()),
        ("at_hash", at_hash(facts.access_token).into()),
        ("sid", session.sid.clone().into()),
        ("acr", acr.into()),
        ("amr", amr),
    ];
    claims.extend(own.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    if let Some(nonce) = &facts.grant.nonce {
        claims.insert("nonce".to_owned(), nonce.clone().into());
    }
    claims
}

fn spoiled(mut claims: Map<String, Value>, facts: &Facts<'_>) -> Map<String, Value> {
    use Misbehaviour as M;
    let own = facts.client.client_id.as_str();
    let other = "another-client";
    let change: (&str, Option<Value>) = match facts.how {
        Some(M::IssuerWrong) => ("iss", Some("https://another-issuer.invalid".into())),
        Some(M::IssuerMissing) => ("iss", None),
        Some(M::SubjectMissing) => ("sub", None),
        Some(M::AudienceWrong) => ("aud", Some(other.into())),
        Some(M::AudienceMissing) => ("aud", None),
        Some(M::AudienceListOfOne) => ("aud", Some(json!([own]))),
        Some(M::TwoAudiences) => ("aud", Some(json!([own, other]))),
        Some(M::AuthorizedPartyWrong) => ("azp", Some(other.into())),
        Some(M::IssuedAtMissing) => ("iat", None),
        Some(M::IssuedInFuture) => ("iat", Some((facts.now + DAY).into())),
        Some(M::IssuedYearAgo) => ("iat", Some((facts.now - 365 * DAY).into())),
        Some(M::ExpiryMissing) => ("exp", None),
        Some(M::Expired) => ("exp", Some((facts.now - 600).into())),
        Some(M::NotBeforeInFuture) => ("nbf", Some((facts.now + DAY).into())),
        Some(M::NonceWrong) => ("nonce", Some("a-nonce-of-somebody-else".into())),
        Some(M::NonceMissing) => ("nonce", None),
        Some(M::AccessTokenHashWrong) => ("at_hash", Some(at_hash("another token").into())),
        Some(M::AuthTimeOld) => ("auth_time", Some((facts.now - DAY).into())),
        _ => return claims,
    };
    // An expired token of an honest provider is also issued before its end.
    if facts.how == Some(M::Expired) {
        claims.insert("iat".to_owned(), (facts.now - 600 - LIFE).into());
    }
    // Somebody who adds an audience names the party the token is for (Core 2).
    if facts.how == Some(M::TwoAudiences) {
        claims.insert("azp".to_owned(), own.into());
    }
    match change {
        (name, Some(value)) => {
            claims.insert(name.to_owned(), value);
        }
        (name, None) => {
            claims.remove(name);
        }
    }
    claims
}

fn header(key: &SigningKey, how: Option<Misbehaviour>) -> Value {
    let kid = key.kid();
    match how {
        Some(Misbehaviour::AlgorithmNone) => json!({ "alg": "none", "typ": "JWT" }),
        Some(Misbehaviour::Hs256WithClientSecret) => json!({ "alg": "HS256", "typ": "JWT" }),
        Some(Misbehaviour::KidAbsent | Misbehaviour::KidAbsentTwoKeys) => {
            json!({ "alg": "RS256", "typ": "JWT" })
        }
        Some(Misbehaviour::KidUnknown) => {
            json!({ "alg": "RS256", "typ": "JWT", "kid": "never-published" })
        }
        Some(Misbehaviour::TypeAccessToken) => {
            json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid })
        }
        Some(Misbehaviour::CriticalUnknown) => json!({
            "alg": "RS256", "typ": "JWT", "kid": kid,
            "crit": ["urn:vestibule:demo:unknown"], "urn:vestibule:demo:unknown": true,
        }),
        _ => json!({ "alg": "RS256", "typ": "JWT", "kid": kid }),
    }
}

fn signature(facts: &Facts<'_>, key: &SigningKey, input: &[u8]) -> anyhow::Result<Vec<u8>> {
    match facts.how {
        Some(Misbehaviour::AlgorithmNone) => Ok(Vec::new()),
        Some(Misbehaviour::Hs256WithClientSecret) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(facts.client.client_secret.as_bytes())?;
            mac.update(input);
            Ok(mac.finalize().into_bytes().to_vec())
        }
        Some(Misbehaviour::SignatureOfStranger | Misbehaviour::KidUnknown) => {
            Ok(keys::stray(key.kid())?.sign(input)?)
        }
        Some(Misbehaviour::SignatureBad) => {
            let mut signature = key.sign(input)?;
            if let Some(byte) = signature.last_mut() {
                *byte ^= 1;
            }
            Ok(signature)
        }
        _ => Ok(key.sign(input)?),
    }
}

/// Core 3.1.3.6: the left half of the hash of the access token.
fn at_hash(access_token: &str) -> String {
    let digest = Sha256::digest(access_token.as_bytes());
    encode(&digest.iter().take(16).copied().collect::<Vec<u8>>())
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// What an id token of this provider says, expired or not.
pub(super) struct OwnToken {
    pub(super) subject: String,
    pub(super) client_id: String,
    pub(super) sid: String,
}

impl Provider {
    /// Reads an id token that comes back as a hint; `None` for one that was not issued here.
    pub(super) fn own_token(&self, token: &str) -> Option<OwnToken> {
        let (input, signature) = token.rsplit_once('.')?;
        let (header, payload) = input.split_once('.')?;
        let header: Value = decoded(header)?;
        let claims: Value = decoded(payload)?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
        let ours = text(&header, "alg")? == "RS256"
            && text(&claims, "iss")? == self.issuer()
            && self
                .keys()
                .signed(&text(&header, "kid")?, input.as_bytes(), &signature);
        ours.then_some(())?;
        Some(OwnToken {
            subject: text(&claims, "sub")?,
            client_id: text(&claims, "aud")?,
            sid: text(&claims, "sid")?,
        })
    }
}

fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
