//! How a mail leaves: to a mail server, into a folder, into memory.

mod file;
mod memory;
mod smtp;

use async_trait::async_trait;
use lettre::address::Envelope;

pub use file::FileTransport;
pub use memory::MemoryTransport;
pub use smtp::SmtpTransport;

use crate::crm::port::Verdict;

/// A composed mail.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Our id of it; the same in each attempt.
    pub id: String,
    /// Sender and the one recipient.
    pub envelope: Envelope,
    /// The message (RFC 5322).
    pub bytes: Vec<u8>,
}

/// Takes composed mails.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one mail.
    async fn send(&self, mail: &Outgoing) -> Verdict;

    /// Whether mail could be sent now; the text is for the operator.
    ///
    /// # Errors
    /// Why not.
    async fn check(&self) -> Result<String, String>;
}
