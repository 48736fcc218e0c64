//! `/why`: the decision, step by step, for each organization and service.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::FirstOrganization;
use crate::{
    access::{About, Explanation, actors::SignedIn},
    web::{Query, Refusal, Shell, page, urls},
};

struct Place {
    id: String,
    name: String,
    services: Vec<Explanation>,
}

#[derive(Template)]
#[template(path = "access/why.html")]
struct WhyPage {
    shell: Shell,
    places: Vec<Place>,
    home: String,
}

/// Why one may or may not, from the function that decides.
///
/// # Errors
/// [`Refusal`] never; the signature is that of every page.
pub async fn why(
    signed_in: SignedIn,
    Query(first): Query<FirstOrganization>,
) -> Result<Response, Refusal> {
    let shell = signed_in.shell("why-title");
    let place = |membership: &crate::access::GateMembership| Place {
        id: membership.organization_id.to_string(),
        name: membership.organization_name.clone(),
        services: About {
            visit: &signed_in.visit,
            shell: &shell,
            organization: &membership.organization_name,
            name: None,
            facts: &signed_in.gate.facts(membership),
        }
        .services(),
    };
    let places = first.order(&signed_in).into_iter().map(place).collect();
    Ok(page(
        StatusCode::OK,
        &WhyPage {
            places,
            home: urls::Home.to_string(),
            shell,
        },
    ))
}
