//! What time alone changes, and what a directory that is new has to learn once.

use super::{store, tell};
use crate::{
    db::{Database, Error, Tx, dialect},
    kernel::{
        Cx, Instant, World,
        ids::{OrganizationId, PersonId},
    },
    on,
};

/// People of one round of the first telling.
const FILL: usize = 500;

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

async fn turn(tx: &mut Tx, cx: &Cx) -> Result<usize, Error> {
    let now = cx.now();
    let before: Option<Instant> = on!(tx, |c| sqlx::query_scalar(store::LOOKED_AT)
        .fetch_optional(c)
        .await)?;
    on!(tx, |c| sqlx::query(store::SET_LOOKED_AT)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    // The first look has nothing behind it: everybody is told anyway.
    let Some(before) = before.filter(|before| *before < now) else {
        return Ok(0);
    };
    let organizations: Vec<OrganizationId> = on!(tx, |c| sqlx::query_scalar(store::TURNED)
        .bind(before)
        .bind(now)
        .fetch_all(c)
        .await)?;
    for organization in &organizations {
        tell::organization(tx, cx, organization, "contract.turned").await?;
    }
    let people: Vec<PersonId> = on!(tx, |c| sqlx::query_scalar(store::TURNED_PEOPLE)
        .bind(before)
        .bind(now)
        .fetch_all(c)
        .await)?;
    for person in &people {
        tell::person(tx, cx, person, "membership.turned").await?;
    }
    Ok(organizations.len() + people.len())
}

/// Goes on telling a new directory about everybody it holds, in the order of their ids.
async fn fill(tx: &mut Tx, cx: &Cx) -> Result<usize, Error> {
    let next: Option<(String, String, String)> = on!(tx, |c| sqlx::query_as(store::TO_FILL)
        .fetch_optional(c)
        .await)?;
    let Some((name, issuer, place)) = next else {
        return Ok(0);
    };
    let people: Vec<PersonId> = on!(tx, |c| sqlx::query_scalar(store::FILL)
        .bind(&place)
        .bind(&issuer)
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
