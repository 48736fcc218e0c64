//! The contact a write is about.

use super::{Change, Target, account_by, needs_review, not_found, take};
use crate::{
    crm::{
        builtin::{
            List,
            model::{Contact, ContactFields},
            records,
            save_contact::new_contact,
            store,
            stored::email_key,
        },
        port::{ContactWrite, Verdict, Write},
    },
    db::{Conn, Error},
    kernel::{
        Cx,
        ids::{CrmRecordId, Id},
    },
    on,
};

/// Finds the contact of the contact part, or of the activity when there is no such part.
pub(super) async fn target(
    conn: &mut Conn,
    cx: &Cx,
    write: &Write,
) -> Result<Target<Contact>, Error> {
    let found = match (&write.contact, &write.activity) {
        (Some(part), _) => find_for_part(conn, cx, part).await?,
        (None, Some(activity)) if write.lead.is_none() => match &activity.contact_id {
            Some(id) => find(conn, id).await?.map(|before| {
                Some(Change {
                    after: before.clone(),
                    before: Some(before),
                })
            }),
            None => Ok(None),
        },
        _ => Ok(None),
    };
    Ok(found.map(|change| change.map(|change| with_invitation(change, write))))
}

fn with_invitation(mut change: Change<Contact>, write: &Write) -> Change<Contact> {
    if let Some(activity) = &write.activity {
        take(
            &mut change.after.portal.invitation_status,
            &activity.invitation_state,
        );
    }
    change
}

async fn find(conn: &mut Conn, id: &str) -> Result<Result<Contact, Verdict>, Error> {
    let contact = match CrmRecordId::parse(id) {
        Ok(id) => records::find_contact(conn, &id).await?,
        Err(_) => None,
    };
    Ok(contact.ok_or_else(|| not_found("contact", id)))
}

/// By the stored id, then by our membership, then by the address within the account.
async fn find_for_part(
    conn: &mut Conn,
    cx: &Cx,
    part: &ContactWrite,
) -> Result<Target<Contact>, Error> {
    if let Some(id) = &part.id {
        return Ok(find(conn, id)
            .await?
            .map(|before| Some(merge(before, part))));
    }
    let Some(account) = account_by(conn, &part.account_id).await? else {
        return Ok(Err(not_found("account", &part.account_id)));
    };
    let mut candidates = linked_to(conn, &part.membership_id).await?;
    if candidates.is_empty() && !part.create_new {
        candidates = with_address(conn, &account.id, &part.email).await?;
    }
    if candidates.len() > 1 {
        let ids = candidates.iter().map(|contact| &contact.id);
        let reason = "more than one contact could be meant";
        return Ok(Err(needs_review(reason, ids)));
    }
    let Some(before) = candidates.pop() else {
        let after = merge(new_contact(cx, blank(account.id)), part).after;
        return Ok(Ok(Some(Change {
            before: None,
            after,
        })));
    };
    let link = &before.portal.portal_membership_id;
    if !link.is_empty() && *link != part.membership_id {
        let reason = "the contact with this address is linked to another member";
        return Ok(Err(needs_review(reason, [&before.id])));
    }
    Ok(Ok(Some(merge(before, part))))
}

async fn linked_to(conn: &mut Conn, membership: &str) -> Result<Vec<Contact>, Error> {
    if membership.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(conn, |c| sqlx::query_as(
        store::CONTACTS_BY_MEMBERSHIP
    )
    .bind(membership)
    .fetch_all(c)
    .await)?)
}

async fn with_address(
    conn: &mut Conn,
    account: &CrmRecordId,
    email: &str,
) -> Result<Vec<Contact>, Error> {
    let key = email_key(email);
    if key.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(conn, |c| sqlx::query_as(
        store::CONTACTS_OF_ACCOUNT_BY_EMAIL
    )
    .bind(account)
    .bind(&key)
    .fetch_all(c)
    .await)?)
}

fn blank(account_id: CrmRecordId) -> ContactFields {
    ContactFields {
        account_id,
        number: String::new(),
        given_name: String::new(),
        family_name: String::new(),
        email: String::new(),
        phone: String::new(),
        language: String::new(),
        opted_out: false,
    }
}

/// What the portal knows goes in; what it leaves empty stays the CRM's own.
fn merge(before: Contact, part: &ContactWrite) -> Change<Contact> {
    let mut after = before.clone();
    let fields = &mut after.fields;
    take(&mut fields.email, &part.email);
    take(&mut fields.given_name, &part.given_name);
    take(&mut fields.family_name, &part.family_name);
    take(&mut fields.phone, &part.phone);
    let portal = &mut after.portal;
    take(&mut portal.portal_membership_id, &part.membership_id);
    take(&mut portal.portal_person_id, &part.person_id);
    take(&mut portal.portal_status, &part.portal_status);
    take(&mut portal.last_sign_in, &part.last_sign_in);
    portal.portal_roles = List(part.portal_roles.clone());
    Change {
        before: Some(before),
        after,
    }
}
