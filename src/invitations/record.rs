//! What every move of an invitation leaves behind: its new state, an audit event, a change for the
//! CRM. All in the transaction of the action.

use serde_json::Value;

use super::{
    model::{Ended, Invitation, Kind, Live, State},
    store,
};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{Cx, ids::Id},
    on,
    organizations::Organization,
    outbox::{self, Fact, InvitationFact, NewChange},
};

/// Records that something happened to an invitation, in the words of the audit log.
pub(super) async fn audited(
    tx: &mut Tx,
    cx: &Cx,
    invitation: &Invitation,
    action: &'static str,
    detail: Value,
) -> Result<(), Error> {
    let event = audit::Event {
        action,
        target: invitation.id.as_str(),
        organization: Some(&invitation.organization_id),
        detail,
    };
    audit::record(tx, cx, event).await
}

/// What a CRM is told about an invitation.
pub(super) fn fact(organization: &Organization, invitation: &Invitation) -> InvitationFact {
    InvitationFact {
        invitation_id: invitation.id.clone(),
        organization_id: organization.id.clone(),
        crm_account_id: organization.crm_account_id.clone(),
        crm_contact_id: invitation.crm_contact_id.clone(),
        is_lead: invitation.kind == Kind::Lead,
        email: invitation.email.shown().to_owned(),
        state: invitation.state.word().as_str().to_owned(),
        roles: invitation.roles.to_list(),
        reason: reason(invitation),
    }
}

/// Tells the organization's CRM where an invitation stands.
pub(super) async fn told(
    tx: &mut Tx,
    cx: &Cx,
    organization: &Organization,
    invitation: &Invitation,
) -> Result<(), Error> {
    let fact = fact(organization, invitation);
    let destinations = [outbox::crm_destination(&organization.connection)];
    let change = NewChange {
        subject: invitation.id.as_str(),
        organization: Some(&organization.id),
        fact: Fact::InvitationMoved(fact),
        destinations: &destinations,
    };
    outbox::record(tx, cx, change).await.map(drop)
}

/// What the mail server said, when the mail came back.
fn reason(invitation: &Invitation) -> String {
    match &invitation.state {
        State::Live(Live::Bounced { .. }) => invitation.delivery_note.clone(),
        _ => String::new(),
    }
}

/// The invitation with a new live state, stored.
pub(super) async fn live(
    tx: &mut Tx,
    invitation: Invitation,
    live: Live,
    delivery_note: &str,
) -> Result<Invitation, Error> {
    let mut passed = invitation.passed;
    match &live {
        Live::Queued => {}
        Live::Sent { at } => passed.sent_at = Some(*at),
        Live::Bounced { at } => passed.bounced_at = Some(*at),
        Live::Opened { sent_at, at } => {
            passed.sent_at = sent_at.or(passed.sent_at);
            passed.opened_at = Some(*at);
        }
    }
    on!(tx, |c| sqlx::query(store::SET_LIVE)
        .bind(&invitation.id)
        .bind(live.word())
        .bind(passed.sent_at)
        .bind(passed.opened_at)
        .bind(passed.bounced_at)
        .bind(delivery_note)
        .execute(c)
        .await
        .map(drop))?;
    Ok(Invitation {
        state: State::Live(live),
        passed,
        delivery_note: delivery_note.to_owned(),
        ..invitation
    })
}

/// The invitation at its end, stored. Redeeming has a statement of its own.
pub(super) async fn ended(
    tx: &mut Tx,
    invitation: Invitation,
    ended: Ended,
) -> Result<Invitation, Error> {
    on!(tx, |c| sqlx::query(store::END)
        .bind(&invitation.id)
        .bind(ended.word())
        .bind(ended.at())
        .execute(c)
        .await
        .map(drop))?;
    Ok(Invitation {
        state: State::Ended(ended),
        ..invitation
    })
}
