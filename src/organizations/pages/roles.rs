//! What each business role means and who has it.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::role_cards::{Cards, RoleView};
use crate::{
    access::actors::OrgAdmin,
    web::{Refusal, Shell, page, urls},
};

/// How many holders of a role are named.
const NAMED: i64 = 8;

#[derive(Template)]
#[template(path = "organizations/roles.html")]
struct RolesPage {
    shell: Shell,
    roles: Vec<RoleView>,
    people: String,
}

/// The page.
///
/// # Errors
/// [`Refusal`] when the database refuses.
pub async fn roles(admin: OrgAdmin) -> Result<Response, Refusal> {
    let shell = admin.shell("roles-title");
    let cards = Cards {
        admin: &admin,
        shell: &shell,
        ticked: &[],
        named: NAMED,
    };
    let mut conn = admin.visit().state.db.read().await?;
    let roles = cards.read(&mut conn).await?;
    drop(conn);
    let organization = admin.organization_id();
    Ok(page(
        StatusCode::OK,
        &RolesPage {
            people: format!("{}?role=", urls::Members { organization }),
            roles,
            shell,
        },
    ))
}
