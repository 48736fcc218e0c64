//! A person went on from the page of a link.

use serde_json::json;

use super::{hold, model::State, record};
use crate::{
    db::{Error, Tx},
    kernel::{Cx, EmailAddress, LinkSecret},
};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It is open; sign in with this address next.
    Open {
        /// The invited address, as a hint for the provider.
        email: EmailAddress,
    },
    /// There is no such invitation, or it is over: see [`super::look`].
    NotOpen,
}

/// Marks an invitation as opened by a person; the first time counts. Mail scanners fetch links and
/// do not post forms, and even one that did would only make this one mark.
///
/// # Errors
/// When the database refuses.
pub async fn open(tx: &mut Tx, cx: &Cx, secret: &LinkSecret) -> Result<Opened, Error> {
    let Some(held) = hold::by_secret(tx, secret).await? else {
        return Ok(Opened::NotOpen);
    };
    let invitation = held.invitation;
    let Some(live) = invitation.live_at(cx.now()).filter(|_| !held.replaced) else {
        return Ok(Opened::NotOpen);
    };
    let email = invitation.email.clone();
    let opened = live.opened(cx.now());
    if invitation.state == State::Live(opened.clone()) {
        return Ok(Opened::Open { email });
    }
    let note = invitation.delivery_note.clone();
    let invitation = record::live(tx, invitation, opened, &note).await?;
    record::audited(tx, cx, &invitation, "invitation.opened", json!({})).await?;
    record::told(tx, cx, &held.organization, &invitation).await?;
    Ok(Opened::Open { email })
}
