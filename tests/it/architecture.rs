//! The shape of the code (docs/architecture.md): who uses whom, sizes, registered statements, one
//! SQLite, style sheet and texts.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::source::{code, files, is_test, module, paths};

/// What every feature may use.
const BELOW: &[&str] = &[
    "kernel", "settings", "db", "web", "app", "audit", "tasks", "outbox", "mail",
];

/// Who may use whom. A new edge between features is a decision: write it here and say why in the
/// commit. `crm` is told apart by its parts, as its adapters may see nothing but the port.
const MAY_USE: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("settings", &["kernel"]),
    ("db", &["kernel", "settings"]),
    ("web", &["kernel", "settings", "db", "app"]),
    // What is recorded is what subscribers are told: one layer, both ways (decision 8).
    ("audit", &["kernel", "db", "web", "outbox"]),
    ("tasks", &["kernel", "db", "audit"]),
    (
        "outbox",
        &["kernel", "settings", "db", "audit", "tasks", "crm::port"],
    ),
    (
        "mail",
        &[
            "kernel",
            "settings",
            "db",
            "web",
            "audit",
            "outbox",
            "crm::port",
        ],
    ),
    ("access", &["below", "people", "organizations", "contracts"]),
    // The person's own pages take the actor `SignedIn` of `access`.
    (
        "people",
        &["below", "access", "organizations", "directory::tell"],
    ),
    (
        "organizations",
        &[
            "below",
            "access",
            "people",
            "contracts",
            "crm::port",
            "crm::mapping",
            "directory::tell",
        ],
    ),
    (
        "contracts",
        &["below", "organizations", "crm::port", "directory::tell"],
    ),
    // Whoever changes how somebody stands records that directories must look again; what they are
    // told is asked of `access` when it is delivered.
    ("directory::tell", &["kernel", "db", "outbox", "directory"]),
    ("directory::port", &["kernel", "crm::port"]),
    (
        "directory::oauth",
        &["kernel", "crm::port", "crm::rest", "directory::port"],
    ),
    ("directory::conformance", &["directory::port"]),
    ("directory::keycloak", DIRECTORY_ADAPTER),
    ("directory::scim", DIRECTORY_ADAPTER),
    ("directory::graph", DIRECTORY_ADAPTER),
    (
        "directory",
        &["below", "access", "people", "crm::port", "directory"],
    ),
    ("clients", &["kernel", "db", "audit"]),
    // Accepting an invitation, and being let in after a registration, starts a session. What a
    // program invited counts as long as the program may invite.
    (
        "invitations",
        &[
            "below",
            "access",
            "people",
            "organizations",
            "contracts",
            "clients",
            "crm",
            "sign_in",
        ],
    ),
    (
        "registration",
        &[
            "below",
            "access",
            "people",
            "organizations",
            "contracts",
            "invitations",
            "crm",
            "sign_in",
        ],
    ),
    (
        "sign_in",
        &[
            "below",
            "access",
            "people",
            "organizations",
            "invitations",
            "registration",
        ],
    ),
    // What ends, told to services by token: who still has access is asked of the one engine.
    ("signals", &["below", "access", "crm::port"]),
    // What a CRM shows of a company, on pages of the company and of sales.
    ("overview", &["below", "access", "organizations", "crm"]),
    (
        "sales",
        &[
            "overview",
            "below",
            "access",
            "people",
            "organizations",
            "contracts",
            "invitations",
            "registration",
            "crm",
        ],
    ),
    (
        "operations",
        &[
            "below",
            "access",
            "clients",
            "people",
            "organizations",
            "contracts",
            "invitations",
            "registration",
            "crm",
            "webhooks",
            // A new version of the catalogue has directories look at everybody again.
            "directory::tell",
        ],
    ),
    ("webhooks", &["below", "crm", "crm::port"]),
    ("crm::port", &["kernel"]),
    // The list of fields that settings are checked against.
    (
        "crm::mapping",
        &["kernel", "settings", "outbox", "crm::port"],
    ),
    ("crm::matching", &["crm::port"]),
    ("crm::conformance", &["kernel", "crm::port"]),
    ("crm::rest", &["kernel", "crm::port"]),
    (
        "crm::http",
        &[
            "kernel",
            "settings",
            "crm::port",
            "crm::mapping",
            "crm::rest",
            "crm::conformance",
        ],
    ),
    ("crm::salesforce", ADAPTER),
    ("crm::dynamics365", ADAPTER),
    ("crm::hubspot", ADAPTER),
    ("crm::odoo", ADAPTER),
    (
        "crm::builtin",
        &[
            "kernel",
            "settings",
            "db",
            "web",
            "app",
            "access",
            "audit",
            "crm::port",
            "crm::mapping",
            "crm::registry",
        ],
    ),
    (
        "crm",
        &[
            "below",
            "access",
            "people",
            "organizations",
            "contracts",
            "crm",
        ],
    ),
    // These put the rest together.
    ("app", &["everything"]),
    ("router", &["everything"]),
    ("cli", &["everything"]),
    ("workers", &["everything"]),
    ("demo", &["everything"]),
    ("api", &["everything"]),
];

/// What the adapter of a CRM may use.
const ADAPTER: &[&str] = &[
    "kernel",
    "settings",
    "crm::port",
    "crm::mapping",
    "crm::matching",
    "crm::rest",
];

/// What the adapter of a directory may use: it calls as those of CRMs do.
const DIRECTORY_ADAPTER: &[&str] = &[
    "kernel",
    "settings",
    "crm::port",
    "crm::rest",
    "directory::port",
    "directory::oauth",
];

/// Parts of `crm` and `directory` with a row of their own.
const PARTS: &[&str] = &[
    "crm::port",
    "crm::mapping",
    "crm::matching",
    "crm::conformance",
    "crm::rest",
    "crm::http",
    "crm::builtin",
    "crm::salesforce",
    "crm::dynamics365",
    "crm::hubspot",
    "crm::odoo",
    "directory::tell",
    "directory::port",
    "directory::oauth",
    "directory::conformance",
    "directory::keycloak",
    "directory::scim",
    "directory::graph",
];

/// Parts of a feature that are nobody else's business.
const PRIVATE: &[&str] = &["store", "pages", "api", "emails"];

/// The row of the table that a path belongs to.
fn row(path: &[String]) -> String {
    let part = path.get(..2).map(|both| both.join("::"));
    match part.filter(|part| PARTS.contains(&part.as_str())) {
        Some(part) => part,
        None => path.first().cloned().unwrap_or_default(),
    }
}

fn is_allowed(from: &str, to: &str) -> Option<bool> {
    let (_, allowed) = MAY_USE.iter().find(|(name, _)| *name == from)?;
    let target = to.split("::").next().unwrap();
    Some(allowed.iter().any(|entry| match *entry {
        "everything" => true,
        "below" => BELOW.contains(&target),
        "crm" | "directory" => target == *entry,
        entry => entry == to,
    }))
}

/// Macros live at the crate's root whatever module writes them.
fn macros(sources: &[(String, String)]) -> BTreeSet<String> {
    let named = sources
        .iter()
        .flat_map(|(_, text)| text.split("macro_rules! ").skip(1));
    named
        .map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let sources = files("src", ".rs");
    let macros = macros(&sources);
    let mut breaches = BTreeSet::new();
    for (file, text) in sources.iter().filter(|(file, _)| !is_test(file)) {
        let here = module(file);
        if matches!(
            file.as_str(),
            "src/lib.rs" | "src/main.rs" | "src/db/statements.rs"
        ) {
            continue;
        }
        let from = row(&here);
        for path in paths(&here, &code(text)) {
            let to = row(&path);
            if to == from || to.is_empty() || (path.len() == 1 && macros.contains(&path[0])) {
                continue;
            }
            match is_allowed(&from, &to) {
                Some(true) => {}
                Some(false) => {
                    breaches.insert(format!("{file}: {from} must not use {to}"));
                }
                None => {
                    breaches.insert(format!("{file}: {from} has no row in MAY_USE"));
                }
            }
            let is_glue = is_allowed(&from, "anything") == Some(true);
            let private = path
                .get(1)
                .is_some_and(|part| PRIVATE.contains(&part.as_str()));
            if private && !is_glue && path[0] != here[0] {
                breaches.insert(format!(
                    "{file}: {} is private to its feature",
                    path.join("::")
                ));
            }
        }
    }
    assert!(
        breaches.is_empty(),
        "{}",
        Vec::from_iter(breaches).join("\n")
    );
}

#[test]
fn the_table_has_no_forgotten_rows_and_no_rows_too_many() {
    let tops: BTreeSet<String> = files("src", ".rs")
        .iter()
        .map(|(file, _)| module(file)[0].clone())
        .filter(|top| top != "lib" && top != "main")
        .collect();
    let rows: BTreeSet<String> = MAY_USE
        .iter()
        .map(|(name, _)| name.split("::").next().unwrap().to_owned())
        .collect();
    let missing: Vec<_> = tops.difference(&rows).collect();
    assert!(missing.is_empty(), "modules without a row: {missing:?}");
}

#[test]
fn every_store_is_registered() {
    let registered =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/db/statements.rs"))
            .unwrap();
    for (file, text) in files("src", ".rs") {
        let code = code(&text);
        if code.contains("sql! {") && !code.contains("macro_rules! sql") {
            let place = format!("crate::{}::STATEMENTS", module(&file).join("::"));
            assert!(
                registered.contains(&place),
                "{file} is not in src/db/statements.rs"
            );
        }
        // Statements elsewhere would neither be prepared nor explained by the tests.
        let dense: String = code.split_whitespace().collect();
        let is_free = ["sqlx::query()", "sqlx::query_as()", "sqlx::query_scalar()"]
            .iter()
            .any(|call| dense.contains(call));
        let is_exempt =
            file.starts_with("src/db/") || file == "src/web/health.rs" || is_test(&file);
        assert!(!is_free || is_exempt, "{file} has SQL outside a sql! block");
    }
}

/// The arguments of a call whose opening bracket has just been read.
fn to_closing(text: &str) -> &str {
    let mut open = 1;
    let end = text.char_indices().find(|(_, c)| {
        open += i32::from(*c == '(') - i32::from(*c == ')');
        open == 0
    });
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap()
}

/// What a request knew of roles and services when it began may be a version old when its transaction
/// runs: what decides takes the state that `AppState::write` hands over.
#[test]
fn a_transaction_decides_by_its_own_catalogue() {
    let mut wrong = Vec::new();
    // The one place that gets the newest.
    let mut all = files("src", ".rs");
    all.retain(|(file, _)| file != "src/app.rs");
    for (file, text) in all {
        let dense: String = code(&text).split_whitespace().collect();
        for rest in dense.split("db.write(").skip(1) {
            let deed = to_closing(rest).replace("state.catalogues.", "newest.");
            let is_handed_in = deed.contains("&catalogue,") && !deed.contains("letcatalogue=");
            let stale = ["state.catalogue", "rules(&state)"];
            if is_handed_in || stale.iter().any(|word| deed.contains(word)) {
                wrong.push(file.clone());
            }
        }
    }
    assert!(wrong.is_empty(), "use AppState::write in {wrong:?}");
}

#[test]
fn files_stay_readable() {
    const CEILING: usize = 500;
    let long: Vec<String> = ["src", "benches"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
        .filter(|(_, text)| text.lines().count() > CEILING)
        .map(|(file, text)| format!("{file}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "longer than {CEILING}: {long:?}");
}

#[test]
fn there_is_one_sqlite_and_one_sqlx() {
    let lock: toml::Table = include_str!("../../Cargo.lock").parse().unwrap();
    let mut counts = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        *counts.entry(package["name"].as_str().unwrap()).or_insert(0) += 1;
    }
    for name in ["libsqlite3-sys", "sqlx", "sqlx-core", "rustls", "ring"] {
        assert_eq!(counts.get(name), Some(&1), "{name}");
    }
    for name in ["openssl-sys", "native-tls", "aws-lc-sys"] {
        assert_eq!(counts.get(name), None, "{name}");
    }
}

/// Right-to-left languages work because nothing says left or right.
#[test]
fn the_style_sheet_is_logical() {
    for (file, text) in &files("static", ".css") {
        for (number, line) in text.lines().enumerate() {
            for declaration in line.split([';', '{', '}']) {
                let Some((property, value)) = declaration.split_once(':') else {
                    continue;
                };
                let property = property.trim();
                let is_physical = matches!(property, "left" | "right")
                    || (property
                        .split('-')
                        .any(|part| part == "left" || part == "right")
                        && !property.starts_with("--"))
                    || (matches!(property, "text-align" | "float" | "clear")
                        && matches!(value.trim(), "left" | "right"));
                assert!(!is_physical, "{file}:{}: {}", number + 1, line.trim());
            }
        }
    }
}
