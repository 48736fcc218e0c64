//! `/services`: what one may use, and why not the rest.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::FirstOrganization;
use crate::{
    access::{About, Decision, Explanation, GateMembership, Wanted, actors::SignedIn},
    organizations::admins,
    web::{Query, Refusal, Shell, page, urls},
};

/// How many admins are named.
const NAMED: usize = 3;

struct Place {
    id: String,
    name: String,
    services: Vec<Explanation>,
    /// Names to ask; empty when nobody could help or nothing is refused for want of a role.
    ask: String,
    /// Where an administrator gives herself the role that is missing.
    own_roles: Option<String>,
}

#[derive(Template)]
#[template(path = "access/services.html")]
struct ServicesPage {
    shell: Shell,
    places: Vec<Place>,
    why: String,
    home: String,
}

/// The services of each organization.
///
/// # Errors
/// [`Refusal`] when the database refuses.
pub async fn services(
    signed_in: SignedIn,
    Query(first): Query<FirstOrganization>,
) -> Result<Response, Refusal> {
    let shell = signed_in.shell("services-title");
    let mut places = Vec::new();
    for membership in first.order(&signed_in) {
        let facts = signed_in.gate.facts(membership);
        let about = About {
            visit: &signed_in.visit,
            shell: &shell,
            organization: &membership.organization_name,
            name: None,
            facts: &facts,
        };
        let services = about.services();
        let wants_role = services.iter().any(|service| service.admin_can_help);
        let own_roles = own_roles(&signed_in, membership).filter(|_| wants_role);
        let ask = if wants_role && own_roles.is_none() {
            whom_to_ask(&signed_in, membership).await?
        } else {
            String::new()
        };
        places.push(Place {
            id: membership.organization_id.to_string(),
            name: membership.organization_name.clone(),
            services,
            ask,
            own_roles,
        });
    }
    Ok(page(
        StatusCode::OK,
        &ServicesPage {
            places,
            why: urls::Why.to_string(),
            home: urls::Home.to_string(),
            shell,
        },
    ))
}

/// An administrator's own roles, unless the contract allows only reading.
fn own_roles(signed_in: &SignedIn, membership: &GateMembership) -> Option<String> {
    match signed_in.decide(membership, Wanted::Administration) {
        Decision::Granted(grant) if !grant.read_only => Some(
            urls::MemberRoles {
                organization: &membership.organization_id,
                membership: &membership.id,
            }
            .to_string(),
        ),
        _ => None,
    }
}

async fn whom_to_ask(signed_in: &SignedIn, membership: &GateMembership) -> Result<String, Refusal> {
    let visit = &signed_in.visit;
    let mut conn = visit.state.db.read().await?;
    let organization = &membership.organization_id;
    let now = visit.cx.now();
    let found = admins(&mut conn, &visit.state.catalogue, organization, now).await?;
    let names = found
        .into_iter()
        .filter(|admin| admin.membership_id != membership.id)
        .map(|admin| admin.display_name);
    Ok(names.take(NAMED).collect::<Vec<_>>().join(", "))
}
