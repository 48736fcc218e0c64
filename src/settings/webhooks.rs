//! `[webhooks]`.

use serde::Deserialize;

/// Where the portal's webhooks may be sent. Only this file says so, no page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSettings {
    /// Networks that are not public and may be sent to all the same, like `10.0.0.0/8`. A loopback
    /// network here also allows `http` to it.
    pub allow_internal: Vec<String>,
}
