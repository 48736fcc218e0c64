//! Receipts: how fast access ended or came back after the CRM said so, and for how many.

use super::{Contract, of_organization, store};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{ContractId, OrganizationId, ReceiptId},
    },
    on,
};

crate::text_enum! {
    /// What happened to access.
    pub enum ReceiptKind {
        /// It ended.
        Ended = "ended",
        /// It came back.
        Restored = "restored",
    }
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// Whose access.
    pub organization_id: OrganizationId,
    /// By which contract.
    pub contract_id: Option<ContractId>,
    /// What happened.
    pub kind: ReceiptKind,
    /// When the CRM's record changed, by the CRM's clock, if it said so.
    pub crm_changed_at: Option<Instant>,
    /// When the record came here.
    pub received_at: Instant,
    /// When it was in force: every request after this moment is decided by it.
    pub decided_at: Instant,
    /// Members who lost or got back all access; 0 when another contract carries them.
    pub memberships: i64,
    /// Sessions of theirs that were open.
    pub sessions: i64,
    /// The first request that was refused because of it.
    pub first_refused_at: Option<Instant>,
}

/// Writes the receipt of a contract's change; `when` is the CRM's time and when the record came.
pub(super) async fn write(
    tx: &mut Tx,
    cx: &Cx,
    kind: ReceiptKind,
    contract: &Contract,
    (crm_changed_at, received_at): (Option<Instant>, Instant),
) -> Result<(), Error> {
    let now = cx.now();
    let organization = &contract.organization_id;
    let others = of_organization(tx, organization).await?;
    let carried = others
        .iter()
        .any(|other| other.id != contract.id && other.standing(now).grants());
    let (memberships, sessions): (i64, i64) = if carried {
        (0, 0)
    } else {
        on!(tx, |c| sqlx::query_as(store::COUNT_AFFECTED)
            .bind(organization)
            .bind(now)
            .fetch_one(c)
            .await)?
    };
    on!(tx, |c| sqlx::query(store::ADD_RECEIPT)
        .bind(cx.new_id::<ReceiptId>())
        .bind(organization)
        .bind(&contract.id)
        .bind(kind)
        .bind(crm_changed_at)
        .bind(received_at)
        .bind(now)
        .bind(memberships)
        .bind(sessions)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Whether the newest receipt of an organization is of ended access and no refused request is noted
/// on it: asked before [`note_first_refusal`], so that a refused request is not also a write.
///
/// # Errors
/// When the database refuses.
pub async fn awaits_first_refusal(
    conn: &mut Conn,
    organization: &OrganizationId,
) -> Result<bool, Error> {
    let newest = of(conn, organization, 1).await?;
    Ok(newest.first().is_some_and(|newest| {
        newest.kind == ReceiptKind::Ended && newest.first_refused_at.is_none()
    }))
}

/// Notes the first request that was refused for an ended contract, on the newest receipt; later
/// ones change nothing.
///
/// # Errors
/// When the database refuses.
pub async fn note_first_refusal(
    tx: &mut Tx,
    organization: &OrganizationId,
    at: Instant,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::NOTE_FIRST_REFUSAL)
        .bind(organization)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// An organization's receipts, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of(
    conn: &mut Conn,
    organization: &OrganizationId,
    limit: i64,
) -> Result<Vec<Receipt>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::RECEIPTS)
        .bind(organization)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}
