//! One call of a model's method, over JSON-2 or JSON-RPC.

use std::time::Duration;

use reqwest::{
    Client, RequestBuilder, StatusCode,
    header::{AUTHORIZATION, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use url::Url;

use super::{WrongSettings, errors::Exception};
use crate::{
    crm::{
        port::{CrmError, Usage},
        rest::{Answer, LARGEST_ANSWER, Meter, standard_limits},
    },
    settings::OdooSettings,
};

/// A `load` of a whole batch takes its time.
const LONG: Duration = Duration::from_secs(40);
/// The first version with JSON-2.
const JSON_2: u32 = 19;

/// How models are called.
pub(super) struct Calls {
    client: Client,
    base: Url,
    key: SecretString,
    database: String,
    way: Way,
    /// Odoo limits nothing itself; what stands before it may.
    meter: Meter,
}

enum Way {
    Json2 {
        authorization: HeaderValue,
        database: HeaderValue,
    },
    JsonRpc {
        login: String,
        /// The user's number, once asked for.
        user: Mutex<Option<i64>>,
    },
}

impl Calls {
    pub(super) fn new(
        client: Client,
        base: Url,
        key: SecretString,
        settings: &OdooSettings,
    ) -> Result<Self, WrongSettings> {
        let unfit = |key| WrongSettings {
            key,
            problem: "holds characters that no header can carry",
        };
        let way = if settings.version >= JSON_2 {
            let mut authorization =
                HeaderValue::try_from(format!("bearer {}", key.expose_secret()))
                    .map_err(|_| unfit("token"))?;
            authorization.set_sensitive(true);
            Way::Json2 {
                authorization,
                database: HeaderValue::try_from(&settings.database)
                    .map_err(|_| unfit("odoo.database"))?,
            }
        } else {
            Way::JsonRpc {
                login: settings.login.clone(),
                user: Mutex::new(None),
            }
        };
        Ok(Self {
            client,
            base,
            key,
            database: settings.database.clone(),
            way,
            meter: Meter::new(standard_limits),
        })
    }

    /// Calls and limits since the last look.
    pub(super) fn usage(&self) -> Usage {
        self.meter.take()
    }

    /// Calls a method of a model with named arguments. Archived records are seen, times are UTC.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        model: &str,
        method: &str,
        mut arguments: Map<String, Value>,
    ) -> Result<T, CrmError> {
        let context = json!({"active_test": false, "tz": "UTC", "tracking_disable": true});
        arguments.insert("context".to_owned(), context);
        let value = match &self.way {
            Way::Json2 {
                authorization,
                database,
            } => {
                let request = self
                    .post(&["json", "2", model, method])
                    .header(AUTHORIZATION, authorization.clone())
                    .header("x-odoo-database", database.clone())
                    .json(&arguments);
                json_2(&self.meter.send(request, LARGEST_ANSWER).await?)?
            }
            Way::JsonRpc { login, user } => {
                let user = self.user(login, user).await?;
                let key = self.key.expose_secret();
                let arguments = json!([self.database, user, key, model, method, [], arguments]);
                self.rpc("object", "execute_kw", arguments).await?
            }
        };
        serde_path_to_error::deserialize(value).map_err(|error| {
            let place = error.path().to_string();
            CrmError::Protocol(format!(
                "{model}.{method}: the field `{place}` is missing or not what it should be"
            ))
        })
    }

    /// Records that fit a domain, each with these fields.
    pub(super) async fn search_read(
        &self,
        model: &str,
        search: Search<'_>,
    ) -> Result<Vec<Map<String, Value>>, CrmError> {
        let arguments = json!({
            "domain": search.domain,
            "fields": search.fields,
            "limit": search.limit,
            "order": search.order,
        });
        match arguments {
            Value::Object(arguments) => self.call(model, "search_read", arguments).await,
            _ => Ok(Vec::new()),
        }
    }

    fn post(&self, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        self.client.post(url).timeout(LONG)
    }

    /// The number of the key's user, asked for once.
    async fn user(&self, login: &str, known: &Mutex<Option<i64>>) -> Result<i64, CrmError> {
        let mut known = known.lock().await;
        if let Some(user) = *known {
            return Ok(user);
        }
        let key = self.key.expose_secret();
        let arguments = json!([self.database, login, key, {}]);
        let answer = self.rpc("common", "authenticate", arguments).await?;
        // A wrong key is no error here but the value `false`.
        let user = answer.as_i64().ok_or_else(|| {
            CrmError::AuthBroken("the database, the login or the API key is wrong".to_owned())
        })?;
        *known = Some(user);
        Ok(user)
    }

    async fn rpc(&self, service: &str, method: &str, args: Value) -> Result<Value, CrmError> {
        #[derive(Deserialize)]
        struct Reply {
            #[serde(default)]
            result: Value,
            #[serde(default)]
            error: Option<Failed>,
        }
        #[derive(Deserialize)]
        struct Failed {
            #[serde(default)]
            data: Exception,
        }
        let request = self.post(&["jsonrpc"]).json(&json!({
            "jsonrpc": "2.0",
            "method": "call",
            "id": 1,
            "params": {"service": service, "method": method, "args": args},
        }));
        let answer = self.meter.send(request, LARGEST_ANSWER).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer));
        }
        let reply: Reply = answer.json()?;
        match reply.error {
            Some(failed) => Err(failed.data.meaning(None)),
            None => Ok(reply.result),
        }
    }
}

/// What to look for.
pub(super) struct Search<'a> {
    pub(super) domain: Vec<Value>,
    pub(super) fields: &'a [&'a str],
    pub(super) limit: usize,
    pub(super) order: &'a str,
}

fn json_2(answer: &Answer) -> Result<Value, CrmError> {
    if answer.status.is_success() {
        return answer.json();
    }
    Err(refusal(answer))
}

fn refusal(answer: &Answer) -> CrmError {
    match answer.status {
        StatusCode::UNAUTHORIZED => {
            CrmError::AuthBroken("the API key is not accepted; it may have expired".to_owned())
        }
        // Neither comes from a model: the answer's own pause counts.
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            answer.failure(format!("HTTP {}", answer.status.as_u16()))
        }
        _ => {
            let exception: Exception = serde_json::from_slice(&answer.body).unwrap_or_default();
            if exception.name.is_empty() && answer.status == StatusCode::NOT_FOUND {
                return CrmError::Setup(
                    "there is no such address: JSON-2 needs Odoo 19 (odoo.version), and `url` is the server's root"
                        .to_owned(),
                );
            }
            exception.meaning(Some(answer))
        }
    }
}
