//! What time alone changes, and what a directory that is new has to learn once.

use std::time::Duration;

use super::{store, tell};
use crate::{
    db::{Database, Error, Tx, dialect},
    kernel::{
        Cx, Instant, World,
        ids::{Id, OrganizationId, PersonId},
    },
    on,
};

/// People of one round of the first telling.
const FILL: usize = 500;
/// Organizations and people of one part of what turned.
const TURN: usize = 20;
/// The moment to which a look goes lies this far back: what another node, whose clock is behind, records
/// about a moment before it must be there by then.
const SKEW: Duration = Duration::from_secs(10);

/// Records whoever gained or lost access by time alone since the last look, and a part of those whom
/// a new directory has not been told yet; how many of both. Safe to run on every node.
///
/// # Errors
/// When the database refuses.
pub async fn advance(db: &Database, world: &World) -> Result<usize, Error> {
    let mut conn = db.read().await?;
    let any: i64 = on!(conn, |c| sqlx::query_scalar(store::IS_ANY)
        .fetch_one(c)
        .await)?;
    drop(conn);
    if any == 0 {
        return Ok(0);
    }
    let cx = world.system("directory");
    db.write(move |tx| {
        Box::pin(async move {
            dialect::lock(tx, "directory:clock").await?;
            let turned = turn(tx, &cx).await?;
            Ok(turned + fill(tx, &cx).await?)
        })
    })
    .await
}

/// How far a look has come.
#[derive(Debug, sqlx::FromRow)]
struct Look {
    /// Everything up to here has been told.
    looked_at: Instant,
    /// Up to when the look goes that is under way.
    look_until: Option<Instant>,
    /// Behind whom it goes on.
    place: String,
}

/// Tells a part of what turned since the last look: as many organizations as end at one midnight fit
/// into no transaction.
async fn turn(tx: &mut Tx, cx: &Cx) -> Result<usize, Error> {
    let now = cx.now().minus(SKEW);
    let look: Option<Look> = on!(tx, |c| sqlx::query_as(store::CLOCK).fetch_optional(c).await)?;
    // The first look has nothing behind it: everybody is told anyway.
    let Some(look) = look else {
        set_clock(tx, (now, None, "")).await?;
        return Ok(0);
    };
    let until = look.look_until.unwrap_or(now);
    if until <= look.looked_at {
        return Ok(0);
    }
    let turned: Vec<String> = on!(tx, |c| sqlx::query_scalar(store::TURNED)
        .bind(look.looked_at)
        .bind(until)
        .bind(&look.place)
        .bind(i64::try_from(TURN).unwrap_or(i64::MAX))
        .fetch_all(c)
        .await)?;
    for who in &turned {
        if let Ok(organization) = OrganizationId::parse(who) {
            tell::organization(tx, cx, &organization, "contract.turned").await?;
        } else if let Ok(person) = PersonId::parse(who) {
            tell::person(tx, cx, &person, "membership.turned").await?;
        }
    }
    match turned.last().filter(|_| turned.len() == TURN) {
        Some(last) => set_clock(tx, (look.looked_at, Some(until), last)).await?,
        None => set_clock(tx, (until, None, "")).await?,
    }
    Ok(turned.len())
}

async fn set_clock(
    tx: &mut Tx,
    (looked_at, until, place): (Instant, Option<Instant>, &str),
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SET_CLOCK)
        .bind(looked_at)
        .bind(until)
        .bind(place)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Goes on telling a new directory about everybody it holds, in the order of their ids.
async fn fill(tx: &mut Tx, cx: &Cx) -> Result<usize, Error> {
    let next: Option<(String, String, bool, String)> = on!(tx, |c| sqlx::query_as(store::TO_FILL)
        .fetch_optional(c)
        .await)?;
    let Some((name, issuer, creates, place)) = next else {
        return Ok(0);
    };
    let people: Vec<PersonId> = on!(tx, |c| sqlx::query_scalar(store::FILL)
        .bind(&place)
        .bind(&issuer)
        .bind(creates)
        .bind(&name)
        .bind(i64::try_from(FILL).unwrap_or(i64::MAX))
        .fetch_all(c)
        .await)?;
    let place = people.last().filter(|_| people.len() == FILL);
    on!(tx, |c| sqlx::query(store::FILLED)
        .bind(&name)
        .bind(place)
        .execute(c)
        .await
        .map(drop))?;
    let count = people.len();
    let found = people.into_iter().map(|person| (name.clone(), person));
    let change = (name.as_str(), None, "directory.new");
    tell::everybody(tx, cx, change, found.collect()).await?;
    Ok(count)
}
