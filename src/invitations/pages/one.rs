//! `/organizations/{organization}/invitations/{invitation}`: what became of it, and what can be done
//! about it.

use std::time::Duration;

use askama::Template;
use axum::{extract::RawPathParams, http::StatusCode, response::Response};

use super::words;
use crate::{
    access::actors::OrgAdmin,
    db::Conn,
    invitations::{self, Invitation, State, StateWord},
    kernel::ids::{Id, InvitationId},
    organizations::{self, Organization},
    web::{Flash, Refusal, Shell, Visit, page, urls},
};

/// A step of the timeline as the page shows it.
struct StepView {
    title: String,
    icon: &'static str,
    tone: &'static str,
    at: String,
    iso: String,
}

/// Somebody who asked to use another address.
struct OtherView {
    text: String,
    action: String,
    button: String,
}

/// What can be done with it.
struct Actions {
    resend: Option<String>,
    /// Why it cannot be sent again yet; empty when it can.
    resend_wait: String,
    revoke: Option<String>,
    link: Option<String>,
    anew: Option<String>,
}

#[derive(Template)]
#[template(path = "invitations/one.html")]
struct OnePage {
    shell: Shell,
    back: String,
    tag: String,
    tone: &'static str,
    invitation: Invitation,
    role_names: Vec<String>,
    language: &'static str,
    expires: String,
    delivery: String,
    other: Option<OtherView>,
    steps: Vec<StepView>,
    actions: Actions,
}

/// The invitation of the path, of the organization of the path.
pub(super) async fn find(
    admin: &OrgAdmin,
    conn: &mut Conn,
    params: &RawPathParams,
) -> Result<Invitation, Refusal> {
    let id = id_of(params)?;
    let found = invitations::find(conn, admin.organization_id(), &id).await?;
    found.ok_or(Refusal::NotFound)
}

pub(super) fn id_of(params: &RawPathParams) -> Result<InvitationId, Refusal> {
    let named = params.iter().find(|(name, _)| *name == "invitation");
    named
        .and_then(|(_, text)| InvitationId::parse(text).ok())
        .ok_or(Refusal::NotFound)
}

/// `GET …/invitations/{invitation}`
pub async fn show(admin: OrgAdmin, params: RawPathParams) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let now = visit.cx.now();
    let mut conn = visit.state.db.read().await?;
    let invitation = find(&admin, &mut conn, &params).await?;
    let steps = invitations::timeline(&mut conn, &invitation, now).await?;
    drop(conn);
    let mut shell = admin.shell("");
    shell.title = shell.t1("invitations-one-title", "name", invitation.shown_name());
    let step = |step: &invitations::Step| {
        let (title, icon, tone) = words::step_words(&shell, &invitation, step);
        StepView {
            title,
            icon,
            tone,
            at: step.at.map(|at| shell.moment(at)).unwrap_or_default(),
            iso: step.at.map(|at| at.to_string()).unwrap_or_default(),
        }
    };
    let steps = steps.iter().map(step).collect();
    let (tag, tone) = words::state_tag(&shell, &invitation, now);
    let one = OnePage {
        back: urls::Members {
            organization: admin.organization_id(),
        }
        .to_string(),
        tag,
        tone,
        role_names: words::role_names(&shell, &visit.state.catalogue, &invitation),
        language: language_name(&invitation),
        expires: shell.moment(invitation.expires_at),
        delivery: words::delivery_sentence(&shell, &invitation, now),
        other: other(&shell, visit, &invitation),
        steps,
        actions: actions(&shell, visit, &invitation),
        invitation,
        shell,
    };
    Ok(page(StatusCode::OK, &one))
}

fn language_name(invitation: &Invitation) -> &'static str {
    crate::web::Lang::parse(&invitation.language).map_or("", crate::web::Lang::own_name)
}

fn other(shell: &Shell, visit: &Visit, invitation: &Invitation) -> Option<OtherView> {
    let other = invitation.other.as_ref()?;
    invitation.live_at(visit.cx.now())?;
    let address = other.email.shown();
    let name = if other.name.is_empty() {
        address
    } else {
        &other.name
    };
    let text = shell.tn(
        "invitations-other-text",
        &[
            ("name", name.into()),
            ("email", address.into()),
            ("at", shell.moment(other.asked_at).into()),
        ],
    );
    let (organization, invitation) = (&invitation.organization_id, &invitation.id);
    Some(OtherView {
        text,
        action: urls::InviteOtherAddress {
            organization,
            invitation,
        }
        .to_string(),
        button: shell.t1("invitations-other-button", "email", address),
    })
}

fn actions(shell: &Shell, visit: &Visit, invitation: &Invitation) -> Actions {
    let now = visit.cx.now();
    let (organization, id) = (&invitation.organization_id, &invitation.id);
    let state = invitation.state_at(now);
    let is_live = matches!(state, State::Live(_));
    let renewable = is_live || state.word() == StateWord::Expired;
    let pause = u64::from(visit.state.settings.invitations.resend_minutes) * 60;
    let again_at = invitation.issued_at.plus(Duration::from_secs(pause));
    Actions {
        resend: renewable.then(|| {
            urls::ResendInvitation {
                organization,
                invitation: id,
            }
            .to_string()
        }),
        resend_wait: if now < again_at {
            shell.t1("invitations-resend-wait", "at", shell.moment(again_at))
        } else {
            String::new()
        },
        revoke: is_live.then(|| {
            urls::RevokeInvitation {
                organization,
                invitation: id,
            }
            .to_string()
        }),
        link: renewable.then(|| {
            urls::CopyInvitationLink {
                organization,
                invitation: id,
            }
            .to_string()
        }),
        anew: (!renewable && state.word() != StateWord::Redeemed)
            .then(|| urls::Invite { organization }.to_string()),
    }
}

/// Back to the invitation, which then shows `flash`.
pub(super) fn back(admin: &OrgAdmin, invitation: &InvitationId, flash: Flash) -> Response {
    let organization = admin.organization_id();
    let place = urls::OrganizationInvitation {
        organization,
        invitation,
    };
    admin.visit().go(place, Some(flash))
}

/// The organization of the path.
pub(super) async fn organization(admin: &OrgAdmin) -> Result<Organization, Refusal> {
    let mut conn = admin.visit().state.db.read().await?;
    let found = organizations::find(&mut conn, admin.organization_id()).await?;
    found.ok_or(Refusal::NotFound)
}

#[derive(Template)]
#[template(path = "invitations/question.html")]
struct QuestionPage {
    shell: Shell,
    text: Vec<String>,
    action: String,
    button: String,
    danger: bool,
    back: String,
    back_text: String,
}

/// Asks before something is done; changes nothing.
pub(super) async fn question(
    admin: &OrgAdmin,
    params: &RawPathParams,
    of: impl FnOnce(&mut Shell, &Invitation) -> (Vec<String>, String, String, bool),
) -> Result<Response, Refusal> {
    let mut conn = admin.visit().state.db.read().await?;
    let invitation = find(admin, &mut conn, params).await?;
    let mut shell = admin.shell("");
    let (text, action, button, danger) = of(&mut shell, &invitation);
    let place = urls::OrganizationInvitation {
        organization: admin.organization_id(),
        invitation: &invitation.id,
    };
    let question = QuestionPage {
        text,
        action,
        button,
        danger,
        back: place.to_string(),
        back_text: shell.t("invitations-question-back").into_owned(),
        shell,
    };
    Ok(page(StatusCode::OK, &question))
}
