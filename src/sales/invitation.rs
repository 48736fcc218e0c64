//! One invitation: what became of it, and what can still be done.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    inviting::{inviter, verdict},
    words::{self, Tag},
};
use crate::{
    access::actors::SalesRep,
    invitations::{
        self, Ended, Invitation, InviteOther, InviteOtherError, InvitedOther, Live, Resend,
        ResendError, Resent, Revoke, RevokeError, Revoked, Rules, State, Step, StepKind, Way,
    },
    kernel::{Instant, LinkSecret, ids::Id, ids::InvitationId},
    organizations,
    web::{Flash, Refusal, Shell, page, urls},
};

/// A step of the timeline.
struct Shown {
    icon: &'static str,
    title: String,
    at: String,
    iso: String,
    tone: &'static str,
}

/// Somebody who asked to come in with another address.
struct Other {
    text: String,
    email: String,
    action: String,
}

#[derive(Template)]
#[template(path = "sales/invitation.html")]
struct InvitationPage {
    shell: Shell,
    /// The address, when a name is the heading.
    subtitle: String,
    account: String,
    account_href: String,
    state: Tag,
    roles: String,
    note: String,
    inviter: String,
    expires_at: String,
    delivery_note: String,
    steps: Vec<Shown>,
    resend: String,
    revoke: String,
    copy_link: String,
    can_resend: bool,
    can_revoke: bool,
    other: Option<Other>,
    /// The new link, shown once.
    link: String,
}

async fn found(rep: &SalesRep, invitation: &str) -> Result<Invitation, Refusal> {
    let id = InvitationId::parse(invitation).map_err(|_| Refusal::NotFound)?;
    let mut conn = rep.visit().state.db.read().await?;
    let found = invitations::find_for_staff(&mut conn, &id).await?;
    found.ok_or(Refusal::NotFound)
}

/// The invitation with its timeline.
pub async fn show(rep: SalesRep, Path(invitation): Path<String>) -> Result<Response, Refusal> {
    let invitation = found(&rep, &invitation).await?;
    render(&rep, &invitation, None).await
}

async fn render(
    rep: &SalesRep,
    invitation: &Invitation,
    link: Option<&LinkSecret>,
) -> Result<Response, Refusal> {
    let visit = rep.visit();
    let now = visit.cx.now();
    let mut conn = visit.state.db.read().await?;
    let organization = organizations::find(&mut conn, &invitation.organization_id).await?;
    let steps = invitations::timeline(&mut conn, invitation, now).await?;
    drop(conn);
    let organization = organization.ok_or(Refusal::NotFound)?;
    let shell = Shell {
        title: invitation.shown_name().to_owned(),
        ..rep.shell("")
    };
    let catalogue = &visit.state.catalogue;
    let names = invitation.roles.iter();
    let names: Vec<&str> = names
        .map(|key| catalogue.role_name(key, visit.lang.as_str()))
        .collect();
    let state = invitation.state_at(now);
    let id = &invitation.id;
    let portal = &visit.state.settings.portal;
    Ok(page(
        StatusCode::OK,
        &InvitationPage {
            subtitle: if invitation.invitee_name.is_empty() {
                String::new()
            } else {
                invitation.email.to_string()
            },
            account: organization.name.clone(),
            account_href: urls::SalesAccount {
                organization: &organization.id,
            }
            .to_string(),
            state: words::invitation_state(&shell, state.word()),
            roles: names.join(", "),
            note: invitation.note.clone(),
            inviter: invitation.inviter.name.clone(),
            expires_at: shell.moment(invitation.expires_at),
            delivery_note: invitation.delivery_note.clone(),
            steps: steps.iter().map(|step| shown(&shell, step)).collect(),
            resend: urls::SalesResend { invitation: id }.to_string(),
            revoke: urls::SalesRevoke { invitation: id }.to_string(),
            copy_link: urls::SalesCopyLink { invitation: id }.to_string(),
            can_resend: can_resend(&state),
            can_revoke: matches!(state, State::Live(_)),
            other: other_of(&shell, invitation, &state),
            link: link
                .map(|secret| invitations::link(portal, secret))
                .unwrap_or_default(),
            shell,
        },
    ))
}

/// An open or expired one can get a new link.
fn can_resend(state: &State) -> bool {
    matches!(
        state,
        State::Live(Live::Queued | Live::Sent { .. } | Live::Bounced { .. } | Live::Opened { .. })
            | State::Ended(Ended::Expired { .. })
    )
}

fn other_of(shell: &Shell, invitation: &Invitation, state: &State) -> Option<Other> {
    let other = invitation.other.as_ref()?;
    matches!(state, State::Live(_)).then(|| Other {
        text: shell.t2(
            "sales-other-text",
            ("email", other.email.shown()),
            ("at", shell.moment(other.asked_at)),
        ),
        email: other.email.to_string(),
        action: urls::SalesInviteOther {
            invitation: &invitation.id,
        }
        .to_string(),
    })
}

fn shown(shell: &Shell, step: &Step) -> Shown {
    let (word, icon, tone) = match step.kind {
        StepKind::Created => ("created", "plus", ""),
        StepKind::Renewed => ("renewed", "link", ""),
        StepKind::Reminded => ("reminded", "mail", ""),
        StepKind::Queued => ("queued", "clock", ""),
        StepKind::Accepted => ("accepted", "send", ""),
        StepKind::HandedOver => ("handed-over", "link", ""),
        StepKind::Bounced => ("bounced", "warn", "danger"),
        StepKind::Opened => ("opened", "eye", ""),
        StepKind::Redeemed => ("redeemed", "check", "success"),
        StepKind::Declined => ("declined", "cross", "danger"),
        StepKind::Revoked => ("revoked", "cross", ""),
        StepKind::Expired => ("expired", "clock", "warning"),
        StepKind::Superseded => ("superseded", "switch", ""),
    };
    Shown {
        icon,
        title: shell.t(&format!("sales-step-{word}")).into_owned(),
        at: step.at.map(|at| shell.moment(at)).unwrap_or_default(),
        iso: step
            .at
            .map(|at: Instant| at.to_string())
            .unwrap_or_default(),
        tone: if step.at.is_some() { tone } else { "waiting" },
    }
}

/// Mails a new link.
pub async fn resend(rep: SalesRep, Path(invitation): Path<String>) -> Result<Response, Refusal> {
    renew(&rep, &invitation, Way::Mail).await
}

/// Shows a new link once.
pub async fn copy_link(rep: SalesRep, Path(invitation): Path<String>) -> Result<Response, Refusal> {
    renew(&rep, &invitation, Way::Link).await
}

async fn renew(rep: &SalesRep, invitation: &str, way: Way) -> Result<Response, Refusal> {
    let invitation = found(rep, invitation).await?;
    let visit = rep.visit();
    let command = Resend {
        organization_id: invitation.organization_id.clone(),
        invitation_id: invitation.id.clone(),
        inviter: inviter(rep),
        way,
    };
    let cx = visit.cx.clone();
    let resent = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move {
                let rules = Rules {
                    settings: &state.settings,
                    catalogue: &state.catalogue,
                };
                invitations::resend(tx, &cx, rules, command).await
            })
        })
        .await;
    let shell = rep.shell("");
    let flash = match resent {
        Ok(Resent::Link(renewed, secret)) => return render(rep, &renewed, Some(&secret)).await,
        Ok(Resent::Queued(_)) => Flash::success(visit.t("sales-resent")),
        Ok(Resent::TooSoon { again_at }) => {
            Flash::warning(shell.t1("sales-too-soon", "at", shell.moment(again_at)))
        }
        Ok(Resent::NotSent(class)) => Flash::warning(verdict(&shell, &class).text),
        Ok(Resent::Over(_)) => Flash::info(visit.t("sales-over")),
        Err(ResendError::NotFound) => return Ok(Refusal::NotFound.into_response()),
        Err(ResendError::Roles(_)) => Flash::warning(visit.t("sales-roles-wrong")),
        Err(ResendError::Db(error)) => return Err(error.into()),
    };
    Ok(back(rep, &invitation, flash))
}

fn back(rep: &SalesRep, invitation: &Invitation, flash: Flash) -> Response {
    let here = urls::SalesInvitation {
        invitation: &invitation.id,
    };
    rep.visit().go(here, Some(flash))
}

/// Takes it back.
pub async fn revoke(rep: SalesRep, Path(invitation): Path<String>) -> Result<Response, Refusal> {
    let invitation = found(&rep, &invitation).await?;
    let visit = rep.visit();
    let command = Revoke {
        organization_id: invitation.organization_id.clone(),
        invitation_id: invitation.id.clone(),
    };
    let cx = visit.cx.clone();
    let revoked = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { invitations::revoke(tx, &cx, command).await }))
        .await;
    let flash = match revoked {
        Ok(Revoked::Revoked(_)) => Flash::success(visit.t("sales-revoked")),
        Ok(Revoked::OverBefore(_)) => Flash::info(visit.t("sales-over")),
        Err(RevokeError::NotFound) => return Ok(Refusal::NotFound.into_response()),
        Err(RevokeError::Db(error)) => return Err(error.into()),
    };
    Ok(back(&rep, &invitation, flash))
}

/// Invites the other address that somebody asked to use.
pub async fn invite_other(
    rep: SalesRep,
    Path(invitation): Path<String>,
) -> Result<Response, Refusal> {
    let invitation = found(&rep, &invitation).await?;
    let visit = rep.visit();
    let command = InviteOther {
        organization_id: invitation.organization_id.clone(),
        invitation_id: invitation.id.clone(),
        inviter: inviter(&rep),
    };
    let cx = visit.cx.clone();
    let invited = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move {
                let rules = Rules {
                    settings: &state.settings,
                    catalogue: &state.catalogue,
                };
                invitations::invite_other(tx, &cx, rules, command).await
            })
        })
        .await;
    let shell = rep.shell("");
    let flash = match invited {
        Ok(InvitedOther::Invited(new)) => {
            let text = shell.t1("sales-invited", "email", new.email.shown());
            return Ok(back(&rep, &new, Flash::success(text)));
        }
        Ok(InvitedOther::Over(_)) => Flash::info(visit.t("sales-over")),
        Err(InviteOtherError::NotSent(class)) => Flash::warning(verdict(&shell, &class).text),
        Err(InviteOtherError::NotFound) => return Ok(Refusal::NotFound.into_response()),
        Err(InviteOtherError::Roles(_)) => Flash::warning(visit.t("sales-roles-wrong")),
        Err(InviteOtherError::Db(error)) => return Err(error.into()),
    };
    Ok(back(&rep, &invitation, flash))
}
