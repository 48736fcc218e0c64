//! Setting back what a mend set, unless it was changed since.

use super::{
    mend::{PART, field_of, member_of, note},
    model::{Change, Class, Finding, Owner},
    read, store,
};
use crate::{
    crm::mirror::{self, CrmPerson, CrmPersonKind},
    db::{Database, Error, Tx, inconsistent},
    kernel::{
        Cx,
        ids::{FindingId, RunId},
    },
    on, organizations,
    outbox::MembershipFact,
};

/// What came of undoing one mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// It is as before, or on its way to be so in the CRM.
    Now,
    /// Somebody has changed it since; it stays as it is.
    ChangedSince,
    /// No way leads back.
    NotPossible,
    /// It is not mended, or undone already.
    NotMended,
    /// There is no such finding.
    NotFound,
}

/// What came of undoing all of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UndoneAll {
    /// Set back.
    pub undone: u64,
    /// Left, because they were changed since.
    pub changed: u64,
    /// Left, because no way leads back.
    pub left: u64,
}

/// Sets back what mending a finding set. Whether it was changed since is seen from what the portal
/// has and from the CRM's record as last read.
///
/// # Errors
/// When the database refuses.
pub async fn undo(db: &Database, cx: &Cx, id: &FindingId) -> Result<Undone, Error> {
    let (cx, id) = (cx.clone(), id.clone());
    db.write(move |tx| Box::pin(async move { undo_one(tx, &cx, &id).await }))
        .await
}

async fn undo_one(tx: &mut Tx, cx: &Cx, id: &FindingId) -> Result<Undone, Error> {
    let Some(finding) = read::finding(tx, id).await? else {
        return Ok(Undone::NotFound);
    };
    if finding.mended_at.is_none() {
        return Ok(Undone::NotMended);
    }
    let Some(back) = finding.way_back() else {
        return Ok(Undone::NotPossible);
    };
    let run = read::find_run(tx, &finding.run_id).await?;
    let connection = run.ok_or(Error::Lost)?.connection;
    let is_back = match (finding.owner, finding.class) {
        (Owner::Crm, _) => record_back(tx, cx, &connection, &finding, &back).await?,
        (_, Class::BrokenLink) => link_back(tx, cx, &finding, &back).await?,
        _ => field_back(tx, cx, &connection, &finding, &back).await?,
    };
    if !is_back {
        return Ok(Undone::ChangedSince);
    }
    let undone: Option<(FindingId,)> = on!(tx, |c| sqlx::query_as(store::UNDONE)
        .bind(&finding.id)
        .bind(cx.now())
        .bind(cx.actor.reference())
        .fetch_optional(c)
        .await)?;
    if undone.is_none() {
        // Somebody else undid it meanwhile; what was done here falls with the transaction.
        return Err(Error::Lost);
    }
    note(tx, cx, "reconciliation.undone", &finding).await?;
    Ok(Undone::Now)
}

/// The CRM is told the old value, as long as both sides still have what the mend left.
async fn field_back(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    finding: &Finding,
    back: &Change,
) -> Result<bool, Error> {
    let Some((organization, membership)) = member_of(finding) else {
        return Ok(false);
    };
    let stands = organizations::as_told(tx, &organization, &membership).await?;
    if stands.is_none_or(|stands| field_of(&stands, &finding.field) != back.new) {
        return Ok(false);
    }
    let contact = CrmPersonKind::Contact;
    let theirs = mirror::find(tx, connection, contact, &finding.record_id).await?;
    let is_known =
        theirs.is_none_or(|it| [&back.old, &back.new].contains(&shown(&it, &finding.field)));
    if !is_known {
        return Ok(false);
    }
    let put = |fact: &mut MembershipFact| {
        let field = match finding.field.as_str() {
            "email" => &mut fact.email,
            "given_name" => &mut fact.given_name,
            _ => &mut fact.family_name,
        };
        field.clone_from(&back.old);
    };
    let of = (&organization, &membership);
    let told = organizations::tell_as(tx, cx, of, "membership.mend_undone", put).await?;
    Ok(told.is_some())
}

fn shown<'a>(person: &'a CrmPerson, field: &str) -> &'a String {
    match field {
        "email" => &person.email,
        "given_name" => &person.given_name,
        _ => &person.family_name,
    }
}

/// The member is linked as before; the CRM's record keeps our id, which nobody can take from it here.
async fn link_back(tx: &mut Tx, cx: &Cx, finding: &Finding, back: &Change) -> Result<bool, Error> {
    let Some((organization, membership)) = member_of(finding) else {
        return Ok(false);
    };
    let stands = organizations::as_told(tx, &organization, &membership).await?;
    let linked = stands.and_then(|stands| stands.crm_contact_id);
    if linked.unwrap_or_default() != back.new {
        return Ok(false);
    }
    let old = Some(back.old.as_str()).filter(|old| !old.is_empty());
    organizations::set_contact(tx, cx, &membership, old).await?;
    Ok(true)
}

/// The mirror has the contact as before.
async fn record_back(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    finding: &Finding,
    back: &Change,
) -> Result<bool, Error> {
    let before: Option<CrmPerson> = if back.old.is_empty() {
        None
    } else {
        let parsed = serde_json::from_str(&back.old);
        Some(parsed.map_err(inconsistent(
            "reconciliation_findings",
            "changes",
            &finding.id,
        ))?)
    };
    let place = (connection, CrmPersonKind::Contact, &*finding.record_id);
    mirror::put_back(tx, cx, place, back.new.parse().ok(), before.as_ref()).await
}

/// Undoes what was mended of a run, at most so many.
///
/// # Errors
/// When the database refuses; what was undone before stays so.
pub async fn undo_all(
    db: &Database,
    cx: &Cx,
    run: &RunId,
    at_most: u64,
) -> Result<UndoneAll, Error> {
    let (mut after, mut all) = (String::new(), UndoneAll::default());
    loop {
        let part = {
            let mut conn = db.read().await?;
            read::to_undo(&mut conn, run, &after, PART).await?
        };
        let Some(last) = part.last() else {
            return Ok(all);
        };
        after = last.id.to_string();
        for finding in &part {
            if all.undone >= at_most {
                return Ok(all);
            }
            match undo(db, cx, &finding.id).await? {
                Undone::Now => all.undone += 1,
                Undone::ChangedSince => all.changed += 1,
                Undone::NotPossible => all.left += 1,
                Undone::NotMended | Undone::NotFound => {}
            }
        }
    }
}
