//! What the CRM shows of an account, loaded after the account's page.

use axum::{extract::Path, response::Response};

use super::account::organization_of;
use crate::{
    access::actors::Approver,
    overview::for_staff,
    web::{Refusal, urls},
};

/// The panels, as a part of the account's page or as a page of their own.
///
/// # Errors
/// [`Refusal`] when there is no such account.
pub async fn show(rep: Approver, Path(organization): Path<String>) -> Result<Response, Refusal> {
    let organization = organization_of(&rep, &organization).await?;
    let id = &organization.id;
    let here = urls::SalesOverview { organization: id }.to_string();
    let back = urls::SalesAccount { organization: id }.to_string();
    let shell = rep.shell("overview-title");
    Ok(for_staff(rep.visit(), shell, &organization, (here, back)).await)
}
