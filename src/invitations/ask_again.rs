//! The invitee came too late and asks for a new invitation.

use std::time::Duration;

use serde_json::json;

use super::{
    authority::Rules,
    emails, hold,
    model::{Ended, State},
    record, store,
};
use crate::{
    db::{Error, Tx},
    kernel::{Cx, LinkSecret, ids::InvitationId},
    on,
};

/// How long an inviter who was asked for a new invitation is not asked again.
pub const ASK_AGAIN_PAUSE: Duration = Duration::from_secs(24 * 3_600);

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedAgain {
    /// The inviter is told.
    Told,
    /// The inviter was told within the last day; once is enough.
    ToldBefore,
    /// There is no such invitation, or it did not expire: see [`super::look`].
    NotExpired,
}

/// Asks the inviter of an expired invitation for a new one, at most once a day.
///
/// # Errors
/// When the database refuses.
pub async fn ask_again(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    secret: &LinkSecret,
) -> Result<AskedAgain, Error> {
    let Some(held) = hold::by_secret(tx, secret).await? else {
        return Ok(AskedAgain::NotExpired);
    };
    let invitation = held.invitation;
    let expired = matches!(
        invitation.state_at(cx.now()),
        State::Ended(Ended::Expired { .. })
    );
    if held.replaced || !expired {
        return Ok(AskedAgain::NotExpired);
    }
    let first: Option<(InvitationId,)> = on!(tx, |c| sqlx::query_as(store::ASK_AGAIN)
        .bind(&invitation.id)
        .bind(cx.now())
        .bind(cx.now().minus(ASK_AGAIN_PAUSE))
        .fetch_optional(c)
        .await)?;
    if first.is_none() {
        return Ok(AskedAgain::ToldBefore);
    }
    record::audited(tx, cx, &invitation, "invitation.asked_again", json!({})).await?;
    emails::asked_again(tx, cx, rules, &held.organization, &invitation).await?;
    Ok(AskedAgain::Told)
}
