//! Time running out. Nothing depends on it: whoever reads or redeems tests the time itself. It
//! takes what ran out from the lists and tells the inviter and the CRM.

use serde_json::json;

use super::{
    authority::Rules,
    emails, find,
    model::{Invitation, Live, State},
    record, store,
};
use crate::{
    db::{Error, Tx},
    kernel::{
        Actor, Cx, Instant,
        ids::{InvitationId, OrganizationId},
    },
    on,
    organizations::{self, Organization},
};

/// Invitations ended by one call of [`sweep`] at most.
const BATCH: i64 = 100;

/// Ends invitations of one organization whose time has run out, tells its CRM, and sends each
/// inviter one mail about all of theirs. Returns how many there were; call it until it says 0.
///
/// # Errors
/// When the database refuses; then nothing was changed.
pub async fn sweep(tx: &mut Tx, cx: &Cx, rules: Rules<'_>) -> Result<usize, Error> {
    let next: Option<(OrganizationId,)> = on!(tx, |c| sqlx::query_as(store::DUE_NEXT)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    let Some((organization,)) = next else {
        return Ok(0);
    };
    let organization = organizations::lock(tx, &organization).await?;
    let organization = organization.ok_or(Error::Lost)?;
    let due: Vec<(InvitationId,)> = on!(tx, |c| sqlx::query_as(store::DUE)
        .bind(&organization.id)
        .bind(cx.now())
        .bind(BATCH)
        .fetch_all(c)
        .await)?;
    let mut over: Vec<Invitation> = Vec::with_capacity(due.len());
    for (id,) in &due {
        let invitation = find::lock(tx, id).await?.ok_or(Error::Lost)?;
        over.extend(lapse(tx, cx, &organization, invitation).await?);
    }
    while let Some(first) = over.first().cloned() {
        let (of_one, others) = over
            .into_iter()
            .partition(|other| same_inviter(&first, other));
        over = others;
        emails::expired(tx, cx, rules, &organization, &of_one).await?;
    }
    Ok(due.len())
}

fn same_inviter(one: &Invitation, other: &Invitation) -> bool {
    let (one, other) = (&one.inviter, &other.inviter);
    one.kind == other.kind && one.reference == other.reference && one.email == other.email
}

/// Ends one invitation if its time has run out; `None` when it has not, or it was over before.
pub(super) async fn lapse(
    tx: &mut Tx,
    cx: &Cx,
    organization: &Organization,
    invitation: Invitation,
) -> Result<Option<Invitation>, Error> {
    let Some(live) = run_out(&invitation, cx.now()) else {
        return Ok(None);
    };
    let over = live.expired(invitation.expires_at);
    let invitation = record::ended(tx, invitation, over).await?;
    // Time has no author, whoever happened to look at the clock.
    let system = cx.acting_as(Actor::System {
        name: "invitations".to_owned(),
    });
    let detail = json!({ "expires_at": invitation.expires_at });
    record::audited(tx, &system, &invitation, "invitation.expired", detail).await?;
    record::told(tx, &system, organization, &invitation).await?;
    Ok(Some(invitation))
}

/// The live state of an invitation that is stored as live and has run out.
fn run_out(invitation: &Invitation, now: Instant) -> Option<Live> {
    match &invitation.state {
        State::Live(live) if invitation.expires_at <= now => Some(live.clone()),
        _ => None,
    }
}
