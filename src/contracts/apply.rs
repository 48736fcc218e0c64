//! Applying a record of the CRM to the mirror.

use std::time::Duration;

use serde_json::json;

use super::{
    Contract, ContractRules, Standing, find,
    held::{self, BrakeState},
    receipts::{self, ReceiptKind},
    rules::{self, Reading},
    store,
};
use crate::{
    audit,
    crm::port,
    db::{Error, Tx, dialect, inconsistent},
    directory::tell,
    kernel::{
        Cx, Instant,
        ids::{ContractId, HeldId, Id},
    },
    on,
    organizations::{self, Organization},
    tasks::{self, NewTask, TaskKind},
};

/// What came of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// The contract is new here.
    Created(ContractId),
    /// The contract was brought up to date.
    Updated {
        /// Which.
        contract_id: ContractId,
        /// Its standing before.
        before: Standing,
        /// Its standing now.
        after: Standing,
    },
    /// What is stored is as new or newer; nothing was changed (law 10).
    NotNewer,
    /// It would end access and too much has ended within the hour; it waits for a person (law 11).
    Held(HeldId),
}

/// Why a record could not be applied. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The record makes no sense; the text names the field.
    #[error("{0}")]
    BadRecord(String),
    /// Its account is not here yet.
    #[error("account {0:?} is not known yet")]
    UnknownAccount(String),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Applies a contract record unless what is stored is as new. A change of access leaves a receipt.
///
/// # Errors
/// See [`ApplyError`].
pub async fn apply(
    tx: &mut Tx,
    cx: &Cx,
    rules: &ContractRules,
    record: &port::Contract,
    received_at: Instant,
) -> Result<Applied, ApplyError> {
    apply_with(tx, cx, rules, (record, received_at), Brake::On).await
}

/// Whether the mass-change brake is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Brake {
    On,
    /// A person has decided.
    Released,
}

pub(super) async fn apply_with(
    tx: &mut Tx,
    cx: &Cx,
    rules: &ContractRules,
    (record, received_at): (&port::Contract, Instant),
    brake: Brake,
) -> Result<Applied, ApplyError> {
    let now = cx.now();
    let mut reading = rules::read(rules, record, now).map_err(ApplyError::BadRecord)?;
    // The brake counts across contracts, so a connection's records come one after the other.
    dialect::lock(tx, &format!("contracts:{}", rules.connection)).await?;
    let organization = lock_organization(tx, rules, record).await?;
    let before = find(tx, &rules.connection, &record.id).await?;
    let stored = before.as_ref().map(|before| before.source_version);
    if stored.is_some_and(|stored| stored >= record.version) {
        return Ok(Applied::NotNewer);
    }
    keep_earlier_end(before.as_ref(), &mut reading);
    let effect = Effect::of(before.as_ref(), &reading, &organization, now);
    if (effect.ends || effect.cuts) && brake == Brake::On {
        match held::ask(tx, cx, rules, record, received_at).await? {
            BrakeState::Free => {}
            BrakeState::Held(id) => return Ok(Applied::Held(id)),
            BrakeState::Decided => return Ok(Applied::NotNewer),
        }
    }
    let stored = (record, received_at);
    let Some(id) = upsert(tx, cx, rules, stored, &organization, &reading).await? else {
        return Ok(Applied::NotNewer);
    };
    // One that a person released does not count: somebody has looked at it.
    if effect.cuts && brake == Brake::On {
        held::count_cut(tx, cx, &id).await?;
    }
    if brake == Brake::On {
        held::drop_older(tx, cx, &rules.connection, &record.id, record.version).await?;
    }
    let contract = find(tx, &rules.connection, &record.id)
        .await?
        .ok_or(Error::Lost)?;
    leave_traces(
        tx,
        cx,
        (record, received_at),
        before.as_ref(),
        &contract,
        effect,
    )
    .await?;
    check_seats(tx, cx, &organization).await?;
    if let Some(before) = before.as_ref().filter(|_| effect.moved) {
        organizations::settle_seats(tx, cx, &before.organization_id).await?;
    }
    Ok(match before {
        None => Applied::Created(id),
        Some(before) => Applied::Updated {
            contract_id: id,
            before: before.standing(now),
            after: contract.standing(now),
        },
    })
}

async fn lock_organization(
    tx: &mut Tx,
    rules: &ContractRules,
    record: &port::Contract,
) -> Result<Organization, ApplyError> {
    let account = &record.account_id;
    let found = organizations::find_by_crm_account(tx, &rules.connection, account).await?;
    let found = found.ok_or_else(|| ApplyError::UnknownAccount(account.clone()))?;
    let locked = organizations::lock(tx, &found.id).await?;
    Ok(locked.ok_or(Error::Lost)?)
}

/// A contract that was ended before stays ended since then, whatever is edited on it afterwards.
fn keep_earlier_end(before: Option<&Contract>, reading: &mut Reading) {
    let ended = super::ContractStatus::Ended;
    if reading.terms.status == ended
        && let Some(before) = before.filter(|before| before.status == ended)
        && let (Some(was), Some(is)) = (before.ends_at, reading.terms.ends_at)
    {
        reading.terms.ends_at = Some(was.min(is));
    }
}

/// An end of access that moves to within this time counts as one now: nobody would look in time.
const SOON: Duration = Duration::from_secs(7 * 86_400);

/// What a record does to access.
#[derive(Clone, Copy)]
struct Effect {
    /// Access that was there is not any more, here or where the contract was before.
    ends: bool,
    /// Access that is still there will end soon, or is for less than before.
    cuts: bool,
    /// Products are not in it any more.
    loses: bool,
    /// Access that was not there before is there now.
    restores: bool,
    /// The contract belongs to another organization than before.
    moved: bool,
}

impl Effect {
    fn of(
        before: Option<&Contract>,
        reading: &Reading,
        organization: &Organization,
        now: Instant,
    ) -> Self {
        let grants = reading.terms.standing(now).grants();
        let granted = before.is_some_and(|before| before.standing(now).grants());
        let moved = before.is_some_and(|before| before.organization_id != organization.id);
        let ends = granted && (moved || !grants);
        Self {
            ends,
            cuts: granted && !ends && before.is_some_and(|before| cuts(before, reading, now)),
            loses: granted && before.is_some_and(|before| loses(before, reading)),
            restores: before.is_some() && grants && (moved || !granted),
            moved,
        }
    }
}

/// Whether a contract that goes on granting will do so for a shorter time, or for fewer products.
fn cuts(before: &Contract, reading: &Reading, now: Instant) -> bool {
    let end = reading.terms.last_moment();
    let is_soon = end.is_some_and(|end| end <= now.plus(SOON));
    let is_earlier = match (end, before.terms().last_moment()) {
        (Some(end), Some(was)) => end < was,
        (Some(_), None) => true,
        (None, _) => false,
    };
    (is_soon && is_earlier) || loses(before, reading)
}

/// Whether it no longer contains a product.
fn loses(before: &Contract, reading: &Reading) -> bool {
    let mut products = before.products.iter();
    products.any(|product| !reading.products.contains(product))
}

async fn upsert(
    tx: &mut Tx,
    cx: &Cx,
    rules: &ContractRules,
    (record, received_at): (&port::Contract, Instant),
    organization: &Organization,
    reading: &Reading,
) -> Result<Option<ContractId>, Error> {
    let id: ContractId = cx.new_id();
    let products = serde_json::to_string(&reading.products).map_err(inconsistent(
        "contracts",
        "products",
        &id,
    ))?;
    let stored: Option<(ContractId,)> = on!(tx, |c| sqlx::query_as(store::UPSERT)
        .bind(&id)
        .bind(&organization.id)
        .bind(&rules.connection)
        .bind(&record.id)
        .bind(&reading.number)
        .bind(&reading.number_key)
        .bind(reading.terms.status)
        .bind(reading.terms.starts_at)
        .bind(reading.terms.ends_at)
        .bind(reading.terms.grace_ends_at)
        .bind(reading.seats)
        .bind(&products)
        .bind(record.version)
        .bind(received_at)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    Ok(stored.map(|(id,)| id))
}

/// What directories are told happened.
const BECAUSE: &str = "contract.changed";

/// The audit events and receipts of what a record did; directories are told.
async fn leave_traces(
    tx: &mut Tx,
    cx: &Cx,
    (record, received_at): (&port::Contract, Instant),
    before: Option<&Contract>,
    contract: &Contract,
    effect: Effect,
) -> Result<(), Error> {
    let now = cx.now();
    let event = audit::Event {
        action: match before {
            None => "contract.created",
            Some(_) => "contract.changed",
        },
        target: contract.id.as_str(),
        organization: Some(&contract.organization_id),
        detail: json!({
            "number": contract.number, "version": record.version,
            "before": before.map(|before| before.standing(now).word()),
            "after": contract.standing(now).word(), "ends_at": contract.ends_at, "seats": contract.seats,
            "less": effect.ends || effect.loses,
        }),
    };
    audit::record(tx, cx, event).await?;
    if let Some(before) = before.filter(|_| effect.moved) {
        let event = audit::Event {
            action: "contract.moved_away",
            target: contract.id.as_str(),
            organization: Some(&before.organization_id),
            detail: json!({ "number": before.number, "version": record.version }),
        };
        audit::record(tx, cx, event).await?;
    }
    let when = (record.changed_at, received_at);
    if let Some(before) = before.filter(|_| effect.ends) {
        let told = tell::organization(tx, cx, &before.organization_id, BECAUSE).await?;
        receipts::write(tx, cx, ReceiptKind::Ended, before, when, told.as_ref()).await?;
    }
    // Also one that neither begins nor ends access: who waited for a contract waits no more.
    let was = before.map(|before| before.standing(now).word());
    let has_turned = effect.moved || was != Some(contract.standing(now).word());
    let is_told = effect.ends && !effect.moved;
    if effect.restores || (has_turned && !is_told) {
        let told = tell::organization(tx, cx, &contract.organization_id, BECAUSE).await?;
        if effect.restores {
            let restored = ReceiptKind::Restored;
            receipts::write(tx, cx, restored, contract, when, told.as_ref()).await?;
        }
    }
    Ok(())
}

/// A contract can shrink below what is in use. Nobody is put out for that: staff have a task.
async fn check_seats(tx: &mut Tx, cx: &Cx, organization: &Organization) -> Result<(), Error> {
    if !organizations::settle_seats(tx, cx, &organization.id).await? {
        let seats = organizations::seats(tx, &organization.id, cx.now()).await?;
        let task = NewTask {
            kind: TaskKind::SeatsExceeded,
            organization: Some(&organization.id),
            subject: organization.id.as_str(),
            detail: json!({ "seats": seats.limit, "taken": seats.taken }),
        };
        tasks::raise(tx, cx, task).await?;
    }
    Ok(())
}
