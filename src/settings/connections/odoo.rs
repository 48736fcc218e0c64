//! `[connections.odoo]`: what an Odoo connection needs beside `url` and `token` (the API key).

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

crate::text_enum! {
    /// Where contracts stand in Odoo, which has no object of that name.
    pub enum OdooContract {
        /// Confirmed sale orders.
        SaleOrder = "sale_order",
        /// Subscriptions (Enterprise).
        Subscription = "subscription",
        /// A model of another module or of your own, named by `contract_model`.
        Model = "model",
    }
}

/// Settings of one Odoo connection.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OdooSettings {
    /// The database's name.
    pub database: String,
    /// The major version: from 19 on calls go over JSON-2, for 14 to 18 over JSON-RPC.
    #[serde(default = "default_version")]
    pub version: u32,
    /// The login of the key's user; JSON-RPC asks for it.
    #[serde(default)]
    pub login: String,
    /// Where contracts stand.
    #[serde(default = "default_contract")]
    pub contract: OdooContract,
    /// The model that holds contracts, with `contract = "model"`.
    #[serde(default)]
    pub contract_model: String,
    /// Which of its records are contracts: an Odoo domain in JSON, `[["x_kind", "=", "service"]]`.
    #[serde(default)]
    pub contract_domain: String,
    /// The last part of the address that Odoo's automation calls. Odoo signs nothing, so this is the
    /// only proof.
    pub notice_secret: Option<SecretString>,
}

fn default_version() -> u32 {
    19
}

fn default_contract() -> OdooContract {
    OdooContract::SaleOrder
}

/// The shortest secret that cannot be guessed, in characters.
const SHORTEST_SECRET: usize = 32;
/// Versions that this adapter was written for; later ones speak JSON-2 as well.
const OLDEST: u32 = 14;

impl OdooSettings {
    /// What is wrong, by key below `[connections.odoo]`; a borrowed key comes with its login.
    pub(in crate::settings) fn problems(&self, is_borrowed: bool) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let mut wrong = |key, message: &str| problems.push((key, message.to_owned()));
        if self.database.trim().is_empty() {
            wrong(
                "database",
                "is empty; it is the name that Odoo's database list shows: database = \"acme\"",
            );
        }
        if self.version < OLDEST {
            wrong(
                "version",
                "must be 14 or newer: version = 19 (JSON-2), version = 17 (JSON-RPC)",
            );
        }
        if self.version < 19 && self.login.trim().is_empty() && !is_borrowed {
            wrong(
                "login",
                "is missing: before version 19 the API key needs its user's login: login = \"portal@acme.example\"",
            );
        }
        let is_named = is_model(&self.contract_model);
        if self.contract == OdooContract::Model && !is_named {
            wrong(
                "contract_model",
                "must name the model that holds contracts: contract_model = \"x_contract\"",
            );
        }
        if self.contract != OdooContract::Model && !self.contract_model.is_empty() {
            wrong(
                "contract_model",
                "only has a meaning with contract = \"model\"; leave it out",
            );
        }
        if self.domain().is_none() {
            wrong(
                "contract_domain",
                "must be an Odoo domain in JSON: contract_domain = '[[\"x_kind\", \"=\", \"service\"]]'",
            );
        }
        let secret = self
            .notice_secret
            .as_ref()
            .map(ExposeSecret::expose_secret)
            .map(str::as_bytes);
        let fits = |secret: &[u8]| {
            secret.len() >= SHORTEST_SECRET && secret.iter().all(u8::is_ascii_alphanumeric)
        };
        if secret.is_some_and(|secret| !fits(secret)) {
            wrong(
                "notice_secret",
                "must be 32 or more letters and digits, as it is a part of an address: `openssl rand -hex 24`",
            );
        }
        problems
    }

    /// The terms of `contract_domain`; `None` when it is none.
    #[must_use]
    pub fn domain(&self) -> Option<Vec<serde_json::Value>> {
        if self.contract_domain.trim().is_empty() {
            return Some(Vec::new());
        }
        serde_json::from_str(&self.contract_domain).ok()
    }
}

fn is_model(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'.'
        })
}
