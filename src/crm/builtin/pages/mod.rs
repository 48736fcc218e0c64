//! `/crm`: the screen of the CRM's own people, another product on purpose.
//!
//! [`accounts`], [`account`], [`contact`], [`leads`] show records; [`form`] edits any of them (see
//! [`form::Editable`]); [`buttons`] has what one click does: inviting and opting out.

pub mod account;
pub mod accounts;
pub mod buttons;
pub mod contact;
pub mod form;
mod forms;
mod history;
mod inputs;
pub mod leads;
mod view;

use axum::{
    extract::{RawPathParams, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};

use crate::{
    access::actors::CrmUser,
    app::AppState,
    crm::{builtin::crm_user, port::Author},
    kernel::ids::{CrmRecordId, Id},
    web::{Flash, NavItem, Refusal, Shell, see_other, urls},
};

/// After each change on this screen the portal reads the feed, so that what was changed holds from
/// the next request on. When that fails, the regular look at the feed finds it.
pub async fn tell_portal(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    let response = next.run(request).await;
    let done = changes && response.status().is_redirection();
    if let Some(connection) = state.crm.builtin().filter(|_| done)
        && let Err(error) = state.crm.catch_up(connection.key()).await
    {
        tracing::warn!(%error, "the portal has not read the feed yet");
    }
    response
}

/// The frame of a page, with the CRM's own navigation.
fn shell(user: &CrmUser, title: String) -> Shell {
    let visit = user.visit();
    let item = |href: String, key: &str, icon: &'static str, current: bool| NavItem {
        href,
        label: visit.t(key),
        icon,
        current,
    };
    let in_leads = visit.path.starts_with(urls::CrmLeads::PATH);
    Shell {
        title,
        nav: vec![
            item(
                urls::Crm.to_string(),
                "crm-nav-accounts",
                "company",
                !in_leads,
            ),
            item(
                urls::CrmLeads.to_string(),
                "crm-nav-leads",
                "person",
                in_leads,
            ),
            item(urls::Home.to_string(), "crm-nav-portal", "leave", false),
        ],
        organizations: Vec::new(),
        ..user.shell("")
    }
}

/// Who works here, as histories name them.
fn author(user: &CrmUser) -> Author {
    let person = user.signed_in.gate.person_id.as_str();
    crm_user(person, &user.entry.name, user.entry.email.shown())
}

/// The record that the address names; what is no id names nothing.
fn record_in(params: &RawPathParams) -> Result<CrmRecordId, Refusal> {
    params
        .iter()
        .find(|(name, _)| *name == "record")
        .and_then(|(_, value)| CrmRecordId::parse(value).ok())
        .ok_or(Refusal::NotFound)
}

/// Back to a page with a sentence about what was done.
fn go(user: &CrmUser, place: &str, flash: &Flash) -> Response {
    let visit = user.visit();
    flash.on(see_other(place), &visit.state.settings.portal, &visit.cx)
}
