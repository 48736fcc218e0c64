//! `[operations]` and `[metrics]`.

use std::net::SocketAddr;

use serde::Deserialize;

/// How operators learn of trouble.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperationsSettings {
    /// Minutes between two letters to the operators at least; 0 for no letters.
    pub letter_minutes: u32,
}

impl Default for OperationsSettings {
    fn default() -> Self {
        Self { letter_minutes: 15 }
    }
}

/// Figures for Prometheus, on a listener of their own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsSettings {
    /// Where `/metrics` is served; nowhere when it is not given.
    pub bind: Option<SocketAddr>,
    /// Whether that may be an address which other machines reach. Nobody signs in there.
    pub beyond_loopback: bool,
}
