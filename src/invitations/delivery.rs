//! What became of the mail of an invitation, as the outbox learns it.

use futures_util::future::BoxFuture;
use serde_json::json;

use super::{
    find::find_for_staff,
    hold,
    hold::Held,
    model::{Live, State},
    record, store,
};
use crate::{
    crm::port::Verdict,
    db::{Database, Error, Tx},
    kernel::{Clock, Cx, ids::InvitationId, text},
    mail::MailSettled,
    on,
};

/// Longest delivery note, in characters.
const NOTE: usize = 300;

/// Follows the delivery of invitations' mails: `sent` is said only once the mail server has taken
/// the mail, and a mail whose link died while it waited is not sent at all.
#[derive(Clone)]
pub struct InvitationMails {
    /// The database.
    pub db: Database,
    /// What time it is.
    pub clock: Clock,
}

impl MailSettled for InvitationMails {
    fn mail_settled<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        (invitation, mail): (&'t InvitationId, &'t str),
        verdict: &'t Verdict,
    ) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(settled(tx, cx, (invitation, mail), verdict))
    }

    fn is_wanted<'t>(
        &'t self,
        (invitation, mail): (&'t InvitationId, &'t str),
    ) -> BoxFuture<'t, Result<bool, Error>> {
        Box::pin(async move {
            let mut conn = self.db.read().await?;
            let found = find_for_staff(&mut conn, invitation).await?;
            Ok(found.is_some_and(|found| {
                found.mail_id == mail && found.live_at(self.clock.now()).is_some()
            }))
        })
    }
}

async fn settled(
    tx: &mut Tx,
    cx: &Cx,
    (id, mail): (&InvitationId, &str),
    verdict: &Verdict,
) -> Result<(), Error> {
    let Some(found) = find_for_staff(tx, id).await? else {
        return Ok(());
    };
    let Some(held) = hold::by_id(tx, &found.organization_id, id).await? else {
        return Ok(());
    };
    // A mail with a link that was replaced meanwhile says nothing about the new one.
    if held.invitation.mail_id != mail {
        return Ok(());
    }
    let Some(live) = held.invitation.live_at(cx.now()) else {
        return Ok(());
    };
    match verdict {
        Verdict::Done { .. } => moved(tx, cx, held, live.sent(cx.now()), "").await,
        Verdict::Rejected { reason, .. } | Verdict::NeedsReview { reason, .. } => {
            moved(tx, cx, held, live.bounced(cx.now()), reason).await
        }
        Verdict::Retry { reason, .. } | Verdict::AuthBroken { reason } => {
            note(tx, &held, reason).await
        }
        // That many mails are waiting is no news about this one.
        Verdict::Throttled { .. } | Verdict::Waits => Ok(()),
    }
}

async fn moved(tx: &mut Tx, cx: &Cx, held: Held, live: Live, said: &str) -> Result<(), Error> {
    let action = match &live {
        Live::Bounced { .. } => "invitation.bounced",
        Live::Queued | Live::Sent { .. } | Live::Opened { .. } => "invitation.sent",
    };
    let said = text::one_line(said, NOTE);
    if held.invitation.state == State::Live(live.clone()) {
        return note(tx, &held, &said).await;
    }
    let invitation = record::live(tx, held.invitation, live, &said).await?;
    record::audited(tx, cx, &invitation, action, json!({})).await?;
    record::told(tx, cx, &held.organization, &invitation).await
}

async fn note(tx: &mut Tx, held: &Held, said: &str) -> Result<(), Error> {
    let said = text::one_line(said, NOTE);
    if held.invitation.delivery_note == said {
        return Ok(());
    }
    on!(tx, |c| sqlx::query(store::SET_DELIVERY_NOTE)
        .bind(&held.invitation.id)
        .bind(&said)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
