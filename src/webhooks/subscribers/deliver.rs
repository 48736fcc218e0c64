//! Sending an event: one signed POST, and what its answer means.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, join_all};
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use serde_json::json;

use super::{
    guard::{Allowed, Guard, Lookup, Refused, SystemLookup},
    model::{self, Subscriber, Target},
};
use crate::{
    crm::port::Verdict,
    db::{Database, Error, Tx},
    kernel::{
        Cx, Instant, World,
        ids::{Id, WebhookId},
        signature::SigningSecret,
        text,
    },
    outbox::{self, Destination, EventFact, Fact, Parcel, Source},
    tasks::{self, NewTask, TaskKind},
    web::http_client::guarded_client,
};

/// How long one request may take, its answer included.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Requests of one call at most; four calls may be under way.
const BATCH: usize = 4;
/// Bytes of an answer that are read.
const ANSWER: usize = 2_048;
/// Characters of an answer that are kept.
const KEPT: usize = 300;
/// The cause of a dead letter whose subscriber is gone.
const GONE: &str = "gone";

/// What sending needs.
#[derive(Clone)]
pub struct Wiring {
    db: Database,
    world: World,
    http: reqwest::Client,
    allowed: Allowed,
}

impl Wiring {
    /// The usual way out.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(db: &Database, world: &World, allowed: Allowed) -> Result<Self, reqwest::Error> {
        Self::with_lookup(db, world, allowed, Arc::new(SystemLookup))
    }

    /// The same with names resolved in another way.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn with_lookup(
        db: &Database,
        world: &World,
        allowed: Allowed,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, reqwest::Error> {
        let guard = Guard {
            allowed: allowed.clone(),
            lookup,
        };
        Ok(Self {
            db: db.clone(),
            world: world.clone(),
            http: guarded_client(Arc::new(guard), TIMEOUT)?,
            allowed,
        })
    }
}

/// The subscribers as destinations that come and go.
pub struct Subscribers(pub Wiring);

#[async_trait]
impl Source for Subscribers {
    async fn destinations(&self) -> Result<Vec<Arc<dyn Destination>>, Error> {
        let mut conn = self.0.db.read().await?;
        let known = model::list(&mut conn).await?;
        let destination = |subscriber: Subscriber| {
            Arc::new(Webhook {
                name: subscriber.destination(),
                title: subscriber.name,
                id: subscriber.id,
                wiring: self.0.clone(),
            }) as Arc<dyn Destination>
        };
        Ok(known.into_iter().map(destination).collect())
    }
}

/// One subscriber. Address and secrets are read for each call, so a change of them holds at once
/// and on every node.
struct Webhook {
    name: String,
    title: String,
    id: WebhookId,
    wiring: Wiring,
}

#[async_trait]
impl Destination for Webhook {
    fn name(&self) -> &str {
        &self.name
    }

    fn title(&self) -> Option<&str> {
        Some(&self.title)
    }

    fn batch_limit(&self) -> usize {
        BATCH
    }

    async fn deliver(&self, batch: &[Parcel]) -> Vec<Verdict> {
        let target = match self.target().await {
            Ok(Some(target)) => target,
            // What waits for a removed one is given up by who removed it, or by the next sweep.
            Ok(None) => return vec![retry("The subscriber was removed.", None); batch.len()],
            Err(error) => return vec![retry(&error.to_string(), None); batch.len()],
        };
        join_all(batch.iter().map(|parcel| self.send(&target, parcel))).await
    }

    fn settled<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        _parcel: &'t Parcel,
        verdict: &'t Verdict,
    ) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(async move {
            if !matches!(verdict, Verdict::Rejected { cause, .. } if cause == GONE) {
                return Ok(());
            }
            let task = NewTask {
                kind: TaskKind::SubscriberGone,
                organization: None,
                subject: &self.name,
                detail: json!({}),
            };
            // Several answers of one call pause it once.
            if tasks::raise(tx, cx, task).await?.is_some() {
                outbox::pause(tx, cx, &self.name, "It answered 410 Gone.").await?;
            }
            Ok(())
        })
    }
}

impl Webhook {
    async fn target(&self) -> Result<Option<Target>, Error> {
        let Wiring { db, world, .. } = &self.wiring;
        let mut conn = db.read().await?;
        model::target(&mut conn, &world.keys, &self.id, world.clock.now()).await
    }

    async fn send(&self, target: &Target, parcel: &Parcel) -> Verdict {
        let Fact::Happened(event) = &parcel.payload else {
            return rejected("not_an_event", "This is not an event.");
        };
        // Judged again each time: the configuration may have become narrower.
        let url = match self.wiring.allowed.check(&target.url) {
            Ok(url) => url,
            Err(unfit) => return rejected("address", &unfit.to_string()),
        };
        let now = self.wiring.world.clock.now();
        let body = body(event, parcel.at);
        let headers = Signed::of(parcel.change_id.as_str(), now, &body, &target.secrets);
        let request = self
            .wiring
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", parcel.change_id.as_str())
            .header("webhook-timestamp", headers.timestamp)
            .header("webhook-signature", headers.signature)
            .body(body);
        match request.send().await {
            Ok(response) => judge(response, now).await,
            Err(error) if Refused::is_in(&error) => rejected("address", &Refused.to_string()),
            Err(error) => retry(no_answer(&error), None),
        }
    }
}

/// The message, as it is signed and sent.
fn body(event: &EventFact, at: Instant) -> Vec<u8> {
    json!({ "type": event.event, "timestamp": at.to_string(), "data": event.data })
        .to_string()
        .into_bytes()
}

struct Signed {
    timestamp: String,
    signature: String,
}

impl Signed {
    fn of(id: &str, now: Instant, body: &[u8], secrets: &[SigningSecret]) -> Self {
        let seconds = now.as_micros().div_euclid(1_000_000);
        let signatures: Vec<String> = secrets
            .iter()
            .map(|secret| secret.sign(id, seconds, body))
            .collect();
        Self {
            timestamp: seconds.to_string(),
            signature: signatures.join(" "),
        }
    }
}

/// What an answer means. As the standard has it, everything but 2xx is tried again, since who
/// receives may be in the middle of a change; what trying again cannot mend is a dead letter.
async fn judge(response: Response, now: Instant) -> Verdict {
    let status = response.status();
    let asked = pause(response.headers(), now);
    let said = said(response).await;
    let told = if said.is_empty() {
        format!("It answered {status}.")
    } else {
        format!("It answered {status}: {said}")
    };
    match status {
        _ if status.is_success() => Verdict::Done {
            remote_id: Some(status.to_string()),
        },
        _ if status.is_redirection() => rejected(
            "redirect",
            &format!(
                "It answered {status}. Redirects are not followed: enter the address that it leads to."
            ),
        ),
        StatusCode::GONE => rejected(
            GONE,
            "It answered 410 Gone: it wants to be told nothing any more.",
        ),
        StatusCode::TOO_MANY_REQUESTS => Verdict::Throttled { retry_after: asked },
        _ => retry(&told, asked),
    }
}

/// The beginning of an answer, as one line.
async fn said(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(ANSWER);
    text::one_line(&String::from_utf8_lossy(&bytes), KEPT)
}

/// `Retry-After`: seconds, or a date (RFC 9110 10.2.3).
fn pause(headers: &HeaderMap, now: Instant) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    Some(Instant::from_jiff(date).since(now))
}

/// Why there is no answer, without the address: it may hold a secret.
fn no_answer(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "No answer in time."
    } else if error.is_connect() {
        "No connection."
    } else {
        "The connection broke."
    }
}

fn retry(reason: &str, after: Option<Duration>) -> Verdict {
    Verdict::Retry {
        reason: reason.to_owned(),
        after,
    }
}

fn rejected(cause: &str, reason: &str) -> Verdict {
    Verdict::Rejected {
        cause: cause.to_owned(),
        reason: reason.to_owned(),
    }
}
