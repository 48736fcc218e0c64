//! For members who do not run the organization: who does.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use crate::{
    access::actors::Member,
    kernel::text,
    organizations::admins,
    web::{Refusal, Shell, page, urls},
};

struct Helper {
    initials: String,
    name: String,
    email: String,
}

#[derive(Template)]
#[template(path = "organizations/who_can_help.html")]
struct WhoCanHelpPage {
    shell: Shell,
    organization: String,
    helpers: Vec<Helper>,
    home: String,
}

/// 403 with the names and addresses of the organization's admins.
pub(super) async fn answer(member: &Member) -> Result<Response, Refusal> {
    let visit = member.visit();
    let mut conn = visit.state.db.read().await?;
    let organization = member.organization_id();
    let now = visit.cx.now();
    let found = admins(&mut conn, &visit.state.catalogue, organization, now).await?;
    let helpers = found.into_iter().map(|admin| Helper {
        initials: text::initials(&admin.display_name),
        name: admin.display_name,
        email: admin.email.shown().to_owned(),
    });
    Ok(page(
        StatusCode::FORBIDDEN,
        &WhoCanHelpPage {
            shell: member.shell("members-help-title"),
            organization: member.membership.organization_name.clone(),
            helpers: helpers.collect(),
            home: urls::Home.to_string(),
        },
    ))
}
