//! The lead a write is about.

use super::{Change, Target, needs_review, not_found, take};
use crate::{
    crm::{
        builtin::{
            model::{Lead, LeadFields},
            records,
            save_lead::new_lead,
            store,
            stored::email_key,
        },
        port::{LeadWrite, Verdict, Write},
    },
    db::{Conn, Error},
    kernel::{
        Cx,
        ids::{CrmRecordId, Id},
    },
    on,
};

/// Finds the lead of the lead part, or of the activity when there is no such part.
pub(super) async fn target(conn: &mut Conn, cx: &Cx, write: &Write) -> Result<Target<Lead>, Error> {
    let found = match (&write.lead, &write.activity) {
        (Some(part), _) => find_for_part(conn, cx, part).await?,
        (None, Some(activity)) if write.contact.is_none() && activity.contact_id.is_none() => {
            match &activity.lead_id {
                Some(id) => find(conn, id).await?.map(|before| {
                    Some(Change {
                        after: before.clone(),
                        before: Some(before),
                    })
                }),
                None => Ok(None),
            }
        }
        _ => Ok(None),
    };
    Ok(found.map(|change| change.map(|change| with_invitation(change, write))))
}

fn with_invitation(mut change: Change<Lead>, write: &Write) -> Change<Lead> {
    if let Some(activity) = &write.activity {
        take(
            &mut change.after.invitation_status,
            &activity.invitation_state,
        );
    }
    change
}

async fn find(conn: &mut Conn, id: &str) -> Result<Result<Lead, Verdict>, Error> {
    let lead = match CrmRecordId::parse(id) {
        Ok(id) => records::find_lead(conn, &id).await?,
        Err(_) => None,
    };
    Ok(lead.ok_or_else(|| not_found("lead", id)))
}

/// By the stored id, then by our key, then by the address.
async fn find_for_part(conn: &mut Conn, cx: &Cx, part: &LeadWrite) -> Result<Target<Lead>, Error> {
    if let Some(id) = &part.id {
        return Ok(find(conn, id)
            .await?
            .map(|before| Some(merge(before, part))));
    }
    let mut candidates = by(conn, store::LEADS_BY_KEY, &part.portal_key).await?;
    if candidates.is_empty() && !part.create_new {
        candidates = by(conn, store::LEADS_BY_EMAIL, &email_key(&part.email)).await?;
    }
    if candidates.len() > 1 {
        let ids = candidates.iter().map(|lead| &lead.id);
        return Ok(Err(needs_review("more than one lead could be meant", ids)));
    }
    let change = match candidates.pop() {
        Some(before) => merge(before, part),
        None => Change {
            before: None,
            ..merge(new_lead(cx, blank()), part)
        },
    };
    Ok(Ok(Some(change)))
}

async fn by(conn: &mut Conn, statement: &'static str, key: &str) -> Result<Vec<Lead>, Error> {
    if key.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(conn, |c| sqlx::query_as(statement)
        .bind(key)
        .fetch_all(c)
        .await)?)
}

fn blank() -> LeadFields {
    LeadFields {
        company: String::new(),
        given_name: String::new(),
        family_name: String::new(),
        email: String::new(),
        phone: String::new(),
        language: String::new(),
        opted_out: false,
        owner_email: String::new(),
        status: "new".to_owned(),
    }
}

/// What the portal knows goes in; what it leaves empty stays the CRM's own.
fn merge(before: Lead, part: &LeadWrite) -> Change<Lead> {
    let mut after = before.clone();
    let fields = &mut after.fields;
    take(&mut fields.company, &part.company);
    take(&mut fields.given_name, &part.given_name);
    take(&mut fields.family_name, &part.family_name);
    take(&mut fields.email, &part.email);
    take(&mut fields.phone, &part.phone);
    take(&mut fields.language, &part.language);
    take(&mut fields.status, &part.status);
    take(&mut after.consent, &part.consent);
    take(&mut after.portal_key, &part.portal_key);
    after.score = after.score.saturating_add(part.score_points);
    Change {
        before: Some(before),
        after,
    }
}
