//! The contacts of one account as rows: what the portal knows of each, and Invite.

use super::{
    read::{self, PortalState},
    words::{self, Tag},
};
use crate::{
    kernel::{EmailAddress, Instant, ids::OrganizationId, text},
    web::{Shell, urls},
};

/// A contact in the table.
pub(super) struct Row {
    pub(super) initials: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) portal: Tag,
    pub(super) opted_out: bool,
    /// Whether the CRM has no address that a mail could go to.
    pub(super) no_address: bool,
    /// The open invitation; empty when there is none.
    pub(super) invitation: String,
    /// Where to invite; empty when that would lead nowhere.
    pub(super) invite: String,
}

pub(super) fn rows(
    shell: &Shell,
    organization: &OrganizationId,
    contacts: &[read::Contact],
    now: Instant,
) -> Vec<Row> {
    let row = |contact: &read::Contact| {
        let state = contact.known.state(now);
        row_of(shell, organization, contact, &state)
    };
    contacts.iter().map(row).collect()
}

fn row_of(
    shell: &Shell,
    organization: &OrganizationId,
    contact: &read::Contact,
    state: &PortalState,
) -> Row {
    let name = words::name_of(&contact.given_name, &contact.family_name, &contact.email);
    let has_address = EmailAddress::parse(&contact.email).is_ok();
    let invitable = *state == PortalState::NotYet && !contact.opted_out && has_address;
    Row {
        initials: text::initials(&name),
        name,
        email: contact.email.clone(),
        portal: words::portal_state(shell, state),
        opted_out: contact.opted_out,
        no_address: !has_address,
        invitation: match state {
            PortalState::Invited(id, _) => urls::SalesInvitation { invitation: id }.to_string(),
            _ => String::new(),
        },
        invite: if invitable {
            invite_address(organization, &contact.external_id)
        } else {
            String::new()
        },
    }
}

/// Where a contact is invited. Its id is the CRM's and can hold anything.
fn invite_address(organization: &OrganizationId, contact: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("contact", contact)
        .finish();
    format!("{}?{query}", urls::SalesInvite { organization })
}
