//! `[security]`.

use secrecy::SecretString;
use serde::Deserialize;

/// Keys, proxies and limits.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecuritySettings {
    /// 64 hexadecimal digits (256 bits): protects stored credentials, cookies and the audit chain.
    pub encryption_key: SecretString,
    /// Networks of reverse proxies whose `X-Forwarded-For` is believed, like `10.0.0.0/8`.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
    /// Requests one address may make per minute before it gets 429.
    #[serde(default = "default_rate")]
    pub requests_per_minute: u32,
    /// Seconds one request may take.
    #[serde(default = "default_timeout")]
    pub request_seconds: u64,
    /// Pages and calls worked on at once; more get 503 with `Retry-After`. Health and files do not
    /// count.
    #[serde(default = "default_concurrency")]
    pub concurrent_requests: usize,
    /// Connections open at once; more wait to be accepted.
    #[serde(default = "default_connections")]
    pub connections: usize,
}

fn default_rate() -> u32 {
    600
}

fn default_timeout() -> u64 {
    20
}

fn default_concurrency() -> usize {
    512
}

fn default_connections() -> usize {
    8_192
}

impl SecuritySettings {
    /// The key as bytes; checked when the settings are loaded.
    #[must_use]
    pub fn key_bytes(&self) -> Option<[u8; 32]> {
        use secrecy::ExposeSecret;
        parse_key(self.encryption_key.expose_secret())
    }
}

fn parse_key(text: &str) -> Option<[u8; 32]> {
    let digits = text.trim();
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(key)
}
