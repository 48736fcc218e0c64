//! The Invite button: a request in the feed, which the portal answers with the invitation's state.

use std::time::Duration;

use super::{
    list::List,
    model::{Contact, FieldChange, FieldChanges, InvitationRequest, Lead},
    records, store,
    stored::Stored,
};
use crate::{
    crm::port::Author,
    db::{Error, Tx},
    kernel::{Cx, EmailAddress, Instant, ids::CrmRecordId},
    on,
};

/// The word shown until the portal has answered.
pub const REQUESTED: &str = "requested";

/// How long a request may go unanswered before it can be made again.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct Invite {
    /// A contact or a lead.
    pub id: CrmRecordId,
    /// Business roles; empty for the usual ones.
    pub roles: List,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invited {
    /// The portal will see this request.
    Requested(CrmRecordId),
    /// The portal has not answered the last request yet.
    AlreadyRequested,
    /// The record has no address that mail could reach.
    NoAddress,
    /// This human does not want mail.
    OptedOut,
    /// There is no such contact or lead.
    NotFound,
}

enum Invitee {
    Contact(Contact),
    Lead(Lead),
}

impl Invitee {
    fn email(&self) -> &str {
        match self {
            Self::Contact(contact) => &contact.fields.email,
            Self::Lead(lead) => &lead.fields.email,
        }
    }

    fn is_opted_out(&self) -> bool {
        match self {
            Self::Contact(contact) => contact.fields.opted_out,
            Self::Lead(lead) => lead.fields.opted_out,
        }
    }

    async fn waits(&self, tx: &mut Tx, cx: &Cx) -> Result<bool, Error> {
        let (id, status, statement) = match self {
            Self::Contact(contact) => (
                &contact.id,
                &contact.portal.invitation_status,
                store::LAST_REQUEST_FOR_CONTACT,
            ),
            Self::Lead(lead) => (
                &lead.id,
                &lead.invitation_status,
                store::LAST_REQUEST_FOR_LEAD,
            ),
        };
        Ok(status == REQUESTED && is_recent(tx, cx, id, statement).await?)
    }
}

/// Asks the portal to invite a contact or a lead.
///
/// # Errors
/// When the database refuses.
pub async fn invite(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    command: Invite,
) -> Result<Invited, Error> {
    records::lock(tx).await?;
    let Some(invitee) = find(tx, &command.id).await? else {
        return Ok(Invited::NotFound);
    };
    if EmailAddress::parse(invitee.email()).is_err() {
        return Ok(Invited::NoAddress);
    }
    if invitee.is_opted_out() {
        return Ok(Invited::OptedOut);
    }
    if invitee.waits(tx, cx).await? {
        return Ok(Invited::AlreadyRequested);
    }
    let mut request = InvitationRequest {
        id: cx.new_id(),
        contact_id: None,
        lead_id: None,
        roles: command.roles,
        requested_by: author.email.clone(),
        version: 1,
        updated_at: cx.now(),
    };
    match invitee {
        Invitee::Contact(mut contact) => {
            request.contact_id = Some(contact.id.clone());
            REQUESTED.clone_into(&mut contact.portal.invitation_status);
            mark(tx, cx, author, (contact, &request)).await?;
        }
        Invitee::Lead(mut lead) => {
            request.lead_id = Some(lead.id.clone());
            REQUESTED.clone_into(&mut lead.invitation_status);
            mark(tx, cx, author, (lead, &request)).await?;
        }
    }
    // Behind the record it is about, so that the portal knows whom it invites.
    records::put(tx, cx, std::slice::from_ref(&request)).await?;
    Ok(Invited::Requested(request.id))
}

async fn mark<R: Stored>(
    tx: &mut Tx,
    cx: &Cx,
    author: &Author,
    (mut record, request): (R, &InvitationRequest),
) -> Result<(), Error> {
    record.set_version(record.version().saturating_add(1), cx.now());
    records::put(tx, cx, std::slice::from_ref(&record)).await?;
    let roles = FieldChange {
        field: "roles".to_owned(),
        from: String::new(),
        to: request.roles.shown(),
    };
    let is_chosen = !request.roles.0.is_empty();
    let changes = FieldChanges(is_chosen.then_some(roles).into_iter().collect());
    let entry = records::activity(cx, author, &record, "invitation_requested", changes);
    records::add_activities(tx, &[entry]).await
}

async fn find(tx: &mut Tx, id: &CrmRecordId) -> Result<Option<Invitee>, Error> {
    if let Some(contact) = records::find_contact(tx, id).await? {
        return Ok(Some(Invitee::Contact(contact)));
    }
    let lead = records::find_lead(tx, id).await?;
    Ok(lead.map(Invitee::Lead))
}

async fn is_recent(
    tx: &mut Tx,
    cx: &Cx,
    id: &CrmRecordId,
    statement: &'static str,
) -> Result<bool, Error> {
    let last: Option<(Instant,)> = on!(tx, |c| sqlx::query_as(statement)
        .bind(id)
        .fetch_optional(c)
        .await)?;
    Ok(last.is_some_and(|(at,)| cx.now().since(at) < PATIENCE))
}
