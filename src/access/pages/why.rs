//! `/why`: the decision, step by step, for each organization and service: about oneself, and with
//! `?person=` about somebody else, for staff and for those who run that person's organization.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::first;
use crate::{
    access::{
        About, Decision, Explanation, GateMembership, Named, Subject, Wanted,
        actors::{SignedIn, staff_of},
        decide, subject,
    },
    kernel::ids::{Id, OrganizationId, PersonId},
    people::PersonStatus,
    web::{Query, Refusal, Shell, page, urls},
};

/// About whom, and which organization comes first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WhyQuery {
    organization: String,
    person: String,
}

struct Place {
    id: String,
    name: String,
    services: Vec<Explanation>,
}

#[derive(Template)]
#[template(path = "access/why.html")]
struct WhyPage {
    shell: Shell,
    intro: String,
    places: Vec<Place>,
    /// Why there is no place.
    none: String,
    home: String,
    /// The texts for "may" and "may not", about the reader or somebody else.
    yes: &'static str,
    no: &'static str,
}

/// Why one may or may not, from the function that decides.
///
/// # Errors
/// [`Refusal::NotFound`] for a person who is not there, or about whom the reader may not ask.
pub async fn why(signed_in: SignedIn, Query(query): Query<WhyQuery>) -> Result<Response, Refusal> {
    let other = if query.person.is_empty() || query.person == signed_in.gate.person_id.as_str() {
        None
    } else {
        Some(other(&signed_in, &query.person).await?)
    };
    let subject = other.as_ref().unwrap_or(&signed_in.gate.subject);
    let name = other.as_ref().map(|other| other.display_name.as_str());
    let mut shell = signed_in.shell("why-title");
    let (mut intro, mut none) = (shell.t("why-intro"), shell.t("why-none-text"));
    if let Some(name) = name {
        shell.title = shell.t1("why-title-of", "name", name);
        intro = shell.t1("why-intro-of", "name", name).into();
        none = shell.t1("why-none-of", "name", name).into();
    }
    let place = |membership: &&GateMembership| Place {
        id: membership.organization_id.to_string(),
        name: membership.organization_name.clone(),
        services: About {
            visit: &signed_in.visit,
            shell: &shell,
            organization: &membership.organization_name,
            name,
            facts: &subject.facts(membership),
        }
        .services(),
    };
    let (yes, no) = match other {
        None => ("why-yes", "why-no"),
        Some(_) => ("why-yes-of", "why-no-of"),
    };
    let places = first(&query.organization, subject);
    Ok(page(
        StatusCode::OK,
        &WhyPage {
            places: places.iter().map(place).collect(),
            home: urls::Home.to_string(),
            yes,
            no,
            intro: intro.into_owned(),
            none: none.into_owned(),
            shell,
        },
    ))
}

/// Somebody else, with the memberships that the reader may ask about: all for staff, those in the
/// organizations that the reader runs for everybody else. Whoever may not ask cannot tell whether
/// there is such a person (law 8).
async fn other(signed_in: &SignedIn, person: &str) -> Result<Subject, Refusal> {
    PersonId::parse(person).map_err(|_| Refusal::NotFound)?;
    let visit = &signed_in.visit;
    let mut conn = visit.state.db.read().await?;
    let found = subject::read(&mut conn, Named::Person(person), "").await?;
    let mut found = found.ok_or(Refusal::NotFound)?;
    if staff_of(&visit.state, &signed_in.gate).is_none() {
        let runs = |membership: &GateMembership| runs(signed_in, &membership.organization_id);
        found.memberships.retain(runs);
        if found.memberships.is_empty() {
            return Err(Refusal::NotFound);
        }
    }
    if found.person_status == PersonStatus::Erased {
        return Err(Refusal::NotFound);
    }
    Ok(found)
}

/// Whether the reader runs an organization now.
fn runs(signed_in: &SignedIn, organization: &OrganizationId) -> bool {
    let (visit, gate) = (&signed_in.visit, &signed_in.gate);
    let own = gate.memberships.iter();
    own.filter(|own| own.organization_id == *organization)
        .any(|own| {
            let (facts, now) = (gate.facts(own), visit.cx.now());
            let decision = decide(&facts, &visit.state.catalogue, Wanted::Administration, now);
            matches!(decision, Decision::Granted(_))
        })
}
