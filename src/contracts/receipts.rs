//! Receipts: how fast access ended or came back after the CRM said so, and for how many.

use super::{Contract, of_organization, store};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{ChangeId, ContractId, OrganizationId, PersonId, ReceiptId},
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

crate::text_enum! {
    /// What came of telling directories, once all of it is over.
    pub enum Outcome {
        /// All who are there.
        Told = "told",
        /// Nobody it is about is there.
        Nobody = "nobody",
        /// A person gave up what was left.
        GivenUp = "given_up",
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

/// Writes the receipt of a contract's change, with the CRM's time and when the record came; `change`
/// is what directories are told of it.
pub(super) async fn write(
    tx: &mut Tx,
    cx: &Cx,
    kind: ReceiptKind,
    contract: &Contract,
    (crm_changed_at, received_at): (Option<Instant>, Instant),
    change: Option<&ChangeId>,
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
        .bind(change)
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

/// Writes the receipt of one person's access: in one organization, or everywhere without one.
/// `change` is what directories are told of it.
///
/// # Errors
/// When the database refuses.
pub async fn write_for_person(
    tx: &mut Tx,
    cx: &Cx,
    kind: ReceiptKind,
    (organization, person): (Option<&OrganizationId>, &PersonId),
    change: Option<&ChangeId>,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::ADD_PERSON_RECEIPT)
        .bind(cx.new_id::<ReceiptId>())
        .bind(organization)
        .bind(person)
        .bind(kind)
        .bind(cx.now())
        .bind(change)
        .bind(organization.is_some())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Notes on receipts that all directories have been told. Until then [`all`] finds out itself.
///
/// # Errors
/// When the database refuses.
pub async fn note_told(tx: &mut Tx) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::NOTE_TOLD)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// What directories know of a receipt's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryTold {
    /// None holds anybody whom it is about.
    NoneNeeded,
    /// So many deliveries are not over.
    Waiting(i64),
    /// Whoever of them is there, since then.
    At(Instant),
    /// Nobody of them is there.
    Nobody,
    /// A person gave up what was left.
    GivenUp,
}

/// A receipt of any organization or person, in full.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FullReceipt {
    /// Its id.
    pub id: ReceiptId,
    /// What happened.
    pub kind: ReceiptKind,
    /// Whose access; none when a person was kept out everywhere.
    pub organization_id: Option<OrganizationId>,
    /// Its name.
    pub organization: Option<String>,
    /// By which contract.
    pub contract_id: Option<ContractId>,
    /// Its number.
    pub contract: Option<String>,
    /// Whose alone.
    pub person_id: Option<PersonId>,
    /// Their name.
    pub person: Option<String>,
    /// When the CRM's record changed, by the CRM's clock.
    pub crm_changed_at: Option<Instant>,
    /// When the portal learnt of it.
    pub received_at: Instant,
    /// When it was in force.
    pub decided_at: Instant,
    /// Memberships it is about.
    pub memberships: i64,
    /// Sessions that were open.
    pub sessions: i64,
    /// The first request that was refused because of it.
    pub first_refused_at: Option<Instant>,
    change_id: Option<ChangeId>,
    told: Option<Outcome>,
    told_at: Option<Instant>,
    waiting: i64,
    given_up: i64,
    last_told_at: Option<Instant>,
}

impl FullReceipt {
    /// What directories know of it.
    #[must_use]
    pub fn directory_told(&self) -> DirectoryTold {
        if self.change_id.is_none() {
            return DirectoryTold::NoneNeeded;
        }
        if self.waiting > 0 {
            return DirectoryTold::Waiting(self.waiting);
        }
        if self.given_up > 0 || self.told == Some(Outcome::GivenUp) {
            return DirectoryTold::GivenUp;
        }
        let at = self.told_at.or(self.last_told_at);
        at.map_or(DirectoryTold::Nobody, DirectoryTold::At)
    }
}

/// Receipts decided before a place, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn all(
    conn: &mut Conn,
    before: Option<&(Instant, String)>,
    limit: i64,
) -> Result<Vec<FullReceipt>, Error> {
    let end = (Instant::from_micros(i64::MAX), String::new());
    let (at, id) = before.unwrap_or(&end);
    Ok(on!(conn, |c| sqlx::query_as(store::ALL_RECEIPTS)
        .bind(*at)
        .bind(id)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}
