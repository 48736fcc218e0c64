//! Organizations of companies that are only a lead in the CRM.

use serde_json::json;

use super::{OrganizationKind, find_by_crm_account, store};
use crate::{
    audit,
    crm::mapping::LEAD,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, OrganizationId},
        text,
    },
    on,
};

/// A company that is a lead.
#[derive(Debug, Clone)]
pub struct NewProspect {
    /// The CRM connection.
    pub connection: String,
    /// What names the lead: the CRM's id of it, or the id of the registration that made it.
    pub reference: String,
    /// The company's name.
    pub name: String,
    /// The address of the sales rep who owns the lead; may be empty.
    pub owner_email: String,
}

/// The organization of a lead: the one it has, or a new one.
///
/// # Errors
/// When the database refuses.
pub async fn create_prospect(
    tx: &mut Tx,
    cx: &Cx,
    new: &NewProspect,
) -> Result<OrganizationId, Error> {
    let account_id = prospect_account(&new.reference);
    let name = text::one_line(&new.name, 200);
    let created: Option<(OrganizationId,)> = on!(tx, |c| sqlx::query_as(store::CREATE)
        .bind(cx.new_id::<OrganizationId>())
        .bind(&new.connection)
        .bind(&account_id)
        .bind(0_i64)
        .bind("")
        .bind(&name)
        .bind(text::fold(&name))
        .bind(OrganizationKind::Prospect)
        .bind("")
        .bind("")
        .bind("")
        .bind(new.owner_email.to_ascii_lowercase())
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    let Some((id,)) = created else {
        let present = find_by_crm_account(tx, &new.connection, &account_id).await?;
        return present.map(|present| present.id).ok_or(Error::Lost);
    };
    let event = audit::Event {
        action: "organization.created",
        target: id.as_str(),
        organization: Some(&id),
        detail: json!({ "lead": new.reference, "kind": OrganizationKind::Prospect }),
    };
    audit::record(tx, cx, event).await?;
    Ok(id)
}

/// The account id of the prospect that a lead becomes.
#[must_use]
pub fn prospect_account(reference: &str) -> String {
    format!("{LEAD}{reference}")
}
