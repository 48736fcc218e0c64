//! An Odoo server for tests, over a real socket: JSON-2 as Odoo 19 answers it and JSON-RPC as 14 to
//! 18 do, with domains, external ids, `load` that stores all or nothing, whole-second stamps over
//! finer ones, and errors in the vendor's words.

mod domain;
mod records;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{ConnectInfo, DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use vestibule::{
    crm::{
        conformance::{Bench, Fault, Faulty},
        odoo,
        port::{Crm, Record},
    },
    settings::ConnectionSettings,
    web::http_client::http_client,
};

use super::{
    crm_stand_in::socket::Scissors,
    delay::Delay,
    served::{Served, lock},
};
pub use records::{Raised, Records, raise};

pub const KEY: &str = "odoo-api-key";
pub const LOGIN: &str = "portal@nordwind.example";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
const DATABASE: &str = "nordwind";
const USER: i64 = 2;

/// A running server; it ends when the last of these is dropped.
pub type Odoo = Served<Inner>;

/// The state behind the socket.
#[derive(Default)]
pub struct Inner {
    pub records: Records,
    pub fault: Option<Fault>,
    pub delay: Delay,
    /// Every call: model and method.
    pub calls: Vec<(String, String)>,
    /// Whether JSON-2 is there.
    pub is_old: bool,
}

impl Odoo {
    pub async fn start() -> Self {
        let routes = Router::new()
            .route("/json/2/{model}/{method}", post(json_2))
            .route("/jsonrpc", post(json_rpc))
            .layer(DefaultBodyLimit::max(32 * 1024 * 1024));
        Self::serve(|_| Inner::default(), routes).await
    }

    pub fn settings(&self, more: &str) -> ConnectionSettings {
        let text = format!(
            "key = \"main\"\nname = \"Odoo\"\nkind = \"odoo\"\nurl = \"{}\"\ntoken = \"{KEY}\"\nbatch = 200\n{more}\n\
             [odoo]\ndatabase = \"{DATABASE}\"\nlogin = \"{LOGIN}\"\nnotice_secret = \"{SECRET}\"\n",
            self.url
        );
        toml::from_str(&text).unwrap()
    }

    pub fn adapter(&self, settings: &ConnectionSettings) -> Arc<dyn Crm> {
        odoo::adapter(settings, http_client().unwrap()).unwrap()
    }

    pub fn calls(&self, method: &str) -> usize {
        let inner = self.lock();
        inner.calls.iter().filter(|call| call.1 == method).count()
    }
}

type Shared = State<Arc<Mutex<Inner>>>;

/// A fault that answers in front of Odoo: a proxy's limit, a server that is down.
fn in_front(inner: &mut Inner) -> Option<Response> {
    let answer = match inner.fault {
        Some(Fault::ThrottledWithHint(pause)) => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, pause.as_secs().to_string())],
            "<html>429</html>",
        )
            .into_response(),
        Some(Fault::Throttled) => {
            (StatusCode::TOO_MANY_REQUESTS, "<html>429</html>").into_response()
        }
        Some(Fault::Unavailable) => (StatusCode::BAD_GATEWAY, "<html>502</html>").into_response(),
        _ => return None,
    };
    inner.fault = None;
    Some(answer)
}

fn exception(raised: &Raised) -> Value {
    json!({
        "name": raised.name, "message": raised.message, "arguments": [raised.message],
        "context": {}, "debug": "Traceback (most recent call last): secret",
    })
}

async fn json_2(
    State(shared): Shared,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    Path((model, method)): Path<(String, String)>,
    headers: HeaderMap,
    Json(arguments): Json<Value>,
) -> Response {
    let delay = lock(&shared).delay.clone();
    delay.wait().await;
    let mut inner = lock(&shared);
    inner.calls.push((model.clone(), method.clone()));
    if inner.is_old {
        return (StatusCode::NOT_FOUND, "<html>Not Found</html>").into_response();
    }
    if let Some(answer) = in_front(&mut inner) {
        return answer;
    }
    let has = |name: &str, value: &str| headers.get(name).is_some_and(|it| it == value);
    let is_known = has("authorization", &format!("bearer {KEY}"));
    if !is_known || inner.fault == Some(Fault::BrokenCredentials) {
        let raised = raise(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey");
        let headers = [(header::WWW_AUTHENTICATE, "Bearer")];
        return (StatusCode::UNAUTHORIZED, headers, Json(exception(&raised))).into_response();
    }
    assert!(has("x-odoo-database", DATABASE));
    let result = inner.records.call(&model, &method, &arguments);
    cut_after_a_write(&mut inner, &method, &scissors);
    match result {
        Ok(value) => Json(value).into_response(),
        Err(raised) => {
            let status = StatusCode::from_u16(raised.status).unwrap();
            (status, Json(exception(&raised))).into_response()
        }
    }
}

fn cut_after_a_write(inner: &mut Inner, method: &str, scissors: &Scissors) {
    if inner.fault == Some(Fault::AnswerLost) && method == "load" {
        inner.fault = None;
        scissors.cut();
    }
}

async fn json_rpc(
    State(shared): Shared,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    Json(request): Json<Value>,
) -> Response {
    let delay = lock(&shared).delay.clone();
    delay.wait().await;
    let mut inner = lock(&shared);
    let params = &request["params"];
    let args = params["args"].as_array().unwrap().clone();
    let is_accepted = args[0] == DATABASE && args[2] == KEY;
    let is_accepted = is_accepted && inner.fault != Some(Fault::BrokenCredentials);
    let result = if params["service"] == "common" {
        inner
            .calls
            .push(("common".to_owned(), "authenticate".to_owned()));
        let is_accepted = is_accepted && args[1] == LOGIN;
        Ok(if is_accepted {
            json!(USER)
        } else {
            json!(false)
        })
    } else {
        let (model, method) = (args[3].as_str().unwrap(), args[4].as_str().unwrap());
        inner.calls.push((model.to_owned(), method.to_owned()));
        if let Some(answer) = in_front(&mut inner) {
            return answer;
        }
        if is_accepted && args[1] == USER {
            let result = inner.records.call(model, method, &args[6]);
            cut_after_a_write(&mut inner, method, &scissors);
            result
        } else {
            Err(raise(200, "odoo.exceptions.AccessDenied", "Access Denied"))
        }
    };
    Json(match result {
        Ok(value) => json!({"jsonrpc": "2.0", "id": request["id"], "result": value}),
        Err(raised) => json!({"jsonrpc": "2.0", "id": request["id"], "error": {
            "code": 0, "message": "Odoo Server Error", "data": exception(&raised),
        }}),
    })
    .into_response()
}

/// The conformance suite's bench.
pub struct OdooBench {
    pub odoo: Odoo,
    pub crm: Arc<dyn Crm>,
    /// The model that holds contracts.
    pub contracts: &'static str,
}

fn number(id: &str) -> Value {
    id.parse::<i64>().map_or(json!(false), Value::from)
}

fn or_false(text: &str) -> Value {
    if text.is_empty() {
        json!(false)
    } else {
        json!(text)
    }
}

impl Odoo {
    /// Puts a record as a user of Odoo would.
    pub fn put(&self, record: &Record, contracts: &str) -> String {
        let (model, id, values) = match record {
            Record::Account(it) => (
                "res.partner",
                &it.id,
                json!({
                    "is_company": true, "name": it.name, "ref": or_false(&it.number),
                    "zip": or_false(&it.postcode), "vat": or_false(&it.vat_number),
                }),
            ),
            Record::Contact(it) => (
                "res.partner",
                &it.id,
                json!({
                    "name": format!("{} {}", it.given_name, it.family_name),
                    "parent_id": number(&it.account_id), "email": or_false(&it.email),
                    "phone": or_false(&it.phone),
                }),
            ),
            Record::Contract(it) if contracts == "x_contract" => (
                "x_contract",
                &it.id,
                json!({
                    "x_name": it.number, "x_partner_id": number(&it.account_id),
                    "x_status": it.status, "x_starts_on": it.starts_on, "x_ends_on": or_false(&it.ends_on),
                }),
            ),
            Record::Contract(it) => (
                "sale.order",
                &it.id,
                json!({
                    "name": it.number, "partner_id": number(&it.account_id), "state": "sale",
                    "date_order": format!("{} 08:00:00", it.starts_on),
                }),
            ),
            other => panic!("no check puts {other:?}"),
        };
        let mut inner = self.lock();
        match id.parse::<i64>() {
            Ok(id) => {
                inner.records.write(model, id, values);
                id.to_string()
            }
            Err(_) => inner.records.create(model, values).to_string(),
        }
    }
}

#[async_trait]
impl Bench for OdooBench {
    fn crm(&self) -> &dyn Crm {
        &*self.crm
    }

    async fn put_orders_and_cases(&self, account: &str, contact: &str) -> bool {
        let (account, contact): (i64, i64) = (account.parse().unwrap(), contact.parse().unwrap());
        let mut inner = self.odoo.lock();
        let records = &mut inner.records;
        let euro = records.create("res.currency", json!({"name": "EUR"}));
        for number in 1..=7 {
            records.create(
                "sale.order",
                json!({"name": format!("CONF-O{number}"), "partner_id": account, "state": "sale", "amount_total": 10.5,
                    "currency_id": euro, "date_order": format!("2026-01-0{number} 08:00:00")}),
            );
        }
        for (number, is_folded) in [("CONF-C1", false), ("CONF-C2", true)] {
            let stage = records.create("helpdesk.stage", json!({"name": "New", "fold": is_folded}));
            records.create(
                "helpdesk.ticket",
                json!({"ticket_ref": number, "name": "Stops", "partner_id": contact, "stage_id": stage,
                    "create_date": "2026-01-01 08:00:00"}),
            );
        }
        true
    }

    async fn put(&self, record: Record) -> String {
        self.odoo.put(&record, self.contracts)
    }
}

#[async_trait]
impl Faulty for OdooBench {
    async fn arm(&self, fault: Fault) -> bool {
        let mut inner = self.odoo.lock();
        inner.fault = None;
        match fault {
            // An API key is no token that is fetched.
            Fault::ExpiredToken => return false,
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
        let inner = self.odoo.lock();
        let notes = inner.records.models["mail.message"].rows.values();
        notes
            .filter(|note| {
                note["body"]
                    .as_str()
                    .is_some_and(|body| body.contains(text))
            })
            .count()
    }
}
