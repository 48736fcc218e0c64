//! Microsoft Graph for tests: application tokens, users with directory extensions, PATCH, revoked
//! sessions, its error shapes, subscriptions that are validated when they are made, and a delta.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use serde_json::{Value, json};
use vestibule::{
    directory::{
        conformance::{Bench, Fault, Held},
        graph,
        port::Directory,
    },
    kernel::World,
    settings::DirectorySettings,
    web::http_client::http_client,
};

use super::{Troubles, reply};
use crate::support::{
    crm_stand_in::socket::Scissors,
    served::{Served, lock},
};

const CLIENT: (&str, &str) = (
    "11111111-2222-3333-4444-555555555555",
    "a secret ~ of an application",
);
const TENANT: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
pub const DOMAIN: &str = "nordwind.onmicrosoft.com";
const EXTENSION: &str = "extension_99999999888877776666555555555555_";

/// A running tenant; it ends when the last of these is dropped.
pub type Tenant = Served<Inner>;

/// The state behind the socket.
#[derive(Default)]
pub struct Inner {
    pub troubles: Troubles,
    pub users: BTreeMap<String, Value>,
    pub sessions: BTreeMap<String, usize>,
    /// Subscriptions by their ids: what was sent, and when they run out.
    pub subscriptions: BTreeMap<String, Value>,
    /// Users that changed, in order.
    log: Vec<String>,
    removed: BTreeSet<String>,
    /// Places before this one are forgotten, until somebody asks from one of them.
    pub forgotten: usize,
    /// How that is said; `None` for 410.
    pub forgotten_as: Option<&'static str>,
    /// Users who are not found the next time they are asked for.
    pub mislaid: BTreeSet<String>,
    /// Changes cannot be read.
    pub is_deaf: bool,
    pub writes: usize,
    made: usize,
    url: String,
}

impl Tenant {
    pub async fn start() -> Self {
        let make = |url: &str| Inner {
            url: url.to_owned(),
            ..Inner::default()
        };
        Self::serve(make, Router::new().fallback(answer)).await
    }

    pub fn settings(&self, more: &str) -> DirectorySettings {
        let text = format!(
            "key = \"entra\"\nname = \"Entra\"\nprovider = \"main\"\nkind = \"graph\"\nurl = \"{0}/v1.0\"\nclient_id = \"{1}\"\n\
             client_secret = \"{2}\"\n{more}\n[graph]\ntenant = \"{TENANT}\"\ndomain = \"{DOMAIN}\"\n\
             extension_app = \"99999999-8888-7777-6666-555555555555\"\ntoken_url = \"{0}/{TENANT}/oauth2/v2.0/token\"\n",
            self.url, CLIENT.0, CLIENT.1
        );
        toml::from_str(&text).unwrap()
    }

    pub fn adapter(&self, world: &World) -> Arc<dyn Directory> {
        graph::adapter(&self.settings(""), http_client().unwrap(), world).unwrap()
    }

    pub fn add(&self, id: &str, email: &str) {
        let user = json!({
            "id": id, "accountEnabled": true, "displayName": "Ada Byron", "givenName": "Ada", "surname": "Byron",
            "department": "engines",
            "identities": [{"signInType": "emailAddress", "issuer": DOMAIN, "issuerAssignedId": email}],
        });
        self.lock().store(id, user);
    }

    /// Changes whether somebody may sign in, as an administrator there does.
    pub fn enable(&self, id: &str, enabled: bool) {
        let mut inner = self.lock();
        let mut user = inner.users[id].clone();
        user["accountEnabled"] = json!(enabled);
        inner.store(id, user);
    }

    pub fn remove(&self, id: &str) {
        let mut inner = self.lock();
        inner.users.remove(id);
        inner.removed.insert(id.to_owned());
        inner.log.push(id.to_owned());
    }

    pub fn held(&self, id: &str) -> Option<Held> {
        let inner = self.lock();
        let user = inner.users.get(id)?;
        let of = |name: &str| user[format!("{EXTENSION}{name}")].clone();
        let list = |name: &str| -> Vec<String> {
            let values = of(name).as_array().cloned().unwrap_or_default();
            values
                .iter()
                .map(|it| it.as_str().unwrap().to_owned())
                .collect()
        };
        let others = json!([
            user["displayName"],
            user["surname"],
            user["department"],
            user["identities"]
        ]);
        Some(Held {
            enabled: user["accountEnabled"].as_bool().unwrap(),
            sessions: inner.sessions.get(id).copied().unwrap_or(0),
            person: of("vestibulePerson")
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            contacts: list("crmContactId"),
            organizations: list("portalOrganizations"),
            roles: list("portalRoles"),
            others: others.to_string(),
        })
    }
}

fn refuse(status: u16, code: &str, message: &str) -> (u16, Value) {
    let inner =
        json!({"date": "2027-01-15T08:00:00", "request-id": "r-1", "client-request-id": "r-1"});
    let body = json!({"error": {"code": code, "message": message, "innerError": inner}});
    (status, body)
}

fn missing(id: &str) -> (u16, Value) {
    let message = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    refuse(404, "Request_ResourceNotFound", &message)
}

impl Inner {
    fn store(&mut self, id: &str, user: Value) {
        self.users.insert(id.to_owned(), user);
        self.log.push(id.to_owned());
    }

    fn names(user: &Value) -> Vec<String> {
        let identities = user["identities"].as_array().cloned().unwrap_or_default();
        identities
            .iter()
            .filter_map(|it| it["issuerAssignedId"].as_str().map(str::to_lowercase))
            .collect()
    }

    fn create(&mut self, mut body: Value) -> (u16, Value) {
        if body["passwordProfile"]["password"].as_str().is_none() || body["displayName"].is_null() {
            return refuse(
                400,
                "Request_BadRequest",
                "A value is required for property 'passwordProfile' of resource 'User'.",
            );
        }
        let wanted = Self::names(&body);
        if self
            .users
            .values()
            .any(|user| Self::names(user).iter().any(|name| wanted.contains(name)))
        {
            let (status, mut body) = refuse(
                400,
                "Request_BadRequest",
                "Another object with the same value for property proxyAddresses already exists.",
            );
            body["error"]["details"] =
                json!([{"code": "ObjectConflict", "message": "x", "target": "proxyAddresses"}]);
            return (status, body);
        }
        self.made += 1;
        let id = format!("9f1c0000-0000-4000-8000-{:012}", self.made);
        body["id"] = json!(id);
        body.as_object_mut().unwrap().remove("passwordProfile");
        self.store(&id, body.clone());
        (201, body)
    }

    fn patch(&mut self, id: &str, body: &Value) -> (u16, Value) {
        let Some(mut user) = self.users.get(id).cloned() else {
            return missing(id);
        };
        let fields: Vec<&String> = body
            .as_object()
            .into_iter()
            .flat_map(|it| it.keys())
            .collect();
        let has_attributes = fields.iter().any(|name| name.starts_with(EXTENSION));
        if let Some(status) = self.troubles.protects(has_attributes) {
            return refuse(status, "Request_BadRequest", "Not this.");
        }
        for (name, value) in body.as_object().into_iter().flatten() {
            if name.starts_with("extension_") && !name.starts_with(EXTENSION) {
                return refuse(
                    400,
                    "Request_BadRequest",
                    &format!("The following extension properties are not available: {name}."),
                );
            }
            user[name] = value.clone();
        }
        self.store(id, user);
        (204, Value::Null)
    }

    /// Only what is asked for is shown; extensions without a value not at all.
    fn shown(user: &Value, query: &BTreeMap<String, String>) -> Value {
        let select = query
            .get("$select")
            .cloned()
            .unwrap_or_else(|| "id,displayName".to_owned());
        let mut shown = json!({});
        for name in select.split(',') {
            let value = &user[name];
            let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !(is_empty && name.starts_with("extension_")) {
                shown[name] = value.clone();
            }
        }
        shown
    }

    fn search(&self, query: &BTreeMap<String, String>) -> (u16, Value) {
        let filter = query.get("$filter").cloned().unwrap_or_default();
        let quoted: Vec<&str> = filter.split('\'').skip(1).step_by(2).collect();
        let is = |user: &&Value| match quoted.as_slice() {
            [] => filter.is_empty(),
            [value] => {
                let name = filter.split(' ').next().unwrap();
                user[name].as_str() == Some(value)
            }
            [value, issuer] => {
                *issuer == DOMAIN && Self::names(user).contains(&value.to_lowercase())
            }
            _ => false,
        };
        let found: Vec<Value> = self
            .users
            .values()
            .filter(is)
            .map(|user| Self::shown(user, query))
            .collect();
        (200, json!({"@odata.context": "x", "value": found}))
    }

    /// Pages of two, each user once, with what was asked for.
    fn delta(&mut self, query: &BTreeMap<String, String>) -> (u16, Value) {
        if self.is_deaf {
            return refuse(400, "Request_BadRequest", "It is not read.");
        }
        let place = query.get("$skiptoken").or(query.get("$deltatoken"));
        let place: usize = place.map_or(0, |place| place.parse().unwrap());
        if place > 0 && place < self.forgotten {
            self.forgotten = 0;
            let said = "The sync state generation is not found.";
            return match self.forgotten_as {
                None => refuse(410, "SyncStateNotFound", said),
                Some(code) => refuse(400, code, said),
            };
        }
        let end = (place + 2).min(self.log.len());
        let changed: BTreeSet<&String> = self.log[place..end].iter().collect();
        let rows: Vec<Value> = changed
            .into_iter()
            .map(|id| match self.users.get(id) {
                Some(user) => json!({"id": id, "accountEnabled": user["accountEnabled"]}),
                None => json!({"id": id, "@removed": {"reason": "changed"}}),
            })
            .collect();
        let link = |kind: &str, at: usize| format!("{}/v1.0/users/delta?${kind}={at}", self.url);
        let mut page = json!({"value": rows});
        if end < self.log.len() {
            page["@odata.nextLink"] = json!(link("skiptoken", end));
        } else {
            page["@odata.deltaLink"] = json!(link("deltatoken", end));
        }
        (200, page)
    }

    fn route(&mut self, method: &Method, uri: &Uri, body: Value) -> (u16, Value) {
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let path = uri.path().strip_prefix("/v1.0/").unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        match (method.as_str(), &*parts) {
            ("GET", ["users"]) => self.search(&query),
            ("POST", ["users"]) => self.create(body),
            ("GET", ["users", "delta"]) => self.delta(&query),
            ("GET", ["users", id]) if self.mislaid.remove(*id) => missing(id),
            ("GET", ["users", id]) => match self.users.get(*id) {
                Some(user) => (200, Self::shown(user, &query)),
                None => missing(id),
            },
            ("PATCH", ["users", id]) => self.patch(id, &body),
            ("POST", ["users", id, "revokeSignInSessions"]) => match self.users.contains_key(*id) {
                true => {
                    self.sessions.remove(*id);
                    (200, json!({"value": true}))
                }
                false => missing(id),
            },
            ("POST", ["subscriptions"]) => {
                self.made += 1;
                let id = format!("sub-{}", self.made);
                let mut made = body;
                made["id"] = json!(id);
                self.subscriptions.insert(id, made.clone());
                (201, made)
            }
            ("PATCH", ["subscriptions", id]) => match self.subscriptions.get_mut(*id) {
                Some(known) => {
                    known["expirationDateTime"] = body["expirationDateTime"].clone();
                    (200, known.clone())
                }
                None => refuse(404, "ResourceNotFound", "The object was not found."),
            },
            _ => refuse(400, "BadRequest", "Resource not found for the segment."),
        }
    }
}

async fn answer(
    State(shared): State<Arc<Mutex<Inner>>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let delay = lock(&shared).troubles.delay.clone();
    delay.wait().await;
    // A subscription is only made when its address answers with the token.
    if method == Method::POST && uri.path() == "/v1.0/subscriptions" {
        let body: Value = serde_json::from_slice(&body).unwrap();
        if !validates(body["notificationUrl"].as_str().unwrap()).await {
            let (status, body) = refuse(
                400,
                "ValidationError",
                "Subscription validation request failed.",
            );
            return reply(status, &body);
        }
    }
    let mut inner = lock(&shared);
    let call = (method.to_string(), uri.path().to_owned());
    inner.troubles.calls.push(call);
    if uri.path() == format!("/{TENANT}/oauth2/v2.0/token") {
        return inner.troubles.grant(&body, CLIENT);
    }
    if !inner.troubles.knows(&headers) {
        let (status, body) = refuse(
            401,
            "InvalidAuthenticationToken",
            "Lifetime validation failed, the token is expired.",
        );
        return reply(status, &body);
    }
    if let Some(answer) = inner.troubles.in_front() {
        return answer;
    }
    let writes = method != Method::GET;
    if writes && inner.troubles.fault == Some(Fault::MissingPermission) {
        let (status, body) = refuse(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        );
        return reply(status, &body);
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, value) = inner.route(&method, &uri, body);
    inner.writes += usize::from(writes && status < 300);
    if writes && status < 300 && inner.troubles.loses_answer() {
        scissors.cut();
    }
    inner.troubles.halve(status, &value)
}

async fn validates(notices: &str) -> bool {
    let token = "Validation: Testing client application reachability for subscription <b>& 100%";
    let mut url = url::Url::parse(notices).unwrap();
    url.query_pairs_mut().append_pair("validationToken", token);
    let Ok(answer) = http_client().unwrap().post(url).send().await else {
        return false;
    };
    let is_text = answer.headers()["content-type"]
        .to_str()
        .is_ok_and(|kind| kind.starts_with("text/plain"));
    answer.status() == 200 && is_text && answer.text().await.is_ok_and(|text| text == token)
}

/// A tenant with its adapter, for the conformance cases.
pub struct GraphBench {
    pub tenant: Tenant,
    directory: Arc<dyn Directory>,
}

impl GraphBench {
    pub async fn start(world: &World) -> Self {
        let tenant = Tenant::start().await;
        Self {
            directory: tenant.adapter(world),
            tenant,
        }
    }
}

#[async_trait]
impl Bench for GraphBench {
    fn directory(&self) -> &dyn Directory {
        &*self.directory
    }

    async fn put_user(&self, email: &str) -> String {
        let number = self.tenant.lock().users.len();
        let id = format!("11110000-0000-4000-8000-{number:012}");
        self.tenant.add(&id, email);
        id
    }

    async fn user(&self, id: &str) -> Option<Held> {
        self.tenant.held(id)
    }

    async fn count(&self, email: &str) -> usize {
        let inner = self.tenant.lock();
        let users = inner.users.values();
        users
            .filter(|user| Inner::names(user).contains(&email.to_owned()))
            .count()
    }

    async fn set_enabled(&self, id: &str, enabled: bool) {
        self.tenant.enable(id, enabled);
    }

    async fn sign_in(&self, id: &str) -> bool {
        let mut inner = self.tenant.lock();
        *inner.sessions.entry(id.to_owned()).or_default() += 1;
        true
    }

    async fn writes(&self) -> usize {
        self.tenant.lock().writes
    }

    async fn arm(&self, fault: Fault) -> bool {
        self.tenant.lock().troubles.arm(fault);
        true
    }
}
