//! Remembering that a person signed in, and telling the CRMs at most once a day.

use std::time::Duration;

use super::{PendingIdentity, Person, store};
use crate::{
    db::{Error, Tx},
    directory::tell,
    kernel::{
        Cx,
        ids::{IdentityId, PersonId},
    },
    on, organizations,
};

/// How long a CRM is not told of further sign-ins of the same person.
const QUIET: Duration = Duration::from_secs(24 * 60 * 60);

/// Notes the sign-in on the person, the identity and every membership; when none was told for a
/// day, records [`crate::outbox::Fact::SignedIn`] for each active membership.
///
/// The audit event of a sign-in belongs to the sign-in feature, which knows how it happened.
///
/// # Errors
/// When the database refuses.
pub async fn note_sign_in(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    proof: &PendingIdentity,
) -> Result<(), Error> {
    let now = cx.now();
    learn_directory_id(tx, cx, person, proof).await?;
    on!(tx, |c| sqlx::query(store::NOTE_SIGN_IN)
        .bind(&person.id)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query(store::NOTE_IDENTITY_SIGN_IN)
        .bind(&proof.issuer)
        .bind(&proof.subject)
        .bind(now)
        .bind(&proof.directory_id)
        .execute(c)
        .await
        .map(drop))?;
    let to_tell: Option<(PersonId,)> = on!(tx, |c| sqlx::query_as(store::SIGN_IN_TO_TELL)
        .bind(&person.id)
        .bind(now)
        .bind(now.minus(QUIET))
        .fetch_optional(c)
        .await)?;
    organizations::follow_sign_in(tx, cx, person, to_tell.is_some()).await
}

/// A directory with ids of its own can be told about somebody from the sign-in on that names theirs.
async fn learn_directory_id(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    proof: &PendingIdentity,
) -> Result<(), Error> {
    if proof.directory_id.is_empty() || proof.directory_id == proof.subject {
        return Ok(());
    }
    let learnt: Option<(IdentityId,)> = on!(tx, |c| sqlx::query_as(store::LEARNS_DIRECTORY_ID)
        .bind(&proof.issuer)
        .bind(&proof.subject)
        .bind(&proof.directory_id)
        .fetch_optional(c)
        .await)?;
    if learnt.is_some() {
        tell::person(tx, cx, &person.id, "person.directory_id").await?;
    }
    Ok(())
}
