//! A Dataverse environment that stands in for a real one, over a real socket: Entra's token endpoint,
//! alternate keys, preconditions, batches with change sets, change tracking, limits, impersonation.

pub mod env;
mod odata;
pub mod resources;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::to_bytes,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use vestibule::{
    crm::{
        conformance::{Bench, Fault, Faulty},
        dynamics365,
        port::{Crm, Record},
    },
    kernel::World,
    settings::ConnectionSettings,
    web::http_client::http_client,
};

use self::{
    env::Env,
    resources::{Answer, Call},
};
use super::{
    crm_stand_in::socket::Scissors,
    delay::Delay,
    served::{Served, lock},
};

pub const TENANT: &str = "acme.onmicrosoft.com";
pub const CLIENT_ID: &str = "c1c10000-0000-4000-8000-000000000001";
pub const CLIENT_SECRET: &str = "a~secret & with % odd + letters";
pub const NOTICE_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Preconditions of a write.
#[derive(Debug, Clone, Default)]
pub struct Must {
    pub match_tag: Option<String>,
    pub be_new: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Throttled(Option<Duration>),
    Unavailable,
    /// With the next call that writes.
    AnswerLost,
}

pub struct Inner {
    pub env: Env,
    pub url: String,
    tokens: Vec<String>,
    given: usize,
    refuses_credentials: bool,
    trouble: VecDeque<Trouble>,
    pub delay: Delay,
    /// The next link of change tracking is too old.
    pub forgets_tokens: bool,
    /// Entra ids of users who may not write.
    pub may_not: BTreeSet<String>,
    /// Tags of writes.
    pub tags: Vec<String>,
    /// Every call: method, path with query, body.
    pub calls: Vec<(String, String, String)>,
}

/// A running environment; it ends when this is dropped.
pub type StandIn = Served<Inner>;

impl StandIn {
    pub async fn start() -> Self {
        let inner = |url: &str| Inner {
            env: Env::default(),
            url: url.to_owned(),
            tokens: Vec::new(),
            given: 0,
            refuses_credentials: false,
            trouble: VecDeque::new(),
            delay: Delay::default(),
            forgets_tokens: false,
            may_not: BTreeSet::new(),
            tags: Vec::new(),
            calls: Vec::new(),
        };
        Self::serve(inner, Router::new().fallback(handle)).await
    }

    /// A token for clients of others.
    pub fn token(&self) -> String {
        self.lock().give_token()
    }

    pub fn settings(&self) -> ConnectionSettings {
        let mut table = toml::toml! {
            key = "main"
            name = "Stand-in"
            kind = "dynamics365"
            [fields]
            "account.vat_number" = "vst_vatnumber"
            "contract.products" = "vst_products"
            "contract.seats" = "vst_seats"
            [dynamics365]
        };
        let own = table["dynamics365"].as_table_mut().unwrap();
        own.insert("tenant".into(), TENANT.into());
        own.insert("client_id".into(), CLIENT_ID.into());
        own.insert("client_secret".into(), CLIENT_SECRET.into());
        own.insert("notice_secret".into(), NOTICE_SECRET.into());
        own.insert(
            "token_url".into(),
            format!("{}/{TENANT}/oauth2/v2.0/token", self.url).into(),
        );
        let mut settings: ConnectionSettings = table.try_into().unwrap();
        settings.url = Some(self.url.parse().unwrap());
        settings
    }

    pub fn adapter(&self, world: &World) -> Arc<dyn Crm> {
        self.adapter_with(&self.settings(), world)
    }

    pub fn adapter_with(&self, settings: &ConnectionSettings, world: &World) -> Arc<dyn Crm> {
        dynamics365::adapter(settings, http_client().unwrap(), world).unwrap()
    }

    pub fn count_calls(&self) -> usize {
        self.lock().calls.len()
    }

    /// A record as a user would type it.
    pub fn put(&self, record: Record) -> String {
        let (set, values) = match record {
            Record::Account(it) => (
                "accounts",
                json!({"accountid": it.id, "name": it.name, "accountnumber": it.number, "customertypecode": 3,
                    "address1_postalcode": it.postcode, "vst_vatnumber": it.vat_number}),
            ),
            Record::Contact(it) => (
                "contacts",
                json!({"contactid": it.id, "_parentcustomerid_value": it.account_id, "firstname": it.given_name, "lastname": it.family_name,
                    "emailaddress1": it.email, "telephone1": it.phone, "donotbulkemail": it.opted_out}),
            ),
            Record::Contract(it) => {
                let state = match it.status.as_str() {
                    "active" => 1,
                    "ended" => 2,
                    _ => 0,
                };
                (
                    "entitlements",
                    json!({"entitlementid": it.id, "_customerid_value": it.account_id, "name": it.number, "statecode": state,
                        "startdate": it.starts_on, "enddate": null, "vst_products": it.products.join(";")}),
                )
            }
            other => panic!("no check puts {other:?}"),
        };
        self.lock().env.put(set, values)
    }
}

impl Inner {
    fn give_token(&mut self) -> String {
        self.given += 1;
        let token = format!("eyJ.{:06}", self.given);
        self.tokens.push(token.clone());
        token
    }

    fn login(&mut self, body: &[u8]) -> Answer {
        let form: BTreeMap<String, String> =
            url::form_urlencoded::parse(body).into_owned().collect();
        let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let refused = |status, error: &str, why: &str| {
            Answer::json(status, &json!({"error": error, "error_description": why}))
        };
        if self.refuses_credentials || of("client_secret") != CLIENT_SECRET {
            return refused(
                401,
                "invalid_client",
                "AADSTS7000215: Invalid client secret provided.",
            );
        }
        if of("client_id") != CLIENT_ID {
            return refused(
                400,
                "unauthorized_client",
                "AADSTS700016: Application was not found in the directory.",
            );
        }
        if of("grant_type") != "client_credentials"
            || of("scope") != format!("{}/.default", self.url)
        {
            return refused(
                400,
                "invalid_scope",
                "AADSTS70011: The provided value for the input parameter 'scope' is not valid.",
            );
        }
        let token = self.give_token();
        Answer::json(
            200,
            &json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token}),
        )
    }

    fn answer(&mut self, call: &Call) -> Answer {
        if call.url == format!("/{TENANT}/oauth2/v2.0/token") {
            return self.login(&call.body);
        }
        let token = call
            .headers
            .get("authorization")
            .and_then(|it| it.strip_prefix("Bearer "));
        if !token.is_some_and(|token| self.tokens.iter().any(|it| it == token)) {
            return Answer {
                status: 401,
                ..Answer::default()
            };
        }
        self.calls.push((
            call.method.clone(),
            call.url.clone(),
            String::from_utf8_lossy(&call.body).into_owned(),
        ));
        match self.trouble.front().copied() {
            Some(Trouble::Throttled(pause)) => {
                self.trouble.pop_front();
                let body = json!({"error": {"code": "0x80072322", "message": "Number of requests exceeded the limit of 6000 over time window of 300 seconds."}});
                let mut answer = Answer::json(429, &body);
                answer
                    .headers
                    .extend(pause.map(|it| ("Retry-After".to_owned(), it.as_secs().to_string())));
                answer
            }
            Some(Trouble::Unavailable) => {
                self.trouble.pop_front();
                Answer {
                    status: 503,
                    ..Answer::default()
                }
            }
            _ => self.dispatch(call),
        }
    }

    /// The answer to this call gets lost if that is armed and it writes.
    fn loses(&mut self, call: &Call) -> bool {
        let body = String::from_utf8_lossy(&call.body);
        let writes = call.method == "PATCH" || body.contains("PATCH ");
        let is_armed = self.trouble.front() == Some(&Trouble::AnswerLost);
        is_armed && writes && self.trouble.pop_front().is_some()
    }
}

async fn handle(
    State(inner): State<Arc<Mutex<Inner>>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 32 * 1024 * 1024).await.unwrap_or_default();
    let headers = parts.headers.iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            value.to_str().unwrap_or_default().to_owned(),
        )
    });
    let call = Call {
        method: parts.method.to_string(),
        url: parts
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let delay = lock(&inner).delay.clone();
    delay.wait().await;
    let mut inner = lock(&inner);
    let loses = inner.loses(&call);
    let answer = inner.answer(&call);
    if loses {
        scissors.cut();
    }
    let mut response = (StatusCode::from_u16(answer.status).unwrap(), answer.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in answer.headers {
        let name: HeaderName = name.to_lowercase().parse().unwrap();
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// The adapter on the stand-in, for the conformance suite.
pub struct DynamicsBench {
    pub stand_in: StandIn,
    pub crm: Arc<dyn Crm>,
}

#[async_trait]
impl Bench for DynamicsBench {
    fn crm(&self) -> &dyn Crm {
        &*self.crm
    }

    async fn put_orders_and_cases(&self, account: &str, contact: &str) -> bool {
        let mut inner = self.stand_in.lock();
        for number in 1..=7 {
            inner.env.put(
                "salesorders",
                json!({"_customerid_value": account, "ordernumber": format!("CONF-O{number}"), "totalamount": 10,
                    "createdon": format!("2026-01-0{number}T09:00:00Z"), "statecode": 1}),
            );
        }
        for (number, state) in [("CONF-C1", 0), ("CONF-C2", 1)] {
            inner.env.put(
                "incidents",
                json!({"_customerid_value": account, "_primarycontactid_value": contact, "ticketnumber": number,
                    "title": "Stops", "statuscode": 1, "createdon": "2026-01-01T09:00:00Z", "statecode": state}),
            );
        }
        true
    }

    async fn put(&self, record: Record) -> String {
        self.stand_in.put(record)
    }
}

#[async_trait]
impl Faulty for DynamicsBench {
    async fn arm(&self, fault: Fault) -> bool {
        let mut inner = self.stand_in.lock();
        match fault {
            Fault::ThrottledWithHint(pause) => {
                inner.trouble.push_back(Trouble::Throttled(Some(pause)));
            }
            Fault::Throttled => inner.trouble.push_back(Trouble::Throttled(None)),
            Fault::ExpiredToken => inner.tokens.clear(),
            Fault::BrokenCredentials => {
                inner.tokens.clear();
                inner.refuses_credentials = true;
            }
            Fault::AnswerLost => inner.trouble.push_back(Trouble::AnswerLost),
            Fault::Unavailable => inner.trouble.push_back(Trouble::Unavailable),
            Fault::Slow(pause) => inner.delay.once(pause),
            // Its feed follows version numbers, no clock.
            Fault::ClockAhead(_) => return false,
            Fault::LateCommit => inner.env.hides_next = true,
            Fault::None => {
                inner.trouble.clear();
                inner.refuses_credentials = false;
                inner.env.show_hidden();
            }
        }
        true
    }

    async fn activities(&self, text: &str) -> usize {
        let inner = self.stand_in.lock();
        inner
            .env
            .rows("annotations")
            .filter(|row| row["subject"] == text)
            .count()
    }
}
