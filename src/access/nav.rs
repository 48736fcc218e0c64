//! The navigation that fits who is signed in and where they are.

use super::{Decision, Gate, GateMembership, Wanted, actors, decide, outage::silent_since};
use crate::{
    settings::StaffRole,
    web::{NavItem, Visit, urls},
};

/// Fills navigation and the switcher between organizations.
pub fn fill(visit: &mut Visit, gate: &Gate) {
    let staff: Vec<StaffRole> = actors::staff_of(&visit.state, gate)
        .map(|entry| entry.roles.clone())
        .unwrap_or_default();
    let here = current(visit, gate);
    let mut nav = vec![item(visit, urls::Home.to_string(), "nav-home", "home")];
    if !gate.memberships.is_empty() {
        nav.push(item(
            visit,
            urls::Services.to_string(),
            "nav-services",
            "service",
        ));
    }
    if let Some(membership) = here {
        nav.extend(organization_items(visit, gate, membership));
    }
    nav.extend(staff_items(visit, &staff));
    only_nearest_is_current(&mut nav);
    visit.notice = here.map_or_else(String::new, |membership| silence(visit, membership));
    visit.organizations = switcher(gate, here);
    visit.nav = nav;
}

/// That the CRM has been silent for too long, where that is so.
fn silence(visit: &Visit, membership: &GateMembership) -> String {
    let outage = visit.state.catalogue.outage();
    let since = silent_since(outage, membership.heard_at, visit.cx.now());
    since.map_or_else(String::new, |since| {
        let shell = visit.shell("");
        shell.t1("layout-silent", "moment", shell.moment(since))
    })
}

/// The organization of the path, else the one of `?organization=`, else the first there is.
fn current<'g>(visit: &Visit, gate: &'g Gate) -> Option<&'g GateMembership> {
    let find = |id: &str| {
        gate.memberships
            .iter()
            .find(|membership| membership.organization_id.to_string() == id)
    };
    if let Some(rest) = visit.path.strip_prefix("/organizations/") {
        return find(rest.split('/').next().unwrap_or_default());
    }
    let mut pairs = visit.query.split('&');
    let chosen = pairs.find_map(|pair| pair.strip_prefix("organization="));
    chosen.and_then(find).or_else(|| gate.memberships.first())
}

fn item(visit: &Visit, href: String, key: &str, icon: &'static str) -> NavItem {
    let current = visit.path == href || visit.path.starts_with(&format!("{href}/"));
    NavItem {
        href,
        label: visit.t(key),
        icon,
        current,
    }
}

/// A page below two entries (`/sales` and `/sales/invitations`) belongs to the longer one.
fn only_nearest_is_current(nav: &mut [NavItem]) {
    let matching = nav.iter().filter(|item| item.current);
    let nearest = matching.map(|item| item.href.len()).max();
    for item in nav {
        item.current = item.current && Some(item.href.len()) == nearest;
    }
}

/// What an admin may open now: an entry never leads to a refusal.
fn organization_items(visit: &Visit, gate: &Gate, membership: &GateMembership) -> Vec<NavItem> {
    let (catalogue, now) = (&visit.state.catalogue, visit.cx.now());
    let facts = gate.facts(membership);
    if let Decision::Refused(_) = decide(&facts, catalogue, Wanted::Administration, now) {
        return Vec::new();
    }
    let organization = &membership.organization_id;
    let people = item(
        visit,
        urls::Members { organization }.to_string(),
        "nav-members",
        "people",
    );
    let invitations = urls::Invitations { organization }.to_string();
    vec![
        // Invitations stand in the list of people.
        NavItem {
            current: people.current || visit.path.starts_with(&invitations),
            ..people
        },
        item(
            visit,
            urls::Requests { organization }.to_string(),
            "nav-requests",
            "person",
        ),
        item(
            visit,
            urls::Roles { organization }.to_string(),
            "nav-roles",
            "role",
        ),
        item(
            visit,
            urls::OrganizationSettings { organization }.to_string(),
            "nav-settings",
            "settings",
        ),
        item(
            visit,
            urls::OrganizationAudit { organization }.to_string(),
            "nav-audit",
            "history",
        ),
    ]
}

fn staff_items(visit: &Visit, roles: &[StaffRole]) -> Vec<NavItem> {
    let mut items = Vec::new();
    let is_rep = roles.contains(&StaffRole::SalesRep);
    if is_rep {
        items.push(item(visit, urls::Sales.to_string(), "nav-sales", "company"));
        items.push(item(
            visit,
            urls::SalesInvitations.to_string(),
            "nav-sales-invitations",
            "mail",
        ));
    }
    if is_rep || roles.contains(&StaffRole::Approver) {
        items.push(item(
            visit,
            urls::SalesRegistrations.to_string(),
            "nav-sales-registrations",
            "check",
        ));
    }
    if roles.contains(&StaffRole::Operator) {
        items.push(item(
            visit,
            urls::Operations.to_string(),
            "nav-operations",
            "sync",
        ));
    }
    items
}

fn switcher(gate: &Gate, here: Option<&GateMembership>) -> Vec<NavItem> {
    let entry = |membership: &GateMembership| NavItem {
        href: format!("{}?organization={}", urls::Home, membership.organization_id),
        label: membership.organization_name.clone(),
        icon: "company",
        current: here.is_some_and(|here| here.id == membership.id),
    };
    gate.memberships.iter().map(entry).collect()
}
