//! `[[connections]]`: the CRMs, several side by side.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

crate::text_enum! {
    /// Which adapter speaks to the CRM.
    pub enum ConnectionKind {
        /// The CRM inside Vestibule.
        Builtin = "builtin",
        /// The REST contract of docs/crm/http.md.
        Http = "http",
    }
}

/// One configured CRM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSettings {
    /// Short name in records and URLs. Never change it.
    pub key: String,
    /// What operators read.
    pub name: String,
    /// Which adapter.
    pub kind: ConnectionKind,
    /// Base address of the CRM's API (kind `http`).
    pub url: Option<Url>,
    /// Bearer token sent to it (kind `http`).
    pub token: Option<SecretString>,
    /// Secret that signs its events to us, `whsec_…` (Standard Webhooks); two, parted by a space,
    /// while one replaces the other.
    pub event_secret: Option<SecretString>,
    /// Seconds between two looks at its change feed.
    #[serde(default = "default_poll")]
    pub poll_seconds: u32,
    /// Records per call at most; the adapter's own limit if that is smaller.
    #[serde(default = "default_batch")]
    pub batch: u32,
    /// The time zone in which its contract dates are meant.
    #[serde(default = "default_zone")]
    pub time_zone: String,
    /// Days of grace for contracts that name none.
    #[serde(default)]
    pub grace_days: u32,
    /// Field names there, by our name (`contact.phone`), where they differ from the adapter's own;
    /// empty for a field that the CRM keeps for itself. `fields.rs` has all of them.
    #[serde(default, deserialize_with = "super::fields::flat")]
    pub fields: BTreeMap<String, String>,
    /// What values there mean, by our name of the field: `"contract.status" = { Activated = "active" }`.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

fn default_poll() -> u32 {
    30
}

fn default_batch() -> u32 {
    100
}

fn default_zone() -> String {
    "UTC".to_owned()
}
