//! What one click does: inviting to the portal, and whether somebody wants mail.

use axum::{extract::RawPathParams, response::Response};

use super::{author, go, record_in};
use crate::{
    access::actors::CrmUser,
    crm::builtin::{Invite, Invited, List, OptOut, OptedOut, invite, opt_out},
    db,
    kernel::ids::CrmRecordId,
    web::{Flash, Form, Refusal, urls},
};

/// A posted form, with repeated names.
type Pairs = Vec<(String, String)>;

/// Asks the portal to invite a contact.
///
/// # Errors
/// When there is no such contact, or the database refuses.
pub async fn invite_contact(
    user: CrmUser,
    params: RawPathParams,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Refusal> {
    let id = record_in(&params)?;
    let catalogue = &user.visit().state.catalogue;
    let roles = pairs
        .into_iter()
        .filter(|(name, key)| name == "roles" && catalogue.role(key).is_some())
        .map(|(_, key)| key)
        .collect();
    let place = urls::CrmContact { record: &id }.to_string();
    ask(&user, id, List(roles), &place).await
}

/// Asks the portal to invite a lead.
///
/// # Errors
/// When there is no such lead, or the database refuses.
pub async fn invite_lead(user: CrmUser, params: RawPathParams) -> Result<Response, Refusal> {
    let id = record_in(&params)?;
    let place = urls::CrmLead { record: &id }.to_string();
    ask(&user, id, List::default(), &place).await
}

async fn ask(
    user: &CrmUser,
    id: CrmRecordId,
    roles: List,
    place: &str,
) -> Result<Response, Refusal> {
    let visit = user.visit();
    let (cx, author) = (visit.cx.clone(), author(user));
    let outcome: Result<Invited, db::Error> = visit
        .state
        .db
        .write(move |tx| {
            let command = Invite { id, roles };
            Box::pin(async move { invite(tx, &cx, &author, command).await })
        })
        .await;
    let flash = match outcome? {
        Invited::Requested(_) => Flash::success(visit.t("crm-invite-done")),
        Invited::AlreadyRequested => Flash::info(visit.t("crm-invite-requested")),
        Invited::NoAddress => Flash::warning(visit.t("crm-invite-no-address")),
        Invited::OptedOut => Flash::warning(visit.t("crm-invite-opted-out")),
        Invited::NotFound => return Err(Refusal::NotFound),
    };
    Ok(go(user, place, &flash))
}

/// Stores whether a contact wants mail.
///
/// # Errors
/// When there is no such contact, or the database refuses.
pub async fn opt_out_contact(
    user: CrmUser,
    params: RawPathParams,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Refusal> {
    let id = record_in(&params)?;
    let place = urls::CrmContact { record: &id }.to_string();
    wish(&user, id, &pairs, &place).await
}

/// Stores whether a lead wants mail.
///
/// # Errors
/// When there is no such lead, or the database refuses.
pub async fn opt_out_lead(
    user: CrmUser,
    params: RawPathParams,
    Form(pairs): Form<Pairs>,
) -> Result<Response, Refusal> {
    let id = record_in(&params)?;
    let place = urls::CrmLead { record: &id }.to_string();
    wish(&user, id, &pairs, &place).await
}

async fn wish(
    user: &CrmUser,
    id: CrmRecordId,
    pairs: &[(String, String)],
    place: &str,
) -> Result<Response, Refusal> {
    let visit = user.visit();
    let opted_out = match pairs.iter().find(|(name, _)| name == "opted_out") {
        Some((_, value)) if value == "yes" => true,
        Some((_, value)) if value == "no" => false,
        _ => return Err(Refusal::BadRequest),
    };
    let (cx, author) = (visit.cx.clone(), author(user));
    let outcome: Result<OptedOut, db::Error> = visit
        .state
        .db
        .write(move |tx| {
            let command = OptOut { id, opted_out };
            Box::pin(async move { opt_out(tx, &cx, &author, command).await })
        })
        .await;
    match outcome? {
        OptedOut::NotFound => Err(Refusal::NotFound),
        OptedOut::Done => {
            let key = if opted_out {
                "crm-opted-out-done"
            } else {
                "crm-opted-in-done"
            };
            Ok(go(user, place, &Flash::success(visit.t(key))))
        }
    }
}
