//! `/home`: where one belongs, what the contract says, what waits.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::FirstOrganization;
use crate::{
    access::{Decision, GateMembership, Reason, Wanted, actors, actors::SignedIn, refusals},
    contracts::{StandingWords, standing_words},
    kernel::Instant,
    organizations::{self, OpenThings, Seats, open_things},
    settings::{ServiceSettings, StaffRole},
    web::{Query, Refusal, Shell, page, urls},
};

struct Place {
    id: String,
    name: String,
    /// Why there is no way in; empty when there is one.
    refused: String,
    has_contract: bool,
    contracts: Vec<StandingWords>,
    /// Of an admin: how many people may have access and how many have; empty otherwise.
    seats: String,
    seats_page: String,
    seats_exceeded: bool,
    roles: Vec<String>,
    /// What the CRM shows of the company, loaded after the page.
    overview: String,
    /// The services one may use: name and address.
    open: Vec<(String, String)>,
    services: String,
    /// Of an admin: the people's page and what waits there.
    members: Option<String>,
    requests: Option<(String, String)>,
    ending: Option<(String, String)>,
    bounced: Option<(String, String)>,
}

struct Console {
    href: String,
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "access/home.html")]
struct HomePage {
    shell: Shell,
    name: String,
    places: Vec<Place>,
    consoles: Vec<Console>,
    register: String,
    why: String,
}

/// The person's own start page.
///
/// # Errors
/// [`Refusal`] when the database refuses.
pub async fn home(
    signed_in: SignedIn,
    Query(first): Query<FirstOrganization>,
) -> Result<Response, Refusal> {
    let visit = &signed_in.visit;
    let shell = signed_in.shell("home-title");
    let mut places = Vec::new();
    for membership in first.order(&signed_in) {
        let waits = if runs(&signed_in, membership) {
            let mut conn = visit.state.db.read().await?;
            let organization = &membership.organization_id;
            let open = open_things(&mut conn, organization, visit.cx.now()).await?;
            let seats = organizations::seats(&mut conn, organization, visit.cx.now()).await?;
            Some((open, seats))
        } else {
            None
        };
        places.push(place(&signed_in, &shell, membership, waits.as_ref()));
    }
    Ok(page(
        StatusCode::OK,
        &HomePage {
            name: signed_in.gate.display_name.clone(),
            places,
            consoles: consoles(&signed_in, &shell),
            register: urls::Register.to_string(),
            why: urls::Why.to_string(),
            shell,
        },
    ))
}

fn runs(signed_in: &SignedIn, membership: &GateMembership) -> bool {
    let decision = signed_in.decide(membership, Wanted::Administration);
    matches!(decision, Decision::Granted(_))
}

fn place(
    signed_in: &SignedIn,
    shell: &Shell,
    membership: &GateMembership,
    own: Option<&(OpenThings, Seats)>,
) -> Place {
    let visit = &signed_in.visit;
    let organization = &membership.organization_id;
    let mut contracts = contracts(signed_in, shell, membership, visit.cx.now());
    let refused = match signed_in.decide(membership, Wanted::Portal) {
        Decision::Granted(_) => String::new(),
        Decision::Refused(reason) => {
            if matches!(reason, Reason::ContractNotGranting { .. }) {
                // The reason says it already.
                contracts.clear();
            }
            refusals::sentence(visit, membership, &reason)
        }
    };
    let catalogue = &visit.state.catalogue;
    let open = |service: &ServiceSettings| {
        let wanted = Wanted::Service(&service.key);
        let granted = matches!(signed_in.decide(membership, wanted), Decision::Granted(_));
        let card = catalogue.service_card(&service.key, shell.lang.as_str());
        card.filter(|_| granted)
            .map(|card| (card.name.to_owned(), card.url.to_string()))
    };
    let role = |key: &String| catalogue.role_name(key, shell.lang.as_str()).to_owned();
    let count = |key: &str, number: i64, href: String| {
        (number > 0).then(|| (shell.t1(key, "count", number), href))
    };
    let members = own.map(|_| urls::Members { organization }.to_string());
    let filtered = |state: &str| format!("{}?status={state}", urls::Members { organization });
    let waits = own.map(|(waits, _)| *waits).unwrap_or_default();
    Place {
        id: organization.to_string(),
        name: membership.organization_name.clone(),
        refused,
        has_contract: !membership.contracts.is_empty(),
        contracts,
        seats: own.map_or_else(String::new, |(_, seats)| seats_text(shell, *seats)),
        seats_page: urls::Seats { organization }.to_string(),
        seats_exceeded: own.is_some_and(|(_, seats)| seats.is_exceeded()),
        roles: membership.roles.iter().map(role).collect(),
        overview: format!("{}?organization={organization}", urls::HomeOverview),
        open: catalogue.services().iter().filter_map(open).collect(),
        services: format!("{}?organization={organization}", urls::Services),
        members,
        requests: count(
            "home-requests",
            waits.requests,
            urls::Requests { organization }.to_string(),
        ),
        ending: count("home-ending", waits.ending, filtered("invited")),
        bounced: count("home-bounced", waits.bounced, filtered("bounced")),
    }
}

fn seats_text(shell: &Shell, seats: Seats) -> String {
    match seats.limit {
        Some(limit) => shell.t2("home-seats-of", ("taken", seats.taken), ("limit", limit)),
        None => shell.t1("home-seats-any", "taken", seats.taken),
    }
}

/// The contracts that matter: those that give access, else all of them.
fn contracts(
    signed_in: &SignedIn,
    shell: &Shell,
    membership: &GateMembership,
    now: Instant,
) -> Vec<StandingWords> {
    let standing = membership
        .contracts
        .iter()
        .map(|contract| (contract, contract.terms.standing(now)));
    let (granting, others): (Vec<_>, Vec<_>) = standing.partition(|(_, each)| each.grants());
    let shown = if granting.is_empty() {
        others
    } else {
        granting
    };
    let reads = signed_in.visit.state.catalogue.grace_read_only();
    shown
        .iter()
        .map(|(contract, each)| standing_words(shell, &contract.number, each, reads, now))
        .collect()
}

fn consoles(signed_in: &SignedIn, shell: &Shell) -> Vec<Console> {
    let entry = actors::staff_of(&signed_in.visit.state, &signed_in.gate);
    let Some(roles) = entry.map(|entry| &entry.roles) else {
        return Vec::new();
    };
    let mut consoles = Vec::new();
    let mut add = |href: String, key: &str| {
        consoles.push(Console {
            href,
            title: shell.t(&format!("home-{key}")).into_owned(),
            text: shell.t(&format!("home-{key}-text")).into_owned(),
        });
    };
    if roles.contains(&StaffRole::SalesRep) {
        add(urls::Sales.to_string(), "sales");
    }
    if roles.contains(&StaffRole::SalesRep) || roles.contains(&StaffRole::Approver) {
        add(urls::SalesRegistrations.to_string(), "registrations");
    }
    if roles.contains(&StaffRole::Operator) {
        add(urls::Operations.to_string(), "operations");
    }
    consoles
}
