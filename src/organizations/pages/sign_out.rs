//! Signing out one member, or everybody: the questions and the deeds.

use axum::{http::StatusCode, response::Response};

use super::{
    acting,
    confirm::ConfirmPage,
    one::{Which, load},
};
use crate::{
    access::actors::OrgAdmin,
    organizations::{SignOutError, sign_out_everybody, sign_out_member},
    web::{Flash, Refusal, Shell, page, urls},
};

/// Asks about one member.
///
/// # Errors
/// [`Refusal`]: not found here.
pub async fn ask(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let mut conn = visit.state.db.read().await?;
    let one = load(&mut conn, &admin, &membership).await?;
    let name = one.member.display_name.as_str();
    let shell = admin.shell("");
    let back = urls::Member {
        organization,
        membership: &membership,
    };
    let action = urls::SignOutMember {
        organization,
        membership: &membership,
    };
    Ok(page(
        StatusCode::OK,
        &ConfirmPage {
            action: action.to_string(),
            button: visit.t("settings-sign-out-one"),
            back: back.to_string(),
            effects: vec![
                shell.t1("settings-sign-out-one-now", "name", name),
                shell.t1("settings-sign-out-one-again", "name", name),
                visit.t("settings-sign-out-elsewhere"),
            ],
            reason: None,
            danger: false,
            after: None,
            shell: Shell {
                title: shell.t1("settings-sign-out-one-title", "name", name),
                ..shell
            },
        },
    ))
}

/// Signs one member out.
///
/// # Errors
/// [`Refusal`]: not found here, no admin any more.
pub async fn submit(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let to = urls::Member {
        organization: admin.organization_id(),
        membership: &membership,
    }
    .to_string();
    let cx = acting(&admin);
    let place = (admin.organization_id().clone(), membership);
    let done = visit.state.write(move |tx, state| {
        Box::pin(
            async move { sign_out_member(tx, &cx, &state.catalogue, (&place.0, &place.1)).await },
        )
    });
    let ended = done.await.map_err(refusal)?;
    Ok(visit.go(to, Some(told(&visit.shell(""), ended))))
}

/// Asks about everybody.
///
/// # Errors
/// [`Refusal`]: never by itself.
pub async fn ask_everybody(admin: OrgAdmin) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let company = admin.membership.organization_name.as_str();
    let shell = admin.shell("");
    Ok(page(
        StatusCode::OK,
        &ConfirmPage {
            action: urls::SignOutEverybody { organization }.to_string(),
            button: visit.t("settings-sign-out-all"),
            back: urls::OrganizationSettings { organization }.to_string(),
            effects: vec![
                shell.t1("settings-sign-out-all-now", "organization", company),
                visit.t("settings-sign-out-all-again"),
                visit.t("settings-sign-out-all-you"),
            ],
            reason: None,
            danger: true,
            after: None,
            shell: Shell {
                title: shell.t1("settings-sign-out-all-title", "organization", company),
                ..shell
            },
        },
    ))
}

/// Signs everybody out but the admin who asks.
///
/// # Errors
/// [`Refusal`]: no admin any more.
pub async fn everybody(admin: OrgAdmin) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let to = urls::OrganizationSettings { organization }.to_string();
    let cx = acting(&admin);
    let place = (
        organization.clone(),
        admin.signed_in.gate.session_id.clone(),
    );
    let done = visit.state.write(move |tx, state| {
        Box::pin(async move {
            sign_out_everybody(tx, &cx, &state.catalogue, (&place.0, &place.1)).await
        })
    });
    let ended = done.await.map_err(refusal)?;
    Ok(visit.go(to, Some(told(&visit.shell(""), ended))))
}

fn told(shell: &Shell, ended: u64) -> Flash {
    let ended = i64::try_from(ended).unwrap_or(i64::MAX);
    Flash::success(shell.t1("settings-signed-out", "count", ended))
}

fn refusal(error: SignOutError) -> Refusal {
    match error {
        SignOutError::NotFound => Refusal::NotFound,
        SignOutError::NotAllowed => Refusal::Forbidden,
        SignOutError::Db(error) => error.into(),
    }
}
