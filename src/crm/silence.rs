//! Noticing that a CRM has been silent for longer than its last word is trusted.

use serde_json::json;

use super::{feed_state, intake::FeedState, store};
use crate::{
    access::outage::silent_since,
    audit,
    db::{Database, Error, Tx},
    kernel::{Cx, Instant},
    on,
    settings::{OutageSettings, Settings},
    tasks::{self, NewTask, TaskKind},
};

impl FeedState {
    /// When the CRM was last heard: when a page last came, or since when none has ever come.
    #[must_use]
    pub fn heard_at(&self) -> Option<Instant> {
        if self.fetched_at.as_micros() > 0 {
            Some(self.fetched_at)
        } else {
            self.failing_since
        }
    }
}

/// Looks at every connection that has been read: one that has been silent for too long becomes a task and an entry of
/// the audit log, with what is closed for that; once it is heard again, the task closes.
///
/// # Errors
/// When the database refuses; what was noted before stays noted.
pub async fn notice_silence(db: &Database, cx: &Cx, settings: &Settings) -> Result<(), Error> {
    for key in followed(db, settings).await? {
        let cx = cx.clone();
        let outage = settings.access.outage.clone();
        let noticed: Result<(), Error> = db
            .write(move |tx| Box::pin(async move { notice(tx, &cx, &key, &outage).await }))
            .await;
        noticed?;
    }
    Ok(())
}

/// The connections that have ever been read, also those that the settings no longer name: their
/// organizations are still there, and nobody reads them any more.
async fn followed(db: &Database, settings: &Settings) -> Result<Vec<String>, Error> {
    let mut conn = db.read().await?;
    let mut keys: Vec<String> = on!(conn, |c| sqlx::query_scalar(store::FEEDS)
        .fetch_all(c)
        .await)?;
    // One that is only read while a colleague lends a credential has a task of its own.
    let borrowed = |key: &String| {
        let mut named = settings.connections.iter();
        named.any(|it| it.key == *key && it.is_borrowed())
    };
    keys.retain(|key| !borrowed(key));
    Ok(keys)
}

async fn notice(tx: &mut Tx, cx: &Cx, key: &str, outage: &OutageSettings) -> Result<(), Error> {
    let heard_at = feed_state(tx, key).await?.and_then(|feed| feed.heard_at());
    let is_noted = tasks::is_open(tx, TaskKind::CrmSilent, key).await?;
    let (action, detail) = match silent_since(outage, heard_at, cx.now()) {
        Some(since) if !is_noted => {
            let detail = json!({
                "connection": key, "since": since.to_string(), "pages": outage.pages.as_str(),
                "administration": outage.administration.as_str(), "services": outage.services.as_str(),
                "closed_services": outage.closed_services,
            });
            let task = NewTask {
                kind: TaskKind::CrmSilent,
                organization: None,
                subject: key,
                detail: detail.clone(),
            };
            tasks::raise(tx, cx, task).await?;
            ("connection.silent", detail)
        }
        None if is_noted => {
            tasks::settle(tx, cx, TaskKind::CrmSilent, key).await?;
            let detail =
                json!({ "connection": key, "heard_at": heard_at.map(|at| at.to_string()) });
            ("connection.heard_again", detail)
        }
        _ => return Ok(()),
    };
    let event = audit::Event {
        action,
        target: key,
        organization: None,
        detail,
    };
    audit::record(tx, cx, event).await
}
