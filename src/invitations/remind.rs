//! One reminder to those who have not answered at half of their invitation's life.
//!
//! The mail carries a secret of its own, because of the first one only the hash is known; both lead
//! to the same invitation. What was declined, withdrawn or came back is not reminded of, and neither
//! is what could not be accepted any more.

use serde_json::json;

use super::{
    authority::{self, Rules},
    emails,
    hold::{self, Held},
    issue, record, resend, store,
};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{InvitationId, OrganizationId},
    },
    on,
};

/// Reminds of the invitation that has been due longest; `false` when none is. Safe with any number
/// of workers: each is reminded of once in its life, a new link begins a new one.
///
/// # Errors
/// When the database refuses; then nothing was changed.
pub async fn remind(tx: &mut Tx, cx: &Cx, rules: Rules<'_>) -> Result<bool, Error> {
    if !rules.settings.invitations.reminder {
        return Ok(false);
    }
    let due: Option<(InvitationId, OrganizationId)> =
        on!(tx, |c| sqlx::query_as(store::REMINDER_DUE)
            .bind(cx.now())
            .fetch_optional(c)
            .await)?;
    let Some((id, organization)) = due else {
        return Ok(false);
    };
    let held = hold::by_id(tx, &organization, &id).await?;
    let held = held.ok_or(Error::Lost)?;
    let taken: Option<(InvitationId,)> = on!(tx, |c| sqlx::query_as(store::SET_REMINDED)
        .bind(&id)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    if taken.is_some() && is_worth_it(tx, cx, rules, &held).await? {
        send(tx, cx, rules, held).await?;
    }
    Ok(true)
}

/// Whether accepting would get anywhere now.
async fn is_worth_it(tx: &mut Tx, cx: &Cx, rules: Rules<'_>, held: &Held) -> Result<bool, Error> {
    let invitation = &held.invitation;
    if invitation.live_at(cx.now()).is_none() {
        return Ok(false);
    }
    let inviter = &invitation.inviter;
    let (by, offered) = (
        (&held.organization, inviter),
        (invitation.kind, &invitation.roles),
    );
    let may = authority::may_offer(tx, rules, by, offered, cx.now()).await?;
    if may.is_err() {
        return Ok(false);
    }
    let class = resend::class_now(tx, cx, rules, held, inviter).await?;
    Ok(class.may_send())
}

async fn send(tx: &mut Tx, cx: &Cx, rules: Rules<'_>, held: Held) -> Result<(), Error> {
    let secret = issue::new_secret(cx);
    let link = (&secret, true);
    issue::add(tx, cx, &held.invitation.id, link).await?;
    let organization = &held.organization;
    let invitation = emails::invite(tx, cx, rules, organization, held.invitation, link).await?;
    let detail = json!({ "expires_at": invitation.expires_at });
    record::audited(tx, cx, &invitation, "invitation.reminded", detail).await
}
