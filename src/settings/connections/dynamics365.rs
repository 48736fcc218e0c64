//! `[connections.dynamics365]`: how to get into a Dataverse environment and what is what there.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::settings::{
    ConnectionSettings,
    check::is_safe_address,
    connections::{Table, Wrong, notice_secret_problem},
    load::Problem,
};

/// Settings of a connection of the kind `dynamics365`; `url` of the connection is the environment's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dynamics365Settings {
    /// Version of the Web API.
    #[serde(default = "default_version")]
    pub api_version: String,
    /// Directory (tenant) id of Microsoft Entra; a borrowed token needs neither it nor the next.
    #[serde(default)]
    pub tenant: String,
    /// Application (client) id.
    #[serde(default)]
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<SecretString>,
    /// Where tokens come from, when not from the public cloud.
    pub token_url: Option<Url>,
    /// The table that holds contracts, by its entity set name.
    #[serde(default = "default_contracts")]
    pub contract_table: String,
    /// Whether what staff do is written in the name of their own user there.
    #[serde(default)]
    pub act_as_staff: bool,
    /// The key that its webhook sends; two, parted by a space, while one replaces the other.
    pub notice_secret: Option<SecretString>,
}

impl Dynamics365Settings {
    /// The token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> Option<Url> {
        let usual = || {
            let tenant = &self.tenant;
            Url::parse(&format!(
                "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
            ))
            .ok()
        };
        self.token_url.clone().or_else(usual)
    }
}

fn default_version() -> String {
    "9.2".to_owned()
}

fn default_contracts() -> String {
    "entitlements".to_owned()
}

/// What is wrong with a connection of this kind; `at` is its key, like `connections.0`.
pub(in crate::settings) fn problems(at: &str, connection: &ConnectionSettings) -> Vec<Problem> {
    let table = Table {
        name: "dynamics365",
        url: (
            "must be the environment's address over https",
            "url = \"https://acme.crm4.dynamics.com\"",
        ),
        missing: "[connections.dynamics365] with tenant = \"…\" and client_id = \"…\" below the connection",
        own: connection
            .dynamics365
            .as_ref()
            .map(|it| own(it, connection.is_borrowed())),
    };
    table.problems(at, connection)
}

fn own(settings: &Dynamics365Settings, is_borrowed: bool) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if !matches!(settings.api_version.as_str(), "9.0" | "9.1" | "9.2") {
        wrong.push((
            "api_version",
            "must be 9.0, 9.1 or 9.2",
            "api_version = \"9.2\"",
        ));
    }
    if !is_borrowed {
        wrong.extend(way_in(settings));
    }
    let token_url = settings.token_url.as_ref();
    if token_url.is_some_and(|url| !is_safe_address(url) || !url.username().is_empty()) {
        wrong.push((
            "token_url",
            "must be an https address without a user; plain http is only for a loopback host",
            "token_url = \"https://login.microsoftonline.us/<tenant>/oauth2/v2.0/token\"",
        ));
    }
    let table = &settings.contract_table;
    let is_name = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_';
    if table.is_empty() || !table.bytes().all(is_name) {
        wrong.push((
            "contract_table",
            "must be the entity set name of a table",
            "contract_table = \"entitlements\"",
        ));
    }
    let notice = settings.notice_secret.as_ref();
    if let Some(message) = notice.and_then(|it| notice_secret_problem(it.expose_secret())) {
        wrong.push((
            "notice_secret",
            message,
            "VESTIBULE_CONNECTIONS__0__DYNAMICS365__NOTICE_SECRET_FILE with the output of `openssl rand -hex 32`",
        ));
    }
    wrong
}

/// What the portal needs for tokens of its own.
fn way_in(settings: &Dynamics365Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if !is_plain(&settings.tenant) {
        wrong.push((
            "tenant",
            "must be the directory's id or one of its domains",
            "tenant = \"acme.onmicrosoft.com\"",
        ));
    }
    if settings.client_id.trim().is_empty() {
        wrong.push((
            "client_id",
            "is missing",
            "client_id = \"00000000-0000-0000-0000-000000000000\"",
        ));
    }
    if settings.client_secret.is_none() {
        wrong.push((
            "client_secret",
            "is missing",
            "VESTIBULE_CONNECTIONS__0__DYNAMICS365__CLIENT_SECRET_FILE=/etc/vestibule/dynamics365",
        ));
    }
    wrong
}

/// What can stand in an address as one part of its path.
fn is_plain(text: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    !text.is_empty() && text.bytes().all(is_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut toml::Table)) -> Vec<String> {
        let mut table = toml::toml! {
            key = "main"
            name = "Dynamics"
            kind = "dynamics365"
            url = "https://acme.crm4.dynamics.com"
            [dynamics365]
            tenant = "acme.onmicrosoft.com"
            client_id = "c"
            client_secret = "s"
        };
        change(&mut table);
        let connection: ConnectionSettings = table.try_into().unwrap();
        let found = problems("connections.0", &connection);
        assert!(found.iter().all(|problem| problem.example.is_some()));
        found.into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn what_cannot_work_is_named() {
        assert!(with(|_| ()).is_empty());
        assert_eq!(
            with(|table| drop(table.remove("dynamics365"))),
            ["connections.0.dynamics365"]
        );
        for (key, value) in [
            ("api_version", "v9.2"),
            ("tenant", "a/b"),
            ("tenant", ""),
            ("client_id", ""),
            ("token_url", "http://login.example/token"),
            ("token_url", "https://user@login.example/token"),
            ("contract_table", "entitlements?"),
            ("notice_secret", "short"),
        ] {
            let found = with(|table| {
                let own = table["dynamics365"].as_table_mut().unwrap();
                own.insert(key.to_owned(), value.into());
            });
            assert_eq!(found, [format!("connections.0.dynamics365.{key}")]);
        }
        let loopback = with(|table| {
            let own = table["dynamics365"].as_table_mut().unwrap();
            own.insert("token_url".to_owned(), "http://127.0.0.1:9/token".into());
        });
        assert!(loopback.is_empty());
    }
}
