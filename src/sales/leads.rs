//! The leads.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    accounts::address,
    read::{self, PortalState, Reading},
    words::{self, Tag},
};
use crate::{
    access::actors::SalesRep,
    kernel::{Cursor, EmailAddress, text},
    web::{Query, Refusal, Shell, page, urls},
};

/// Rows on a page.
const PAGE: usize = 25;

struct Row {
    initials: String,
    name: String,
    email: String,
    company: String,
    portal: Tag,
    opted_out: bool,
    /// The open invitation; empty when there is none.
    invitation: String,
    /// Where to invite; empty when that would lead nowhere.
    invite: String,
}

#[derive(Template)]
#[template(path = "sales/leads.html")]
struct LeadsPage {
    shell: Shell,
    rows: Vec<Row>,
    search: String,
    previous: Option<String>,
    next: Option<String>,
}

/// What the address says.
#[derive(Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    at: String,
}

/// A page of leads.
pub async fn list(rep: SalesRep, Query(query): Query<ListQuery>) -> Result<Response, Refusal> {
    let search = text::one_line(&query.q, 200);
    let visit = rep.visit();
    let mut conn = visit.state.db.read().await?;
    let found = read::leads(&mut conn, &Reading::of(&query.at, PAGE), &search).await?;
    let shell = rep.shell("sales-leads-title");
    let now = visit.cx.now();
    let rows = found.rows.iter().map(|lead| {
        let state = lead.known.state(now);
        row_of(&shell, lead, &state)
    });
    let link = |cursor: Cursor| address(urls::SalesLeads::PATH, &[("q", search.as_str())], &cursor);
    Ok(page(
        StatusCode::OK,
        &LeadsPage {
            rows: rows.collect(),
            previous: found.previous.map(link),
            next: found.next.map(link),
            search: search.clone(),
            shell,
        },
    ))
}

fn row_of(shell: &Shell, lead: &read::Lead, state: &PortalState) -> Row {
    let name = words::name_of(&lead.given_name, &lead.family_name, &lead.email);
    let invitable = *state == PortalState::NotYet
        && !lead.opted_out
        && EmailAddress::parse(&lead.email).is_ok();
    Row {
        initials: text::initials(&name),
        name,
        email: lead.email.clone(),
        company: lead.company.clone(),
        portal: words::portal_state(shell, state),
        opted_out: lead.opted_out,
        invitation: match state {
            PortalState::Invited(id, _) => urls::SalesInvitation { invitation: id }.to_string(),
            _ => String::new(),
        },
        invite: if invitable {
            invite_address(&lead.connection, &lead.external_id)
        } else {
            String::new()
        },
    }
}

/// Where a lead is invited. Its id is the CRM's and can hold anything.
pub(super) fn invite_address(connection: &str, lead: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("connection", connection)
        .append_pair("lead", lead)
        .finish();
    format!("{}?{query}", urls::SalesInviteLead)
}
