//! What every change of a membership leaves behind: an audit event and a change for the CRM.

use serde_json::{Value, json};

use super::{Membership, MembershipStatus, Organization};
use crate::{
    audit,
    contracts::receipts::{self, ReceiptKind},
    db::{Error, Tx},
    directory::tell,
    kernel::{
        Cx,
        ids::{Id, MembershipId},
    },
    outbox::{self, Fact, MembershipFact, NewChange},
    people::{self, Person, PersonStatus},
    tasks::{self, TaskKind},
};

/// A membership with its surroundings, as it stands after the change.
pub(super) struct Changed<'a> {
    pub(super) organization: &'a Organization,
    pub(super) person: &'a Person,
    pub(super) membership: &'a Membership,
}

impl Changed<'_> {
    /// What a CRM is told about it.
    pub(super) fn fact(&self, because: &str) -> MembershipFact {
        MembershipFact {
            membership_id: self.membership.id.clone(),
            person_id: self.person.id.clone(),
            organization_id: self.organization.id.clone(),
            crm_account_id: self.organization.crm_account_id.clone(),
            crm_contact_id: self.membership.crm_contact_id.clone(),
            email: self.person.email.shown().to_owned(),
            given_name: self.person.given_name.clone(),
            family_name: self.person.family_name.clone(),
            phone: self.person.phone.clone(),
            status: self.status().to_owned(),
            roles: self.membership.roles.to_list(),
            last_sign_in_at: self.membership.last_sign_in_at,
            because: because.to_owned(),
            successor: None,
        }
    }

    /// What the membership is worth: that of somebody who is kept out everywhere is suspended.
    fn status(&self) -> &'static str {
        match (self.person.status, self.membership.status) {
            (PersonStatus::Suspended, MembershipStatus::Active) => {
                MembershipStatus::Suspended.as_str()
            }
            (_, status) => status.as_str(),
        }
    }

    /// Tells the organization's CRM.
    pub(super) async fn tell(&self, tx: &mut Tx, cx: &Cx, fact: Fact) -> Result<(), Error> {
        let destinations = [outbox::crm_destination(&self.organization.connection)];
        let change = NewChange {
            subject: self.membership.id.as_str(),
            organization: Some(&self.organization.id),
            fact,
            destinations: &destinations,
        };
        outbox::record(tx, cx, change).await.map(drop)
    }
}

/// Records the audit event and tells the CRM; gives back the membership as stored now.
pub(super) async fn changed(
    tx: &mut Tx,
    cx: &Cx,
    organization: &Organization,
    membership: &Membership,
    what: (&'static str, Value),
) -> Result<Membership, Error> {
    removed(tx, cx, organization, membership, (what.0, what.1, None)).await
}

/// The same of somebody whose open cases another takes over.
pub(super) async fn removed(
    tx: &mut Tx,
    cx: &Cx,
    organization: &Organization,
    membership: &Membership,
    (because, mut detail, successor): (&'static str, Value, Option<MembershipId>),
) -> Result<Membership, Error> {
    let stored = super::find_membership(tx, &organization.id, &membership.id).await?;
    let membership = stored.ok_or(Error::Lost)?;
    let person = people::find(tx, &membership.person_id).await?;
    let person = person.ok_or(Error::Lost)?;
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("person".to_owned(), json!(person.id));
    }
    let event = audit::Event {
        action: because,
        target: membership.id.as_str(),
        organization: Some(&organization.id),
        detail,
    };
    audit::record(tx, cx, event).await?;
    let changed = Changed {
        organization,
        person: &person,
        membership: &membership,
    };
    let fact = Fact::MembershipChanged(MembershipFact {
        successor,
        ..changed.fact(because)
    });
    changed.tell(tx, cx, fact).await?;
    let told = tell::person(tx, cx, &person.id, because).await?;
    let kind = match because {
        "membership.suspended" | "membership.removed" => Some(ReceiptKind::Ended),
        "membership.restored" => Some(ReceiptKind::Restored),
        _ => None,
    };
    if let Some(kind) = kind {
        let whose = (Some(&organization.id), &person.id);
        receipts::write_for_person(tx, cx, kind, whose, told.as_ref()).await?;
    }
    let subject = organization.id.as_str();
    if tasks::is_open(tx, TaskKind::SeatsExceeded, subject).await?
        || tasks::is_open(tx, TaskKind::SeatsAsked, subject).await?
    {
        super::settle_seats(tx, cx, &organization.id).await?;
    }
    Ok(membership)
}
