//! Following changes there: a subscription whose notices are hints, and the delta as the net.

use async_trait::async_trait;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Graph,
    calls::{Problem, success},
    user::is_enabled,
};
use crate::{
    crm::rest::Answer,
    directory::port::{Delta, DirectoryError, Seen, Subscription, Watch, WhereTo},
    kernel::Instant,
};

const READ: &str = "User.Read.All";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    id: String,
    expiration_date_time: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    last: Option<String>,
}

fn moment(text: &str) -> Result<Instant, DirectoryError> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    parsed
        .map(|at| Instant::from_micros(at.as_microsecond()))
        .map_err(|_| DirectoryError::Protocol("a subscription's end is no time".to_owned()))
}

#[async_trait]
impl Watch for Graph {
    async fn subscribe(
        &self,
        to: &WhereTo,
        until: Instant,
    ) -> Result<Subscription, DirectoryError> {
        let body = json!({
            "changeType": "updated,deleted",
            "notificationUrl": to.notices,
            "lifecycleNotificationUrl": to.notices,
            "resource": "/users",
            "expirationDateTime": until.to_string(),
            "clientState": to.secret,
        });
        let url = self.calls.url(&["subscriptions"], &[]);
        let answer = self.calls.send(Method::POST, url, Some(&body)).await?;
        let made: Made = answered(&answer)?.json()?;
        Ok(Subscription {
            until: moment(&made.expiration_date_time)?,
            id: made.id,
        })
    }

    async fn renew(&self, id: &str, until: Instant) -> Result<Option<Instant>, DirectoryError> {
        let body = json!({"expirationDateTime": until.to_string()});
        let url = self.calls.url(&["subscriptions", id], &[]);
        let answer = self.calls.send(Method::PATCH, url, Some(&body)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let made: Made = answered(&answer)?.json()?;
        moment(&made.expiration_date_time).map(Some)
    }

    async fn see(&self, user: &str) -> Result<Seen, DirectoryError> {
        let read = self.read(user).await.map_err(DirectoryError::about_all)?;
        Ok(match read {
            Some(user) if is_enabled(&user) => Seen::Enabled,
            Some(_) => Seen::Disabled,
            None => Seen::Gone,
        })
    }

    async fn delta(&self, cursor: &str) -> Result<Delta, DirectoryError> {
        let first = || {
            let query = [("$select", "id,accountEnabled")];
            self.calls.url(&["users", "delta"], &query)
        };
        let known = self.calls.link(cursor);
        let is_first = known.is_none();
        let answer = self
            .calls
            .send(Method::GET, known.unwrap_or_else(first), None)
            .await?;
        if is_lost(&answer) && !is_first {
            return Ok(Delta {
                users: Vec::new(),
                cursor: String::new(),
                more: true,
            });
        }
        let page: Page = answered(&answer)?.json()?;
        let more = page.next.is_some();
        let cursor = page.next.or(page.last).unwrap_or_default();
        if self.calls.link(&cursor).is_none() {
            let what = "a page of changes leads elsewhere".to_owned();
            return Err(DirectoryError::Protocol(what));
        }
        Ok(Delta {
            users: page.value.iter().filter_map(seen).collect(),
            cursor,
            more,
        })
    }
}

fn answered(answer: &Answer) -> Result<&Answer, DirectoryError> {
    success(answer, READ).map_err(DirectoryError::about_all)
}

/// Whether a place is too old, or the tenant has moved: then it goes from the beginning. The names are
/// those of Microsoft's documents and articles, which write them in more than one way.
fn is_lost(answer: &Answer) -> bool {
    let is_named = |code: &str| {
        ["syncStateNotFound", "Directory_ExpiredPageToken"]
            .iter()
            .any(|name| code.trim_start_matches('_').eq_ignore_ascii_case(name))
    };
    match answer.status {
        StatusCode::GONE => true,
        StatusCode::BAD_REQUEST => is_named(&Problem::of(answer).code),
        _ => false,
    }
}

/// What a row says; nothing when it is about something else of the user.
fn seen(row: &Value) -> Option<(String, Seen)> {
    let id = row.get("id")?.as_str()?.to_owned();
    let seen = match (row.get("@removed"), row.get("accountEnabled")) {
        (Some(_), _) => Seen::Gone,
        (None, Some(Value::Bool(true))) => Seen::Enabled,
        (None, Some(Value::Bool(false))) => Seen::Disabled,
        _ => return None,
    };
    Some((id, seen))
}
