//! Into a folder: one `.eml` file for each mail.

use std::path::PathBuf;

use async_trait::async_trait;

use super::{Outgoing, Transport};
use crate::crm::port::Verdict;

/// Writes each mail into a folder (what the demo's mailbox page shows).
pub struct FileTransport {
    folder: PathBuf,
}

impl FileTransport {
    /// A transport into `folder`, which is made when it is needed.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Written beside and moved, so that a reader never sees half a mail.
    async fn write(&self, mail: &Outgoing) -> std::io::Result<()> {
        tokio::fs::create_dir_all(&self.folder).await?;
        let part = self.folder.join(format!("{}.part", mail.id));
        tokio::fs::write(&part, &mail.bytes).await?;
        tokio::fs::rename(&part, self.folder.join(format!("{}.eml", mail.id))).await
    }
}

#[async_trait]
impl Transport for FileTransport {
    async fn send(&self, mail: &Outgoing) -> Verdict {
        match self.write(mail).await {
            Ok(()) => Verdict::Done { remote_id: None },
            Err(error) => Verdict::Retry {
                reason: format!("The folder for mail: {error}"),
                after: None,
            },
        }
    }

    async fn check(&self) -> Result<String, String> {
        tokio::fs::create_dir_all(&self.folder)
            .await
            .map(|()| format!("mail is written to {}", self.folder.display()))
            .map_err(|error| format!("{}: {error}", self.folder.display()))
    }
}
