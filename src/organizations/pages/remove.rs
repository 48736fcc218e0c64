//! Removing a member, or leaving: the question and the deed.

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    acting,
    confirm::{ConfirmPage, HandOver},
    one::{Which, load, only_admin},
};
use crate::{
    access::actors::OrgAdmin,
    kernel::ids::{Id, MembershipId},
    organizations::{Remove, RemoveError, Removed, remove},
    web::{Field, Flash, Form, Refusal, Shell, page, urls},
};

/// Why, for other admins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemoveForm {
    reason: String,
    /// Who takes over the open cases.
    successor: String,
}

/// Asks.
///
/// # Errors
/// [`Refusal`]: not found here, the only admin.
pub async fn ask(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let mut conn = visit.state.db.read().await?;
    let one = load(&mut conn, &admin, &membership).await?;
    let name = one.member.display_name.as_str();
    if one.is_only_admin(&mut conn, &admin).await? {
        return Err(only_admin(visit, &admin, name));
    }
    let back = urls::Member {
        organization,
        membership: &membership,
    };
    let action = urls::RemoveMember {
        organization,
        membership: &membership,
    };
    let shell = admin.shell("");
    let company = admin.membership.organization_name.as_str();
    let own = one.is_me(&admin);
    let (title, button, first) = if own {
        let title = shell.t1("member-leave-title", "organization", company);
        let first = shell.t1("member-leave-at-once", "organization", company);
        (title, "member-leave", first)
    } else {
        let title = shell.t1("member-remove-title", "name", name);
        let names = (("name", name), ("organization", company));
        let first = shell.t2("member-remove-at-once", names.0, names.1);
        (title, "member-remove", first)
    };
    let after = HandOver::of(&mut conn, &admin, &one).await?;
    let effects = vec![
        first,
        visit.t("member-remove-seat"),
        visit.t("member-remove-history"),
        visit.t("member-remove-again"),
    ];
    Ok(page(
        StatusCode::OK,
        &ConfirmPage {
            action: action.to_string(),
            button: visit.t(button),
            back: back.to_string(),
            effects,
            reason: (!own).then(|| Field::new("reason", "")),
            danger: true,
            after,
            shell: Shell { title, ..shell },
        },
    ))
}

/// Does it.
///
/// # Errors
/// [`Refusal`]: not found here, the only admin, no admin any more.
pub async fn submit(
    admin: OrgAdmin,
    Which(membership): Which,
    Form(form): Form<RemoveForm>,
) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let own = membership == admin.membership.id;
    let cx = acting(&admin);
    let command = Remove {
        organization_id: admin.organization_id().clone(),
        membership_id: membership,
        reason: form.reason,
        // Somebody of another organization takes nothing over: the rule looks here only.
        successor: MembershipId::parse(&form.successor).ok(),
    };
    let done = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move { remove(tx, &cx, &state.catalogue, command).await })
        })
        .await;
    let member = match done {
        Ok(
            Removed::Removed(member) | Removed::Already(member) | Removed::KeptForRescue(member),
        ) => member,
        Err(RemoveError::NotFound) => return Err(Refusal::NotFound),
        Err(RemoveError::NotAllowed) => return Err(Refusal::Forbidden),
        Err(RemoveError::LastAdmin) => {
            return Err(only_admin(visit, &admin, &visit.t("member-this-person")));
        }
        Err(RemoveError::Db(error)) => return Err(error.into()),
    };
    let shell = visit.shell("");
    if own {
        let company = admin.membership.organization_name.as_str();
        let text = shell.t1("member-left", "organization", company);
        return Ok(visit.go(urls::Home, Some(Flash::success(text))));
    }
    let text = shell.t1("member-removed", "name", member.display_name.as_str());
    let to = urls::Members {
        organization: &member.organization_id,
    };
    Ok(visit.go(to, Some(Flash::success(text))))
}
