//! A member's roles: the form and the deed.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    acting,
    one::{One, Which, load},
    role_cards::{Cards, RoleView},
};
use crate::{
    access::actors::OrgAdmin,
    kernel::ids::MembershipId,
    organizations::{self, ChangeRoles, ChangeRolesError, RolesChanged, change_roles},
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, page, urls},
};

/// How many holders of a role are named on its card.
const NAMED: i64 = 3;

/// The ticked roles.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RolesForm {
    role: Vec<String>,
}

#[derive(Template)]
#[template(path = "organizations/change_roles.html")]
struct RolesPage {
    shell: Shell,
    people: String,
    name: String,
    back: String,
    action: String,
    field: Field,
    errors: FormErrors,
    roles: Vec<RoleView>,
}

/// The form.
///
/// # Errors
/// [`Refusal`]: not found here, or only reading is possible.
pub async fn form(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let one = read(&admin, &membership).await?;
    let ticked = one.member.roles.to_list();
    show(&admin, &one, &ticked, None).await
}

async fn read(admin: &OrgAdmin, membership: &MembershipId) -> Result<One, Refusal> {
    let mut conn = admin.visit().state.db.read().await?;
    load(&mut conn, admin, membership).await
}

async fn show(
    admin: &OrgAdmin,
    one: &One,
    ticked: &[String],
    error: Option<String>,
) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let membership = &one.member.id;
    let shell = admin.shell("");
    let cards = Cards {
        admin,
        shell: &shell,
        ticked,
        named: NAMED,
    };
    let mut conn = visit.state.db.read().await?;
    let roles = cards.read(&mut conn).await?;
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let field = Field::new("role", "").with_error(error);
    let errors = FormErrors::of(&[&field]);
    let name = one.member.display_name.clone();
    let title = shell.t1("member-roles-title", "name", name.as_str());
    Ok(page(
        status,
        &RolesPage {
            people: urls::Members { organization }.to_string(),
            back: urls::Member {
                organization,
                membership,
            }
            .to_string(),
            action: urls::MemberRoles {
                organization,
                membership,
            }
            .to_string(),
            shell: Shell { title, ..shell }.with_errors(!errors.is_empty()),
            name,
            field,
            errors,
            roles,
        },
    ))
}

/// Does it.
///
/// # Errors
/// [`Refusal`]: not found here, no admin any more.
pub async fn submit(
    admin: OrgAdmin,
    Which(membership): Which,
    Form(form): Form<RolesForm>,
) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let cx = acting(&admin);
    let command = ChangeRoles {
        organization_id: admin.organization_id().clone(),
        membership_id: membership.clone(),
        roles: form.role.clone(),
    };
    let done = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move { change_roles(tx, &cx, &state.catalogue, command).await })
        })
        .await;
    let shell = visit.shell("");
    let wrong = match done {
        Ok(RolesChanged::Changed(member)) => {
            let text = shell.t1("member-roles-changed", "name", member.display_name.as_str());
            return Ok(visit.go(address(&admin, &membership), Some(Flash::success(text))));
        }
        Ok(RolesChanged::Unchanged(_) | RolesChanged::KeptForRescue(_)) => {
            let text = visit.t("member-roles-unchanged");
            return Ok(visit.go(address(&admin, &membership), Some(Flash::info(text))));
        }
        Err(ChangeRolesError::NotFound) => return Err(Refusal::NotFound),
        Err(ChangeRolesError::NotAllowed) => return Err(Refusal::Forbidden),
        Err(ChangeRolesError::Db(error)) => return Err(error.into()),
        Err(ChangeRolesError::NoRole) => visit.t("member-roles-none"),
        Err(ChangeRolesError::UnknownRole(_)) => visit.t("member-roles-unknown"),
        Err(ChangeRolesError::AboveCeiling(role)) => {
            let role = visit.state.catalogue.role_name(&role, shell.lang.as_str());
            shell.t1("member-roles-above", "role", role)
        }
        Err(ChangeRolesError::NotGivable(why)) => {
            organizations::not_givable(&shell, &visit.state.catalogue, &why)
        }
        Err(ChangeRolesError::LastAdmin) => visit.t("member-roles-last-admin"),
    };
    let one = read(&admin, &membership).await?;
    let known = |role: &String| {
        visit.state.catalogue.role(role).is_some() || one.member.roles.contains(role)
    };
    let ticked: Vec<String> = form.role.into_iter().filter(known).collect();
    show(&admin, &one, &ticked, Some(wrong)).await
}

fn address(admin: &OrgAdmin, membership: &MembershipId) -> String {
    let organization = admin.organization_id();
    urls::Member {
        organization,
        membership,
    }
    .to_string()
}
