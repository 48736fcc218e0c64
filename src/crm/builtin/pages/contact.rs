//! One contact: what the portal says about them, the Invite button, their history.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::RawPathParams, http::StatusCode, response::Response};

use super::{
    account::{crumbs, name_of},
    history::{self, Entry},
    record_in, shell,
    view::{self, Link, Tag},
};
use crate::{
    access::actors::CrmUser,
    crm::builtin::{REQUESTED, find_account, find_contact, list_activities, model::Contact},
    kernel::{EmailAddress, Instant},
    settings::RoleTier,
    web::{Refusal, Shell, page, urls},
};

#[derive(Template)]
#[template(path = "crm/contact.html")]
struct ContactPage {
    shell: Shell,
    crumbs: Vec<Link>,
    contact: Contact,
    address_is_wrong: bool,
    language: String,
    portal: Tag,
    invitation: Option<Tag>,
    roles: String,
    last_sign_in: String,
    invite: InviteCard,
    history: Vec<Entry>,
    edit_href: String,
    opt_out_action: String,
}

/// The Invite button, or why there is none.
pub(super) struct InviteCard {
    pub(super) action: String,
    pub(super) roles: Vec<RoleChoice>,
    /// Why inviting is not possible now.
    pub(super) obstacle: Option<String>,
    /// Whether the portal has not answered yet.
    pub(super) waits: bool,
}

/// A business role by name.
pub(super) struct RoleChoice {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) people: String,
}

/// Why somebody cannot be invited now.
pub(super) fn obstacle(
    shell: &Shell,
    email: &str,
    opted_out: bool,
    portal_status: &str,
) -> Option<String> {
    let key = if portal_status == "active" {
        "crm-invite-has-access"
    } else if EmailAddress::parse(email).is_err() {
        "crm-invite-no-address"
    } else if opted_out {
        "crm-invite-opted-out"
    } else {
        return None;
    };
    Some(shell.t(key).into_owned())
}

/// Shows a contact.
///
/// # Errors
/// When there is no such contact, or the database refuses.
pub async fn show(user: CrmUser, params: RawPathParams) -> Result<Response, Refusal> {
    let id = record_in(&params)?;
    let visit = user.visit();
    let mut conn = visit.state.db.read().await?;
    let contact = find_contact(&mut conn, &id)
        .await?
        .ok_or(Refusal::NotFound)?;
    let account = find_account(&mut conn, &contact.fields.account_id).await?;
    let activities = list_activities(&mut conn, &id, history::SHOWN).await?;
    drop(conn);
    let shell = shell(&user, name_of(&contact));
    let catalogue = &visit.state.catalogue;
    let (fields, portal) = (&contact.fields, &contact.portal);
    let page_struct = ContactPage {
        crumbs: crumbs(&shell, account.as_ref()),
        address_is_wrong: !fields.email.is_empty() && EmailAddress::parse(&fields.email).is_err(),
        language: view::word(&shell, "crm-language", &fields.language),
        portal: view::portal_status(&shell, &portal.portal_status),
        invitation: view::invitation(&shell, &portal.invitation_status),
        roles: history::role_names(&shell, catalogue, &portal.portal_roles.shown()),
        last_sign_in: match Instant::parse_rfc3339(&portal.last_sign_in) {
            Ok(at) => shell.moment(at),
            Err(_) => shell.t("crm-never").into_owned(),
        },
        invite: InviteCard {
            action: urls::CrmContactInvite { record: &id }.to_string(),
            roles: roles(&user),
            obstacle: obstacle(
                &shell,
                &fields.email,
                fields.opted_out,
                &portal.portal_status,
            ),
            waits: portal.invitation_status == REQUESTED,
        },
        history: history::entries(&shell, catalogue, activities, &HashMap::new()),
        edit_href: urls::CrmContactEdit { record: &id }.to_string(),
        opt_out_action: urls::CrmContactOptOut { record: &id }.to_string(),
        contact,
        shell,
    };
    Ok(page(StatusCode::OK, &page_struct))
}

/// The roles a contact can be invited with.
fn roles(user: &CrmUser) -> Vec<RoleChoice> {
    let visit = user.visit();
    let catalogue = &visit.state.catalogue;
    catalogue
        .roles()
        .iter()
        .filter(|role| role.tier != RoleTier::Lead)
        .filter_map(|role| catalogue.role_card(&role.key, visit.lang.as_str()))
        .map(|card| RoleChoice {
            id: format!("roles-{}", card.key),
            key: card.key.to_owned(),
            name: card.words.name.clone(),
            people: card.words.people.clone(),
        })
        .collect()
}
