//! `[api]`.

use serde::Deserialize;

/// How much programs may ask of the API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiSettings {
    /// Requests one program may make in a minute, at each node.
    pub requests_per_minute: u32,
    /// Questions about access that one program, and one address, may ask in a minute, at each node;
    /// providers' logout tokens count among them.
    pub questions_per_minute: u32,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            requests_per_minute: 600,
            questions_per_minute: 60_000,
        }
    }
}
