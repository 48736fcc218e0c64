//! A bearer token that lasts for a while: fetched when it is needed, kept until it is near its end,
//! fetched anew once when the CRM no longer takes it.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{RequestBuilder, StatusCode, header::HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::{Answer, LARGEST_ANSWER, Meter};
use crate::{
    crm::port::{CrmError, Usage},
    kernel::{Clock, Instant},
};

/// A token is renewed this long before it ends, so that none ends under way.
const MARGIN: Duration = Duration::from_secs(60);

/// A token as a token endpoint gave it.
#[derive(Clone)]
pub struct Fetched {
    /// What goes behind `Bearer`.
    pub token: String,
    /// How long it lasts, when the CRM said so; otherwise until it is refused.
    pub lasts: Option<Duration>,
}

/// Where tokens come from.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A new token.
    ///
    /// # Errors
    /// [`CrmError::AuthBroken`] when our credentials are refused, otherwise as any call.
    async fn fetch(&self) -> Result<Fetched, CrmError>;
}

/// A token that was given once and for all.
pub struct Given(pub SecretString);

#[async_trait]
impl TokenSource for Given {
    async fn fetch(&self) -> Result<Fetched, CrmError> {
        Ok(Fetched {
            token: self.0.expose_secret().to_owned(),
            lasts: None,
        })
    }
}

/// Calls with a token. One task renews it, the others wait for that one.
pub struct Session {
    source: Box<dyn TokenSource>,
    clock: Clock,
    meter: Meter,
    held: Mutex<Option<Held>>,
}

#[derive(Clone)]
struct Held {
    authorization: HeaderValue,
    until: Option<Instant>,
}

impl Session {
    /// A session without a token yet, whose calls are counted by `meter`.
    #[must_use]
    pub fn new(source: Box<dyn TokenSource>, clock: Clock, meter: Meter) -> Self {
        Self {
            source,
            clock,
            meter,
            held: Mutex::new(None),
        }
    }

    /// The value of `Authorization`; not `refused`, which the CRM no longer takes.
    async fn authorization(&self, refused: Option<&HeaderValue>) -> Result<HeaderValue, CrmError> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some(held) = &*held {
            let is_fresh = held.until.is_none_or(|until| now < until);
            if is_fresh && Some(&held.authorization) != refused {
                return Ok(held.authorization.clone());
            }
        }
        let fetched = self.source.fetch().await?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", fetched.token))
            .map_err(|_| CrmError::Protocol("its token fits into no header".to_owned()))?;
        authorization.set_sensitive(true);
        *held = Some(Held {
            authorization: authorization.clone(),
            until: fetched
                .lasts
                .map(|lasts| now.plus(lasts.saturating_sub(MARGIN).max(lasts / 2))),
        });
        Ok(authorization)
    }

    /// Makes a call with a token; once more with a new one when the CRM answers 401. `build` makes
    /// the request, without `Authorization`, each time anew.
    ///
    /// # Errors
    /// When no token can be had or no answer came. An answer that says no is an answer.
    pub async fn call(
        &self,
        build: impl Fn() -> RequestBuilder + Send + Sync,
    ) -> Result<Answer, CrmError> {
        let first = self.authorization(None).await?;
        let request = build().header("authorization", first.clone());
        let answer = self.meter.send(request, LARGEST_ANSWER).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let second = self.authorization(Some(&first)).await?;
        let request = build().header("authorization", second);
        Ok(self.meter.send(request, LARGEST_ANSWER).await?)
    }

    /// Calls and limits since the last look.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.meter.take()
    }
}
