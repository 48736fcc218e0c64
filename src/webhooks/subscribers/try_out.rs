//! A test event, over the same way as every other.

use serde_json::json;

use super::model::{Subscriber, find};
use crate::{
    db::{Error, Tx},
    kernel::{Cx, ids::WebhookId},
    outbox::{self, EventFact, Fact, NewChange},
};

/// The name of the event.
pub const TEST: &str = "test";

/// Sends a subscriber a test event, whatever it subscribed to; gives the subject by which its
/// delivery is found. `None` when there is no such subscriber.
///
/// # Errors
/// When the database refuses.
pub async fn try_out(tx: &mut Tx, cx: &Cx, id: &WebhookId) -> Result<Option<String>, Error> {
    let Some(subscriber) = find(tx, id).await? else {
        return Ok(None);
    };
    let Subscriber { name, .. } = &subscriber;
    // Each test is a subject of its own, so that none waits behind another that failed.
    let subject = format!("{TEST}:{}", cx.request_id);
    let fact = Fact::Happened(EventFact {
        event: TEST.to_owned(),
        data: json!({
            "message": "A test. Nothing happened.", "subscriber": name,
            "actor": {"kind": cx.actor.kind(), "id": cx.actor.reference()}, "request_id": cx.request_id,
        }),
    });
    let change = NewChange {
        subject: &subject,
        organization: None,
        fact,
        destinations: &[subscriber.destination()],
    };
    outbox::record(tx, cx, change).await?;
    Ok(Some(subject))
}
