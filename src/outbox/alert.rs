//! Tasks that ask an operator to look: raised once, closed when the cause is gone.

use serde_json::json;

use super::store;
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{DeliveryId, Id, OrganizationId},
    },
    on,
    tasks::{self, NewTask, TaskKind},
};

pub(super) async fn credentials_refused(
    tx: &mut Tx,
    cx: &Cx,
    destination: &str,
    reason: &str,
) -> Result<(), Error> {
    let task = NewTask {
        kind: TaskKind::CredentialsRefused,
        organization: None,
        subject: destination,
        detail: json!({ "reason": reason }),
    };
    tasks::raise(tx, cx, task).await.map(drop)
}

pub(super) async fn credentials_work(tx: &mut Tx, cx: &Cx, destination: &str) -> Result<(), Error> {
    tasks::settle(tx, cx, TaskKind::CredentialsRefused, destination).await
}

/// Records that a delivery is a dead letter now.
pub(super) async fn died(
    tx: &mut Tx,
    cx: &Cx,
    delivery: &DeliveryId,
    (destination, kind, organization): (&str, &str, Option<&OrganizationId>),
    cause: &str,
) -> Result<(), Error> {
    let event = audit::Event {
        action: "delivery.dead",
        target: delivery.as_str(),
        organization,
        detail: json!({ "destination": destination, "kind": kind, "cause": cause }),
    };
    audit::record(tx, cx, event).await
}

pub(super) async fn dead_letter(tx: &mut Tx, cx: &Cx, destination: &str) -> Result<(), Error> {
    let task = NewTask {
        kind: TaskKind::DeadLetters,
        organization: None,
        subject: destination,
        detail: json!({}),
    };
    tasks::raise(tx, cx, task).await.map(drop)
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
        tasks::settle(tx, cx, TaskKind::DeadLetters, destination).await?;
    }
    Ok(())
}
