//! Telling a name that changed at the provider from one that was corrected here.
//!
//! What the provider said last is remembered with the identity as a keyed hash: enough to see that
//! it says something else now, and nothing that outlives an erasure.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{PendingIdentity, Person, store};
use crate::{
    db::{Error, Tx},
    kernel::Cx,
    on,
};

/// Whether the names in `proof` should replace the person's: the provider says others than last
/// time, or the person has none yet.
///
/// # Errors
/// When the database refuses.
pub async fn names_have_news(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    proof: &PendingIdentity,
) -> Result<bool, Error> {
    let last: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::NAMES_SAID)
        .bind(&proof.issuer)
        .bind(&proof.subject)
        .fetch_optional(c)
        .await)?;
    Ok(match last {
        Some((last,)) if !last.is_empty() => last != digest(cx, proof),
        _ => person.given_name.is_empty() && person.family_name.is_empty(),
    })
}

/// Remembers what the provider said.
///
/// # Errors
/// When the database refuses.
pub async fn note_names_said(tx: &mut Tx, cx: &Cx, proof: &PendingIdentity) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::NOTE_NAMES_SAID)
        .bind(&proof.issuer)
        .bind(&proof.subject)
        .bind(digest(cx, proof))
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

fn digest(cx: &Cx, proof: &PendingIdentity) -> String {
    let parts = [
        &proof.subject,
        &proof.name,
        &proof.given_name,
        &proof.family_name,
    ];
    let parts = parts.map(|part| part.as_bytes());
    URL_SAFE_NO_PAD.encode(cx.keys().mac("names-said", &parts))
}
