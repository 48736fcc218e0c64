//! What an adapter's calls cost, and what the CRM said about its limits: the outbox paces by it.

use std::time::Duration;

/// Calls since the last look, and the limits as they were said last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls made, with an answer or without.
    pub calls: u64,
    /// Those of them that got no answer, or one that says that the CRM is away (5xx).
    pub failed: u64,
    /// What may be called in a short time.
    pub burst: Option<Limit>,
    /// What may be called in a day.
    pub day: Option<Limit>,
}

/// A limit as a CRM reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Calls in a window.
    pub allowed: u64,
    /// The window.
    pub window: Duration,
    /// Calls that are left in it, when the CRM says so; others may use the same limit.
    pub left: Option<u64>,
}
