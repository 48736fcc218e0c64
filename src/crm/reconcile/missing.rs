//! What the portal has and no record of the CRM named, window by window.

use super::{
    compare::add,
    model::{Class, Kind, NewFinding, Owner, Phase, Run},
    store,
};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{
        Cx,
        ids::{Id, MembershipId, OrganizationId},
    },
    on, outbox,
};

/// Rows of ours looked at in one transaction.
const WINDOW: i64 = 2_000;

#[derive(Debug, sqlx::FromRow)]
struct LostMember {
    id: MembershipId,
    organization_id: OrganizationId,
    crm_contact_id: Option<String>,
    word: String,
}

#[derive(Debug, sqlx::FromRow)]
struct LostRecord {
    id: String,
    organization_id: Option<OrganizationId>,
    word: String,
}

/// Looks at the next window of a phase; the place of its end, `None` when the phase is over.
pub(super) async fn missing(tx: &mut Tx, cx: &Cx, run: &Run) -> Result<Option<String>, Error> {
    let Some(end) = window_end(tx, run).await? else {
        return Ok(None);
    };
    let found = match run.phase {
        Phase::Members => members(tx, cx, run, &end).await?,
        Phase::People => {
            let lost = records(tx, store::PEOPLE_MISSING, run, &end).await?;
            name(cx, lost, Kind::Contact, Owner::Crm)
        }
        Phase::Contracts => {
            let lost = records(tx, store::CONTRACTS_MISSING, run, &end).await?;
            // A contract that is gone in the CRM still gives access here: nobody but a person can
            // say whether it ended or was only hidden from us.
            name(cx, lost, Kind::Contract, Owner::Nobody)
        }
        Phase::Records | Phase::Done => Vec::new(),
    };
    add(tx, &run.id, &found).await?;
    Ok(Some(end))
}

async fn window_end(conn: &mut Conn, run: &Run) -> Result<Option<String>, Error> {
    let end: Option<String> = match run.phase {
        Phase::Members => on!(conn, |c| sqlx::query_scalar(store::MEMBERS_END)
            .bind(&run.cursor)
            .bind(WINDOW)
            .fetch_one(c)
            .await)?,
        phase => {
            let statement = match phase {
                Phase::People => store::PEOPLE_END,
                _ => store::CONTRACTS_END,
            };
            on!(conn, |c| sqlx::query_scalar(statement)
                .bind(&run.connection)
                .bind(&run.cursor)
                .bind(WINDOW)
                .fetch_one(c)
                .await)?
        }
    };
    Ok(end)
}

async fn members(tx: &mut Tx, cx: &Cx, run: &Run, end: &str) -> Result<Vec<NewFinding>, Error> {
    let lost: Vec<LostMember> = on!(tx, |c| sqlx::query_as(store::MEMBERS_MISSING)
        .bind(&run.connection)
        .bind(&run.cursor)
        .bind(end)
        .bind(&run.id)
        .bind(run.started_at)
        .fetch_all(c)
        .await)?;
    let destination = outbox::crm_destination(&run.connection);
    let mut found = Vec::new();
    for member in lost {
        // What is still on its way to the CRM is not missing there.
        let told = outbox::told(tx, &destination, member.id.as_str()).await?;
        if told != outbox::Told::Everything {
            continue;
        }
        found.push(NewFinding {
            id: cx.new_id(),
            class: Class::MissingThere,
            kind: Kind::Membership,
            subject: member.id.to_string(),
            record_id: member.crm_contact_id.unwrap_or_default(),
            organization_id: Some(member.organization_id),
            field: "",
            ours: member.word,
            theirs: String::new(),
            owner: Owner::Portal,
            record: String::new(),
        });
    }
    Ok(found)
}

async fn records(
    conn: &mut Conn,
    statement: &'static str,
    run: &Run,
    end: &str,
) -> Result<Vec<LostRecord>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(statement)
        .bind(&run.connection)
        .bind(&run.cursor)
        .bind(end)
        .bind(&run.id)
        .bind(run.started_at)
        .fetch_all(c)
        .await)?)
}

fn name(cx: &Cx, lost: Vec<LostRecord>, kind: Kind, owner: Owner) -> Vec<NewFinding> {
    let finding = |lost: LostRecord| NewFinding {
        id: cx.new_id(),
        class: Class::MissingThere,
        kind,
        subject: String::new(),
        record_id: lost.id,
        organization_id: lost.organization_id,
        field: "",
        ours: lost.word,
        theirs: String::new(),
        owner,
        record: String::new(),
    };
    lost.into_iter().map(finding).collect()
}
