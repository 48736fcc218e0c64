//! `[[signals]]`: who is told, by a signed token, that somebody's session or access has ended.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::{Problem, Settings, check::is_safe_address};

crate::text_enum! {
    /// What is sent.
    pub enum SignalForm {
        /// A logout token (OpenID Connect Back-Channel Logout 1.0).
        Logout = "logout",
        /// A Security Event Token with CAEP's session-revoked, pushed (RFC 8417, RFC 8935).
        Caep = "caep",
    }
}

/// One receiver.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalSettings {
    /// Short name in records. Never change it.
    pub key: String,
    /// What is sent.
    pub form: SignalForm,
    /// Where to: a service's back-channel logout address, a receiver's push endpoint.
    pub url: Url,
    /// For whom the tokens are made (`aud`): the service's client id, the receiver's name.
    pub audience: String,
    /// The service it is, of `[[services]]`: then it is also told when only access to it ends. Without
    /// it the portal as a whole is meant.
    pub service: Option<String>,
    /// Whether it knows sessions by `X-Vestibule-Session` and wants `sid` where one session is meant;
    /// otherwise the end of one session ends all of the person's there.
    #[serde(default)]
    pub session_required: bool,
    /// Sent as `Authorization: Bearer …` to a receiver that asks for it.
    pub token: Option<SecretString>,
}

/// What is wrong.
pub(super) fn problems(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut keys = BTreeSet::new();
    for (index, signal) in settings.signals.iter().enumerate() {
        let mut wrong = |key: &str, message: &str| {
            let at = format!("signals.{index}.{key}");
            problems.push(Problem::new(at, message));
        };
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if signal.key.is_empty() || signal.key.len() > 40 || !signal.key.bytes().all(is_word) {
            wrong("key", "must be 1 to 40 small letters, digits or dashes");
        }
        if !keys.insert(signal.key.as_str()) {
            wrong("key", "stands twice");
        }
        if !is_safe_address(&signal.url) || !signal.url.username().is_empty() {
            wrong(
                "url",
                "must be an https address without a user; plain http is only for a loopback host",
            );
        }
        if signal.url.fragment().is_some() {
            wrong("url", "must have no fragment");
        }
        if signal.audience.trim().is_empty() {
            wrong("audience", "is missing: the client id of the service");
        }
    }
    problems
}
