//! `/home/overview`: the panels of one organization, as a part of the home page or as a page of its
//! own where there is no script.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Card, Glance, Key, Pane, panels::Words, visible};
use crate::{
    access::{Decision, GateMembership, Wanted, actors::SignedIn, refusals},
    kernel::ids::{Id, OrganizationId},
    organizations::{self, Organization},
    settings::{Panel, PanelSettings},
    web::{Query, Refusal, Shell, Visit, page, urls},
};

/// Whose panels.
#[derive(Debug, Default, Deserialize)]
pub struct OverviewQuery {
    /// The organization; without it, the person's first.
    #[serde(default)]
    organization: String,
}

#[derive(Template)]
#[template(path = "overview/part.html")]
struct PartPage {
    shell: Shell,
    cards: Vec<Card>,
    again: String,
    source: String,
}

#[derive(Template)]
#[template(path = "overview/page.html")]
struct WholePage {
    shell: Shell,
    name: String,
    cards: Vec<Card>,
    again: String,
    source: String,
    back: (String, String),
}

/// The panels of one of the person's own organizations.
///
/// # Errors
/// [`Refusal::NotFound`] for any other organization; [`Refusal`] for one without access.
pub async fn home(
    signed_in: SignedIn,
    Query(query): Query<OverviewQuery>,
) -> Result<Response, Refusal> {
    let membership = chosen(&signed_in, &query.organization)?;
    if let Decision::Refused(reason) = signed_in.decide(membership, Wanted::Portal) {
        return Err(refusals::refused(&signed_in.visit, membership, &reason));
    }
    let visit = &signed_in.visit;
    let organization = {
        let mut conn = visit.state.db.read().await?;
        let found = organizations::find(&mut conn, &membership.organization_id).await?;
        let linked =
            organizations::find_membership(&mut conn, &membership.organization_id, &membership.id)
                .await?;
        let lead = linked.and_then(|it| it.crm_contact_id);
        (found.ok_or(Refusal::NotFound)?, lead)
    };
    let key = key(&organization.0, organization.1);
    let panels = visit.state.settings.home_panels();
    let shell = signed_in.shell("overview-title");
    let glance = visit.state.overviews.look(&key).await;
    let seen = panels.iter().filter(|panel| {
        panel.panel != Panel::Segments && visible(panel, &membership.roles, &glance.segments)
    });
    let again = format!(
        "{}?organization={}",
        urls::HomeOverview,
        membership.organization_id
    );
    let content = Content {
        cards: cards(
            visit,
            &shell,
            (&membership.organization_id, false),
            (seen, &glance),
        ),
        again,
        // Which system it comes from is the supplier's business.
        source: String::new(),
    };
    let back = (urls::Home.to_string(), shell.t("home-title").into_owned());
    Ok(answer(
        visit,
        shell,
        content,
        &membership.organization_name,
        back,
    ))
}

/// The membership in the organization that is asked for.
fn chosen<'g>(signed_in: &'g SignedIn, wanted: &str) -> Result<&'g GateMembership, Refusal> {
    if wanted.is_empty() {
        return signed_in.gate.memberships.first().ok_or(Refusal::NotFound);
    }
    let id = OrganizationId::parse(wanted).map_err(|_| Refusal::NotFound)?;
    signed_in.membership(&id).ok_or(Refusal::NotFound)
}

fn key(organization: &Organization, lead: Option<String>) -> Key {
    let is_lead = organization
        .crm_account_id
        .starts_with(crate::crm::port::LEAD);
    Key {
        connection: organization.connection.clone(),
        account: organization.crm_account_id.clone(),
        lead: lead.filter(|_| is_lead),
    }
}

fn cards<'p>(
    visit: &Visit,
    shell: &Shell,
    (scope, is_staff): (&OrganizationId, bool),
    (panels, glance): (impl Iterator<Item = &'p PanelSettings>, &Glance),
) -> Vec<Card> {
    let words = Words {
        shell,
        state: &visit.state,
        scope: scope.as_str(),
        is_staff,
        now: visit.cx.now(),
    };
    panels
        .filter_map(|panel| words.card(panel, glance))
        .collect()
}

struct Content {
    cards: Vec<Card>,
    again: String,
    source: String,
}

fn answer(
    visit: &Visit,
    shell: Shell,
    content: Content,
    name: &str,
    back: (String, String),
) -> Response {
    let Content {
        cards,
        again,
        source,
    } = content;
    if visit.is_fragment {
        let part = PartPage {
            shell,
            cards,
            again,
            source,
        };
        return page(StatusCode::OK, &part);
    }
    let whole = WholePage {
        shell,
        name: name.to_owned(),
        cards,
        again,
        source,
        back,
    };
    page(StatusCode::OK, &whole)
}

/// The same for staff who look at an account: everything the CRM has, segments too.
pub async fn for_staff(
    visit: &Visit,
    shell: Shell,
    organization: &Organization,
    (here, back): (String, String),
) -> Response {
    let key = key(organization, None);
    let glance = visit.state.overviews.look(&key).await;
    let panel = |panel: &Panel| PanelSettings {
        panel: *panel,
        roles: Vec::new(),
        segments: Vec::new(),
        words: Default::default(),
    };
    let panels: Vec<PanelSettings> = Panel::ALL
        .iter()
        .filter(|it| **it != Panel::Note)
        .map(panel)
        .collect();
    let content = Content {
        cards: cards(
            visit,
            &shell,
            (&organization.id, true),
            (panels.iter(), &glance),
        ),
        again: here,
        source: source(visit, &key),
    };
    let back = (back, organization.name.clone());
    answer(visit, shell, content, &organization.name, back)
}

/// Which CRM it is, by the name that staff know.
fn source(visit: &Visit, key: &Key) -> String {
    let connection = visit.state.crm.get(&key.connection);
    connection.map_or_else(String::new, |it| it.settings.name.clone())
}
