//! An account's mail domains: confirmed by the rep who owns the account, or by the service desk.

use axum::{extract::Path, response::Response};
use serde::Deserialize;

use super::account::organization_of;
use crate::{
    access::actors::{Approver, Staff},
    organizations::{
        DecideDomain, DecideDomainError, Domain, DomainDecided, Organization, decide_domain,
    },
    registration::Desk,
    web::{Flash, Form, Refusal, Shell, urls},
};

/// A domain on the account's page.
pub(super) struct Row {
    pub(super) domain: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) is_confirmed: bool,
}

pub(super) fn row(shell: &Shell, domain: &Domain) -> Row {
    let (state, tone) = match domain.verified_at {
        Some(at) => (
            shell.t1("sales-domain-confirmed", "date", shell.day(at)),
            "success",
        ),
        None => (shell.t("sales-domain-open").into_owned(), ""),
    };
    Row {
        domain: domain.domain.clone(),
        state,
        tone,
        is_confirmed: domain.verified_at.is_some(),
    }
}

/// Whether this member of staff decides about the account: its owner, or the service desk.
pub(super) fn may_decide(staff: &Staff, organization: &Organization) -> bool {
    match Desk::of(&staff.entry) {
        Desk::All => true,
        Desk::Owned(owner) => organization.owner_email == owner,
    }
}

/// What is posted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DomainForm {
    domain: String,
    /// `yes`, or anything else to take the confirmation back.
    own: String,
}

/// Confirms a domain, or takes that back.
///
/// # Errors
/// [`Refusal`]: no such account or domain, or an account of somebody else.
pub async fn decide(
    staff: Approver,
    Path(organization): Path<String>,
    Form(form): Form<DomainForm>,
) -> Result<Response, Refusal> {
    let organization = organization_of(&staff, &organization).await?;
    if !may_decide(&staff, &organization) {
        return Err(Refusal::Forbidden);
    }
    let visit = staff.visit();
    let command = DecideDomain {
        organization_id: organization.id.clone(),
        domain: form.domain,
        is_own: form.own == "yes",
    };
    let cx = visit.cx.clone();
    let done = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { decide_domain(tx, &cx, command).await }))
        .await;
    let flash = match done {
        Ok(DomainDecided::Done) => Flash::success(visit.t("sales-domain-saved")),
        Ok(DomainDecided::Already) => Flash::info(visit.t("sales-domain-already")),
        Err(DecideDomainError::NotFound) => return Err(Refusal::NotFound),
        Err(DecideDomainError::Webmail) => Flash::warning(visit.t("sales-domain-webmail")),
        Err(DecideDomainError::Db(error)) => return Err(error.into()),
    };
    let to = urls::SalesAccount {
        organization: &organization.id,
    };
    Ok(visit.go(to, Some(flash)))
}
