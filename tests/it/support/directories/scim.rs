//! A SCIM 2.0 service for tests: bearer tokens by client credentials, filters, PATCH with paths into
//! an extension, versions, PUT, 409 with `uniqueness`, error bodies whose status is text.

use std::{
    collections::BTreeMap,
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
        port::Directory,
        scim,
    },
    kernel::Clock,
    settings::DirectorySettings,
    web::http_client::http_client,
};

use super::{Troubles, reply};
use crate::support::{
    crm_stand_in::socket::Scissors,
    served::{Served, lock},
};

const CLIENT: (&str, &str) = ("vestibule", "a scim secret");
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:vestibule:2.0:User";

/// A running service; it ends when the last of these is dropped.
pub type Service = Served<Inner>;

/// The state behind the socket.
#[derive(Default)]
pub struct Inner {
    pub troubles: Troubles,
    pub users: BTreeMap<String, Value>,
    pub patch: bool,
    pub etag: bool,
    /// Whether the extension is known.
    pub extension: bool,
    /// Somebody else changes the user between the next reading and writing.
    pub interferes: bool,
    /// Filters mean nothing to it.
    pub lists_all: bool,
    pub writes: usize,
    made: usize,
}

impl Service {
    pub async fn start() -> Self {
        let inner = Inner {
            patch: true,
            etag: true,
            extension: true,
            ..Inner::default()
        };
        Self::serve(|_| inner, Router::new().fallback(answer)).await
    }

    pub fn settings(&self, more: &str) -> DirectorySettings {
        let text = format!(
            "key = \"scim\"\nname = \"SCIM\"\nprovider = \"main\"\nkind = \"scim\"\nurl = \"{0}/scim/v2\"\nclient_id = \"{1}\"\n\
             client_secret = \"{2}\"\n[scim]\ntoken_url = \"{0}/token\"\n{more}",
            self.url, CLIENT.0, CLIENT.1
        );
        toml::from_str(&text).unwrap()
    }

    pub fn adapter(&self, more: &str) -> Arc<dyn Directory> {
        scim::adapter(&self.settings(more), http_client().unwrap(), Clock::System).unwrap()
    }
}

fn problem(status: u16, kind: &str, detail: &str) -> (u16, Value) {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": detail,
    });
    if !kind.is_empty() {
        body["scimType"] = json!(kind);
    }
    (status, body)
}

fn bump(user: &mut Value) {
    let version = user["meta"]["version"].as_str().unwrap_or("W/\"0\"");
    let number: u64 = version
        .trim_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .unwrap();
    user["meta"] = json!({"resourceType": "User", "version": format!("W/\"{}\"", number + 1)});
}

impl Inner {
    fn store(&mut self, id: &str, mut user: Value) -> Value {
        if !self.extension {
            user.as_object_mut().unwrap().remove(SCHEMA);
        }
        user["id"] = json!(id);
        bump(&mut user);
        self.users.insert(id.to_owned(), user.clone());
        user
    }

    fn create(&mut self, body: Value) -> (u16, Value) {
        let Some(name) = body["userName"].as_str().filter(|it| !it.is_empty()) else {
            return problem(
                400,
                "invalidValue",
                "Required attribute userName is missing",
            );
        };
        let is_same = |user: &Value| {
            user["userName"].as_str().map(str::to_lowercase) == Some(name.to_lowercase())
        };
        if self.users.values().any(is_same) {
            return problem(409, "uniqueness", "User with this userName already exists");
        }
        self.made += 1;
        let id = format!("9f1c0000-0000-4000-8000-{:012}", self.made);
        (201, self.store(&id, body))
    }

    fn search(&self, uri: &Uri) -> (u16, Value) {
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let filter = query.get("filter").cloned().unwrap_or_default();
        let parts: Vec<&str> = filter.splitn(3, ' ').collect();
        let [name, "eq", value] = *parts else {
            return problem(400, "invalidFilter", "cannot be read");
        };
        let Ok(Value::String(value)) = serde_json::from_str::<Value>(value) else {
            return problem(400, "invalidFilter", "no JSON value");
        };
        let is = |user: &&Value| match user[name].as_str() {
            // userName is compared without regard to case (RFC 7643 4.1.1), externalId with.
            Some(it) if name == "userName" => it.to_lowercase() == value.to_lowercase(),
            Some(it) => it == value,
            None => false,
        };
        let is = |user: &&Value| self.lists_all || is(user);
        let found: Vec<Value> = self.users.values().filter(is).cloned().collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": found.len(), "startIndex": 1, "itemsPerPage": found.len(), "Resources": found,
        });
        (200, body)
    }

    fn patch(&mut self, id: &str, body: &Value) -> (u16, Value) {
        let mut user = self.users[id].clone();
        for operation in body["Operations"].as_array().unwrap() {
            let path = operation["path"].as_str().unwrap_or_default();
            let (place, name) = match path.strip_prefix(&format!("{SCHEMA}:")) {
                Some(name) => {
                    if user.get(SCHEMA).is_none() {
                        user[SCHEMA] = json!({});
                    }
                    (&mut user[SCHEMA], name)
                }
                None => (&mut user, path),
            };
            match operation["op"].as_str().unwrap() {
                "replace" | "add" => place[name] = operation["value"].clone(),
                "remove" if path.is_empty() => return problem(400, "noTarget", "no path"),
                "remove" => drop(place.as_object_mut().unwrap().remove(name)),
                _ => return problem(400, "invalidSyntax", "unknown op"),
            }
        }
        (200, self.store(id, user))
    }

    fn write(
        &mut self,
        method: &Method,
        id: &str,
        headers: &HeaderMap,
        body: Value,
    ) -> (u16, Value) {
        if std::mem::take(&mut self.interferes) {
            let mut user = self.users[id].clone();
            user["nickName"] = json!("Countess");
            self.store(id, user);
        }
        let version = self.users[id]["meta"]["version"].clone();
        let wanted = headers.get("if-match").and_then(|it| it.to_str().ok());
        if self.etag && wanted.is_some_and(|wanted| version != *wanted) {
            return problem(412, "", "the resource has changed");
        }
        if let Some(status) = self.troubles.protects(body.to_string().contains(SCHEMA)) {
            return problem(status, "invalidValue", "not this");
        }
        if *method == Method::PATCH {
            return match self.patch {
                true => self.patch(id, &body),
                false => problem(501, "", "PATCH is not supported"),
            };
        }
        let mut user = body;
        user["meta"] = json!({"version": version});
        (200, self.store(id, user))
    }

    fn route(
        &mut self,
        method: &Method,
        (uri, headers): (&Uri, &HeaderMap),
        body: Value,
    ) -> (u16, Value) {
        let path = uri.path().strip_prefix("/scim/v2/").unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        match (method.as_str(), &*parts) {
            ("GET", ["ServiceProviderConfig"]) => {
                let config = json!({
                    "patch": {"supported": self.patch}, "etag": {"supported": self.etag},
                    "filter": {"supported": true, "maxResults": 100}, "bulk": {"supported": false},
                });
                (200, config)
            }
            ("GET", ["Schemas", id]) => match self.extension || *id != SCHEMA {
                true => (200, json!({"id": id})),
                false => problem(404, "", "no such schema"),
            },
            ("GET", ["Users"]) => self.search(uri),
            ("POST", ["Users"]) => self.create(body),
            (_, ["Users", id]) if !self.users.contains_key(*id) => {
                problem(404, "", "Resource not found")
            }
            ("GET", ["Users", id]) => (200, self.users[*id].clone()),
            ("PATCH" | "PUT", ["Users", id]) => self.write(method, id, headers, body),
            _ => problem(404, "", "no such endpoint"),
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
    let mut inner = lock(&shared);
    let call = (method.to_string(), uri.path().to_owned());
    inner.troubles.calls.push(call);
    if uri.path() == "/token" {
        return inner.troubles.grant(&body, CLIENT);
    }
    if !inner.troubles.knows(&headers) {
        let (status, body) = problem(401, "", "Authorization failure");
        return reply(status, &body);
    }
    if let Some(answer) = inner.troubles.in_front() {
        return answer;
    }
    let writes = method != Method::GET;
    if writes && inner.troubles.fault == Some(Fault::MissingPermission) {
        let (status, body) = problem(403, "", "Operation is not permitted");
        return reply(status, &body);
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, value) = inner.route(&method, (&uri, &headers), body);
    inner.writes += usize::from(writes && status < 300);
    if writes && status < 300 && inner.troubles.loses_answer() {
        scissors.cut();
    }
    inner.troubles.halve(status, &value)
}

/// A service with its adapter, for the conformance cases.
pub struct ScimBench {
    pub service: Service,
    directory: Arc<dyn Directory>,
}

impl ScimBench {
    pub async fn start() -> Self {
        let service = Service::start().await;
        Self {
            directory: service.adapter(""),
            service,
        }
    }
}

#[async_trait]
impl Bench for ScimBench {
    fn directory(&self) -> &dyn Directory {
        &*self.directory
    }

    async fn put_user(&self, email: &str) -> String {
        let mut inner = self.service.lock();
        let id = format!("11110000-0000-4000-8000-{:012}", inner.users.len());
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": email, "active": true,
            "name": {"givenName": "Ada", "familyName": "Byron"}, "nickName": "Ada", "externalId": format!("hr-{email}"),
            "emails": [{"value": email, "type": "work", "primary": true}],
        });
        inner.store(&id, user);
        id
    }

    async fn user(&self, id: &str) -> Option<Held> {
        let inner = self.service.lock();
        let user = inner.users.get(id)?;
        let list = |name: &str| -> Vec<String> {
            let values = user[SCHEMA][name].as_array().cloned();
            let values = values.unwrap_or_default();
            values
                .iter()
                .map(|it| it.as_str().unwrap().to_owned())
                .collect()
        };
        let others = json!([
            user["name"],
            user["nickName"],
            user["emails"],
            user["externalId"]
        ]);
        Some(Held {
            enabled: user["active"].as_bool().unwrap(),
            sessions: 0,
            person: user[SCHEMA]["personId"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            contacts: list("contactIds"),
            organizations: list("organizations"),
            roles: list("roles"),
            others: others.to_string(),
        })
    }

    async fn count(&self, email: &str) -> usize {
        let inner = self.service.lock();
        let users = inner.users.values();
        users
            .filter(|user| user["userName"].as_str() == Some(email))
            .count()
    }

    async fn set_enabled(&self, id: &str, enabled: bool) {
        let mut inner = self.service.lock();
        let mut user = inner.users[id].clone();
        user["active"] = json!(enabled);
        inner.store(id, user);
    }

    /// SCIM knows no sessions.
    async fn sign_in(&self, _id: &str) -> bool {
        false
    }

    async fn writes(&self) -> usize {
        self.service.lock().writes
    }

    async fn arm(&self, fault: Fault) -> bool {
        self.service.lock().troubles.arm(fault);
        true
    }
}
