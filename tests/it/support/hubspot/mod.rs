//! A HubSpot account for tests, over a real socket: both layouts of paths, OAuth and static tokens,
//! unique properties and their 409 of a whole batch, 207 with errors, a search index of its own,
//! associations, limits that name their policy.

mod records;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use vestibule::{
    crm::{
        conformance::{Bench, Fault, Faulty},
        hubspot,
        port::{Crm, Record},
    },
    kernel::Clock,
    settings::ConnectionSettings,
    web::http_client::http_client,
};

use super::{
    crm_stand_in::socket::Scissors,
    delay::Delay,
    served::{Served, lock},
};
pub use records::Records;

pub const TOKEN: &str = "pat-eu1-stand-in";
pub const APP_SECRET: &str = "stand-in-app-secret";
const APP: &str = "stand-in-app";
const REFRESH: &str = "stand-in-refresh-token";

/// A running account; it ends when the last of these is dropped.
pub type Hubspot = Served<Inner>;

/// The state behind the socket.
#[derive(Default)]
pub struct Inner {
    pub records: Records,
    pub fault: Option<Fault>,
    pub delay: Delay,
    /// Every call: method and path.
    pub calls: Vec<(String, String)>,
    /// Access tokens that are taken beside the static one.
    tokens: BTreeSet<String>,
    given: usize,
    /// A scope that the token lacks: a part of the path.
    pub lacks: Option<String>,
}

impl Hubspot {
    pub async fn start() -> Self {
        let routes = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(8 * 1024 * 1024));
        Self::serve(|_| Inner::default(), routes).await
    }

    /// A connection with OAuth.
    pub fn settings(&self) -> ConnectionSettings {
        let text = format!(
            "key = \"main\"\nname = \"HubSpot\"\nkind = \"hubspot\"\nurl = \"{}\"\n[hubspot]\nclient_id = \"{APP}\"\n\
             client_secret = \"{APP_SECRET}\"\nrefresh_token = \"{REFRESH}\"\n",
            self.url
        );
        toml::from_str(&text).unwrap()
    }

    /// A connection with a service key.
    pub fn with_key(&self) -> ConnectionSettings {
        let mut settings = self.settings();
        settings.token = Some(TOKEN.to_owned().into());
        settings.hubspot.as_mut().unwrap().refresh_token = None;
        settings
    }

    pub fn adapter(&self, settings: &ConnectionSettings) -> Arc<dyn Crm> {
        hubspot::adapter(settings, http_client().unwrap(), Clock::System).unwrap()
    }

    /// Calls whose path ends so.
    pub fn calls(&self, end: &str) -> usize {
        let inner = self.lock();
        inner
            .calls
            .iter()
            .filter(|call| call.1.ends_with(end))
            .count()
    }

    /// Puts a record as a user would; contracts are of this object type.
    pub fn put(&self, record: &Record, contracts: &str) -> String {
        let (object, id, values, company) = match record {
            Record::Account(it) => (
                "companies",
                &it.id,
                json!({"name": it.name, "customer_number": it.number, "zip": it.postcode, "vat_number": it.vat_number}),
                String::new(),
            ),
            Record::Contact(it) => (
                "contacts",
                &it.id,
                json!({
                    "firstname": it.given_name, "lastname": it.family_name, "phone": it.phone,
                    "email": it.email,
                }),
                it.account_id.clone(),
            ),
            Record::Contract(it) => (
                contracts,
                &it.id,
                json!({
                    "dealname": it.number, "contract_number": it.number, "dealstage": "closedwon",
                    "contract_status": it.status, "contract_start_date": it.starts_on,
                    "contract_end_date": it.ends_on,
                }),
                it.account_id.clone(),
            ),
            other => panic!("no check puts {other:?}"),
        };
        let mut inner = self.lock();
        let records = &mut inner.records;
        let id = match id.parse::<u64>() {
            Ok(id) => {
                records.write(object, id, values);
                id
            }
            Err(_) => records.create(object, values),
        };
        if let Ok(company) = company.parse::<u64>() {
            let kind = if object == "contacts" { 1 } else { 5 };
            records.link((object, id), ("companies", company), kind);
        }
        id.to_string()
    }
}

fn reply(status: u16, body: &Value) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE.as_str(),
            "application/json;charset=utf-8",
        ),
        ("x-hubspot-ratelimit-max", "100"),
        ("x-hubspot-ratelimit-interval-milliseconds", "10000"),
    ];
    (
        StatusCode::from_u16(status).unwrap(),
        headers,
        body.to_string(),
    )
        .into_response()
}

fn refuse(status: u16, category: &str, message: &str) -> Response {
    reply(
        status,
        &json!({"status": "error", "category": category, "message": message, "correlationId": "c-1"}),
    )
}

async fn answer(
    State(shared): State<Arc<Mutex<Inner>>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let delay = lock(&shared).delay.clone();
    delay.wait().await;
    let mut inner = lock(&shared);
    inner
        .calls
        .push((method.to_string(), uri.path().to_owned()));
    if uri.path() == "/oauth/v1/token" {
        return token(&mut inner, &body);
    }
    if let Some(answer) = in_front(&mut inner, &headers) {
        return answer;
    }
    let lacks = inner
        .lacks
        .as_ref()
        .is_some_and(|part| uri.path().contains(part.as_str()));
    if lacks {
        let message = "This app hasn't been granted all required scopes: crm.objects.notes.write";
        return refuse(403, "MISSING_SCOPES", message);
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some((status, value)) = route(&mut inner, &method, &uri, &body) else {
        return refuse(404, "OBJECT_NOT_FOUND", "no such address");
    };
    let writes = ["/upsert", "/update", "/create"]
        .iter()
        .any(|end| uri.path().ends_with(end));
    if writes && inner.fault == Some(Fault::AnswerLost) {
        inner.fault = None;
        scissors.cut();
    }
    reply(status, &value)
}

fn token(inner: &mut Inner, body: &[u8]) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let has = |name: &str, value: &str| form.contains(&(name.to_owned(), value.to_owned()));
    let is_known = has("grant_type", "refresh_token")
        && has("client_id", APP)
        && has("client_secret", APP_SECRET)
        && has("refresh_token", REFRESH);
    if !is_known || inner.fault == Some(Fault::BrokenCredentials) {
        return reply(
            400,
            &json!({"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}),
        );
    }
    inner.given += 1;
    let token = format!("access-{}", inner.given);
    inner.tokens.insert(token.clone());
    reply(
        200,
        &json!({"token_type": "bearer", "access_token": token, "refresh_token": REFRESH, "expires_in": 1800}),
    )
}

/// Limits, outages and tokens.
fn in_front(inner: &mut Inner, headers: &HeaderMap) -> Option<Response> {
    match inner.fault {
        Some(Fault::ThrottledWithHint(pause)) => {
            inner.fault = None;
            let body = json!({
                "status": "error", "message": "You have reached your ten_secondly_rolling limit.",
                "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING", "correlationId": "c-2",
            });
            let mut answer = reply(429, &body);
            let pause = pause.as_secs().to_string().parse().unwrap();
            answer.headers_mut().insert(header::RETRY_AFTER, pause);
            return Some(answer);
        }
        Some(Fault::Throttled) => {
            inner.fault = None;
            return Some((StatusCode::TOO_MANY_REQUESTS, "slow down").into_response());
        }
        Some(Fault::Unavailable) => {
            inner.fault = None;
            return Some((StatusCode::from_u16(521).unwrap(), "error code: 521").into_response());
        }
        Some(Fault::ExpiredToken) => {
            inner.fault = None;
            inner.tokens.clear();
        }
        _ => {}
    }
    let given = headers.get("authorization").and_then(|it| it.to_str().ok());
    let given = given
        .and_then(|it| it.strip_prefix("Bearer "))
        .unwrap_or_default();
    let is_known = given == TOKEN || inner.tokens.contains(given);
    if !is_known || inner.fault == Some(Fault::BrokenCredentials) {
        let message = "Authentication credentials not found.";
        return Some(refuse(401, "INVALID_AUTHENTICATION", message));
    }
    None
}

/// The area and the rest of a path, in either layout.
fn parts(path: &str) -> Option<(String, Vec<String>)> {
    let parts: Vec<String> = path
        .trim_matches('/')
        .split('/')
        .map(str::to_owned)
        .collect();
    let [crm, first, second, rest @ ..] = parts.as_slice() else {
        return None;
    };
    if crm != "crm" {
        return None;
    }
    match (first.as_str(), second.as_str()) {
        ("v4", "associations") => Some((second.clone(), rest.to_vec())),
        ("v3", area) if area != "associations" => Some((second.clone(), rest.to_vec())),
        (_, "2026-03") => Some((first.clone(), rest.to_vec())),
        _ => None,
    }
}

fn route(inner: &mut Inner, method: &Method, uri: &Uri, body: &Value) -> Option<(u16, Value)> {
    let (area, rest) = parts(uri.path())?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let by = query
        .iter()
        .find(|(name, _)| name == "idProperty")
        .map(|(_, value)| value.as_str());
    let records = &mut inner.records;
    Some(match (method.as_str(), area.as_str(), rest.as_slice()) {
        ("POST", "objects", [object, "batch", "read"]) => records.batch_read(object, body),
        ("POST", "objects", [object, "batch", "upsert"]) => records.batch_write(object, true, body),
        ("POST", "objects", [object, "batch", "update"]) => {
            records.batch_write(object, false, body)
        }
        ("POST", "objects", [object, "search"]) => records.search(object, body),
        ("POST", "objects", [object]) => records.create_one(object, body),
        ("GET", "objects", [object, id]) => records.read_one(object, id, by),
        ("PATCH", "objects", [object, id]) => records.change_one(object, id, by, body),
        ("POST", "associations", [from, to, "batch", "read"]) => records.associated(from, to, body),
        ("POST", "associations", [from, to, "batch", "create"]) => {
            records.associate(from, to, body)
        }
        ("POST", "associations", [from, to, "batch", "archive"]) => records.unlink(from, to, body),
        ("GET", "owners", ["77"]) => (
            200,
            json!({"id": "77", "email": "rep@nordwind.example", "firstName": "Robin", "lastName": "Sales", "type": "PERSON",
                "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z", "archived": false}),
        ),
        ("GET", "properties", [object]) => {
            let known = records.properties.get(*object)?;
            let known = known.iter().map(|(name, is_unique)| json!({
                "name": name, "label": name, "type": "string", "fieldType": "text", "description": "",
                "groupName": "portal", "options": [], "hasUniqueValue": is_unique,
            }));
            (200, json!({"results": known.collect::<Vec<_>>()}))
        }
        ("GET", "owners", []) => (
            200,
            json!({"results": [{"id": "77", "email": "rep@nordwind.example", "firstName": "Robin", "type": "PERSON",
                "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z", "archived": false}]}),
        ),
        _ => return None,
    })
}

/// The conformance suite's bench.
pub struct HubspotBench {
    pub hubspot: Hubspot,
    pub crm: Arc<dyn Crm>,
    /// The object type that holds contracts.
    pub contracts: &'static str,
    /// The property that holds addresses.
    pub address: &'static str,
}

#[async_trait]
impl Bench for HubspotBench {
    fn crm(&self) -> &dyn Crm {
        &*self.crm
    }

    fn keeps_addresses_unique(&self) -> bool {
        self.address == "email"
    }

    async fn put_orders_and_cases(&self, account: &str, contact: &str) -> bool {
        let mut inner = self.hubspot.lock();
        let records = &mut inner.records;
        let (company, contact) = (account.parse().unwrap(), contact.parse().unwrap());
        for number in 1..=7 {
            let order = records.create(
                "orders",
                json!({"hs_order_name": format!("CONF-O{number}"), "hs_total_price": "10.50", "hs_currency_code": "EUR",
                    "hs_external_created_date": format!("2026-01-0{number}T09:00:00.000Z"), "hs_fulfillment_status": "shipped"}),
            );
            records.link_both(("companies", company), ("orders", order), 509);
        }
        for (number, closed) in [("CONF-C1", ""), ("CONF-C2", "2026-01-02T09:00:00.000Z")] {
            let ticket = records.create(
                "tickets",
                json!({"hs_ticket_id": number, "subject": "Stops", "hs_pipeline_stage": "1",
                    "createdate": "2026-01-01T09:00:00.000Z", "closed_date": closed}),
            );
            records.link_both(("companies", company), ("tickets", ticket), 26);
            records.link_both(("contacts", contact), ("tickets", ticket), 15);
        }
        true
    }

    async fn put(&self, record: Record) -> String {
        let Record::Contact(mut contact) = record else {
            return self.hubspot.put(&record, self.contracts);
        };
        let address = std::mem::take(&mut contact.email);
        let id = self.hubspot.put(&Record::Contact(contact), self.contracts);
        let mut inner = self.hubspot.lock();
        inner.records.write(
            "contacts",
            id.parse().unwrap(),
            json!({self.address: address}),
        );
        id
    }
}

#[async_trait]
impl Faulty for HubspotBench {
    async fn arm(&self, fault: Fault) -> bool {
        let mut inner = self.hubspot.lock();
        inner.fault = None;
        match fault {
            Fault::Slow(pause) => inner.delay.once(pause),
            Fault::ClockAhead(by) => {
                inner.records.now += i64::try_from(by.as_micros()).unwrap();
            }
            Fault::LateCommit => inner.records.next_is_late = true,
            Fault::None => inner.records.unseen.clear(),
            other => inner.fault = Some(other),
        }
        true
    }

    async fn activities(&self, text: &str) -> usize {
        let inner = self.hubspot.lock();
        let notes = inner.records.objects.get("notes").into_iter().flatten();
        notes
            .filter(|(_, note)| note.properties["hs_note_body"].contains(text))
            .count()
    }
}
