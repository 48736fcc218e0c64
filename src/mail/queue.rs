//! Queueing: renders a letter, seals it, records it for the outbox.

use serde::{Deserialize, Serialize};

use super::{Letter, Letterhead};
use crate::{
    db::{Error, Tx, inconsistent},
    kernel::{
        Cx, EmailAddress,
        ids::{Id, InvitationId, MailId, OrganizationId},
    },
    outbox::{self, Fact, NewChange, SealedMail},
    web::Lang,
};

/// The purpose under which mails are sealed.
pub(super) const PURPOSE: &str = "mail";

/// To whom a letter goes.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// The one recipient.
    pub to: &'a EmailAddress,
    /// Their language.
    pub lang: Lang,
    /// Who gets answers, when not the sender.
    pub reply_to: Option<&'a EmailAddress>,
    /// Where it happened.
    pub organization: Option<&'a OrganizationId>,
    /// The invitation whose delivery state follows this mail's.
    pub invitation: Option<&'a InvitationId>,
}

/// What is sealed: everything that is sent except the sender, which is the settings' business.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) to: EmailAddress,
    pub(super) reply_to: Option<EmailAddress>,
    pub(super) lang: Lang,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// Queues a letter in the transaction of the action that writes it. Nothing is sent before that
/// commits.
///
/// # Errors
/// When the database refuses; then the action must not stand either.
pub async fn queue<L: Letter>(
    tx: &mut Tx,
    cx: &Cx,
    head: &Letterhead,
    post: Post<'_>,
    letter: &L,
) -> Result<MailId, Error> {
    let id: MailId = cx.new_id();
    let rendered = letter
        .render(post.lang, head)
        .map_err(inconsistent("changes", "payload", &id))?;
    let content = Content {
        to: post.to.clone(),
        reply_to: post.reply_to.cloned(),
        lang: post.lang,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
    };
    let plain = serde_json::to_vec(&content).map_err(inconsistent("changes", "payload", &id))?;
    let sealed = cx
        .keys()
        .seal(cx.random(), PURPOSE, id.as_str(), &plain)
        .map_err(inconsistent("changes", "payload", &id))?;
    let fact = Fact::Mail(SealedMail {
        id: id.to_string(),
        template: L::KIND.to_owned(),
        invitation_id: post.invitation.cloned(),
        sealed,
    });
    let change = NewChange {
        // Each mail is a subject of its own: one that cannot be delivered holds up no other.
        subject: id.as_str(),
        organization: post.organization,
        fact,
        destinations: &[outbox::MAIL.to_owned()],
    };
    outbox::record(tx, cx, change).await?;
    Ok(id)
}
