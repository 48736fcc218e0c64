//! Mending what was found, by the owner of what differs.

use serde_json::json;

use super::{
    model::{Class, Finding, Kind, Owner},
    read, store,
};
use crate::{
    audit,
    crm::{Connections, port::Record},
    db::{Database, Error, Tx, inconsistent},
    kernel::{
        Cx,
        ids::{FindingId, Id, MembershipId, RunId},
    },
    on, organizations,
};

/// Findings read at once when all of a run are mended.
const PART: i64 = 100;

/// What came of mending one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mended {
    /// It is mended, or on its way to the CRM.
    Now,
    /// Somebody did it before.
    Before,
    /// It needs a person, in the CRM.
    NotByUs,
    /// There is no such finding.
    NotFound,
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
    let found = {
        let mut conn = db.read().await?;
        read::finding(&mut conn, id).await?
    };
    let Some(finding) = found else {
        return Ok(Mended::NotFound);
    };
    if finding.owner == Owner::Nobody {
        return Ok(Mended::NotByUs);
    }
    let connection = {
        let mut conn = db.read().await?;
        read::find_run(&mut conn, &finding.run_id).await?
    };
    let connection = connection.ok_or(Error::Lost)?.connection;
    if finding.mended_at.is_some() {
        return Ok(Mended::Before);
    }
    if !finding.record.is_empty() {
        let record: Record = serde_json::from_str(&finding.record).map_err(inconsistent(
            "reconciliation_findings",
            "record",
            &finding.id,
        ))?;
        connections.receive(cx, &connection, vec![record]).await?;
    }
    let cx = cx.clone();
    db.write(move |tx| Box::pin(async move { settle(tx, &cx, &connection, &finding).await }))
        .await
}

async fn settle(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    finding: &Finding,
) -> Result<Mended, Error> {
    let settled: Option<(FindingId,)> = on!(tx, |c| sqlx::query_as(store::MENDED)
        .bind(&finding.id)
        .bind(cx.now())
        .bind(cx.actor.reference())
        .fetch_optional(c)
        .await)?;
    if settled.is_none() {
        return Ok(Mended::Before);
    }
    match (finding.owner, finding.kind) {
        (Owner::Portal, _) if !tell_again(tx, cx, finding).await? => {
            return Ok(Mended::NotByUs);
        }
        (Owner::Crm, Kind::Contact) if finding.class == Class::MissingThere => {
            on!(tx, |c| sqlx::query(store::FORGET_PERSON)
                .bind(connection)
                .bind(&finding.record_id)
                .execute(c)
                .await
                .map(drop))?;
        }
        _ => {}
    }
    let event = audit::Event {
        action: "reconciliation.mended",
        target: finding.id.as_str(),
        organization: finding.organization_id.as_ref(),
        detail: json!({
            "class": finding.class, "kind": finding.kind, "field": finding.field, "owner": finding.owner,
            "subject": finding.subject, "record": finding.record_id,
        }),
    };
    audit::record(tx, cx, event).await?;
    Ok(Mended::Now)
}

/// Links the membership as the finding says and tells the CRM how it stands; `false` when the
/// membership is gone.
async fn tell_again(tx: &mut Tx, cx: &Cx, finding: &Finding) -> Result<bool, Error> {
    let (Some(organization), Ok(membership)) = (
        &finding.organization_id,
        MembershipId::parse(&finding.subject),
    ) else {
        return Ok(false);
    };
    match finding.class {
        // The record that was linked is gone: the CRM finds or makes one by our own id.
        Class::MissingThere => organizations::set_contact(tx, &membership, None).await?,
        Class::BrokenLink => {
            organizations::set_contact(tx, &membership, Some(&finding.record_id)).await?;
        }
        Class::MissingHere | Class::Differs | Class::Duplicate => {}
    }
    organizations::tell_again(tx, cx, organization, &membership).await
}

/// Mends what has an owner of a run, at most so many; how many were mended.
///
/// # Errors
/// When the database refuses; what was mended before stays so.
pub async fn mend_all(
    db: &Database,
    connections: &Connections,
    cx: &Cx,
    run: &RunId,
    at_most: u64,
) -> Result<u64, Error> {
    let (mut after, mut count) = (String::new(), 0);
    loop {
        let part = {
            let mut conn = db.read().await?;
            read::to_mend(&mut conn, run, &after, PART).await?
        };
        let Some(last) = part.last() else {
            return Ok(count);
        };
        after = last.id.to_string();
        for finding in &part {
            if count >= at_most {
                return Ok(count);
            }
            if mend(db, connections, cx, &finding.id).await? == Mended::Now {
                count += 1;
            }
        }
    }
}
