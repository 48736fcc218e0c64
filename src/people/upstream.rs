//! Following a directory that keeps somebody from signing in: kept out here, and let in again when
//! the directory does so, unless a person has decided otherwise.

use serde_json::json;

use super::{KeepOutError, Person, PersonStatus, find, keep_out, store};
use crate::{
    access::{Catalogue, sessions},
    audit,
    db::{Conn, Error, Tx},
    kernel::{
        Cx,
        ids::{Id, PersonId},
    },
    on, organizations,
    tasks::{self, NewTask, TaskKind},
};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// Kept out here now, as there.
    KeptOut,
    /// Let in here again, as there.
    LetIn,
    /// Nobody else runs an organization (law 7): nothing was changed, staff have a task.
    KeptForRescue,
    /// It stands so already, or a person has decided otherwise.
    Nothing,
}

/// Keeps a person out whom the directory `source` keeps from signing in.
///
/// # Errors
/// See [`KeepOutError`]; there is neither `NoReason` nor `LastAdmin`.
pub async fn disabled_there(
    tx: &mut Tx,
    cx: &Cx,
    catalogue: &Catalogue,
    (person, source): (&PersonId, &str),
) -> Result<Followed, KeepOutError> {
    let last = organizations::would_lose_last_admin(tx, cx, catalogue, person).await?;
    let found = find(tx, person).await?.ok_or(KeepOutError::NotFound)?;
    if found.status != PersonStatus::Active {
        return Ok(Followed::Nothing);
    }
    if !last.is_empty() {
        for organization in last {
            let member = organizations::find_membership_of(tx, &organization.id, person).await?;
            let Some(member) = member else { continue };
            let task = NewTask {
                kind: TaskKind::LastAdmin,
                organization: Some(&organization.id),
                subject: member.id.as_str(),
                detail: json!({ "membership": member.id, "asked_by": cx.actor }),
            };
            tasks::raise(tx, cx, task).await?;
        }
        return Ok(Followed::KeptForRescue);
    }
    let changed = set(tx, &found, PersonStatus::Suspended, source).await?;
    // Before the sessions are ended: the receipt counts them.
    organizations::follow_person(tx, cx, &changed, "person.suspended").await?;
    let ended = sessions::end_for_person(tx, cx, person, "kept_out").await?;
    let event = audit::Event {
        action: "person.suspended",
        target: person.as_str(),
        organization: None,
        detail: json!({ "reason": "disabled in the directory", "directory": source, "ended": ended }),
    };
    audit::record(tx, cx, event).await?;
    Ok(Followed::KeptOut)
}

/// Lets a person in again whom the directory `source` had kept out, and nobody else.
///
/// # Errors
/// See [`KeepOutError`].
pub async fn enabled_there(
    tx: &mut Tx,
    cx: &Cx,
    (person, source): (&PersonId, &str),
) -> Result<Followed, KeepOutError> {
    if !is_kept_out_by(tx, person, source).await? {
        return Ok(Followed::Nothing);
    }
    keep_out::let_in(tx, cx, person).await?;
    Ok(Followed::LetIn)
}

/// Whether a person is kept out because the directory `source` keeps them from signing in.
///
/// # Errors
/// When the database refuses.
pub async fn is_kept_out_by(
    conn: &mut Conn,
    person: &PersonId,
    source: &str,
) -> Result<bool, Error> {
    let by: Option<String> = on!(conn, |c| sqlx::query_scalar(store::SUSPENDED_BY)
        .bind(person)
        .fetch_optional(c)
        .await)?;
    Ok(by.as_deref() == Some(source))
}

/// Stores the status with who set it, unless somebody else has changed it meanwhile.
pub(super) async fn set(
    tx: &mut Tx,
    person: &Person,
    status: PersonStatus,
    source: &str,
) -> Result<Person, Error> {
    let set: Option<(PersonId,)> = on!(tx, |c| sqlx::query_as(store::SET_STATUS)
        .bind(&person.id)
        .bind(status)
        .bind(person.status)
        .bind(source)
        .fetch_optional(c)
        .await)?;
    set.ok_or(Error::Busy)?;
    Ok(Person {
        status,
        ..person.clone()
    })
}
