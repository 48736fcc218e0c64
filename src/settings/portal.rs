//! `[portal]`, `[database]`, `[session]`.

use std::net::SocketAddr;

use serde::Deserialize;
use url::Url;

/// Name, addresses and languages of the portal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalSettings {
    /// The company that runs the portal, as people read it.
    pub name: String,
    /// Where people reach the portal; links are built from it and from nothing else.
    pub public_url: Url,
    /// Where the portal listens.
    #[serde(default = "default_bind")]
    pub bind: SocketAddr,
    /// Whom people can write to for help.
    pub support_email: crate::kernel::EmailAddress,
    /// The language for people whose own is not known: `en` or `de`.
    #[serde(default = "default_language")]
    pub default_language: String,
    /// The time zone in which dates are shown to people who have chosen none.
    #[serde(default = "default_time_zone")]
    pub time_zone: String,
    /// Set by `vestibule demo`: says on every page that this is a demo.
    #[serde(skip)]
    pub demo: bool,
}

fn default_bind() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_language() -> String {
    "en".to_owned()
}

fn default_time_zone() -> String {
    "UTC".to_owned()
}

impl PortalSettings {
    /// The origin (`https://host`) that browsers send.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether cookies can carry `Secure` and the `__Host-` prefix.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// Where data is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// `sqlite:FILE` or `postgres://user@host/name`.
    pub url: super::DatabaseUrl,
    /// Reading connections on SQLite.
    pub readers: u32,
    /// Connections on PostgreSQL.
    pub connections: u32,
    /// Whether the start brings the schema up to date.
    pub migrate: bool,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: "sqlite:vestibule.db".into(),
            readers: 4,
            connections: 12,
            migrate: true,
        }
    }
}

/// How long people stay signed in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// Minutes without a request after which a session ends.
    pub idle_minutes: u32,
    /// Hours after sign-in at which a session ends in any case.
    pub absolute_hours: u32,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            idle_minutes: 60,
            absolute_hours: 12,
        }
    }
}
