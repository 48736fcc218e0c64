//! Somebody signed in with another verified address asks to be let in with it, and somebody who may
//! invite says yes.

use serde_json::json;

use super::{
    account::{Account, Fit},
    attempts,
    authority::{RolesRefused, Rules},
    create::{Create, CreateError, Created, create},
    emails, hold,
    model::{Invitation, Inviter, State, StateWord},
    preflight::Class,
    record, store,
};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx, LinkSecret,
        ids::{Id, InvitationId, OrganizationId},
        text,
    },
    on,
};

/// Requests one invitation may cause in a day.
const PER_DAY: u32 = 3;

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedOther {
    /// The inviter is told; the invitation is as it was.
    Told,
    /// The inviter has heard this already, or often enough today.
    ToldBefore,
    /// There is no such invitation, it is over, or nothing needs asking: see [`super::look`].
    NotNeeded,
    /// Nobody vouches for the account's address, so it cannot be let in.
    Unverified,
}

/// Asks the inviter to invite the address of this account instead. Consumes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn ask_other(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    (secret, account): (&LinkSecret, &Account),
) -> Result<AskedOther, Error> {
    let Some(held) = hold::by_secret(tx, secret).await? else {
        return Ok(AskedOther::NotNeeded);
    };
    let invitation = held.invitation;
    if held.replaced || invitation.live_at(cx.now()).is_none() {
        return Ok(AskedOther::NotNeeded);
    }
    let Some(holder) = account.read(tx).await? else {
        return Ok(AskedOther::NotNeeded);
    };
    match holder.fit(&invitation, held.organization.invite_policy) {
        Fit::Other => {}
        Fit::Unverified => return Ok(AskedOther::Unverified),
        Fit::Invited | Fit::Allowed => return Ok(AskedOther::NotNeeded),
    }
    let Some(email) = holder.verified_email() else {
        return Ok(AskedOther::Unverified);
    };
    if invitation
        .other
        .as_ref()
        .is_some_and(|other| other.email == *email)
    {
        return Ok(AskedOther::ToldBefore);
    }
    let key = attempts::requests_of(cx, invitation.id.as_str());
    if !attempts::take(tx, cx, &key, PER_DAY).await? {
        return Ok(AskedOther::ToldBefore);
    }
    let name = text::one_line(&holder.name, 100);
    on!(tx, |c| sqlx::query(store::SET_OTHER)
        .bind(&invitation.id)
        .bind(email.shown())
        .bind(&name)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    let person = holder.person.as_ref().map(|person| &person.id);
    let detail = json!({ "person": person });
    record::audited(
        tx,
        cx,
        &invitation,
        "invitation.other_address_asked",
        detail,
    )
    .await?;
    emails::other_address(
        tx,
        cx,
        rules,
        &held.organization,
        (&invitation, email, &name),
    )
    .await?;
    Ok(AskedOther::Told)
}

/// Which request is granted.
#[derive(Debug, Clone)]
pub struct InviteOther {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// The invitation that somebody else asked about.
    pub invitation_id: InvitationId,
    /// Who grants it, and answers for the roles.
    pub inviter: Inviter,
}

/// What came of granting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvitedOther {
    /// The other address is invited, and this takes the first invitation's place.
    Invited(Box<Invitation>),
    /// It is over; nothing was changed.
    Over(StateWord),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum InviteOtherError {
    /// There is no such invitation here, or nobody asked.
    #[error("no such request")]
    NotFound,
    /// The pre-flight says that it would get nowhere.
    #[error("it would get nowhere: {}", .0.word())]
    NotSent(Class),
    /// These roles cannot be offered.
    #[error(transparent)]
    Roles(#[from] RolesRefused),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

impl From<CreateError> for InviteOtherError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::NotFound => Self::NotFound,
            CreateError::Roles(refused) => Self::Roles(refused),
            CreateError::Db(error) => Self::Db(error),
        }
    }
}

/// Invites the other address instead. The new link goes there by mail, so whoever asked still has
/// to hold that mailbox.
///
/// # Errors
/// See [`InviteOtherError`].
pub async fn invite_other(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: InviteOther,
) -> Result<InvitedOther, InviteOtherError> {
    let held = hold::by_id(tx, &command.organization_id, &command.invitation_id).await?;
    let held = held.ok_or(InviteOtherError::NotFound)?;
    let first = held.invitation;
    let other = first.other.clone().ok_or(InviteOtherError::NotFound)?;
    let live = match first.state_at(cx.now()) {
        State::Live(live) => live,
        State::Ended(ended) => return Ok(InvitedOther::Over(ended.word())),
    };
    // First, so that its promised seat is free for the one that takes its place.
    let first = record::ended(tx, first, live.superseded(cx.now())).await?;
    let create_other = Create {
        organization_id: command.organization_id,
        kind: first.kind,
        email: other.email,
        invitee_name: other.name,
        language: first.language.clone(),
        note: first.note.clone(),
        roles: first.roles.to_list(),
        life: None,
        crm_contact_id: first.crm_contact_id.clone(),
        inviter: command.inviter,
    };
    let second = match create(tx, cx, rules, create_other).await? {
        Created::Queued(second) => second,
        Created::NotSent(class) => return Err(InviteOtherError::NotSent(class)),
    };
    let detail = json!({ "by": second.id });
    record::audited(tx, cx, &first, "invitation.superseded", detail).await?;
    record::told(tx, cx, &held.organization, &first).await?;
    Ok(InvitedOther::Invited(second))
}
