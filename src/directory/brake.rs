//! The mass-change brake (law 11) for directories: when one disables unusually many people within an
//! hour, the rest stays until an operator has closed the task about it.

use std::time::Duration;

use serde_json::json;

use super::store;
use crate::{
    db::{Error, Tx, dialect},
    kernel::{Cx, Instant},
    on, outbox,
    settings::AccessSettings,
    tasks::{self, NewTask, TaskKind},
};

const WINDOW: Duration = Duration::from_secs(3_600);

/// Whether one more person may be kept out because a directory does so; it is counted then.
pub(super) async fn lets_through(
    tx: &mut Tx,
    cx: &Cx,
    rules: &AccessSettings,
    (key, issuer): (&str, &str),
) -> Result<bool, Error> {
    let subject = outbox::directory_destination(key);
    dialect::lock(tx, &format!("brake:{subject}")).await?;
    if tasks::is_open(tx, TaskKind::MassDisabled, &subject).await? {
        return Ok(false);
    }
    on!(tx, |c| sqlx::query(store::START_FOLLOWING)
        .bind(key)
        .execute(c)
        .await
        .map(drop))?;
    let now = cx.now();
    let (from, ended): (Instant, i64) = on!(tx, |c| sqlx::query_as(store::DISABLED_SO_FAR)
        .bind(key)
        .fetch_one(c)
        .await)?;
    let is_over = from <= now.minus(WINDOW);
    let (from, ended) = if is_over { (now, 0) } else { (from, ended) };
    let floor = i64::from(rules.brake_floor);
    let is_too_many = ended >= floor && ended >= share(tx, rules, issuer, ended).await?;
    if is_too_many {
        let task = NewTask {
            kind: TaskKind::MassDisabled,
            organization: None,
            subject: &subject,
            detail: json!({ "directory": key, "disabled": ended }),
        };
        tasks::raise(tx, cx, task).await?;
    }
    // Once an operator has looked, it is counted anew.
    let ended = if is_too_many { 0 } else { ended + 1 };
    on!(tx, |c| sqlx::query(store::COUNT_DISABLED)
        .bind(key)
        .bind(from)
        .bind(ended)
        .execute(c)
        .await
        .map(drop))?;
    Ok(!is_too_many)
}

/// How many may be kept out by their share, as far as that matters for so many.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a number of people is far below the precision of a double"
)]
async fn share(
    tx: &mut Tx,
    rules: &AccessSettings,
    issuer: &str,
    ended: i64,
) -> Result<i64, Error> {
    // More people than these change nothing.
    let enough = ((ended + 1) as f64 / rules.brake_share.max(0.001)).ceil() as i64;
    let people: i64 = on!(tx, |c| sqlx::query_scalar(store::COUNT_PEOPLE)
        .bind(issuer)
        .bind(enough)
        .fetch_one(c)
        .await)?;
    Ok((rules.brake_share * people as f64).floor() as i64)
}
