//! A Salesforce org that stands in for a real one, over a real socket: tokens, SOQL, keyed upserts,
//! collections and composite calls, with its limits, error shapes and partial failures.

pub mod org;
mod resources;
pub mod schema;
mod soql;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vestibule::{
    crm::{
        conformance::{Bench, Fault, Faulty},
        port::{Crm, Record},
        salesforce,
    },
    kernel::World,
    settings::ConnectionSettings,
    web::http_client::http_client,
};

use self::{org::Org, resources::Call};
use super::{
    crm_stand_in::socket::Scissors,
    delay::Delay,
    served::{Served, lock},
};

pub const CLIENT_ID: &str = "3MVG9stand-in";
pub const CLIENT_SECRET: &str = "a secret & with % odd + letters";
pub const USERNAME: &str = "portal@acme.example";
pub const NOTICE_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What goes wrong with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Throttled,
    Unavailable,
    /// With the next call that writes.
    AnswerLost,
}

pub struct Inner {
    pub org: Org,
    /// Calls of the day, and how many may be.
    pub used: usize,
    pub allowed: usize,
    pub page_size: usize,
    locators: BTreeMap<String, (Vec<Value>, usize)>,
    tokens: Vec<String>,
    given: usize,
    refuses_credentials: bool,
    trouble: VecDeque<Trouble>,
    pub delay: Delay,
    /// The key behind the integration user's certificate, for JWT bearer.
    pub key: Option<RsaPublicKey>,
    /// Every call below `/services/data`: method, path without the query, body.
    pub calls: Vec<(String, String, Value)>,
    /// Headers of the last call.
    pub last_headers: HeaderMap,
}

/// A running org; it ends when this is dropped.
pub type StandIn = Served<Inner>;

impl StandIn {
    pub async fn start() -> Self {
        let inner = |_: &str| Inner {
            org: Org::default(),
            used: 0,
            allowed: 100_000,
            page_size: 2_000,
            locators: BTreeMap::new(),
            tokens: Vec::new(),
            given: 0,
            refuses_credentials: false,
            trouble: VecDeque::new(),
            delay: Delay::default(),
            key: None,
            calls: Vec::new(),
            last_headers: HeaderMap::new(),
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
            kind = "salesforce"
            batch = 200
            [fields]
            "account.vat_number" = "VAT_Number__c"
            "account.domains" = "Portal_Domains__c"
            "contract.products" = "Portal_Products__c"
            "contract.seats" = "Portal_Seats__c"
            "contract.grace_days" = "Portal_Grace__c"
            [salesforce]
        };
        let own = table["salesforce"].as_table_mut().unwrap();
        own.insert("client_id".into(), CLIENT_ID.into());
        own.insert("client_secret".into(), CLIENT_SECRET.into());
        own.insert("notice_secret".into(), NOTICE_SECRET.into());
        let mut settings: ConnectionSettings = table.try_into().unwrap();
        settings.url = Some(self.url.parse().unwrap());
        settings
    }

    pub fn adapter(&self, world: &World) -> Arc<dyn Crm> {
        self.adapter_with(&self.settings(), world)
    }

    pub fn adapter_with(&self, settings: &ConnectionSettings, world: &World) -> Arc<dyn Crm> {
        salesforce::adapter(settings, http_client().unwrap(), world).unwrap()
    }

    /// Calls so far, below the version; composite ones count once, as the org counts them.
    pub fn count_calls(&self) -> usize {
        self.lock().calls.len()
    }

    /// A record as a user of the org would type it.
    pub fn put(&self, record: Record) -> String {
        let (object, values) = match record {
            Record::Account(it) => (
                "Account",
                json!({"Id": it.id, "Name": it.name, "AccountNumber": it.number, "Type": "Customer - Direct",
                    "BillingPostalCode": it.postcode, "VAT_Number__c": it.vat_number}),
            ),
            Record::Contact(it) => (
                "Contact",
                json!({"Id": it.id, "AccountId": it.account_id, "FirstName": it.given_name, "LastName": it.family_name,
                    "Email": it.email, "Phone": it.phone, "HasOptedOutOfEmail": it.opted_out}),
            ),
            Record::Contract(it) => {
                let code = match it.status.as_str() {
                    "active" => "Activated",
                    "ended" => "Terminated",
                    _ => "Draft",
                };
                (
                    "Contract",
                    json!({"Id": it.id, "AccountId": it.account_id, "ContractNumber": it.number, "StatusCode": code,
                        "StartDate": it.starts_on, "Portal_Products__c": it.products.join(";")}),
                )
            }
            other => panic!("no check puts {other:?}"),
        };
        self.lock().org.put(object, values)
    }
}

impl Inner {
    fn give_token(&mut self) -> String {
        self.given += 1;
        let token = format!("00DgK!AQ{:06}", self.given);
        self.tokens.push(token.clone());
        token
    }

    fn fits(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|it| it.to_str().ok());
        let token = given.and_then(|it| it.strip_prefix("Bearer "));
        token.is_some_and(|token| self.tokens.iter().any(|it| it == token))
    }

    fn login(&mut self, body: &[u8], url: &str) -> (u16, Value) {
        let form: BTreeMap<String, String> =
            url::form_urlencoded::parse(body).into_owned().collect();
        let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let refused =
            |error: &str, why: &str| (400, json!({"error": error, "error_description": why}));
        if self.refuses_credentials {
            return (
                401,
                json!({"error": "invalid_client", "error_description": "invalid client credentials"}),
            );
        }
        match of("grant_type") {
            "client_credentials" if of("client_id") != CLIENT_ID => {
                return refused("invalid_client_id", "client identifier invalid");
            }
            "client_credentials" if of("client_secret") != CLIENT_SECRET => {
                return refused("invalid_client", "invalid client credentials");
            }
            "client_credentials" => {}
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                if let Err(why) = self.assertion(of("assertion")) {
                    return refused("invalid_grant", why);
                }
            }
            _ => return refused("unsupported_grant_type", "grant type not supported"),
        }
        let token = self.give_token();
        (
            200,
            json!({"access_token": token, "instance_url": url, "id": "https://login.salesforce.com/id/00DgK/005gK",
            "token_type": "Bearer", "token_format": "opaque", "issued_at": "1795314294173", "signature": "x", "scope": "api"}),
        )
    }

    fn assertion(&self, jwt: &str) -> Result<(), &'static str> {
        let parts: Vec<&str> = jwt.split('.').collect();
        let [head, claims, signature] = parts.as_slice() else {
            return Err("invalid assertion");
        };
        let decode = |part: &str| {
            BASE64_URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| "invalid assertion")
        };
        let head: Value =
            serde_json::from_slice(&decode(head)?).map_err(|_| "invalid assertion")?;
        let said: Value =
            serde_json::from_slice(&decode(claims)?).map_err(|_| "invalid assertion")?;
        let Some(key) = &self.key else {
            return Err("user hasn't approved this consumer");
        };
        let prefix = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20,
        ];
        let padding = Pkcs1v15Sign {
            hash_len: Some(32),
            prefix: prefix.into(),
        };
        let digest = Sha256::digest(format!("{}.{claims}", parts[0]).as_bytes());
        key.verify(padding, &digest, &decode(signature)?)
            .map_err(|_| "invalid signature")?;
        if head["alg"] != "RS256" || said["iss"] != CLIENT_ID || said["sub"] != USERNAME {
            return Err("user hasn't approved this consumer");
        }
        if said["aud"] != "https://login.salesforce.com"
            && said["aud"] != "https://test.salesforce.com"
        {
            return Err("audience is invalid");
        }
        let left = said["exp"].as_i64().unwrap_or_default() - self.org.seconds;
        if !(0..=180).contains(&left) {
            return Err("expired authorization code");
        }
        Ok(())
    }

    fn data(&mut self, method: &str, url: &str, headers: &HeaderMap, body: Value) -> (u16, Value) {
        if url.trim_end_matches('/') == "/services/data" {
            return (
                200,
                json!([{"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"}]),
            );
        }
        if !self.fits(headers) {
            return (
                401,
                json!([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]),
            );
        }
        self.used += 1;
        let path = url.split('?').next().unwrap_or_default();
        self.calls
            .push((method.to_owned(), path.to_owned(), body.clone()));
        self.last_headers = headers.clone();
        let is_pressed =
            self.trouble.front() == Some(&Trouble::Throttled) && self.trouble.pop_front().is_some();
        if is_pressed || self.used > self.allowed {
            return (
                403,
                json!([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]),
            );
        }
        if self.trouble.front() == Some(&Trouble::Unavailable) {
            self.trouble.pop_front();
            return (
                503,
                json!([{"errorCode": "SERVER_UNAVAILABLE", "message": "Server unavailable"}]),
            );
        }
        let rule = headers
            .get("sforce-duplicate-rule-header")
            .and_then(|it| it.to_str().ok());
        self.dispatch(&Call {
            method,
            url,
            body,
            allow_save: rule.is_some_and(|it| it.contains("allowSave=true")),
        })
    }

    /// The answer to this call gets lost if that is armed and it writes.
    fn loses(&mut self, method: &str, body: &Value) -> bool {
        let is_write = |part: &Value| part["method"].as_str().is_some_and(|it| it != "GET");
        let writes = match body["compositeRequest"].as_array() {
            Some(parts) => parts.iter().any(is_write),
            None => method != "GET",
        };
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
    let body: Bytes = to_bytes(body, 32 * 1024 * 1024).await.unwrap_or_default();
    let url = parts
        .uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let delay = lock(&inner).delay.clone();
    delay.wait().await;
    let mut inner = lock(&inner);
    if url == "/services/oauth2/token" {
        let (status, body) = inner.login(&body, &format!("http://{host}"));
        return answer(status, &body, None, inner.org.seconds);
    }
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let loses = inner.loses(parts.method.as_str(), &json);
    let (status, body) = inner.data(parts.method.as_str(), &url, &parts.headers, json);
    if loses {
        scissors.cut();
    }
    let usage = format!("api-usage={}/{}", inner.used, inner.allowed);
    answer(status, &body, Some(usage), inner.org.seconds)
}

fn answer(status: u16, body: &Value, usage: Option<String>, seconds: i64) -> Response {
    let now = jiff::Timestamp::from_second(seconds).unwrap();
    let mut response = if body.is_null() {
        StatusCode::from_u16(status).unwrap().into_response()
    } else {
        let kind = [(header::CONTENT_TYPE, "application/json;charset=UTF-8")];
        (
            StatusCode::from_u16(status).unwrap(),
            kind,
            body.to_string(),
        )
            .into_response()
    };
    let headers = response.headers_mut();
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.insert(header::DATE, date.parse().unwrap());
    if let Some(usage) = usage {
        headers.insert("sforce-limit-info", usage.parse().unwrap());
    }
    response
}

/// The adapter on the stand-in, for the conformance suite.
pub struct SalesforceBench {
    pub stand_in: StandIn,
    pub crm: Arc<dyn Crm>,
}

#[async_trait]
impl Bench for SalesforceBench {
    fn crm(&self) -> &dyn Crm {
        &*self.crm
    }

    async fn put_orders_and_cases(&self, account: &str, contact: &str) -> bool {
        let mut inner = self.stand_in.lock();
        for number in 1..=7 {
            inner.org.put(
                "Order",
                json!({"AccountId": account, "OrderNumber": format!("CONF-O{number}"), "TotalAmount": 10.5,
                    "EffectiveDate": format!("2026-01-0{number}"), "Status": "Activated"}),
            );
        }
        for (number, closed) in [("CONF-C1", false), ("CONF-C2", true)] {
            inner.org.put(
                "Case",
                json!({"AccountId": account, "ContactId": contact, "CaseNumber": number, "Subject": "Stops",
                    "Status": "New", "IsClosed": closed}),
            );
        }
        true
    }

    async fn put(&self, record: Record) -> String {
        self.stand_in.put(record)
    }
}

#[async_trait]
impl Faulty for SalesforceBench {
    async fn arm(&self, fault: Fault) -> bool {
        let mut inner = self.stand_in.lock();
        match fault {
            // There is no such header here.
            Fault::ThrottledWithHint(_) => return false,
            Fault::Throttled => inner.trouble.push_back(Trouble::Throttled),
            Fault::ExpiredToken => inner.tokens.clear(),
            Fault::BrokenCredentials => {
                inner.tokens.clear();
                inner.refuses_credentials = true;
            }
            Fault::AnswerLost => inner.trouble.push_back(Trouble::AnswerLost),
            Fault::Unavailable => inner.trouble.push_back(Trouble::Unavailable),
            Fault::Slow(pause) => inner.delay.once(pause),
            Fault::ClockAhead(by) => inner.org.seconds += i64::try_from(by.as_secs()).unwrap(),
            Fault::LateCommit => inner.org.hides_next = true,
            Fault::None => {
                inner.trouble.clear();
                inner.refuses_credentials = false;
                inner.org.show_hidden();
            }
        }
        true
    }

    async fn activities(&self, text: &str) -> usize {
        let inner = self.stand_in.lock();
        inner
            .org
            .rows("Task")
            .filter(|row| row["Subject"] == text)
            .count()
    }
}
