//! What ends by date alone: nobody does anything at that moment, so it is looked for.

use serde_json::json;

use super::{
    meaning::{Ended, Initiator, OF_PERSON},
    spread, store,
};
use crate::{
    audit,
    db::{Database, Error, Tx, dialect},
    kernel::{
        Cx, Instant, World,
        ids::{OrganizationId, PersonId},
    },
    on,
    outbox::{self, Fact, Several},
};

/// Changes of one statement.
const PART: usize = 500;
/// The row that says how far was looked.
const CLOCK: &str = "dates";

/// Records the ends of contracts and memberships whose last moment has passed since the last look;
/// returns how many those are. The first look of all only begins. Safe to call on several nodes.
///
/// # Errors
/// When the database refuses; then the next look sees them.
pub async fn look_at_dates(db: &Database, world: &World) -> Result<usize, Error> {
    let cx = world.system("signals");
    db.write(move |tx| Box::pin(async move { look(tx, &cx).await }))
        .await
}

async fn look(tx: &mut Tx, cx: &Cx) -> Result<usize, Error> {
    dialect::lock(tx, "signals-dates").await?;
    let now = cx.now();
    let before: Option<Instant> = on!(tx, |c| sqlx::query_scalar(store::LOOKED)
        .bind(CLOCK)
        .fetch_optional(c)
        .await)?;
    on!(tx, |c| sqlx::query(store::SET_LOOKED)
        .bind(CLOCK)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    let Some(before) = before else {
        return Ok(0);
    };
    let facts = passed(tx, cx, (before, now)).await?;
    if facts.is_empty() {
        return Ok(0);
    }
    for destination in outbox::subscribed(tx, audit::ACCESS).await? {
        for part in facts.chunks(PART) {
            let several = Several {
                destination: &destination,
                organization: None,
                facts: part.to_vec(),
            };
            outbox::record_several(tx, cx, several).await?;
        }
    }
    Ok(facts.len())
}

async fn passed(
    tx: &mut Tx,
    cx: &Cx,
    (before, now): (Instant, Instant),
) -> Result<Vec<(String, Fact)>, Error> {
    let organizations: Vec<OrganizationId> =
        on!(tx, |c| sqlx::query_scalar(store::CONTRACTS_PASSED)
            .bind(before)
            .bind(now)
            .fetch_all(c)
            .await)?;
    let people: Vec<PersonId> = on!(tx, |c| sqlx::query_scalar(store::MEMBERSHIPS_PASSED)
        .bind(before)
        .bind(now)
        .fetch_all(c)
        .await)?;
    let contracts = organizations.iter().map(|id| {
        let data = json!({"organization_id": id, "less": true, "actor": {"kind": "crm", "id": ""}});
        spread::fact(cx, "contract.changed", &data)
    });
    let memberships = people.into_iter().map(|person| {
        let ended = Ended {
            at: Some(now),
            ..Ended::of_access(person, Initiator::Policy)
        };
        spread::fact(cx, OF_PERSON, &ended)
    });
    contracts.chain(memberships).collect()
}
