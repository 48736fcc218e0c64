//! Telling a system what happens from now on.

use serde_json::json;

use super::{
    guard::{Allowed, Unfit},
    model::{NAME_LIMIT, Subscriber, find, list, new_secret},
    store,
};
use crate::{
    audit::{self, Topic},
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, WebhookId},
        text,
    },
    on,
    outbox::{subscribe, webhook_destination},
};

/// Subscribers there may be: each is one more statement in many transactions.
const MOST: usize = 50;

/// Whom to tell what.
#[derive(Debug, Clone)]
pub struct Create {
    /// What operators call it.
    pub name: String,
    /// Where to send.
    pub url: String,
    /// What it is told.
    pub topics: Vec<Topic>,
}

/// A subscriber with its secret, which is shown once.
#[derive(Clone)]
pub struct Made {
    /// The subscriber.
    pub subscriber: Subscriber,
    /// The secret, `whsec_…`.
    pub secret: String,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// It has no name.
    #[error("a subscriber needs a name")]
    NoName,
    /// It would be told nothing.
    #[error("a subscriber needs a topic")]
    NoTopic,
    /// Nothing may be sent there.
    #[error(transparent)]
    Address(#[from] Unfit),
    /// There are as many as there may be.
    #[error("there are {MOST} subscribers already")]
    TooMany,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Makes a subscriber with its first secret. It is told what happens after this transaction.
///
/// # Errors
/// See [`CreateError`].
pub async fn create(
    tx: &mut Tx,
    cx: &Cx,
    allowed: &Allowed,
    command: Create,
) -> Result<Made, CreateError> {
    let name = text::one_line(&command.name, NAME_LIMIT);
    if name.is_empty() {
        return Err(CreateError::NoName);
    }
    if command.topics.is_empty() {
        return Err(CreateError::NoTopic);
    }
    let url = allowed.check(&command.url)?;
    if list(tx).await?.len() >= MOST {
        return Err(CreateError::TooMany);
    }
    let id: WebhookId = cx.new_id();
    let (secret, sealed) = new_secret(cx, &id)?;
    on!(tx, |c| sqlx::query(store::CREATE)
        .bind(&id)
        .bind(&name)
        .bind(url.as_str())
        .bind(&sealed)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    let topics: Vec<&str> = command.topics.iter().map(|topic| topic.as_str()).collect();
    subscribe(tx, cx, &webhook_destination(&id), &topics).await?;
    let event = audit::Event {
        action: "webhook.created",
        target: id.as_str(),
        organization: None,
        detail: json!({ "name": name, "host": url.host_str(), "topics": topics }),
    };
    audit::record(tx, cx, event).await?;
    let subscriber = find(tx, &id).await?.ok_or(Error::Lost)?;
    Ok(Made { subscriber, secret })
}
