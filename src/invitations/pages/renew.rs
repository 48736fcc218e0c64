//! `…/resend` and `…/link`: a new link, mailed or handed to the admin.

use askama::Template;
use axum::{extract::RawPathParams, http::StatusCode, response::Response};

use super::{
    answer::rules,
    invitee,
    new::inviter,
    one::{back, id_of, organization, question},
    words,
};
use crate::{
    access::actors::OrgAdmin,
    invitations::{self, Resend, ResendError, Resent, Way},
    kernel::ids::InvitationId,
    web::{Flash, Refusal, Shell, page, urls},
};

async fn renew(admin: &OrgAdmin, id: &InvitationId, way: Way) -> Result<Resent, Stop> {
    let organization = organization(admin).await?;
    let command = Resend {
        organization_id: organization.id.clone(),
        invitation_id: id.clone(),
        inviter: inviter(admin, &organization),
        way,
    };
    let cx = admin.visit().cx.clone();
    let work = admin.visit().state.write(move |tx, state| {
        Box::pin(async move { invitations::resend(tx, &cx, rules(&state), command).await })
    });
    match work.await {
        Ok(resent) => Ok(resent),
        Err(ResendError::NotFound) => Err(Stop::Refusal(Refusal::NotFound)),
        Err(ResendError::Db(error)) => Err(Stop::Refusal(error.into())),
        Err(ResendError::Roles(refused)) => {
            let shell = admin.shell("");
            let text = words::roles_sentence(&shell, &admin.visit().state.catalogue, &refused);
            Err(Stop::Page(back(admin, id, Flash::warning(text))))
        }
    }
}

/// Why a handler ends early: a refusal, or a page that explains.
enum Stop {
    Refusal(Refusal),
    Page(Response),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// What a new link was not made for, as a flash.
fn not_renewed(shell: &Shell, resent: &Resent) -> Flash {
    Flash::warning(match resent {
        Resent::TooSoon { again_at } => {
            shell.t1("invitations-resend-wait", "at", shell.moment(*again_at))
        }
        Resent::NotSent(class) => words::class_sentence(shell, class),
        Resent::Over(_) | Resent::Queued(_) | Resent::Link(..) => {
            shell.t("invitations-over").into_owned()
        }
    })
}

/// `POST …/resend`
pub async fn resend(admin: OrgAdmin, params: RawPathParams) -> Result<Response, Refusal> {
    let id = id_of(&params)?;
    let shell = admin.shell("");
    let resent = match renew(&admin, &id, Way::Mail).await {
        Ok(resent) => resent,
        Err(Stop::Page(response)) => return Ok(response),
        Err(Stop::Refusal(refusal)) => return Err(refusal),
    };
    let flash = match &resent {
        Resent::Queued(invitation) => {
            let name = invitation.shown_name();
            Flash::success(shell.t1("invitations-resent", "name", name))
        }
        other => not_renewed(&shell, other),
    };
    Ok(back(&admin, &id, flash))
}

/// `GET …/link`: says what a new link does to the old one; changes nothing.
pub async fn ask_link(admin: OrgAdmin, params: RawPathParams) -> Result<Response, Refusal> {
    question(&admin, &params, |shell, invitation| {
        let name = invitation.shown_name();
        shell.title = shell.t("invitations-link-title").into_owned();
        let place = urls::CopyInvitationLink {
            organization: &invitation.organization_id,
            invitation: &invitation.id,
        };
        let text = vec![
            shell.t1("invitations-link-text", "name", name),
            shell.t1("invitations-link-safe", "email", invitation.email.shown()),
        ];
        let button = shell.t("invitations-link-make").into_owned();
        (text, place.to_string(), button, false)
    })
    .await
}

#[derive(Template)]
#[template(path = "invitations/link.html")]
struct LinkPage {
    shell: Shell,
    text: String,
    link: String,
    back: String,
}

/// `POST …/link`: the new link, once: it is kept nowhere, so a reload makes another one.
pub async fn make_link(admin: OrgAdmin, params: RawPathParams) -> Result<Response, Refusal> {
    let id = id_of(&params)?;
    let resent = match renew(&admin, &id, Way::Link).await {
        Ok(resent) => resent,
        Err(Stop::Page(response)) => return Ok(response),
        Err(Stop::Refusal(refusal)) => return Err(refusal),
    };
    let (invitation, secret) = match resent {
        Resent::Link(invitation, secret) => (invitation, secret),
        other => {
            let flash = not_renewed(&admin.shell(""), &other);
            return Ok(back(&admin, &id, flash));
        }
    };
    let shell = admin.shell("invitations-link-made-title");
    let text = shell.t2(
        "invitations-link-made-text",
        ("name", invitation.shown_name()),
        ("until", shell.moment(invitation.expires_at)),
    );
    let place = urls::OrganizationInvitation {
        organization: admin.organization_id(),
        invitation: &id,
    };
    let made = LinkPage {
        text,
        link: invitations::link(&admin.visit().state.settings.portal, &secret),
        back: place.to_string(),
        shell,
    };
    Ok(invitee::private(page(StatusCode::OK, &made)))
}
