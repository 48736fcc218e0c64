//! The API through the real router, as programs call it. Every request and answer is held against
//! the document that the API publishes.

mod agreement;
mod batch;
mod claims;
mod decisions;
mod document;
mod hostile;
mod idempotency;
mod invitations;
mod operators;
mod people;
mod reading;
mod tokens;

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use vestibule::{
    api,
    clients::{self, Create, Made, Scope, Scopes},
    kernel::{Cx, ids::OrganizationId, text::fold},
    on,
    settings::ConnectionSettings,
};

use crate::support::{Plan, Portal, TestDb};

/// A second CRM beside the built-in one, at which nobody answers.
pub const OTHER: &str = "other";

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self, pointer: &str) -> &str {
        let found = self.body.pointer(pointer);
        let found = found.unwrap_or_else(|| panic!("no {pointer} in {}", self.body));
        found
            .as_str()
            .unwrap_or_else(|| panic!("{pointer} is no text: {}", self.body))
    }

    /// The places that are wrong.
    pub fn wrong(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().unwrap().iter();
        errors
            .map(|error| error["pointer"].as_str().unwrap())
            .collect()
    }
}

/// A program.
#[derive(Clone)]
pub struct Program {
    pub made: Made,
    pub token: String,
    http: reqwest::Client,
    origin: String,
}

pub async fn make(portal: &Portal, scopes: &[Scope], connection: Option<&str>) -> Made {
    let cx: Cx = portal.state.world.system("test");
    let create = Create {
        name: "A flow".to_owned(),
        scopes: Scopes::new(scopes.iter().copied()),
        connection: connection.map(str::to_owned),
        expires_at: None,
    };
    let made = portal
        .state
        .db
        .write(move |tx| Box::pin(async move { clients::create(tx, &cx, create).await }));
    made.await.unwrap()
}

impl Program {
    /// One that may do everything, everywhere.
    pub async fn new(portal: &Portal) -> Self {
        Self::with(portal, Scope::ALL, None).await
    }

    pub async fn with(portal: &Portal, scopes: &[Scope], connection: Option<&str>) -> Self {
        let made = make(portal, scopes, connection).await;
        let mut program = Self {
            made,
            token: String::new(),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            origin: portal.url.origin().ascii_serialization(),
        };
        program.token = program
            .get_token()
            .await
            .expect(200)
            .text("/access_token")
            .to_owned();
        program
    }

    /// The same program at another node.
    pub fn at(&self, portal: &Portal) -> Self {
        Self {
            origin: portal.url.origin().ascii_serialization(),
            ..self.clone()
        }
    }

    pub async fn get_token(&self) -> Reply {
        let id = self.made.client.id.to_string();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", &self.made.secret),
        ];
        self.ask_token(&form, None).await
    }

    pub async fn ask_token(&self, form: &[(&str, &str)], basic: Option<(&str, &str)>) -> Reply {
        let mut request = self
            .http
            .post(format!("{}/api/v1/token", self.origin))
            .form(form);
        if let Some((id, secret)) = basic {
            request = request.basic_auth(id, Some(secret));
        }
        self.finish("/api/v1/token", Method::POST, None, request)
            .await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// With an `Idempotency-Key`.
    pub async fn post_once(&self, path: &str, body: &Value, key: &str) -> Reply {
        self.send(Method::POST, path, Some(body), &[("idempotency-key", key)])
            .await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let raw = body.map(|body| body.to_string().into_bytes());
        self.raw(method, path, raw, headers).await
    }

    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.origin));
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.bearer_auth(&self.token);
        }
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let sent = body
            .as_deref()
            .and_then(|body| serde_json::from_slice(body).ok());
        if let Some(body) = body {
            request = request.body(body);
        }
        self.finish(path, method, sent, request).await
    }

    async fn finish(
        &self,
        path: &str,
        method: Method,
        sent: Option<Value>,
        request: reqwest::RequestBuilder,
    ) -> Reply {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body: Value = serde_json::from_str(&text)
            .unwrap_or_else(|_| panic!("{method} {path}: {status} {text}"));
        hold(path, &method, sent.as_ref(), (status, &headers, &body));
        Reply {
            status: status.as_u16(),
            headers,
            body,
        }
    }
}

/// Holds a request and its answer against the document.
fn hold(
    path: &str,
    method: &Method,
    sent: Option<&Value>,
    (status, headers, body): (StatusCode, &HeaderMap, &Value),
) {
    let document = api::document("http://portal.example");
    let path = path.split('?').next().unwrap();
    let place = format!("{method} {path} {status}");
    let Some(operation) = operation(&document, path, method) else {
        assert!(
            matches!(status.as_u16(), 404 | 405),
            "{place} is not in the document: {body}"
        );
        return;
    };
    let find = |name: &str| document["components"]["schemas"][name].clone();
    let promised = &operation["responses"][status.as_str()];
    assert!(promised.is_object(), "{place} is not promised: {body}");
    let kind = headers["content-type"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let schema = &promised["content"][kind]["schema"];
    assert!(
        schema.is_object(),
        "{place} is promised otherwise than as {kind}: {body}"
    );
    let faults = api::check_schema(schema, body, &find);
    assert!(faults.is_empty(), "{place}: {faults:#?} in {body}");
    let wanted = &operation["requestBody"]["content"]["application/json"]["schema"];
    if let (Some(sent), true) = (sent, wanted.is_object()) {
        let faults = api::check_schema(wanted, sent, &find);
        assert!(
            faults.is_empty() || status.is_client_error(),
            "{place} took what does not fit: {faults:?}"
        );
    }
    // OAuth and Azure AD B2C say what is wrong in words of their own.
    let own_words = path == "/api/v1/token" || body.get("userMessage").is_some();
    if status.is_client_error() && !own_words {
        let id = body["request_id"].as_str().unwrap();
        assert_eq!(headers["x-request-id"], id, "{place}");
        assert_eq!(body["status"], status.as_u16(), "{place}");
    }
}

/// The operation that a path means; a word before a parameter.
fn operation<'d>(document: &'d Value, path: &str, method: &Method) -> Option<&'d Value> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == parts.len()
            && pattern
                .iter()
                .zip(&parts)
                .all(|(known, given)| known.starts_with('{') || known == given)
    };
    let mut fitting: Vec<&String> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|pattern| fits(pattern))
        .collect();
    fitting.sort_by_key(|pattern| pattern.matches('{').count());
    document["paths"]
        .get(fitting.first()?.as_str())?
        .get(method.as_str().to_lowercase())
}

/// A portal with two CRMs.
pub async fn portal(test: &TestDb) -> Portal {
    let plan = Plan {
        change: Some(Box::new(|settings| settings.connections.push(other()))),
        ..Plan::default()
    };
    Portal::start_as(test, plan).await
}

pub fn other() -> ConnectionSettings {
    let mut table =
        toml::toml! { name = "Another CRM" kind = "http" url = "http://127.0.0.1:9" token = "t" };
    table.insert("key".into(), OTHER.into());
    table.try_into().unwrap()
}

/// A customer of the other CRM.
pub async fn foreign(portal: &Portal, name: &str) -> OrganizationId {
    let organization = portal.add_customer(name).await;
    let id = organization.to_string();
    run(
        portal,
        "UPDATE organizations SET connection = 'other' WHERE id = $1",
        &[&id],
    )
    .await;
    organization
}

/// A contact of an organization, as the mirror has it.
pub async fn contact(
    portal: &Portal,
    connection: &str,
    organization: &OrganizationId,
    id: &str,
    email: &str,
) {
    let (name, organization) = (fold(email), organization.to_string());
    run(
        portal,
        "INSERT INTO crm_people (connection, external_id, kind, organization_id, company, email, email_key, given_name,
            family_name, name_key, phone, language, opted_out, crm_version, fetched_at)
         VALUES ($1, $2, 'contact', $3, '', $4, $4, 'Aino', 'Virtanen', $5, '', 'de', FALSE, 1, 0)",
        &[connection, id, &organization, email, &name],
    )
    .await;
}

/// A lead, as the mirror has it.
pub async fn lead(portal: &Portal, connection: &str, id: &str, email: &str) {
    run(
        portal,
        "INSERT INTO crm_people (connection, external_id, kind, organization_id, company, email, email_key, given_name,
            family_name, name_key, phone, language, opted_out, crm_version, fetched_at)
         VALUES ($1, $2, 'lead', NULL, 'Tammi Oy', $3, $3, 'Onni', 'Tammi', 'onni tammi', '', '', FALSE, 1, 0)",
        &[connection, id, email],
    )
    .await;
}

/// Changes what no action changes.
pub async fn run(portal: &Portal, statement: &'static str, values: &[&str]) {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let done: Result<(), vestibule::db::Error> = portal
        .state
        .db
        .write(move |tx| {
            Box::pin(async move {
                on!(tx, |c| {
                    let mut query = sqlx::query(statement);
                    for value in values {
                        query = query.bind(value);
                    }
                    query.execute(c).await.map(drop)
                })?;
                Ok(())
            })
        })
        .await;
    done.unwrap();
}

/// An invitation of an address.
pub fn address(organization: &OrganizationId, email: &str) -> Value {
    json!({"organization_id": organization, "email": email, "roles": ["reader"]})
}

/// What CRMs are told: kind and fact, oldest first.
pub async fn told(portal: &Portal) -> Vec<Value> {
    let mut conn = portal.state.db.read().await.unwrap();
    let facts: Vec<String> = on!(conn, |c| sqlx::query_scalar(
        "SELECT c.payload FROM changes c JOIN deliveries d ON d.change_id = c.id WHERE d.destination <> 'mail' ORDER BY d.seq"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    facts
        .iter()
        .map(|fact| serde_json::from_str(fact).unwrap())
        .collect()
}
