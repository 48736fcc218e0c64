//! `[registration]`.

use serde::Deserialize;

/// Who may register and how it is decided.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationSettings {
    /// Whether people can register against a contract.
    pub contract: bool,
    /// Whether companies without a contract can register (they become leads).
    pub new_company: bool,
    /// Whether a verified address at the company's own domain, without being a contact in the CRM,
    /// makes the first administrator without approval.
    pub first_admin_by_domain: bool,
    /// Whether registered leads get lead access at once, without approval.
    pub lead_automatic: bool,
    /// Milliseconds the page waits for the CRM before it keeps the request for later.
    pub crm_budget_ms: u64,
    /// Tries per hour for one contract number, and for one network.
    pub tries_per_hour: u32,
    /// Whether applicants must give a phone number.
    pub phone_required: bool,
    /// The connection in which new companies become leads; empty for the first one.
    pub lead_connection: String,
}

impl Default for RegistrationSettings {
    fn default() -> Self {
        Self {
            contract: true,
            new_company: true,
            first_admin_by_domain: false,
            lead_automatic: false,
            crm_budget_ms: 1_000,
            tries_per_hour: 5,
            phone_required: false,
            lead_connection: String::new(),
        }
    }
}
