//! A Keycloak realm for tests: service account tokens, users with a declarative profile, whole-user
//! PUT that replaces all attributes, sessions, and its error shapes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, Uri, header},
    response::Response,
};
use serde_json::{Map, Value, json};
use vestibule::{
    directory::{
        conformance::{Bench, Fault, Held},
        keycloak,
        port::Directory,
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

const CLIENT: (&str, &str) = ("vestibule-directory", "a secret & with % odd + letters");
const REALM: &str = "/admin/realms/customers";
/// The attribute that others keep.
const OTHERS: &str = "department";

/// A running realm; it ends when the last of these is dropped.
pub type Keycloak = Served<Inner>;

/// The state behind the socket.
#[derive(Default)]
pub struct Inner {
    pub troubles: Troubles,
    pub users: BTreeMap<String, Value>,
    pub sessions: BTreeMap<String, usize>,
    /// `unmanagedAttributePolicy`; Keycloak's own default is none.
    pub policy: Option<&'static str>,
    /// Who may edit an attribute that the profile knows.
    pub managed: BTreeMap<&'static str, &'static [&'static str]>,
    /// Somebody else disables the user between the next reading and writing.
    pub interferes: bool,
    pub writes: usize,
    made: usize,
}

impl Keycloak {
    pub async fn start() -> Self {
        let inner = Inner {
            policy: Some("ADMIN_EDIT"),
            ..Inner::default()
        };
        Self::serve(|_| inner, Router::new().fallback(answer)).await
    }

    pub fn settings(&self, more: &str) -> DirectorySettings {
        let text = format!(
            "key = \"kc\"\nname = \"Keycloak\"\nprovider = \"main\"\nkind = \"keycloak\"\nurl = \"{}\"\nclient_id = \"{}\"\n\
             client_secret = \"{}\"\nkeycloak = {{ realm = \"customers\" }}\n{more}",
            self.url, CLIENT.0, CLIENT.1
        );
        toml::from_str(&text).unwrap()
    }

    pub fn adapter(&self) -> Arc<dyn Directory> {
        keycloak::adapter(&self.settings(""), http_client().unwrap(), Clock::System).unwrap()
    }

    /// Stores a user with this id.
    pub fn add(&self, id: &str, email: &str) {
        let user = json!({
            "id": id, "username": email, "email": email, "firstName": "Ada", "lastName": "Byron", "emailVerified": true,
            "enabled": true, "createdTimestamp": 1, "requiredActions": ["UPDATE_PASSWORD"], "notBefore": 0,
            "attributes": { OTHERS: ["engines"], "locale": ["de"] },
        });
        self.lock().users.insert(id.to_owned(), user);
    }

    /// A user as it is held.
    pub fn held(&self, id: &str) -> Option<Held> {
        let inner = self.lock();
        let user = inner.users.get(id)?;
        let list = |name: &str| -> Vec<String> {
            let values = user["attributes"][name].as_array().cloned();
            let values = values.unwrap_or_default();
            values
                .iter()
                .map(|it| it.as_str().unwrap().to_owned())
                .collect()
        };
        let others = json!([
            user["firstName"],
            user["lastName"],
            user["email"],
            user["requiredActions"],
            list(OTHERS),
            list("locale")
        ]);
        Some(Held {
            enabled: user["enabled"].as_bool().unwrap(),
            sessions: inner.sessions.get(id).copied().unwrap_or(0),
            person: list("vestibulePerson").join(","),
            contacts: list("crmContactId"),
            organizations: list("portalOrganizations"),
            roles: list("portalRoles"),
            others: others.to_string(),
        })
    }
}

impl Inner {
    /// Puts attributes as the user profile lets them: what it does not know is dropped in silence.
    fn profiled(&self, attributes: &Value) -> Value {
        let takes_any = matches!(self.policy, Some("ENABLED" | "ADMIN_EDIT"));
        let known = [OTHERS, "locale"];
        let kept = attributes.as_object().into_iter().flatten();
        let is_known = |name: &str| known.contains(&name) || self.managed.contains_key(name);
        let kept = kept.filter(|(name, _)| takes_any || is_known(name));
        Value::Object(kept.map(|(name, it)| (name.clone(), it.clone())).collect())
    }

    fn has(&self, field: &str, value: &str, but: &str) -> bool {
        let lower = value.to_lowercase();
        let mut users = self.users.iter();
        users.any(|(id, user)| id != but && user[field].as_str() == Some(lower.as_str()))
    }

    fn create(&mut self, body: &Value) -> (u16, Value, Option<String>) {
        let Some(name) = body["username"].as_str().filter(|name| !name.is_empty()) else {
            return (400, json!({"errorMessage": "User name is missing"}), None);
        };
        let email = body["email"].as_str().unwrap_or_default();
        if self.has("username", name, "") {
            let error = json!({"errorMessage": "User exists with same username"});
            return (409, error, None);
        }
        if self.has("email", email, "") {
            let error = json!({"errorMessage": "User exists with same email"});
            return (409, error, None);
        }
        self.made += 1;
        let id = format!("9f1c0000-0000-4000-8000-{:012}", self.made);
        let mut user = body.as_object().cloned().unwrap_or_default();
        user.insert("id".into(), json!(id));
        user.insert("username".into(), json!(name.to_lowercase()));
        user.insert("email".into(), json!(email.to_lowercase()));
        let attributes = self.profiled(&body["attributes"]);
        user.insert("attributes".into(), attributes);
        self.users.insert(id.clone(), Value::Object(user));
        (201, Value::Null, Some(id))
    }

    /// Absent fields stay, but with attributes the whole profile is replaced by what is there.
    fn update(&mut self, id: &str, body: &Value) -> (u16, Value) {
        let Some(stored) = self.users.get(id).and_then(Value::as_object).cloned() else {
            return (404, json!({"error": "User not found"}));
        };
        let mut user: Map<String, Value> = stored;
        for (name, value) in body.as_object().into_iter().flatten() {
            if !matches!(name.as_str(), "id" | "attributes" | "access") {
                user.insert(name.clone(), value.clone());
            }
        }
        if let Some(attributes) = body.get("attributes") {
            user.insert("attributes".into(), self.profiled(attributes));
            for name in ["firstName", "lastName", "email"] {
                if body.get(name).is_none() {
                    user.remove(name);
                }
            }
        }
        self.users.insert(id.to_owned(), Value::Object(user));
        (204, Value::Null)
    }

    fn search(&self, uri: &Uri) -> Value {
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let of = |name: &str| query.iter().find(|it| it.0 == name).map(|it| it.1.clone());
        let max: usize = of("max").map_or(100, |max| max.parse().unwrap());
        let found = self.users.values().filter(|user| {
            let is = |name: &str| {
                of(name).is_none_or(|value| user[name].as_str() == Some(&*value.to_lowercase()))
            };
            let attribute = of("q").is_none_or(|q| {
                let (name, value) = q.split_once(':').unwrap();
                let values = user["attributes"][name].as_array().cloned();
                // Keycloak compares without regard to case, and by prefix for long values.
                values.unwrap_or_default().iter().any(|it| {
                    it.as_str()
                        .is_some_and(|it| it.to_lowercase() == value.to_lowercase())
                })
            });
            is("email") && is("username") && attribute
        });
        Value::Array(found.take(max).cloned().collect())
    }

    /// Status, body, and the id of a user that was made.
    fn route(
        &mut self,
        method: &Method,
        (uri, parts): (&Uri, &[&str]),
        body: &Value,
    ) -> (u16, Value, Option<String>) {
        match (method.as_str(), parts) {
            ("GET", ["users", "profile"]) => {
                let mut profile = json!({"attributes": [{"name": "username"}, {"name": "email"}, {"name": OTHERS}], "groups": []});
                for (name, edit) in &self.managed {
                    let known =
                        json!({"name": name, "permissions": {"view": ["admin"], "edit": edit}});
                    profile["attributes"].as_array_mut().unwrap().push(known);
                }
                if let Some(policy) = self.policy {
                    profile["unmanagedAttributePolicy"] = json!(policy);
                }
                (200, profile, None)
            }
            ("GET", ["users"]) => (200, self.search(uri), None),
            ("POST", ["users"]) => self.create(body),
            ("GET", ["users", id]) => match self.users.get(*id) {
                Some(user) => {
                    let mut user = user.clone();
                    user["access"] = json!({"manage": true});
                    (200, user, None)
                }
                None => (404, json!({"error": "User not found"}), None),
            },
            ("PUT", ["users", id]) => {
                if let Some(status) = self.troubles.protects(body.get("attributes").is_some()) {
                    let error = json!({"errorMessage": "error-invalid-length"});
                    return (status, error, None);
                }
                if let Some(user) = self.users.get_mut(*id).filter(|_| self.interferes) {
                    user["enabled"] = json!(false);
                }
                let (status, value) = self.update(id, body);
                (status, value, None)
            }
            ("POST", ["users", id, "logout"]) => match self.users.contains_key(*id) {
                true => {
                    self.sessions.remove(*id);
                    (204, Value::Null, None)
                }
                false => (404, json!({"error": "User not found"}), None),
            },
            _ => (
                404,
                json!({"error": "Unable to find matching target resource method"}),
                None,
            ),
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
    if uri.path() == "/realms/customers/protocol/openid-connect/token" {
        return inner.troubles.grant(&body, CLIENT);
    }
    let Some(path) = uri.path().strip_prefix(REALM) else {
        return reply(404, &json!({"error": "Realm not found."}));
    };
    if !inner.troubles.knows(&headers) {
        return reply(401, &json!({"error": "HTTP 401 Unauthorized"}));
    }
    if let Some(answer) = inner.troubles.in_front() {
        return answer;
    }
    let writes = method != Method::GET;
    if writes && inner.troubles.fault == Some(Fault::MissingPermission) {
        return reply(403, &json!({"error": "HTTP 403 Forbidden"}));
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path: Vec<&str> = path.split('/').skip(1).collect();
    let (status, value, made) = inner.route(&method, (&uri, &path), &body);
    inner.writes += usize::from(writes && status < 300);
    if writes && status < 300 && inner.troubles.loses_answer() {
        scissors.cut();
    }
    let mut response = inner.troubles.halve(status, &value);
    if let Some(id) = made {
        let place = format!("http://localhost{REALM}/users/{id}");
        response
            .headers_mut()
            .insert(header::LOCATION, place.parse().unwrap());
    }
    response
}

/// A realm with its adapter, for the conformance cases.
pub struct KeycloakBench {
    pub keycloak: Keycloak,
    directory: Arc<dyn Directory>,
}

impl KeycloakBench {
    pub async fn start() -> Self {
        let keycloak = Keycloak::start().await;
        Self {
            directory: keycloak.adapter(),
            keycloak,
        }
    }
}

#[async_trait]
impl Bench for KeycloakBench {
    fn directory(&self) -> &dyn Directory {
        &*self.directory
    }

    async fn put_user(&self, email: &str) -> String {
        let number = self.keycloak.lock().users.len();
        let id = format!("11110000-0000-4000-8000-{number:012}");
        self.keycloak.add(&id, email);
        id
    }

    async fn user(&self, id: &str) -> Option<Held> {
        self.keycloak.held(id)
    }

    async fn count(&self, email: &str) -> usize {
        let inner = self.keycloak.lock();
        let users = inner.users.values();
        users
            .filter(|user| user["email"].as_str() == Some(email))
            .count()
    }

    async fn set_enabled(&self, id: &str, enabled: bool) {
        self.keycloak.lock().users.get_mut(id).unwrap()["enabled"] = json!(enabled);
    }

    async fn sign_in(&self, id: &str) -> bool {
        let mut inner = self.keycloak.lock();
        *inner.sessions.entry(id.to_owned()).or_default() += 1;
        true
    }

    async fn writes(&self) -> usize {
        self.keycloak.lock().writes
    }

    async fn arm(&self, fault: Fault) -> bool {
        self.keycloak.lock().troubles.arm(fault);
        true
    }
}
