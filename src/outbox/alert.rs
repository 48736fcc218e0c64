//! Tasks that ask an operator to look: opened once, closed when the cause is gone.

use serde_json::json;

use super::store;
use crate::{
    db::{Error, Tx},
    kernel::{Cx, ids::TaskId},
    on,
};

/// A destination refuses our credentials.
pub const CREDENTIALS: &str = "credentials_refused";
/// A destination has dead letters.
pub const DEAD_LETTERS: &str = "dead_letters";

pub(super) async fn credentials_refused(
    tx: &mut Tx,
    cx: &Cx,
    destination: &str,
    reason: &str,
) -> Result<(), Error> {
    let detail = json!({ "destination": destination, "reason": reason });
    open(tx, cx, (CREDENTIALS, destination), &detail).await
}

pub(super) async fn credentials_work(tx: &mut Tx, cx: &Cx, destination: &str) -> Result<(), Error> {
    close(tx, cx, CREDENTIALS, destination).await
}

pub(super) async fn dead_letter(tx: &mut Tx, cx: &Cx, destination: &str) -> Result<(), Error> {
    let detail = json!({ "destination": destination });
    open(tx, cx, (DEAD_LETTERS, destination), &detail).await
}

/// Closes the task about dead letters when the destination has none left.
pub(super) async fn dead_letters_worked_off(
    tx: &mut Tx,
    cx: &Cx,
    destination: &str,
) -> Result<(), Error> {
    let left: i64 = on!(tx, |c| sqlx::query_scalar(store::HAS_DEAD)
        .bind(destination)
        .fetch_one(c)
        .await)?;
    if left == 0 {
        close(tx, cx, DEAD_LETTERS, destination).await?;
    }
    Ok(())
}

async fn open(
    tx: &mut Tx,
    cx: &Cx,
    (kind, subject): (&str, &str),
    detail: &serde_json::Value,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::OPEN_TASK)
        .bind(cx.new_id::<TaskId>())
        .bind(kind)
        .bind(subject)
        .bind(detail.to_string())
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

async fn close(tx: &mut Tx, cx: &Cx, kind: &str, subject: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::CLOSE_TASK)
        .bind(kind)
        .bind(subject)
        .bind(cx.now())
        .bind(cx.actor.reference())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
