//! Inviting a lead: its company becomes an organization without a contract.

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    invite::answer,
    inviting::{self, InviteForm, Target, Wanted, Wrong},
    words::name_of,
};
use crate::{
    access::actors::SalesRep,
    crm::mirror::{self, CrmPerson, CrmPersonKind},
    db::{Conn, Error},
    invitations::{Class, Create, CreateError, Created, Kind, Rules, create},
    kernel::EmailAddress,
    organizations::{self, Ceiling, NewProspect, Offer, Organization, OrganizationKind},
    settings::RoleTier,
    web::{Form, Lang, Query, Refusal, urls},
};

/// What the address says.
#[derive(Deserialize)]
pub struct LeadQuery {
    #[serde(default)]
    connection: String,
    #[serde(default)]
    lead: String,
}

/// A lead and the organization it has become, if it has.
struct Found {
    lead: CrmPerson,
    organization: Option<Organization>,
}

async fn found(conn: &mut Conn, connection: &str, lead: &str) -> Result<Found, Refusal> {
    let kind = CrmPersonKind::Lead;
    let lead = mirror::find(conn, connection, kind, lead).await?;
    let lead = lead.ok_or(Refusal::NotFound)?;
    let account = organizations::prospect_account(&lead.external_id);
    let organization = organizations::find_by_crm_account(conn, &lead.connection, &account).await?;
    Ok(Found { lead, organization })
}

async fn target<'a>(
    conn: &mut Conn,
    rep: &SalesRep,
    found: &'a Found,
) -> Result<Target<'a>, Error> {
    let now = rep.visit().cx.now();
    let offer = match &found.organization {
        Some(known) => Offer::read(conn, known, Ceiling::Unlimited, now).await?,
        None => Offer::unknown(Some(OrganizationKind::Prospect), Ceiling::Unlimited),
    };
    Ok(Target {
        offer,
        title: rep.visit().t("sales-invite-lead-title"),
        organization: found.organization.as_ref(),
        company: company(&found.lead),
        kind: Kind::Lead,
        action: urls::SalesInviteLead::PATH.to_owned(),
        back: urls::SalesLeads::PATH.to_owned(),
        fixed_address: true,
    })
}

/// The company's name; the lead's own address when the CRM knows none.
fn company(lead: &CrmPerson) -> &str {
    if lead.company.is_empty() {
        &lead.email
    } else {
        &lead.company
    }
}

/// The form.
pub async fn show(rep: SalesRep, Query(query): Query<LeadQuery>) -> Result<Response, Refusal> {
    let visit = rep.visit();
    let mut conn = visit.state.db.read().await?;
    let found = found(&mut conn, &query.connection, &query.lead).await?;
    let target = target(&mut conn, &rep, &found).await?;
    let lead = &found.lead;
    let default = &visit.state.settings.portal.default_language;
    let mut leads = visit.state.catalogue.roles_of(RoleTier::Lead);
    let usual = leads.find(|role| target.offer.check(role).is_ok());
    let form = InviteForm {
        email: lead.email.clone(),
        name: name_of(&lead.given_name, &lead.family_name, ""),
        language: Lang::parse(&lead.language).map_or(default.clone(), |lang| lang.to_string()),
        roles: usual.map(|role| role.key.clone()).into_iter().collect(),
        connection: lead.connection.clone(),
        lead: lead.external_id.clone(),
        ..InviteForm::default()
    };
    let class = match EmailAddress::parse(&form.email) {
        Ok(email) => inviting::check(&mut conn, &rep, &target, &email).await?,
        Err(_) => None,
    };
    drop(conn);
    let shown = (Wrong::default(), class, None);
    Ok(inviting::render(&rep, &target, StatusCode::OK, form, shown))
}

/// Looks ahead, or sends.
pub async fn submit(rep: SalesRep, Form(mut form): Form<InviteForm>) -> Result<Response, Refusal> {
    let mut conn = rep.visit().state.db.read().await?;
    let found = found(&mut conn, &form.connection, &form.lead).await?;
    let target = target(&mut conn, &rep, &found).await?;
    drop(conn);
    // The address of a lead is the CRM's, whatever was posted.
    form.email.clone_from(&found.lead.email);
    let wanted = match inviting::read(&rep, &form) {
        Ok(wanted) => wanted,
        Err(wrong) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let shown = (*wrong, None, None);
            return Ok(inviting::render(&rep, &target, status, form, shown));
        }
    };
    if form.act != "send" {
        return inviting::look_ahead(&rep, &target, form, &wanted).await;
    }
    send(&rep, &target, &found.lead, form, &wanted).await
}

async fn send(
    rep: &SalesRep,
    target: &Target<'_>,
    lead: &CrmPerson,
    form: InviteForm,
    wanted: &Wanted,
) -> Result<Response, Refusal> {
    let visit = rep.visit();
    let prospect = NewProspect {
        connection: lead.connection.clone(),
        reference: lead.external_id.clone(),
        name: company(lead).to_owned(),
        owner_email: rep.entry.email.to_string(),
    };
    let inviter = inviting::inviter(rep);
    let lead_id = lead.external_id.clone();
    let (email, name) = (wanted.email.clone(), wanted.name.clone());
    let (language, note, roles) = (
        wanted.language.to_string(),
        wanted.note.clone(),
        wanted.roles.clone(),
    );
    let cx = visit.cx.clone();
    let created: Result<Created, Undone> = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move {
                let organization_id = organizations::create_prospect(tx, &cx, &prospect).await?;
                let command = Create {
                    organization_id,
                    kind: Kind::Lead,
                    email,
                    invitee_name: name,
                    language,
                    note,
                    roles,
                    life: None,
                    crm_contact_id: Some(lead_id),
                    inviter,
                };
                let rules = Rules {
                    settings: &state.settings,
                    catalogue: &state.catalogue,
                };
                match create(tx, &cx, rules, command).await? {
                    // The company must not become an organization for nothing.
                    Created::NotSent(class) => Err(Undone::NotSent(class)),
                    created @ Created::Queued(_) => Ok(created),
                }
            })
        })
        .await;
    let created = match created {
        Ok(created) => Ok(created),
        Err(Undone::NotSent(class)) => Ok(Created::NotSent(class)),
        Err(Undone::Failed(error)) => Err(error),
    };
    answer(rep, target, form, wanted, created)
}

/// Why an invitation and its organization were rolled back.
enum Undone {
    NotSent(Class),
    Failed(CreateError),
}

impl From<CreateError> for Undone {
    fn from(error: CreateError) -> Self {
        Self::Failed(error)
    }
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}
