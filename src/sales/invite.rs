//! Inviting a contact of an account, or a free address into it.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    account::organization_of,
    inviting::{self, InviteForm, Target, Wanted, Wrong},
    words::name_of,
};
use crate::{
    access::actors::SalesRep,
    crm::mirror::{self, CrmPerson, CrmPersonKind},
    db::{Conn, Error},
    invitations::{Create, CreateError, Created, Kind, RolesRefused, Rules, create},
    kernel::EmailAddress,
    organizations::{self, Ceiling, Offer, Organization, OrganizationKind},
    web::{Flash, Form, Lang, Query, Refusal, i18n, urls},
};

/// What the address says.
#[derive(Deserialize)]
pub struct InviteQuery {
    /// The CRM's id of the contact.
    #[serde(default)]
    contact: String,
}

/// The form.
pub async fn show(
    rep: SalesRep,
    Path(organization): Path<String>,
    Query(query): Query<InviteQuery>,
) -> Result<Response, Refusal> {
    let organization = organization_of(&rep, &organization).await?;
    let mut conn = rep.visit().state.db.read().await?;
    let contact = contact(&mut conn, &organization, &query.contact).await?;
    let form = first_form(&rep, contact.as_ref());
    let target = target(&mut conn, &rep, &organization, contact.is_some()).await?;
    let class = match EmailAddress::parse(&form.email) {
        Ok(email) => inviting::check(&mut conn, &rep, &target, &email).await?,
        Err(_) => None,
    };
    drop(conn);
    let shown = (Wrong::default(), class, None);
    Ok(inviting::render(&rep, &target, StatusCode::OK, form, shown))
}

/// The account's contact with this id; another account's is none.
async fn contact(
    conn: &mut Conn,
    organization: &Organization,
    id: &str,
) -> Result<Option<CrmPerson>, Error> {
    if id.is_empty() {
        return Ok(None);
    }
    let kind = CrmPersonKind::Contact;
    let found = mirror::find(conn, &organization.connection, kind, id).await?;
    Ok(found.filter(|found| found.organization_id.as_ref() == Some(&organization.id)))
}

fn first_form(rep: &SalesRep, contact: Option<&CrmPerson>) -> InviteForm {
    let default = &rep.visit().state.settings.portal.default_language;
    let language = contact.map_or(default.as_str(), |contact| &contact.language);
    InviteForm {
        email: contact
            .map(|contact| contact.email.clone())
            .unwrap_or_default(),
        name: contact
            .map(|contact| name_of(&contact.given_name, &contact.family_name, ""))
            .unwrap_or_default(),
        language: Lang::parse(language).map_or(default.clone(), |lang| lang.to_string()),
        contact: contact
            .map(|contact| contact.external_id.clone())
            .unwrap_or_default(),
        ..InviteForm::default()
    }
}

async fn target<'a>(
    conn: &mut Conn,
    rep: &SalesRep,
    organization: &'a Organization,
    is_contact: bool,
) -> Result<Target<'a>, Error> {
    let (id, now) = (&organization.id, rep.visit().cx.now());
    Ok(Target {
        offer: Offer::read(conn, organization, Ceiling::Unlimited, now).await?,
        title: rep.visit().t("sales-invite-title"),
        organization: Some(organization),
        company: &organization.name,
        kind: if organization.kind == OrganizationKind::Prospect {
            Kind::Lead
        } else {
            Kind::Member
        },
        action: urls::SalesInvite { organization: id }.to_string(),
        back: urls::SalesAccount { organization: id }.to_string(),
        fixed_address: is_contact,
    })
}

/// Looks ahead, or sends.
pub async fn submit(
    rep: SalesRep,
    Path(organization): Path<String>,
    Form(mut form): Form<InviteForm>,
) -> Result<Response, Refusal> {
    let organization = organization_of(&rep, &organization).await?;
    let mut conn = rep.visit().state.db.read().await?;
    let contact = contact(&mut conn, &organization, &form.contact).await?;
    let target = target(&mut conn, &rep, &organization, contact.is_some()).await?;
    drop(conn);
    if let Some(contact) = &contact {
        // The address of a contact is the CRM's, whatever was posted.
        form.email.clone_from(&contact.email);
    } else {
        form.contact.clear();
    }
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
    send(&rep, &target, &organization, form, &wanted).await
}

async fn send(
    rep: &SalesRep,
    target: &Target<'_>,
    organization: &Organization,
    form: InviteForm,
    wanted: &Wanted,
) -> Result<Response, Refusal> {
    let visit = rep.visit();
    let command = Create {
        organization_id: organization.id.clone(),
        kind: target.kind,
        email: wanted.email.clone(),
        invitee_name: wanted.name.clone(),
        language: wanted.language.to_string(),
        note: wanted.note.clone(),
        roles: wanted.roles.clone(),
        life: None,
        crm_contact_id: Some(form.contact.clone()).filter(|contact| !contact.is_empty()),
        inviter: inviting::inviter(rep),
    };
    let cx = visit.cx.clone();
    let created = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move {
                let rules = Rules {
                    settings: &state.settings,
                    catalogue: &state.catalogue,
                };
                create(tx, &cx, rules, command).await
            })
        })
        .await;
    answer(rep, target, form, wanted, created)
}

/// The answer to an invitation that was, or was not, sent.
pub(super) fn answer(
    rep: &SalesRep,
    target: &Target<'_>,
    form: InviteForm,
    wanted: &Wanted,
    created: Result<Created, CreateError>,
) -> Result<Response, Refusal> {
    let visit = rep.visit();
    match created {
        Ok(Created::Queued(invitation)) => {
            let text = i18n::text_with(
                visit.lang,
                "sales-invited",
                &[("email", invitation.email.shown().into())],
            );
            let to = urls::SalesInvitation {
                invitation: &invitation.id,
            };
            Ok(visit.go(to, Some(Flash::success(text))))
        }
        Ok(Created::NotSent(class)) => {
            let preview = inviting::preview(rep, target, wanted);
            let shown = (Wrong::default(), Some(class), preview);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(inviting::render(rep, target, status, form, shown))
        }
        Err(CreateError::Roles(refused)) => {
            let text = match &refused {
                RolesRefused::NotGivable(why) => {
                    organizations::not_givable(&visit.shell(""), &visit.state.catalogue, why)
                }
                _ => visit.t("sales-roles-wrong"),
            };
            let wrong = Wrong {
                roles: Some(text),
                ..Wrong::default()
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(inviting::render(
                rep,
                target,
                status,
                form,
                (wrong, None, None),
            ))
        }
        Err(CreateError::NotFound) => Ok(Refusal::NotFound.into_response()),
        Err(CreateError::Db(error)) => Err(error.into()),
    }
}
