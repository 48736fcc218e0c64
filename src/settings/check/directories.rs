//! Rules for `[[directories]]`, beside their keys.

use std::collections::BTreeSet;

use url::Url;

use super::{Problem, Settings, is_safe_address};
use crate::settings::{DirectoryKind, DirectorySettings};

pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut attached = BTreeSet::new();
    for (index, directory) in settings.directories.iter().enumerate() {
        let mut wrong = |key: &str, message: &str| {
            problems.push(Problem::new(format!("directories.{index}.{key}"), message));
        };
        let mut providers = settings.providers.iter();
        if !providers.any(|provider| provider.key == directory.provider) {
            wrong("provider", "names no provider under [[providers]]");
        }
        if !attached.insert(&directory.provider) {
            wrong("provider", "has a directory already");
        }
        let is_known = directory.kind == DirectoryKind::Graph && directory.url.is_none();
        if !is_known && !directory.url.as_ref().is_some_and(is_safe_address) {
            wrong(
                "url",
                "must be an https address; plain http is only for a loopback host",
            );
        }
        if directory.url.as_ref().is_some_and(has_user) {
            wrong(
                "url",
                "must hold no user and no password: an address is no place for secrets",
            );
        }
        if directory.calls_per_minute == Some(0) {
            wrong(
                "calls_per_minute",
                "must be 1 or more; leave it out for no limit of our own",
            );
        }
        if directory.reserve_percent > 90 {
            wrong(
                "reserve_percent",
                "must be 0 to 90: what is not urgent needs some of the calls too",
            );
        }
        for (key, message) in login(directory).into_iter().chain(names(directory)) {
            wrong(key, message);
        }
    }
    problems
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

type Wrong = (&'static str, &'static str);

fn login(directory: &DirectorySettings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let is_scim = directory.kind == DirectoryKind::Scim;
    if !(is_scim && directory.token.is_some()) {
        if directory.client_id.is_empty() {
            wrong.push(("client_id", "is missing"));
        }
        if directory.client_secret.is_none() {
            wrong.push((
                "client_secret",
                "is missing; give it as VESTIBULE_DIRECTORIES__0__CLIENT_SECRET_FILE",
            ));
        }
    }
    if !is_scim && directory.token.is_some() {
        wrong.push((
            "token",
            "has no meaning here: tokens are had with client_id and client_secret",
        ));
    }
    wrong.extend(match directory.kind {
        DirectoryKind::Keycloak => keycloak(directory),
        DirectoryKind::Scim => scim(directory),
        DirectoryKind::Graph => graph(directory),
    });
    let (keycloak, scim) = (directory.keycloak.is_some(), directory.scim.is_some());
    for (name, kind, is_given) in [
        ("keycloak", DirectoryKind::Keycloak, keycloak),
        ("scim", DirectoryKind::Scim, scim),
        ("graph", DirectoryKind::Graph, directory.graph.is_some()),
    ] {
        if is_given && directory.kind != kind {
            wrong.push((
                name,
                "has no meaning here: it belongs to directories of that kind",
            ));
        }
    }
    wrong
}

fn keycloak(directory: &DirectorySettings) -> Vec<Wrong> {
    match &directory.keycloak {
        None => vec![(
            "keycloak",
            "is missing: keycloak = { realm = \"customers\" }",
        )],
        Some(table) if table.realm.trim().is_empty() => {
            vec![("keycloak.realm", "must not be empty")]
        }
        Some(_) => Vec::new(),
    }
}

fn scim(directory: &DirectorySettings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let table = directory.scim.clone().unwrap_or_default();
    if directory.token.is_none() && !table.token_url.as_ref().is_some_and(is_safe_address) {
        wrong.push((
            "scim.token_url",
            "must be an https address, unless a token is given; plain http is only for a loopback host",
        ));
    }
    if !table.schema.starts_with("urn:") {
        wrong.push(("scim.schema", "must be a URN"));
    }
    wrong
}

fn graph(directory: &DirectorySettings) -> Vec<Wrong> {
    let Some(table) = &directory.graph else {
        return vec![(
            "graph",
            "is missing: a directory of kind `graph` needs its own table",
        )];
    };
    let mut wrong = Vec::new();
    if table.tenant.trim().is_empty() {
        wrong.push(("graph.tenant", "must be the tenant's id"));
    }
    let is_id = |text: &str| {
        let digits = text.bytes().filter(|byte| *byte != b'-');
        text.len() >= 32
            && digits.clone().count() == 32
            && digits.into_iter().all(|it| it.is_ascii_hexdigit())
    };
    if !is_id(&table.extension_app) {
        wrong.push((
            "graph.extension_app",
            "must be the client id of the application that has the directory extensions",
        ));
    }
    if directory.create && table.domain.is_empty() {
        wrong.push((
            "graph.domain",
            "is missing: users are made with names of this domain, as nordwind.onmicrosoft.com",
        ));
    }
    if !table.token_endpoint().as_ref().is_some_and(is_safe_address) {
        wrong.push((
            "graph.token_url",
            "must be an https address; plain http is only for a loopback host",
        ));
    }
    if directory.poll_minutes == 0 {
        wrong.push((
            "poll_minutes",
            "must be 1 or more; set follow = false to follow nothing",
        ));
    }
    wrong
}

/// Names that a directory could not tell apart would write over one another.
fn names(directory: &DirectorySettings) -> Vec<Wrong> {
    let names = &directory.attributes;
    let given = [
        &names.person,
        &names.contacts,
        &names.organizations,
        &names.roles,
    ];
    let mut seen = BTreeSet::new();
    let given: Vec<&String> = given.into_iter().filter(|name| !name.is_empty()).collect();
    let mut wrong = Vec::new();
    if !given.iter().all(|name| seen.insert(name.as_str())) {
        wrong.push(("attributes", "name one attribute twice"));
    }
    let is_name = |name: &&String| {
        name.len() <= 120
            && name.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':')
            })
    };
    if !given.iter().all(is_name) {
        wrong.push((
            "attributes",
            "must be letters, digits and `_-.:`, 120 at most",
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::settings::{TEMPLATE, parse};

    /// The keys that are wrong in a directory with these lines.
    fn wrong(lines: &str) -> Vec<String> {
        let directory = format!("{TEMPLATE}\n[[directories]]\nkey = \"d\"\nname = \"D\"\n{lines}");
        let key = ("VESTIBULE_SECURITY__ENCRYPTION_KEY", "07".repeat(32));
        let environment = BTreeMap::from([(key.0.to_owned(), key.1)]);
        match parse(&directory, &environment) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.0.into_iter().map(|it| it.key).collect(),
        }
    }

    const LOGIN: &str = "provider = \"main\"\nclient_id = \"c\"\nclient_secret = \"s\"\n";

    #[test]
    fn each_kind_works_with_its_table_alone() {
        let at = "url = \"https://login.example.com\"\n";
        let graph =
            "graph = { tenant = \"t\", extension_app = \"99999999-8888-7777-6666-555555555555\" }";
        for good in [
            format!("kind = \"keycloak\"\n{at}{LOGIN}keycloak = {{ realm = \"r\" }}"),
            format!("kind = \"scim\"\n{at}provider = \"main\"\ntoken = \"t\""),
            format!("kind = \"scim\"\n{at}{LOGIN}scim = {{ token_url = \"https://l.example/t\" }}"),
            format!("kind = \"graph\"\n{LOGIN}{graph}"),
        ] {
            assert_eq!(wrong(&good), [""; 0], "{good}");
        }
        let name = |key: &str| format!("directories.0.{key}");
        for (bad, keys) in [
            (
                format!("kind = \"keycloak\"\n{at}{LOGIN}"),
                ["keycloak"].as_slice(),
            ),
            (
                format!("kind = \"keycloak\"\n{LOGIN}keycloak = {{ realm = \"r\" }}"),
                &["url"],
            ),
            (
                format!(
                    "kind = \"scim\"\nurl = \"http://login.example.com\"\nprovider = \"none\"\n{graph}"
                ),
                &[
                    "provider",
                    "url",
                    "client_id",
                    "client_secret",
                    "scim.token_url",
                    "graph",
                ],
            ),
            (
                format!("kind = \"graph\"\ncreate = true\npoll_minutes = 0\n{LOGIN}{graph}"),
                &["graph.domain", "poll_minutes"],
            ),
        ] {
            let keys: Vec<String> = keys.iter().map(|key| name(key)).collect();
            assert_eq!(wrong(&bad), keys, "{bad}");
        }
    }
}
