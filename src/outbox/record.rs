//! Recording a change: part of the action's own transaction, nothing else happens here.

use serde_json::{Value, json};

use super::{Fact, Parcel, SealedMail, store};
use crate::{
    db::{Error, Tx, dialect, inconsistent},
    kernel::{
        Cx,
        ids::{ChangeId, DeliveryId, OrganizationId},
    },
    on,
};

/// A change to be told.
#[derive(Debug, Clone)]
pub struct NewChange<'a> {
    /// What it is about: changes of one subject arrive in order.
    pub subject: &'a str,
    /// Where it happened.
    pub organization: Option<&'a OrganizationId>,
    /// What to tell.
    pub fact: Fact,
    /// Whom to tell: [`super::MAIL`], [`super::crm_destination`].
    pub destinations: &'a [String],
}

/// Records a change with one delivery for each destination.
///
/// # Errors
/// When the database refuses; then the action must not stand either.
pub async fn record(tx: &mut Tx, cx: &Cx, change: NewChange<'_>) -> Result<ChangeId, Error> {
    let id: ChangeId = cx.new_id();
    let now = cx.now();
    let encode = inconsistent("changes", "payload", &id);
    let payload = serde_json::to_string(&change.fact).map_err(encode)?;
    let author =
        serde_json::to_string(&cx.actor).map_err(inconsistent("changes", "author", &id))?;
    on!(tx, |c| sqlx::query(store::ADD_CHANGE)
        .bind(&id)
        .bind(now)
        .bind(change.fact.kind())
        .bind(change.subject)
        .bind(change.organization)
        .bind(&author)
        .bind(&payload)
        .bind(&cx.request_id)
        .execute(c)
        .await
        .map(drop))?;
    for destination in change.destinations {
        // Two transactions about one subject must take their numbers in the order they commit.
        dialect::lock(tx, &format!("outbox:{destination}:{}", change.subject)).await?;
        on!(tx, |c| sqlx::query(store::ADD_DELIVERY)
            .bind(cx.new_id::<DeliveryId>())
            .bind(&id)
            .bind(destination)
            .bind(change.subject)
            .bind(change.fact.kind())
            .bind(Fact::replaces_older(change.fact.kind()))
            .bind(now)
            .bind(change.fact.urgency().number())
            .execute(c)
            .await
            .map(drop))?;
        if change.fact.hurries_others() {
            on!(tx, |c| sqlx::query(store::HURRY)
                .bind(destination)
                .bind(change.subject)
                .execute(c)
                .await
                .map(drop))?;
        }
    }
    Ok(id)
}

/// Rows of one statement.
const AT_ONCE: usize = 2_000;

/// Adds a delivery of a recorded change about each of many subjects, in few statements. They take no
/// place in a subject's order: only for facts whose content is read when they are delivered.
///
/// # Errors
/// When the database refuses; then the action must not stand either.
pub async fn deliver_to_many(
    tx: &mut Tx,
    cx: &Cx,
    (change, fact): (&ChangeId, &Fact),
    destination: &str,
    subjects: impl Iterator<Item = &str> + Send,
) -> Result<(), Error> {
    let rows: Vec<(String, Value)> = subjects
        .map(|subject| {
            let id: DeliveryId = cx.new_id();
            (id.to_string(), json!({ "subject": subject }))
        })
        .collect();
    for some in rows.chunks(AT_ONCE) {
        let document = Value::Object(some.iter().cloned().collect()).to_string();
        on!(tx, |c| sqlx::query(store::ADD_DELIVERIES)
            .bind(&document)
            .bind(change)
            .bind(destination)
            .bind(fact.kind())
            .bind(Fact::replaces_older(fact.kind()))
            .bind(cx.now())
            .bind(fact.urgency().number())
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// Erases the content of a mail that is sent or given up: what it said is not needed any more, and
/// the link in it must not be readable later. Other facts are left alone.
///
/// # Errors
/// When the database refuses.
pub async fn erase(tx: &mut Tx, parcel: &Parcel) -> Result<(), Error> {
    let Fact::Mail(mail) = &parcel.payload else {
        return Ok(());
    };
    let erased = Fact::Mail(SealedMail {
        sealed: String::new(),
        ..mail.clone()
    });
    let id = &parcel.change_id;
    let payload = serde_json::to_string(&erased).map_err(inconsistent("changes", "payload", id))?;
    on!(tx, |c| sqlx::query(store::ERASE_PAYLOAD)
        .bind(id)
        .bind(&payload)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
