//! Mending what was found, by the owner of what differs.

use serde_json::json;

use super::{
    model::{Change, Class, Finding, Kind, LINK, Owner, RECORD, Side},
    read, store,
};
use crate::{
    audit,
    crm::{
        Connections,
        mirror::{self, CrmPerson, CrmPersonKind},
        port::Record,
    },
    db::{Database, Error, Tx, inconsistent},
    kernel::{
        Cx,
        ids::{FindingId, Id, MembershipId, OrganizationId, RunId},
    },
    on, organizations,
    outbox::MembershipFact,
};

/// Findings read at once when all of a run are mended.
pub(super) const PART: i64 = 100;

/// What came of mending one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mended {
    /// It is mended, or on its way to the CRM.
    Now,
    /// Somebody did it before.
    Before,
    /// It would end more access than the brake lets pass (law 11): another operator decides.
    Waits,
    /// It needs a person, in the CRM.
    NotByUs,
    /// There is no such finding.
    NotFound,
}

/// What came of mending all of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MendedAll {
    /// Mended, or on its way to the CRM.
    pub mended: u64,
    /// Waiting for another operator.
    pub waits: u64,
}

/// Mends one finding. What the portal owns is told again as it stands now; what the CRM owns is
/// taken again, so that a contract that ends there ends here, or waits at the brake.
///
/// # Errors
/// When the database refuses.
pub async fn mend(
    db: &Database,
    connections: &Connections,
    cx: &Cx,
    id: &FindingId,
) -> Result<Mended, Error> {
    let (finding, run, before) = {
        let mut conn = db.read().await?;
        let Some(finding) = read::finding(&mut conn, id).await? else {
            return Ok(Mended::NotFound);
        };
        let run = read::find_run(&mut conn, &finding.run_id).await?;
        let run = run.ok_or(Error::Lost)?;
        let before = if finding.kind == Kind::Contact {
            let contact = CrmPersonKind::Contact;
            mirror::find(&mut conn, &run.connection, contact, &finding.record_id).await?
        } else {
            None
        };
        (finding, run, before)
    };
    if finding.owner == Owner::Nobody {
        return Ok(Mended::NotByUs);
    }
    if finding.mended_at.is_some() {
        return Ok(Mended::Before);
    }
    if !finding.record.is_empty() {
        let taken = connections.receive(cx, &run.connection, vec![record(&finding)?]);
        if taken.await?.held > 0 {
            return Ok(Mended::Waits);
        }
    }
    let cx = cx.clone();
    let mend = Mend {
        connection: run.connection,
        finding,
        before,
    };
    db.write(move |tx| Box::pin(async move { mend.settle(tx, &cx).await }))
        .await
}

fn record(finding: &Finding) -> Result<Record, Error> {
    let table = "reconciliation_findings";
    serde_json::from_str(&finding.record).map_err(inconsistent(table, "record", &finding.id))
}

/// One mend on its way.
struct Mend {
    connection: String,
    finding: Finding,
    /// The contact as the mirror had it.
    before: Option<CrmPerson>,
}

impl Mend {
    async fn settle(&self, tx: &mut Tx, cx: &Cx) -> Result<Mended, Error> {
        let finding = &self.finding;
        let member = member_of(finding);
        let stands = match (finding.owner, &member) {
            (Owner::Portal, Some((organization, membership))) => {
                organizations::as_told(tx, organization, membership).await?
            }
            _ => None,
        };
        if finding.owner == Owner::Portal && stands.is_none() {
            return Ok(Mended::NotByUs);
        }
        let settled: Option<(FindingId,)> = on!(tx, |c| sqlx::query_as(store::MENDED)
            .bind(&finding.id)
            .bind(cx.now())
            .bind(cx.actor.reference())
            .fetch_optional(c)
            .await)?;
        if settled.is_none() {
            return Ok(Mended::Before);
        }
        let changes = match (stands, &member) {
            (Some(stands), Some(member)) => self.tell(tx, cx, &stands, member).await?,
            _ => self.take(tx).await?,
        };
        self.remember(tx, cx, &changes).await?;
        Ok(Mended::Now)
    }

    /// Links the membership as the finding says and tells the CRM how it stands.
    async fn tell(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        stands: &MembershipFact,
        (organization, membership): &(OrganizationId, MembershipId),
    ) -> Result<Vec<Change>, Error> {
        let finding = &self.finding;
        let linked = stands.crm_contact_id.clone().unwrap_or_default();
        let link = |new: &str| change(Side::Portal, LINK, linked.clone(), new);
        let theirs = || finding.theirs.clone();
        let changes = match finding.class {
            // The record that was linked is gone: the CRM finds or makes one by our own id.
            Class::MissingThere => {
                organizations::set_contact(tx, cx, membership, None).await?;
                vec![
                    link(""),
                    change(Side::Crm, RECORD, String::new(), membership.as_str()),
                ]
            }
            Class::BrokenLink => {
                organizations::set_contact(tx, cx, membership, Some(&finding.record_id)).await?;
                vec![
                    link(&finding.record_id),
                    change(Side::Crm, LINK, theirs(), membership.as_str()),
                ]
            }
            Class::Differs => {
                let ours = field_of(stands, &finding.field);
                vec![change(Side::Crm, &finding.field, theirs(), ours)]
            }
            Class::MissingHere | Class::Duplicate => Vec::new(),
        };
        organizations::tell_again(tx, cx, organization, membership).await?;
        Ok(changes)
    }

    /// What the CRM owns was taken before; what it does not have any more is forgotten.
    async fn take(&self, tx: &mut Tx) -> Result<Vec<Change>, Error> {
        let finding = &self.finding;
        let (kind, id) = (CrmPersonKind::Contact, finding.record_id.as_str());
        if finding.kind != Kind::Contact {
            let (old, new) = (finding.ours.clone(), finding.theirs.as_str());
            return Ok(vec![change(Side::Portal, RECORD, old, new)]);
        }
        if finding.class == Class::MissingThere {
            mirror::forget(tx, &self.connection, kind, id).await?;
        }
        let after = mirror::find(tx, &self.connection, kind, id).await?;
        let version = after.map(|it| it.crm_version.to_string());
        let old = match &self.before {
            Some(before) => serde_json::to_string(before).map_err(inconsistent(
                "reconciliation_findings",
                "changes",
                &finding.id,
            ))?,
            None => String::new(),
        };
        let new = version.unwrap_or_default();
        Ok(vec![change(Side::Portal, RECORD, old, &new)])
    }

    async fn remember(&self, tx: &mut Tx, cx: &Cx, changes: &[Change]) -> Result<(), Error> {
        let finding = &self.finding;
        let stored = serde_json::to_string(changes).map_err(inconsistent(
            "reconciliation_findings",
            "changes",
            &finding.id,
        ))?;
        on!(tx, |c| sqlx::query(store::SET_CHANGES)
            .bind(&finding.id)
            .bind(&stored)
            .execute(c)
            .await
            .map(drop))?;
        note(tx, cx, "reconciliation.mended", finding).await
    }
}

/// The audit event of what was done about a finding; names records, not what stands in them.
pub(super) async fn note(
    tx: &mut Tx,
    cx: &Cx,
    action: &'static str,
    finding: &Finding,
) -> Result<(), Error> {
    let event = audit::Event {
        action,
        target: finding.id.as_str(),
        organization: finding.organization_id.as_ref(),
        detail: json!({
            "class": finding.class, "kind": finding.kind, "field": finding.field, "owner": finding.owner,
            "subject": finding.subject, "record": finding.record_id,
        }),
    };
    audit::record(tx, cx, event).await.map(drop)
}

fn change(side: Side, field: &str, old: String, new: &str) -> Change {
    Change {
        side,
        field: field.to_owned(),
        old,
        new: new.to_owned(),
    }
}

/// The membership that a finding is about.
pub(super) fn member_of(finding: &Finding) -> Option<(OrganizationId, MembershipId)> {
    let membership = MembershipId::parse(&finding.subject).ok()?;
    Some((finding.organization_id.clone()?, membership))
}

/// A field that the portal writes, as a CRM is told it.
pub(super) fn field_of<'a>(fact: &'a MembershipFact, field: &str) -> &'a str {
    match field {
        "email" => &fact.email,
        "given_name" => &fact.given_name,
        "family_name" => &fact.family_name,
        _ => "",
    }
}

/// Mends what has an owner of a run, at most so many.
///
/// # Errors
/// When the database refuses; what was mended before stays so.
pub async fn mend_all(
    db: &Database,
    connections: &Connections,
    cx: &Cx,
    run: &RunId,
    at_most: u64,
) -> Result<MendedAll, Error> {
    let (mut after, mut all) = (String::new(), MendedAll::default());
    loop {
        let part = {
            let mut conn = db.read().await?;
            read::to_mend(&mut conn, run, &after, PART).await?
        };
        let Some(last) = part.last() else {
            return Ok(all);
        };
        after = last.id.to_string();
        for finding in &part {
            if all.mended >= at_most {
                return Ok(all);
            }
            match mend(db, connections, cx, &finding.id).await? {
                Mended::Now => all.mended += 1,
                Mended::Waits => all.waits += 1,
                Mended::Before | Mended::NotByUs | Mended::NotFound => {}
            }
        }
    }
}
