//! The destination `mail` of the outbox.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::{
    sync::Mutex,
    time::{Instant as Moment, sleep_until},
};

use super::{
    Transport,
    compose::{self, Sender},
    queue::{Content, PURPOSE},
    transport::{FileTransport, SmtpTransport},
};
use crate::{
    crm::port::Verdict,
    db::{Error, Tx},
    kernel::{Cx, Keyring, ids::InvitationId},
    outbox::{self, Destination, Fact, Parcel},
    settings::{MailTransport, Settings},
};

/// Mails of one call: few, so that a worker that dies repeats few.
const BATCH: usize = 10;
/// Stands where the mail server's answer would, for a mail that was not sent any more.
const NOT_WANTED: &str = "not sent: its link was replaced or withdrawn meanwhile";

/// Learns what became of the mail of an invitation, in the transaction that stores it.
pub trait MailSettled: Send + Sync {
    /// `verdict` is [`Verdict::Done`] when the mail server took the mail, [`Verdict::Retry`] when
    /// it is tried again, [`Verdict::Rejected`] when it will not be (cause `mailbox`: the server
    /// refused the recipient). `which` is the invitation and the id that [`super::queue()`] gave the
    /// mail: an invitation that is sent again has several.
    ///
    /// # Errors
    /// Then the verdict is not stored and the mail is sent again.
    fn mail_settled<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        which: (&'t InvitationId, &'t str),
        verdict: &'t Verdict,
    ) -> BoxFuture<'t, Result<(), Error>>;

    /// Whether the mail still says something true, asked right before it is sent: one that waited
    /// while its link was replaced or withdrawn does not. It is then done without being sent. Yes
    /// unless overridden.
    ///
    /// # Errors
    /// Then the mail is tried again.
    fn is_wanted<'t>(
        &'t self,
        which: (&'t InvitationId, &'t str),
    ) -> BoxFuture<'t, Result<bool, Error>> {
        let _ = which;
        Box::pin(async { Ok(true) })
    }
}

/// Opens and sends mails.
pub struct MailDestination {
    transport: Arc<dyn Transport>,
    keys: Keyring,
    sender: Sender,
    pace: Pace,
    settled: Option<Arc<dyn MailSettled>>,
}

impl MailDestination {
    /// The destination of the configured transport.
    ///
    /// # Errors
    /// When the transport cannot be set up: a TLS name that is none.
    pub fn of(
        settings: &Settings,
        keys: Keyring,
        settled: Option<Arc<dyn MailSettled>>,
    ) -> Result<Self, lettre::transport::smtp::Error> {
        let transport: Arc<dyn Transport> = match settings.mail.transport {
            MailTransport::Smtp => Arc::new(SmtpTransport::of(&settings.mail)?),
            MailTransport::File => Arc::new(FileTransport::new(settings.mail.folder.clone())),
        };
        Ok(Self::with_transport(settings, keys, transport, settled))
    }

    /// The same with another transport.
    #[must_use]
    pub fn with_transport(
        settings: &Settings,
        keys: Keyring,
        transport: Arc<dyn Transport>,
        settled: Option<Arc<dyn MailSettled>>,
    ) -> Self {
        Self {
            transport,
            keys,
            sender: Sender {
                name: settings.portal.name.clone(),
                address: settings.mail.from.clone(),
            },
            pace: Pace::new(settings.mail.per_second),
            settled,
        }
    }

    async fn send_wanted(&self, parcel: &Parcel) -> Verdict {
        if let (Fact::Mail(mail), Some(settled)) = (&parcel.payload, &self.settled)
            && let Some(invitation) = &mail.invitation_id
        {
            match settled.is_wanted((invitation, &mail.id)).await {
                Ok(true) => {}
                Ok(false) => {
                    return Verdict::Done {
                        remote_id: Some(NOT_WANTED.to_owned()),
                    };
                }
                Err(error) => {
                    return Verdict::Retry {
                        reason: error.to_string(),
                        after: None,
                    };
                }
            }
        }
        self.send(parcel).await
    }

    async fn send(&self, parcel: &Parcel) -> Verdict {
        let Fact::Mail(mail) = &parcel.payload else {
            return refused("not_a_mail", "This is not a mail.");
        };
        if mail.sealed.is_empty() {
            return refused("erased", "What the mail said is erased.");
        }
        let opened = self.keys.open(PURPOSE, &mail.id, &mail.sealed);
        let content: Content = match opened.map(|plain| serde_json::from_slice(&plain)) {
            Ok(Ok(content)) => content,
            Ok(Err(error)) => return refused("unreadable", &error.to_string()),
            Err(error) => return refused("sealed", &error.to_string()),
        };
        match compose::compose(&mail.id, &self.sender, &content, parcel.at) {
            Ok(outgoing) => {
                self.pace.wait().await;
                self.transport.send(&outgoing).await
            }
            Err(error) => refused("unsendable", &error.to_string()),
        }
    }
}

fn refused(cause: &str, reason: &str) -> Verdict {
    Verdict::Rejected {
        cause: cause.to_owned(),
        reason: reason.to_owned(),
    }
}

#[async_trait]
impl Destination for MailDestination {
    fn name(&self) -> &str {
        outbox::MAIL
    }

    fn batch_limit(&self) -> usize {
        BATCH
    }

    async fn deliver(&self, batch: &[Parcel]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(batch.len());
        for parcel in batch {
            let verdict = match verdicts.last() {
                // What the server says of our account or our speed it says of the next mail too.
                Some(same @ (Verdict::AuthBroken { .. } | Verdict::Throttled { .. })) => {
                    Verdict::clone(same)
                }
                _ => self.send_wanted(parcel).await,
            };
            verdicts.push(verdict);
        }
        verdicts
    }

    fn settled<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        parcel: &'t Parcel,
        verdict: &'t Verdict,
    ) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(async move {
            if matches!(verdict, Verdict::Done { .. }) {
                outbox::erase(tx, parcel).await?;
            }
            if let (Fact::Mail(mail), Some(settled)) = (&parcel.payload, &self.settled)
                && let Some(invitation) = &mail.invitation_id
            {
                let which = (invitation, mail.id.as_str());
                settled.mail_settled(tx, cx, which, verdict).await?;
            }
            Ok(())
        })
    }
}

/// Spreads mails over time: a turn for each, a fixed step after the one before.
struct Pace {
    step: Duration,
    next: Mutex<Option<Moment>>,
}

impl Pace {
    fn new(per_second: u32) -> Self {
        Self {
            step: Duration::from_secs(1) / per_second.max(1),
            next: Mutex::new(None),
        }
    }

    async fn wait(&self) {
        let mut next = self.next.lock().await;
        let now = Moment::now();
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.step);
        drop(next);
        sleep_until(turn).await;
    }
}
