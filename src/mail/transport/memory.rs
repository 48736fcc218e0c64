//! Into memory, for tests.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Outgoing, Transport};
use crate::{
    crm::port::Verdict,
    mail::mailbox::{self, Mail},
};

/// Keeps what was sent.
#[derive(Default)]
pub struct MemoryTransport {
    sent: Mutex<Vec<Outgoing>>,
}

impl MemoryTransport {
    /// Everything sent so far, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Outgoing> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.clone()
    }

    /// Everything sent so far as a reader sees it.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        let sent = self.sent();
        sent.iter()
            .map(|outgoing| mailbox::parse(&outgoing.id, &outgoing.bytes))
            .collect()
    }
}

#[async_trait]
impl Transport for MemoryTransport {
    async fn send(&self, mail: &Outgoing) -> Verdict {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(mail.clone());
        Verdict::Done { remote_id: None }
    }

    async fn check(&self) -> Result<String, String> {
        Ok("mail is kept in memory".to_owned())
    }
}
