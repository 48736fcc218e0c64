//! The invitee does not want it.

use serde_json::json;

use super::{
    account::{Account, Fit},
    authority::Rules,
    emails, hold, record,
};
use crate::{
    db::{Error, Tx},
    kernel::{Cx, LinkSecret},
    organizations::Organization,
};

/// Who declines by which link.
#[derive(Debug, Clone)]
pub struct Decline {
    /// The link's secret.
    pub secret: LinkSecret,
    /// Whoever signed in.
    pub account: Account,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Declined {
    /// It is over, and the inviter is told.
    Declined(Box<Organization>),
    /// There is no such invitation, or it was over: see [`super::look`].
    NotOpen,
    /// Only the invited address may decline; nothing was changed.
    NotYours,
}

/// Declines an invitation. Only the invited address itself may: whoever else holds the link could
/// otherwise end what is not theirs.
///
/// # Errors
/// When the database refuses.
pub async fn decline(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: Decline,
) -> Result<Declined, Error> {
    let Some(held) = hold::by_secret(tx, &command.secret).await? else {
        return Ok(Declined::NotOpen);
    };
    let Some(live) = held.invitation.live_at(cx.now()).filter(|_| !held.replaced) else {
        return Ok(Declined::NotOpen);
    };
    let holder = command.account.read(tx).await?;
    let policy = held.organization.invite_policy;
    let fit = holder.map(|holder| holder.fit(&held.invitation, policy));
    if fit != Some(Fit::Invited) {
        return Ok(Declined::NotYours);
    }
    let invitation = record::ended(tx, held.invitation, live.declined(cx.now())).await?;
    record::audited(tx, cx, &invitation, "invitation.declined", json!({})).await?;
    record::told(tx, cx, &held.organization, &invitation).await?;
    emails::declined(tx, cx, rules, &held.organization, &invitation).await?;
    Ok(Declined::Declined(Box::new(held.organization)))
}
