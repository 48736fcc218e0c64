//! To a mail server (RFC 5321).

use std::time::Duration;

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{
        Error, PoolConfig,
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use secrecy::ExposeSecret;

use super::{Outgoing, Transport};
use crate::{
    crm::port::Verdict,
    kernel::text,
    settings::{MailSecurity, MailSettings},
};

/// How long the server may take for each answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Connections kept at most.
const CONNECTIONS: u32 = 4;
/// How long an unused connection is kept: below what servers do themselves (RFC 5321 4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(60);

/// Sends to the configured mail server.
pub struct SmtpTransport {
    client: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpTransport {
    /// A transport to the configured server. Connects when there is something to send.
    ///
    /// # Errors
    /// When the host is no name that a certificate could have.
    pub fn of(settings: &MailSettings) -> Result<Self, Error> {
        let (tls, usual_port) = match settings.security {
            MailSecurity::Tls => (
                Tls::Wrapper(TlsParameters::new(settings.host.clone())?),
                465,
            ),
            // Required: a server that does not offer STARTTLS gets nothing.
            MailSecurity::StartTls => (
                Tls::Required(TlsParameters::new(settings.host.clone())?),
                587,
            ),
            // Settings allow this on a loopback host only.
            MailSecurity::None => (Tls::None, 25),
        };
        let port = if settings.port == 0 {
            usual_port
        } else {
            settings.port
        };
        let pool = PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .pool_config(pool);
        if let (false, Some(password)) = (settings.user.is_empty(), &settings.password) {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(settings.user.clone(), password));
        }
        Ok(Self {
            client: builder.build(),
        })
    }
}

#[async_trait]
impl Transport for SmtpTransport {
    async fn send(&self, mail: &Outgoing) -> Verdict {
        match self.client.send_raw(&mail.envelope, &mail.bytes).await {
            Ok(_) => Verdict::Done { remote_id: None },
            Err(error) => verdict(error.status().map(u16::from), &error),
        }
    }

    async fn check(&self) -> Result<String, String> {
        match self.client.test_connection().await {
            Ok(true) => Ok("the mail server answers".to_owned()),
            Ok(false) => Err("the mail server does not answer as one".to_owned()),
            Err(error) => Err(with_source(&error)),
        }
    }
}

/// What an error of the SMTP dialogue means for the mail.
fn verdict(status: Option<u16>, error: &Error) -> Verdict {
    classify(status, with_source(error))
}

/// The library's text and the one below it, which names the host's own words.
fn with_source(error: &Error) -> String {
    use std::error::Error as _;
    let below = error
        .source()
        .map(|source| format!(": {source}"))
        .unwrap_or_default();
    text::one_line(&format!("{error}{below}"), 500)
}

/// By reply code (RFC 5321 4.2) and enhanced code (RFC 3463): 5xx about our account stops the lane,
/// 5.7.x is the server's policy, any other 5xx is about the recipient's mailbox.
fn classify(status: Option<u16>, reason: String) -> Verdict {
    let cause = |cause: &str| cause.to_owned();
    match status {
        Some(530 | 534 | 535 | 538) => Verdict::AuthBroken { reason },
        Some(500..=599) if reason.contains(" 5.7.") => Verdict::Rejected {
            cause: cause("policy"),
            reason,
        },
        Some(500..=599) => Verdict::Rejected {
            cause: cause("mailbox"),
            reason,
        },
        _ => Verdict::Retry {
            reason,
            after: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: Option<u16>, reason: &str) -> String {
        match classify(status, reason.to_owned()) {
            Verdict::Rejected { cause, .. } => cause,
            Verdict::AuthBroken { .. } => "auth".to_owned(),
            Verdict::Retry { .. } => "retry".to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn answers_mean_what_they_say() {
        assert_eq!(
            kind(Some(550), "permanent error (550): 5.1.1 no such user"),
            "mailbox"
        );
        assert_eq!(
            kind(Some(554), "permanent error (554): 5.7.1 spam"),
            "policy"
        );
        assert_eq!(kind(Some(535), "permanent error (535): 5.7.8 bad"), "auth");
        assert_eq!(kind(Some(451), "transient error (451)"), "retry");
        assert_eq!(kind(None, "connection refused"), "retry");
    }
}
