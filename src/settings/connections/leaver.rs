//! `[connections.leaver]`: who takes over the open cases of somebody who leaves.

use serde::Deserialize;

crate::text_enum! {
    /// How the one who takes over is found.
    pub enum LeaverRule {
        /// Whoever removes the person names somebody; nobody named is as `fallback`.
        Named = "named",
        /// The organization's administrators in turn.
        RoundRobin = "round_robin",
        /// A queue or team of the CRM.
        Queue = "queue",
        /// The organization's administrator who has been there the longest; without any, the queue.
        Fallback = "fallback",
    }
}

/// The rule of one connection; without it nothing is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaverSettings {
    /// Which rule.
    pub rule: LeaverRule,
    /// The CRM's id of the queue (Salesforce), team (Dynamics 365, Odoo) or owner (HubSpot) that takes
    /// what nobody at the company can.
    #[serde(default)]
    pub queue: String,
    /// What people call that queue.
    #[serde(default)]
    pub queue_name: String,
}

impl LeaverSettings {
    /// What is wrong, by key.
    pub(in crate::settings) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if self.rule == LeaverRule::Queue && self.queue.is_empty() {
            let example = "is missing: the rule `queue` needs the id of one in the CRM";
            problems.push(("queue", example.to_owned()));
        }
        if !self.queue.is_empty() && self.queue_name.trim().is_empty() {
            let example =
                "is missing: people read it before they remove somebody, like \"Service desk\"";
            problems.push(("queue_name", example.to_owned()));
        }
        problems
    }
}
