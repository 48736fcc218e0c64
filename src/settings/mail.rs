//! `[mail]`.

use secrecy::SecretString;
use serde::Deserialize;

use crate::kernel::EmailAddress;

crate::text_enum! {
    /// How mail leaves the portal.
    pub enum MailTransport {
        /// To a mail server.
        Smtp = "smtp",
        /// Into a folder, one `.eml` file a message, shown on the demo's mailbox page.
        File = "file",
    }
}

crate::text_enum! {
    /// How the connection to the mail server is protected.
    pub enum MailSecurity {
        /// TLS from the first byte (port 465).
        Tls = "tls",
        /// STARTTLS, required (port 587).
        StartTls = "starttls",
        /// None: only to a loopback host.
        None = "none",
    }
}

/// How mail is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// `smtp` or `file`.
    #[serde(default = "default_transport")]
    pub transport: MailTransport,
    /// The sender's address.
    pub from: EmailAddress,
    /// The mail server.
    #[serde(default)]
    pub host: String,
    /// Its port; 0 for the usual one.
    #[serde(default)]
    pub port: u16,
    /// `starttls`, `tls`, or `none` on a loopback host.
    #[serde(default = "default_security")]
    pub security: MailSecurity,
    /// User name, if the server asks for one.
    #[serde(default)]
    pub user: String,
    /// Password, if the server asks for one.
    pub password: Option<SecretString>,
    /// The folder for `file`.
    #[serde(default)]
    pub folder: std::path::PathBuf,
    /// Messages per second at most.
    #[serde(default = "default_rate")]
    pub per_second: u32,
}

fn default_transport() -> MailTransport {
    MailTransport::Smtp
}

fn default_security() -> MailSecurity {
    MailSecurity::StartTls
}

fn default_rate() -> u32 {
    20
}
