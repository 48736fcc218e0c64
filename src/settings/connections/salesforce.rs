//! `[connections.salesforce]`: how to get into a Salesforce org and what is what there.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::settings::{
    ConnectionSettings,
    connections::{Table, Wrong, notice_secret_problem},
    load::Problem,
};

/// Settings of a connection of the kind `salesforce`; `url` of the connection is the My Domain host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SalesforceSettings {
    /// Version of the REST API.
    #[serde(default = "default_version")]
    pub api_version: String,
    /// Consumer key of the External Client App; a borrowed token needs none.
    #[serde(default)]
    pub client_id: String,
    /// Consumer secret: client credentials, with the run-as user of the app.
    pub client_secret: Option<SecretString>,
    /// The integration user's name, with `private_key`: JWT bearer.
    pub username: Option<String>,
    /// RSA key in PEM whose certificate the app has.
    pub private_key: Option<SecretString>,
    /// Whom the JWT is for; sandboxes need `https://test.salesforce.com`.
    #[serde(default = "default_audience")]
    pub audience: String,
    /// The object that holds contracts.
    #[serde(default = "default_contract")]
    pub contract_object: String,
    /// The status of a finished task.
    #[serde(default = "default_task_status")]
    pub task_status: String,
    /// The org's id; outbound messages of other orgs are then refused.
    pub organization_id: Option<String>,
    /// Last part of the address that Salesforce sends notices to; two, parted by a space, while one
    /// replaces the other.
    pub notice_secret: Option<SecretString>,
}

fn default_version() -> String {
    "66.0".to_owned()
}

fn default_audience() -> String {
    "https://login.salesforce.com".to_owned()
}

fn default_contract() -> String {
    "Contract".to_owned()
}

fn default_task_status() -> String {
    "Completed".to_owned()
}

/// What is wrong with a connection of this kind; `at` is its key, like `connections.0`.
pub(in crate::settings) fn problems(at: &str, connection: &ConnectionSettings) -> Vec<Problem> {
    let table = Table {
        name: "salesforce",
        url: (
            "must be the org's My Domain address over https",
            "url = \"https://acme.my.salesforce.com\"",
        ),
        missing: "[connections.salesforce] with client_id = \"3MVG9…\" below the connection",
        own: connection
            .salesforce
            .as_ref()
            .map(|it| own(it, connection.is_borrowed())),
    };
    table.problems(at, connection)
}

fn own(settings: &SalesforceSettings, is_borrowed: bool) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if !is_version(&settings.api_version) {
        wrong.push((
            "api_version",
            "must be a version of the REST API that has keyed collections, 46.0 or later",
            "api_version = \"66.0\"",
        ));
    }
    if is_borrowed {
        wrong.extend(rest(settings));
        return wrong;
    }
    if settings.client_id.trim().is_empty() {
        wrong.push(("client_id", "is missing", "client_id = \"3MVG9…\""));
    }
    let by_jwt = settings.username.is_some() || settings.private_key.is_some();
    match (&settings.client_secret, by_jwt) {
        (Some(_), false) => {}
        (None, true) if settings.username.is_some() && settings.private_key.is_some() => {}
        (None, true) => wrong.push((
            "private_key",
            "and username belong together: JWT bearer needs both",
            "username = \"portal@acme.example\" and …__SALESFORCE__PRIVATE_KEY_FILE=/etc/vestibule/salesforce.pem",
        )),
        _ => wrong.push((
            "client_secret",
            "or username and private_key: one of the two ways in, not both and not none",
            "VESTIBULE_CONNECTIONS__0__SALESFORCE__CLIENT_SECRET_FILE=/etc/vestibule/salesforce",
        )),
    }
    let is_audience =
        settings.audience.starts_with("https://") || settings.audience.starts_with("http://127.");
    if !is_audience {
        wrong.push((
            "audience",
            "must be an https address",
            "audience = \"https://test.salesforce.com\"",
        ));
    }
    wrong.extend(rest(settings));
    wrong
}

/// What has nothing to do with the way in.
fn rest(settings: &SalesforceSettings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if !is_api_name(&settings.contract_object) {
        wrong.push((
            "contract_object",
            "must be the API name of an object",
            "contract_object = \"ServiceContract\"",
        ));
    }
    let id = settings.organization_id.as_deref();
    if id.is_some_and(|id| !id.starts_with("00D") || !matches!(id.len(), 15 | 18)) {
        wrong.push((
            "organization_id",
            "must be the org's id of 15 or 18 characters",
            "organization_id = \"00D000000000001AAA\"",
        ));
    }
    let notice = settings.notice_secret.as_ref();
    if let Some(message) = notice.and_then(|it| notice_secret_problem(it.expose_secret())) {
        wrong.push((
            "notice_secret",
            message,
            "VESTIBULE_CONNECTIONS__0__SALESFORCE__NOTICE_SECRET_FILE with the output of `openssl rand -hex 32`",
        ));
    }
    wrong
}

/// `46.0` and later, as the address has it.
fn is_version(text: &str) -> bool {
    let number = text
        .strip_suffix(".0")
        .and_then(|it| it.parse::<u32>().ok());
    number.is_some_and(|number| (46..1_000).contains(&number))
}

/// Names that can stand in a query as they are.
fn is_api_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(change: impl FnOnce(&mut toml::Table)) -> Vec<String> {
        let mut table = toml::toml! {
            key = "main"
            name = "Salesforce"
            kind = "salesforce"
            url = "https://acme.my.salesforce.com"
            [salesforce]
            client_id = "3MVG9"
            client_secret = "s"
        };
        change(&mut table);
        let connection: ConnectionSettings = table.try_into().unwrap();
        let found = problems("connections.0", &connection);
        assert!(found.iter().all(|problem| problem.example.is_some()));
        found.into_iter().map(|problem| problem.key).collect()
    }

    fn with(key: &'static str, value: &'static str) -> Vec<String> {
        problems_of(|table| {
            let own = table["salesforce"].as_table_mut().unwrap();
            own.insert(key.to_owned(), value.into());
        })
    }

    #[test]
    fn what_cannot_work_is_named() {
        assert!(problems_of(|_| ()).is_empty());
        assert_eq!(
            problems_of(|table| drop(table.remove("salesforce"))),
            ["connections.0.salesforce"]
        );
        assert_eq!(
            problems_of(|table| drop(table.insert("url".into(), "http://acme.example".into()))),
            ["connections.0.url"]
        );
        for (key, value) in [
            ("api_version", "v66.0"),
            ("api_version", "45.0"),
            ("api_version", "66"),
            ("client_id", " "),
            ("audience", "login.salesforce.com"),
            ("contract_object", "Contract WHERE"),
            ("organization_id", "001000000000001"),
            ("notice_secret", "short"),
            ("notice_secret", "0123456789abcdef0123456789abcde/"),
        ] {
            assert_eq!(
                with(key, value),
                [format!("connections.0.salesforce.{key}")]
            );
        }
        assert_eq!(
            with("private_key", "x"),
            ["connections.0.salesforce.client_secret"]
        );
        assert!(with("notice_secret", "0123456789abcdef0123456789abcdef").is_empty());
    }
}
