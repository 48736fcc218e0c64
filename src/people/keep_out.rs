//! Keeping a person out everywhere, and letting them in again: by the portal's operators.

use serde_json::json;

use super::{Person, PersonStatus, find, store, upstream};
use crate::{
    access::{Catalogue, sessions},
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, PersonId},
        text,
    },
    on, organizations,
};

/// The longest reason kept, in characters.
const REASON_LIMIT: usize = 300;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptOut {
    /// Kept out now: every session is ended, and no sign-in begins another.
    KeptOut(Person),
    /// Was kept out before.
    Already(Person),
}

/// What came of letting somebody in again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetIn {
    /// May sign in now.
    LetIn(Person),
    /// Could before.
    Already(Person),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum KeepOutError {
    /// There is no such person, or they have been erased.
    #[error("no such person")]
    NotFound,
    /// No reason was given.
    #[error("a reason is needed")]
    NoReason,
    /// Nobody else runs these organizations (law 7).
    #[error("{} would have no admin left", .0.join(", "))]
    LastAdmin(Vec<String>),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Keeps a person out of everything. Memberships stay as they are; each organization's CRM is told.
///
/// # Errors
/// See [`KeepOutError`].
pub async fn keep_out(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    (person, reason): (&PersonId, &str),
) -> Result<KeptOut, KeepOutError> {
    let reason = text::one_line(reason, REASON_LIMIT);
    if reason.is_empty() {
        return Err(KeepOutError::NoReason);
    }
    let last = organizations::would_lose_last_admin(tx, cx, catalogue, person).await?;
    let found = known(tx, person).await?;
    if found.status == PersonStatus::Suspended {
        on!(tx, |c| sqlx::query(store::DECIDED_HERE)
            .bind(person)
            .execute(c)
            .await
            .map(drop))
        .map_err(Error::from)?;
        return Ok(KeptOut::Already(found));
    }
    if !last.is_empty() {
        let names = last.into_iter().map(|organization| organization.name);
        return Err(KeepOutError::LastAdmin(names.collect()));
    }
    let changed = upstream::set(tx, &found, PersonStatus::Suspended, "").await?;
    // Before the sessions are ended: the receipt counts them.
    organizations::follow_person(tx, cx, &changed, "person.suspended").await?;
    let ended = sessions::end_for_person(tx, cx, person, "kept_out").await?;
    let event = audit::Event {
        action: "person.suspended",
        target: person.as_str(),
        organization: None,
        detail: json!({ "reason": reason, "ended": ended }),
    };
    audit::record(tx, cx, event).await?;
    Ok(KeptOut::KeptOut(changed))
}

/// Lets a person in again who was kept out.
///
/// # Errors
/// See [`KeepOutError`].
pub async fn let_in(tx: &mut Tx, cx: &Cx, person: &PersonId) -> Result<LetIn, KeepOutError> {
    let found = known(tx, person).await?;
    if found.status == PersonStatus::Active {
        return Ok(LetIn::Already(found));
    }
    let changed = upstream::set(tx, &found, PersonStatus::Active, "").await?;
    let event = audit::Event {
        action: "person.restored",
        target: person.as_str(),
        organization: None,
        detail: json!({}),
    };
    audit::record(tx, cx, event).await?;
    organizations::follow_person(tx, cx, &changed, "person.restored").await?;
    Ok(LetIn::LetIn(changed))
}

async fn known(tx: &mut Tx, person: &PersonId) -> Result<Person, KeepOutError> {
    find(tx, person)
        .await?
        .filter(|person| person.status != PersonStatus::Erased)
        .ok_or(KeepOutError::NotFound)
}
