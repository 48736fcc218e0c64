//! `[outbox]`: how changes and mails are carried to other systems.

use serde::Deserialize;

/// The rhythm of deliveries.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutboxSettings {
    /// Seconds after which what a process held when it was killed is sent by another, or by the same
    /// one restarted. A call that takes longer keeps what it holds by renewing it.
    pub lease_seconds: u32,
}

impl Default for OutboxSettings {
    fn default() -> Self {
        Self { lease_seconds: 60 }
    }
}
