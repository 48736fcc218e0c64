//! A receiver as a destination of the outbox: one POST of one token for each person, and what the
//! answer means.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, join_all};
use reqwest::{
    RequestBuilder, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{
    keys::Keys,
    meaning::{self, Ended, Meaning},
    spread::Telling,
    token::{self, About},
    weigh,
};
use crate::{
    access::Catalogues,
    crm::port::Verdict,
    db::{Database, Error, Tx},
    kernel::{
        Cx, World,
        ids::{Id, RequestId},
        jws::SigningKey,
        text,
    },
    outbox::{Destination, Fact, Parcel},
    settings::{Settings, SignalForm, SignalSettings},
};

/// What the name of a receiver's destination begins with.
pub const NAME: &str = "service:";
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Requests of one call at most; four calls may be under way.
const BATCH: usize = 25;
/// Bytes of an answer that are read.
const ANSWER: usize = 2_048;
/// Characters of an answer that are kept.
const KEPT: usize = 300;

/// What all receivers share.
struct Shared {
    db: Database,
    world: World,
    client: reqwest::Client,
    catalogues: Catalogues,
    keys: Keys,
    issuer: String,
}

/// The receivers of the settings.
#[must_use]
pub fn destinations(
    settings: &Settings,
    catalogues: &Catalogues,
    keys: &Keys,
    (db, world, client): (&Database, &World, &reqwest::Client),
) -> Vec<Arc<dyn Destination>> {
    let shared = Arc::new(Shared {
        db: db.clone(),
        world: world.clone(),
        client: client.clone(),
        catalogues: catalogues.clone(),
        keys: keys.clone(),
        issuer: settings.portal.origin(),
    });
    let receivers = settings.signals.iter();
    receivers
        .map(|receiver| {
            Arc::new(Receiver {
                name: format!("{NAME}{}", receiver.key),
                settings: receiver.clone(),
                shared: shared.clone(),
            }) as Arc<dyn Destination>
        })
        .collect()
}

struct Receiver {
    name: String,
    settings: SignalSettings,
    shared: Arc<Shared>,
}

#[async_trait]
impl Destination for Receiver {
    fn name(&self) -> &str {
        &self.name
    }

    fn title(&self) -> Option<&str> {
        Some(&self.settings.key)
    }

    fn batch_limit(&self) -> usize {
        BATCH
    }

    async fn deliver(&self, batch: &[Parcel]) -> Vec<Verdict> {
        let key = match self.shared.keys.signer().await {
            Ok(key) => key,
            Err(error) => return vec![retry(&error.to_string()); batch.len()],
        };
        join_all(batch.iter().map(|parcel| self.tell(parcel, &key))).await
    }

    /// What concerns many becomes a change for each in the transaction that finishes it.
    fn settled<'t>(
        &'t self,
        tx: &'t mut Tx,
        cx: &'t Cx,
        parcel: &'t Parcel,
        verdict: &'t Verdict,
    ) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(async move {
            let (Verdict::Done { .. }, Fact::Happened(event)) = (verdict, &parcel.payload) else {
                return Ok(());
            };
            let telling = Telling {
                destination: &self.name,
                service: self.settings.service.as_deref(),
                at: parcel.at,
            };
            match meaning::of(event) {
                Meaning::Everybody(everybody) => {
                    let catalogue = self.shared.catalogues.newest(tx).await?;
                    telling.everybody(tx, cx, &catalogue, &everybody).await
                }
                Meaning::Roles(lost, initiator) => telling.roles(tx, cx, (&lost, initiator)).await,
                Meaning::Holders(holders) => telling.holders(tx, cx, &holders).await,
                Meaning::None | Meaning::Person(_) | Meaning::Membership { .. } => Ok(()),
            }
        })
    }
}

impl Receiver {
    async fn tell(&self, parcel: &Parcel, key: &SigningKey) -> Verdict {
        let Fact::Happened(event) = &parcel.payload else {
            return nothing();
        };
        let ended = match self.whom(parcel, meaning::of(event)).await {
            Ok(Some(ended)) => ended,
            Ok(None) => return nothing(),
            Err(error) => return retry(&error.to_string()),
        };
        let cx = self.shared.world.system("signals");
        let attempt: RequestId = cx.new_id();
        let about = About {
            issuer: &self.shared.issuer,
            ended: &ended,
            at: ended.at.unwrap_or(parcel.at),
            now: cx.now(),
            change: parcel.change_id.as_str(),
            attempt: attempt.as_str(),
        };
        let (kind, claims) = token::claims(&self.settings, &about);
        match key.sign(kind, &claims) {
            Ok(token) => self.post(&token).await,
            Err(error) => retry(&error.to_string()),
        }
    }

    async fn whom(&self, parcel: &Parcel, meaning: Meaning) -> Result<Option<Ended>, Error> {
        let mut conn = self.shared.db.read().await?;
        let receiver = (&self.shared.catalogues, self.settings.service.as_deref());
        let times = (parcel.at, self.shared.world.clock.now());
        weigh::whom(&mut conn, receiver, meaning, times).await
    }

    async fn post(&self, token: &str) -> Verdict {
        let url = self.settings.url.clone();
        let request = self.shared.client.post(url).timeout(TIMEOUT);
        let request = match self.settings.form {
            SignalForm::Logout => request.form(&[("logout_token", token)]),
            SignalForm::Caep => request
                .header(CONTENT_TYPE, "application/secevent+jwt")
                .header(ACCEPT, "application/json")
                .body(token.to_owned()),
        };
        match self.authorized(request).send().await {
            Ok(response) => self.judge(response).await,
            Err(error) if error.is_timeout() => retry("No answer in time."),
            Err(_) => retry("No connection."),
        }
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        let bearer = self.settings.token.as_ref();
        let value =
            bearer.map(|it| HeaderValue::try_from(format!("Bearer {}", it.expose_secret())));
        match value {
            Some(Ok(mut value)) => {
                value.set_sensitive(true);
                request.header(AUTHORIZATION, value)
            }
            _ => request,
        }
    }

    async fn judge(&self, response: reqwest::Response) -> Verdict {
        let status = response.status();
        let pause = pause(&response);
        if status.is_success() {
            return Verdict::Done {
                remote_id: Some(status.to_string()),
            };
        }
        let refusal = refusal(response).await;
        let word = refusal.err.as_str();
        let said = text::one_line(&format!("{word} {}", refusal.description), KEPT);
        let reason = format!("It answered {status}: {said}");
        match (self.settings.form, status, word) {
            (_, StatusCode::TOO_MANY_REQUESTS, _) => Verdict::Throttled { retry_after: pause },
            // It does not know our newest key yet: it will.
            (SignalForm::Caep, StatusCode::BAD_REQUEST, "invalid_key") => Verdict::Retry {
                reason,
                after: pause,
            },
            (
                SignalForm::Caep,
                StatusCode::BAD_REQUEST,
                "authentication_failed" | "access_denied",
            )
            | (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                Verdict::AuthBroken { reason }
            }
            // What it does not understand it will not understand later (RFC 8935 2.4, section 2.8).
            (_, StatusCode::BAD_REQUEST, _) => Verdict::Rejected {
                cause: match word {
                    "" => "refused".to_owned(),
                    word => text::one_line(word, 40),
                },
                reason,
            },
            _ if status.is_redirection() => Verdict::Rejected {
                cause: "redirect".to_owned(),
                reason: format!("It answered {status}. Redirects are not followed."),
            },
            _ => Verdict::Retry {
                reason,
                after: pause,
            },
        }
    }
}

/// The error answer of RFC 8935 2.4, or of section 2.8 of Back-Channel Logout, which has other names.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    #[serde(alias = "error")]
    err: String,
    #[serde(alias = "error_description")]
    description: String,
}

async fn refusal(mut response: reqwest::Response) -> Refusal {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// `Retry-After` in seconds.
fn pause(response: &reqwest::Response) -> Option<Duration> {
    let text = response.headers().get("retry-after")?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

fn nothing() -> Verdict {
    Verdict::Done { remote_id: None }
}

fn retry(reason: &str) -> Verdict {
    Verdict::Retry {
        reason: reason.to_owned(),
        after: None,
    }
}
