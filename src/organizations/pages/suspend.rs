//! Suspending a member: the question and the deed.

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    acting,
    confirm::ConfirmPage,
    one::{Which, load, only_admin},
};
use crate::{
    access::actors::OrgAdmin,
    organizations::{MembershipStatus, Suspend, SuspendError, Suspended, suspend, tell_suspended},
    web::{Field, Flash, Form, Refusal, page, urls},
};

/// Why, for other admins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SuspendForm {
    reason: String,
}

/// Asks.
///
/// # Errors
/// [`Refusal`]: not found here, the only admin, oneself.
pub async fn ask(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let back = urls::Member {
        organization,
        membership: &membership,
    }
    .to_string();
    let mut conn = visit.state.db.read().await?;
    let one = load(&mut conn, &admin, &membership).await?;
    let name = one.member.display_name.as_str();
    let shell = admin.shell("");
    if one.member.status == MembershipStatus::Suspended {
        let text = shell.t1("member-already-suspended", "name", name);
        return Ok(visit.go(back, Some(Flash::info(text))));
    }
    if one.is_only_admin(&mut conn, &admin).await? {
        return Err(only_admin(visit, &admin, name));
    }
    if one.is_me(&admin) {
        return Err(oneself(&admin));
    }
    let company = admin.membership.organization_name.as_str();
    let effects = vec![
        shell.t2(
            "member-suspend-at-once",
            ("name", name),
            ("organization", company),
        ),
        shell.t1("member-suspend-keeps", "name", name),
        shell.t1("member-suspend-elsewhere", "name", name),
    ];
    let title = shell.t1("member-suspend-title", "name", name);
    let action = urls::SuspendMember {
        organization,
        membership: &membership,
    };
    Ok(page(
        StatusCode::OK,
        &ConfirmPage {
            action: action.to_string(),
            button: visit.t("member-suspend"),
            back,
            effects,
            reason: Some(Field::new("reason", "")),
            danger: true,
            after: None,
            shell: crate::web::Shell { title, ..shell },
        },
    ))
}

fn oneself(admin: &OrgAdmin) -> Refusal {
    let visit = admin.visit();
    let organization = admin.organization_id();
    Refusal::Explained {
        status: StatusCode::CONFLICT,
        title: visit.t("member-suspend-self-title"),
        text: vec![visit.t("member-suspend-self")],
        way_on: Some((
            urls::Members { organization }.to_string(),
            visit.t("member-to-people"),
        )),
    }
}

/// Does it.
///
/// # Errors
/// [`Refusal`]: not found here, the only admin, oneself, no admin any more.
pub async fn submit(
    admin: OrgAdmin,
    Which(membership): Which,
    Form(form): Form<SuspendForm>,
) -> Result<Response, Refusal> {
    if membership == admin.membership.id {
        return Err(oneself(&admin));
    }
    let visit = admin.visit();
    let cx = acting(&admin);
    let command = Suspend {
        organization_id: admin.organization_id().clone(),
        membership_id: membership,
        reason: form.reason,
    };
    let done: Result<Suspended, SuspendError> = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move {
                let done = suspend(tx, &cx, &state.catalogue, command).await?;
                if let Suspended::Suspended(member) = &done {
                    tell_suspended(tx, &cx, &state.settings.portal, member).await?;
                }
                Ok(done)
            })
        })
        .await;
    let (key, member) = match done {
        Ok(Suspended::Suspended(member)) => ("member-suspended", member),
        Ok(Suspended::Already(member) | Suspended::KeptForRescue(member)) => {
            ("member-already-suspended", member)
        }
        Err(SuspendError::NotFound) => return Err(Refusal::NotFound),
        Err(SuspendError::NotAllowed) => return Err(Refusal::Forbidden),
        Err(SuspendError::LastAdmin) => {
            return Err(only_admin(visit, &admin, &visit.t("member-this-person")));
        }
        Err(SuspendError::Db(error)) => return Err(error.into()),
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
