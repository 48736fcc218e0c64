//! Telling a CRM that an invitation it asked for was not sent, and why.

use serde_json::json;

use super::model::Kind;
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, InvitationId},
        text,
    },
    organizations::Organization,
    outbox::{self, Fact, InvitationFact, NewChange},
};

/// The state a CRM is told of an invitation that was asked for there and not sent.
pub const REFUSED: &str = "refused";

/// What was asked for, and why it came to nothing.
#[derive(Debug, Clone, Copy)]
pub struct NotSent<'a> {
    /// The contact or lead in the CRM.
    pub crm_contact_id: &'a str,
    /// What would have been offered.
    pub kind: Kind,
    /// The address, as the CRM has it.
    pub email: &'a str,
    /// Roles that were asked for.
    pub roles: &'a [String],
    /// Why, in a word.
    pub word: &'a str,
    /// Why, in a sentence.
    pub reason: &'a str,
    /// What names the request; may be empty.
    pub request: &'a str,
}

/// Tells the organization's CRM, and the audit log.
///
/// # Errors
/// When the database refuses.
pub async fn not_sent(
    tx: &mut Tx,
    cx: &Cx,
    organization: &Organization,
    told: NotSent<'_>,
) -> Result<(), Error> {
    // No invitation came of it; the id names what is told and nothing else.
    let id: InvitationId = cx.new_id();
    let event = audit::Event {
        action: "invitation.not_sent",
        target: id.as_str(),
        organization: Some(&organization.id),
        detail: json!({ "why": told.word, "request": told.request }),
    };
    audit::record(tx, cx, event).await?;
    let fact = InvitationFact {
        invitation_id: id.clone(),
        organization_id: organization.id.clone(),
        crm_account_id: organization.crm_account_id.clone(),
        crm_contact_id: Some(told.crm_contact_id.to_owned()),
        is_lead: told.kind == Kind::Lead,
        email: text::one_line(told.email, 254),
        state: REFUSED.to_owned(),
        roles: told.roles.to_vec(),
        reason: told.reason.to_owned(),
    };
    let destinations = [outbox::crm_destination(&organization.connection)];
    let change = NewChange {
        subject: id.as_str(),
        organization: Some(&organization.id),
        fact: Fact::InvitationMoved(fact),
        destinations: &destinations,
    };
    outbox::record(tx, cx, change).await.map(drop)
}
