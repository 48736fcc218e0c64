//! Leads: the list, and one of them.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::RawPathParams, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    contact::{InviteCard, obstacle},
    history::{self, Entry},
    record_in, shell,
    view::{self, Link, Tag},
};
use crate::{
    access::actors::CrmUser,
    crm::builtin::{REQUESTED, find_lead, list_activities, list_leads, model::Lead},
    kernel::{Cursor, EmailAddress, Instant, text},
    web::{Query, Refusal, Shell, page, urls},
};

const PAGE: usize = 25;

/// Where the list begins.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "crm/leads.html")]
struct LeadsPage {
    shell: Shell,
    rows: Vec<Row>,
    summary: String,
    first: Option<String>,
    next: Option<String>,
}

struct Row {
    href: String,
    name: String,
    initials: String,
    company: String,
    score: i64,
    status: Tag,
    invitation: Option<Tag>,
    changed: String,
}

#[derive(Template)]
#[template(path = "crm/lead.html")]
struct LeadPage {
    shell: Shell,
    crumbs: Vec<Link>,
    lead: Lead,
    address_is_wrong: bool,
    language: String,
    status: Tag,
    invitation: Option<Tag>,
    invite: InviteCard,
    history: Vec<Entry>,
    edit_href: String,
    opt_out_action: String,
}

fn name_of(lead: &Lead) -> String {
    let name = format!("{} {}", lead.fields.given_name, lead.fields.family_name);
    match name.trim() {
        "" => lead.fields.email.clone(),
        name => name.to_owned(),
    }
}

/// Shows leads, the latest changed first.
///
/// # Errors
/// When the database refuses.
pub async fn list(user: CrmUser, Query(wanted): Query<Wanted>) -> Result<Response, Refusal> {
    let visit = user.visit();
    let cursor = Cursor::parse(&wanted.after);
    let before = cursor.as_ref().and_then(|cursor| {
        let micros = cursor.key.parse().ok()?;
        Some((Instant::from_micros(micros), cursor.id.as_str()))
    });
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut conn = visit.state.db.read().await?;
    let mut leads = list_leads(&mut conn, before, limit).await?;
    drop(conn);
    let more = leads.len() > PAGE;
    leads.truncate(PAGE);
    let shell = shell(&user, visit.t("crm-leads-title"));
    let next = leads.last().filter(|_| more).map(|last| {
        let cursor = Cursor {
            key: last.updated_at.as_micros().to_string(),
            id: last.id.to_string(),
            backwards: false,
        };
        format!("{}?after={}", urls::CrmLeads, cursor.encode())
    });
    let rows: Vec<Row> = leads.iter().map(|lead| row(&shell, lead)).collect();
    let page_struct = LeadsPage {
        summary: shell.t1("crm-leads-count", "count", rows.len()),
        first: before.map(|_| urls::CrmLeads.to_string()),
        next,
        rows,
        shell,
    };
    Ok(page(StatusCode::OK, &page_struct))
}

fn row(shell: &Shell, lead: &Lead) -> Row {
    let name = name_of(lead);
    Row {
        href: urls::CrmLead { record: &lead.id }.to_string(),
        initials: text::initials(&name),
        name,
        company: lead.fields.company.clone(),
        score: lead.score,
        status: view::lead_status(shell, &lead.fields.status),
        invitation: view::invitation(shell, &lead.invitation_status),
        changed: shell.moment(lead.updated_at),
    }
}

/// Shows a lead.
///
/// # Errors
/// When there is no such lead, or the database refuses.
pub async fn show(user: CrmUser, params: RawPathParams) -> Result<Response, Refusal> {
    let id = record_in(&params)?;
    let visit = user.visit();
    let mut conn = visit.state.db.read().await?;
    let lead = find_lead(&mut conn, &id).await?.ok_or(Refusal::NotFound)?;
    let activities = list_activities(&mut conn, &id, history::SHOWN).await?;
    drop(conn);
    let shell = shell(&user, name_of(&lead));
    let fields = &lead.fields;
    let page_struct = LeadPage {
        crumbs: vec![Link {
            href: urls::CrmLeads.to_string(),
            label: shell.t("crm-nav-leads").into_owned(),
        }],
        address_is_wrong: !fields.email.is_empty() && EmailAddress::parse(&fields.email).is_err(),
        language: view::word(&shell, "crm-language", &fields.language),
        status: view::lead_status(&shell, &fields.status),
        invitation: view::invitation(&shell, &lead.invitation_status),
        invite: InviteCard {
            action: urls::CrmLeadInvite { record: &id }.to_string(),
            roles: Vec::new(),
            obstacle: obstacle(&shell, &fields.email, fields.opted_out, ""),
            waits: lead.invitation_status == REQUESTED,
        },
        history: history::entries(&shell, &visit.state.catalogue, activities, &HashMap::new()),
        edit_href: urls::CrmLeadEdit { record: &id }.to_string(),
        opt_out_action: urls::CrmLeadOptOut { record: &id }.to_string(),
        lead,
        shell,
    };
    Ok(page(StatusCode::OK, &page_struct))
}
