//! The mass-change brake (law 11): ends of access that wait for a person.

use std::time::Duration;

use serde_json::json;

use super::{
    Applied, ApplyError, ContractRules,
    apply::{Brake, apply_with},
    store,
};
use crate::{
    audit,
    crm::port,
    db::{Conn, Error, Tx, inconsistent},
    kernel::{
        Cx, Instant,
        ids::{ContractId, HeldId, Id},
    },
    on,
    tasks::{self, NewTask, TaskKind},
};

/// Within which time ends are counted together.
const WINDOW: Duration = Duration::from_secs(60 * 60);

/// A change that waits for a person.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Held {
    /// Its id.
    pub id: HeldId,
    /// The connection.
    pub connection: String,
    /// The contract's id in the CRM.
    pub external_id: String,
    /// The record, as JSON.
    record: String,
    /// When it came.
    pub received_at: Instant,
    /// The operator who had the record taken, and who does not release it; empty for the CRM's feed.
    pub asked_by: String,
}

impl Held {
    /// The record as the CRM sent it.
    ///
    /// # Errors
    /// When what is stored does not parse.
    pub fn record(&self) -> Result<port::Contract, Error> {
        serde_json::from_str(&self.record).map_err(inconsistent("held_changes", "record", &self.id))
    }
}

/// What the brake says to one more end of access.
pub(super) enum BrakeState {
    /// Few enough.
    Free,
    /// Too many: it waits.
    Held(HeldId),
    /// A person has decided against this version, or a newer one, before.
    Decided,
}

/// Asks the brake; holds the record when too much has ended. The connection must be locked.
pub(super) async fn ask(
    tx: &mut Tx,
    cx: &Cx,
    rules: &ContractRules,
    record: &port::Contract,
    received_at: Instant,
) -> Result<BrakeState, Error> {
    let decided: Option<(HeldId,)> = on!(tx, |c| sqlx::query_as(store::HELD_DECIDED)
        .bind(&rules.connection)
        .bind(&record.id)
        .bind(record.version)
        .fetch_optional(c)
        .await)?;
    if decided.is_some() {
        return Ok(BrakeState::Decided);
    }
    let (granting,): (i64,) = on!(tx, |c| sqlx::query_as(store::COUNT_GRANTING)
        .bind(&rules.connection)
        .bind(cx.now())
        .fetch_one(c)
        .await)?;
    let (ended,): (i64,) = on!(tx, |c| sqlx::query_as(store::COUNT_ENDED)
        .bind(&rules.connection)
        .bind(cx.now().minus(WINDOW))
        .fetch_one(c)
        .await)?;
    let limit = rules.brake_limit(granting.saturating_add(ended));
    if ended < limit {
        return Ok(BrakeState::Free);
    }
    let id = hold(tx, cx, rules, record, received_at).await?;
    let task = NewTask {
        kind: TaskKind::MassEnd,
        organization: None,
        subject: &rules.connection,
        detail: json!({ "connection": rules.connection, "ended": ended, "limit": limit }),
    };
    tasks::raise(tx, cx, task).await?;
    Ok(BrakeState::Held(id))
}

async fn hold(
    tx: &mut Tx,
    cx: &Cx,
    rules: &ContractRules,
    record: &port::Contract,
    received_at: Instant,
) -> Result<HeldId, Error> {
    let id: HeldId = cx.new_id();
    let text =
        serde_json::to_string(record).map_err(inconsistent("held_changes", "record", &id))?;
    let (stored,): (HeldId,) = on!(tx, |c| sqlx::query_as(store::HOLD)
        .bind(&id)
        .bind(&rules.connection)
        .bind(&record.id)
        .bind(record.version)
        .bind(&text)
        .bind(received_at)
        .bind(cx.actor.person_id().map_or("", Id::as_str))
        .fetch_one(c)
        .await)?;
    if stored == id {
        let event = audit::Event {
            action: "contract.end_held",
            target: id.as_str(),
            organization: None,
            detail: json!({ "connection": rules.connection, "contract": record.id, "version": record.version }),
        };
        audit::record(tx, cx, event).await?;
    }
    Ok(stored)
}

/// Counts a contract whose access was cut and has not ended yet.
pub(super) async fn count_cut(tx: &mut Tx, cx: &Cx, id: &ContractId) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::COUNT_CUT)
        .bind(id)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Forgets a held record when a newer one was applied.
pub(super) async fn drop_older(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    external_id: &str,
    version: i64,
) -> Result<(), Error> {
    let dropped: Option<(HeldId,)> = on!(tx, |c| sqlx::query_as(store::DROP_HELD)
        .bind(connection)
        .bind(external_id)
        .bind(version)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    match dropped {
        Some(_) => settle_task(tx, cx, connection).await,
        None => Ok(()),
    }
}

/// The changes of a connection that wait, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn held(conn: &mut Conn, connection: &str, limit: i64) -> Result<Vec<Held>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::HELD)
        .bind(connection)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Applies a held change after all: an operator has looked at it, and another one than who had the
/// record taken.
///
/// # Errors
/// See [`ApplyError`]; [`ApplyError::BadRecord`] when it is not there, decided already or this
/// operator's own.
pub async fn release_held(
    tx: &mut Tx,
    cx: &Cx,
    rules: &ContractRules,
    id: &HeldId,
) -> Result<Applied, ApplyError> {
    let not_by = cx.actor.person_id().map_or("", Id::as_str);
    let held = decide(tx, cx, rules, (id, not_by), "contract.end_released").await?;
    let held = held.ok_or_else(|| {
        ApplyError::BadRecord("it was decided before, or is this operator's own".to_owned())
    })?;
    let record = held.record()?;
    apply_with(tx, cx, rules, (&record, held.received_at), Brake::Released).await
}

/// Drops a held change: the contract stays as it is until the CRM sends a newer version. `false`
/// when it is not there or decided already.
///
/// # Errors
/// When the database refuses.
pub async fn discard_held(
    tx: &mut Tx,
    cx: &Cx,
    rules: &ContractRules,
    id: &HeldId,
) -> Result<bool, Error> {
    let held = decide(tx, cx, rules, (id, ""), "contract.end_discarded").await?;
    Ok(held.is_some())
}

async fn decide(
    tx: &mut Tx,
    cx: &Cx,
    rules: &ContractRules,
    (id, not_by): (&HeldId, &str),
    action: &'static str,
) -> Result<Option<Held>, Error> {
    let held: Option<Held> = on!(tx, |c| sqlx::query_as(store::DECIDE_HELD)
        .bind(&rules.connection)
        .bind(id)
        .bind(cx.now())
        .bind(cx.actor.reference())
        .bind(not_by)
        .fetch_optional(c)
        .await)?;
    if let Some(held) = &held {
        let event = audit::Event {
            action,
            target: id.as_str(),
            organization: None,
            detail: json!({ "connection": held.connection, "contract": held.external_id }),
        };
        audit::record(tx, cx, event).await?;
        settle_task(tx, cx, &rules.connection).await?;
    }
    Ok(held)
}

/// Closes the task of a connection once nothing of it waits.
async fn settle_task(tx: &mut Tx, cx: &Cx, connection: &str) -> Result<(), Error> {
    if held(tx, connection, 1).await?.is_empty() {
        tasks::settle(tx, cx, TaskKind::MassEnd, connection).await?;
    }
    Ok(())
}
