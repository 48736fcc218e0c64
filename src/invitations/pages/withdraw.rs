//! `…/revoke` and `…/other-address`: taking an invitation back, or giving it to another address.

use axum::{extract::RawPathParams, response::Response};

use super::{
    answer::rules,
    new::inviter,
    one::{back, id_of, organization, question},
    words,
};
use crate::{
    access::actors::OrgAdmin,
    invitations::{
        self, InviteOther, InviteOtherError, InvitedOther, Revoke, RevokeError, Revoked,
    },
    web::{Flash, Refusal, urls},
};

/// `GET …/revoke`: asks; changes nothing.
pub async fn ask(admin: OrgAdmin, params: RawPathParams) -> Result<Response, Refusal> {
    question(&admin, &params, |shell, invitation| {
        let name = invitation.shown_name();
        shell.title = shell.t1("invitations-revoke-title", "name", name);
        let place = urls::RevokeInvitation {
            organization: &invitation.organization_id,
            invitation: &invitation.id,
        };
        let text = shell.t1("invitations-revoke-text", "name", name);
        let button = shell.t("invitations-revoke").into_owned();
        (vec![text], place.to_string(), button, true)
    })
    .await
}

/// `POST …/revoke`
pub async fn revoke(admin: OrgAdmin, params: RawPathParams) -> Result<Response, Refusal> {
    let id = id_of(&params)?;
    let command = Revoke {
        organization_id: admin.organization_id().clone(),
        invitation_id: id.clone(),
    };
    let cx = admin.visit().cx.clone();
    let work = admin
        .visit()
        .state
        .db
        .write(move |tx| Box::pin(async move { invitations::revoke(tx, &cx, command).await }));
    let shell = admin.shell("");
    let flash = match work.await {
        Ok(Revoked::Revoked(invitation)) => {
            Flash::success(shell.t1("invitations-revoked", "name", invitation.shown_name()))
        }
        Ok(Revoked::OverBefore(_)) => Flash::warning(shell.t("invitations-over")),
        Err(RevokeError::NotFound) => return Err(Refusal::NotFound),
        Err(RevokeError::Db(error)) => return Err(error.into()),
    };
    Ok(back(&admin, &id, flash))
}

/// `POST …/other-address`
pub async fn invite_other(admin: OrgAdmin, params: RawPathParams) -> Result<Response, Refusal> {
    let id = id_of(&params)?;
    let organization = organization(&admin).await?;
    let command = InviteOther {
        organization_id: organization.id.clone(),
        invitation_id: id.clone(),
        inviter: inviter(&admin, &organization),
    };
    let cx = admin.visit().cx.clone();
    let work = admin.visit().state.write(move |tx, state| {
        Box::pin(async move { invitations::invite_other(tx, &cx, rules(&state), command).await })
    });
    let shell = admin.shell("");
    let flash = match work.await {
        Ok(InvitedOther::Invited(second)) => {
            let text = shell.t1("invitations-sent-one", "name", second.shown_name());
            return Ok(back(&admin, &second.id, Flash::success(text)));
        }
        Ok(InvitedOther::Over(_)) => Flash::warning(shell.t("invitations-over")),
        Err(InviteOtherError::NotFound) => return Err(Refusal::NotFound),
        Err(InviteOtherError::NotSent(class)) => {
            Flash::warning(words::class_sentence(&shell, &class))
        }
        Err(InviteOtherError::Roles(refused)) => {
            let catalogue = &admin.visit().state.catalogue;
            Flash::warning(words::roles_sentence(&shell, catalogue, &refused))
        }
        Err(InviteOtherError::Db(error)) => return Err(error.into()),
    };
    Ok(back(&admin, &id, flash))
}
