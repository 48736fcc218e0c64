//! A new link with a full life: mailed again, or handed to the inviter to pass on.

use std::time::Duration;

use serde_json::json;

use super::{
    authority::{self, RolesRefused, Rules},
    create::count,
    emails, find,
    hold::{self, Held},
    issue,
    model::{Ended, Invitation, Inviter, Kind, Live, State, StateWord, Way},
    preflight::{self, Class},
    record, store,
};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx, Instant, LinkSecret,
        ids::{InvitationId, OrganizationId},
    },
    on,
};

/// Which invitation gets a new link.
#[derive(Debug, Clone)]
pub struct Resend {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Which.
    pub invitation_id: InvitationId,
    /// Who sends it, and answers for its roles from now on.
    pub inviter: Inviter,
    /// Whether the portal mails the link or the inviter passes it on.
    pub way: Way,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resent {
    /// The mail with the new link is on its way; the old link says that it was replaced.
    Queued(Box<Invitation>),
    /// The new link, to be shown once and kept nowhere; the old one says that it was replaced.
    Link(Box<Invitation>, LinkSecret),
    /// The last mail is too young; nothing was changed.
    TooSoon {
        /// When it may be sent again.
        again_at: Instant,
    },
    /// It would get nowhere; nothing was changed.
    NotSent(Class),
    /// It is over and does not come back; invite anew.
    Over(StateWord),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// There is no such invitation here.
    #[error("no such invitation")]
    NotFound,
    /// Whoever sends it may not give its roles.
    #[error(transparent)]
    Roles(#[from] RolesRefused),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Gives an open or expired invitation a new link.
///
/// # Errors
/// See [`ResendError`].
pub async fn resend(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: Resend,
) -> Result<Resent, ResendError> {
    let held = hold::by_id(tx, &command.organization_id, &command.invitation_id).await?;
    let held = held.ok_or(ResendError::NotFound)?;
    match held.invitation.state_at(cx.now()) {
        State::Live(_) | State::Ended(Ended::Expired { .. }) => {}
        State::Ended(ended) => return Ok(Resent::Over(ended.word())),
    }
    let pause = Duration::from_secs(u64::from(rules.settings.invitations.resend_minutes) * 60);
    let again_at = held.invitation.issued_at.plus(pause);
    if command.way == Way::Mail && cx.now() < again_at {
        return Ok(Resent::TooSoon { again_at });
    }
    let by = (&held.organization, &command.inviter);
    let offered = (held.invitation.kind, &held.invitation.roles);
    authority::may_offer(tx, rules, by, offered, cx.now()).await??;
    if let Some(class) = obstacle(tx, cx, rules, &held, &command).await? {
        return Ok(Resent::NotSent(class));
    }
    renew(tx, cx, rules, held, command)
        .await
        .map_err(Into::into)
}

async fn obstacle(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    held: &Held,
    command: &Resend,
) -> Result<Option<Class>, Error> {
    let inviter = &command.inviter;
    let class = class_now(tx, cx, rules, held, inviter).await?;
    if !class.may_send() {
        return Ok(Some(class));
    }
    if command.way == Way::Mail {
        return count(tx, cx, rules, inviter, &held.invitation.email).await;
    }
    Ok(None)
}

/// The same pre-flight as for a new invitation, this one itself left out.
pub(super) async fn class_now(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    held: &Held,
    inviter: &Inviter,
) -> Result<Class, Error> {
    let Held {
        organization,
        invitation,
        ..
    } = held;
    let mut known = preflight::known(tx, cx, organization, &invitation.email).await?;
    let mut house = preflight::house(tx, cx, rules, organization, inviter).await?;
    if known
        .live
        .as_ref()
        .is_some_and(|live| live.id == invitation.id)
    {
        known.live = None;
    }
    if invitation.kind == Kind::Member && invitation.live_at(cx.now()).is_some() {
        house.promised = house.promised.saturating_sub(1);
    }
    let limits = &rules.settings.invitations;
    Ok(preflight::classify(
        &invitation.email,
        invitation.kind,
        &house,
        &known,
        limits,
        cx.now(),
    ))
}

async fn renew(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    held: Held,
    command: Resend,
) -> Result<Resent, Error> {
    let Held {
        organization,
        invitation,
        ..
    } = held;
    let secret = issue::new_secret(cx);
    let (state, sent_at) = match command.way {
        Way::Mail => (Live::Queued, None),
        Way::Link => (Live::Sent { at: cx.now() }, Some(cx.now())),
    };
    let inviter = &command.inviter;
    on!(tx, |c| sqlx::query(store::RENEW)
        .bind(&invitation.id)
        .bind(state.word())
        .bind(sent_at)
        .bind(secret.hash())
        .bind(command.way)
        .bind(cx.now())
        .bind(cx.now().plus(invitation.life))
        .bind(inviter.kind)
        .bind(&inviter.reference)
        .bind(&inviter.name)
        .bind(&inviter.company)
        .bind(&inviter.email)
        .bind(&inviter.phone)
        .execute(c)
        .await
        .map(drop))?;
    issue::keep(tx, cx, &invitation.id, &secret).await?;
    let renewed = find(tx, &organization.id, &invitation.id).await?;
    let mut invitation = renewed.ok_or(Error::Lost)?;
    let action = match command.way {
        Way::Mail => {
            let link = (&secret, false);
            invitation = emails::invite(tx, cx, rules, &organization, invitation, link).await?;
            "invitation.resent"
        }
        Way::Link => "invitation.link_made",
    };
    let detail = json!({ "inviter": inviter.kind, "expires_at": invitation.expires_at });
    record::audited(tx, cx, &invitation, action, detail).await?;
    record::told(tx, cx, &organization, &invitation).await?;
    Ok(match command.way {
        Way::Mail => Resent::Queued(Box::new(invitation)),
        Way::Link => Resent::Link(Box::new(invitation), secret),
    })
}
