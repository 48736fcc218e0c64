//! Restoring a suspended member: the question and the deed.

use axum::{http::StatusCode, response::Response};

use super::{
    acting,
    confirm::ConfirmPage,
    one::{Which, load},
    role_names,
};
use crate::{
    access::actors::OrgAdmin,
    organizations::{MembershipStatus, Restore, RestoreError, Restored, restore},
    web::{Flash, Refusal, Shell, page, urls},
};

/// Asks.
///
/// # Errors
/// [`Refusal`]: not found here.
pub async fn ask(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let mut conn = visit.state.db.read().await?;
    let one = load(&mut conn, &admin, &membership).await?;
    let back = urls::Member {
        organization,
        membership: &membership,
    };
    let shell = admin.shell("");
    let name = one.member.display_name.as_str();
    if one.member.status != MembershipStatus::Suspended {
        let text = shell.t1("member-already-active", "name", name);
        return Ok(visit.go(back, Some(Flash::info(text))));
    }
    let roles = role_names(&admin, &shell, &one.member.roles);
    let action = urls::RestoreMember {
        organization,
        membership: &membership,
    };
    Ok(page(
        StatusCode::OK,
        &ConfirmPage {
            action: action.to_string(),
            button: visit.t("member-restore"),
            back: back.to_string(),
            effects: vec![
                shell.t2("member-restore-roles", ("name", name), ("roles", roles)),
                visit.t("member-restore-seat"),
            ],
            reason: None,
            danger: false,
            after: None,
            shell: Shell {
                title: shell.t1("member-restore-title", "name", name),
                ..shell
            },
        },
    ))
}

/// Does it.
///
/// # Errors
/// [`Refusal`]: not found here, no free seat, no admin any more.
pub async fn submit(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let cx = acting(&admin);
    let command = Restore {
        organization_id: admin.organization_id().clone(),
        membership_id: membership,
    };
    let done = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move { restore(tx, &cx, &state.catalogue, command).await })
        })
        .await;
    let (key, member) = match done {
        Ok(Restored::Restored(member)) => ("member-restored", member),
        Ok(Restored::Already(member)) => ("member-already-active", member),
        Ok(Restored::NoSeat { seats }) => return Err(no_seat(&admin, seats)),
        Err(RestoreError::NotFound) => return Err(Refusal::NotFound),
        Err(RestoreError::NotAllowed) => return Err(Refusal::Forbidden),
        Err(RestoreError::Db(error)) => return Err(error.into()),
    };
    let to = urls::Member {
        organization: &member.organization_id,
        membership: &member.id,
    };
    let text = visit
        .shell("")
        .t1(key, "name", member.display_name.as_str());
    Ok(visit.go(to, Some(Flash::success(text))))
}

fn no_seat(admin: &OrgAdmin, seats: i64) -> Refusal {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let shell = visit.shell("");
    Refusal::Explained {
        status: StatusCode::CONFLICT,
        title: visit.t("member-no-seat-title"),
        text: vec![shell.t1("member-no-seat", "seats", seats)],
        way_on: Some((
            urls::Seats { organization }.to_string(),
            visit.t("seats-ask-link"),
        )),
    }
}
