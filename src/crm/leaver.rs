//! What somebody who leaves still answered for in the CRM goes to another, by the connection's rule.
//!
//! It happens when the CRM has been told that the person left, so it waits with that change when the
//! CRM is away, and is tried again with it. Once done, there is nothing left to hand over.

use serde_json::{Value, json};

use super::{
    port::{Author, Crm, CrmError, HandOver, Successor},
    registry::Connection,
};
use crate::{
    access::Catalogues,
    audit,
    db::{Database, Error},
    kernel::{Cx, ids::Id},
    organizations::{self, Leaver, MembershipStatus, Taker},
    outbox::MembershipFact,
    settings::LeaverSettings,
};

/// Why nothing could be handed over yet.
pub(super) enum NotYet {
    Crm(CrmError),
    Db(Error),
}

impl From<Error> for NotYet {
    fn from(error: Error) -> Self {
        Self::Db(error)
    }
}

/// Hands over what a removed member answered for; nothing for any other fact.
pub(super) async fn hand_over(
    db: &Database,
    (connection, crm): (&Connection, &dyn Crm),
    catalogues: &Catalogues,
    (cx, author): (Cx, Author),
    fact: &MembershipFact,
) -> Result<(), NotYet> {
    let is_removed = fact.status == MembershipStatus::Removed.as_str();
    let (Some(rule), true) = (&connection.settings.leaver, is_removed) else {
        return Ok(());
    };
    let Some((to, whom)) = taker(db, catalogues, rule, &cx, fact).await? else {
        return Ok(());
    };
    let Some(contact_id) = fact.crm_contact_id.clone() else {
        return Ok(());
    };
    let order = HandOver {
        contact_id,
        to,
        author,
    };
    let cases = crm.hand_over(&order).await;
    let cases = cases.map_err(NotYet::Crm)?;
    if cases.is_empty() {
        return Ok(());
    }
    let mut detail = whom;
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("rule".to_owned(), json!(rule.rule));
        detail.insert("count".to_owned(), json!(cases.len()));
        detail.insert("cases".to_owned(), json!(cases));
    }
    Ok(note(db, cx, fact, detail).await?)
}

/// Who takes over, for the CRM and for the log, in which people stand by their ids; `None` when there
/// is nobody, or when the person is back.
async fn taker(
    db: &Database,
    catalogues: &Catalogues,
    rule: &LeaverSettings,
    cx: &Cx,
    fact: &MembershipFact,
) -> Result<Option<(Successor, Value)>, Error> {
    let mut conn = db.read().await?;
    let (organization, membership) = (&fact.organization_id, &fact.membership_id);
    let member = organizations::find_membership(&mut conn, organization, membership).await?;
    if member.is_none_or(|it| it.status != MembershipStatus::Removed) {
        return Ok(None);
    }
    let leaver = Leaver {
        organization,
        membership,
        named: fact.successor.as_ref(),
    };
    let catalogue = &catalogues.newest(&mut conn).await?;
    let taker = organizations::who_takes_over(&mut conn, catalogue, rule, leaver, cx.now()).await?;
    Ok(match taker {
        Taker::Member {
            contact_id,
            membership_id,
            ..
        } => Some((
            Successor::Contact { id: contact_id },
            json!({"kind": "member", "to": membership_id.as_str()}),
        )),
        Taker::Queue { id, name } => Some((
            Successor::Queue { id },
            json!({"kind": "queue", "to": name}),
        )),
        Taker::Nobody => None,
    })
}

async fn note(db: &Database, cx: Cx, fact: &MembershipFact, detail: Value) -> Result<(), Error> {
    let (organization, membership) = (fact.organization_id.clone(), fact.membership_id.clone());
    db.write(move |tx| {
        Box::pin(async move {
            let event = audit::Event {
                action: "membership.handed_over",
                target: membership.as_str(),
                organization: Some(&organization),
                detail,
            };
            audit::record(tx, &cx, event).await.map(drop)
        })
    })
    .await
}
