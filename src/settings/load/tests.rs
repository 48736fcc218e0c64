//! Reading settings: what is refused, and in which words.

use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn load_template(pairs: &[(&str, &str)]) -> Result<Settings, Problems> {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    let name = format!("vestibule-settings-{}-{number}.toml", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, super::super::TEMPLATE).unwrap();
    let loaded = load(Some(&file), &environment(pairs));
    std::fs::remove_file(&file).unwrap();
    loaded
}

const KEY: (&str, &str) = (
    "VESTIBULE_SECURITY__ENCRYPTION_KEY",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
);

#[test]
fn the_template_works_once_the_key_is_given() {
    let settings = load_template(&[KEY, ("VESTIBULE_PORTAL__NAME", "Nordwind")]).unwrap();
    assert_eq!(settings.portal.name, "Nordwind");
}

#[test]
fn the_environment_reaches_into_lists() {
    let settings = load_template(&[KEY, ("VESTIBULE_PROVIDERS__0__CLIENT_ID", "other")]).unwrap();
    assert_eq!(settings.providers[0].client_id, "other");
}

#[test]
fn a_missing_key_is_named_with_an_example() {
    let text = load_template(&[]).unwrap_err().to_string();
    assert!(
        text.contains("security.encryption_key: is missing"),
        "{text}"
    );
    assert!(text.contains("this works:"), "{text}");
}

#[test]
fn an_unknown_key_and_a_wrong_value_say_where_they_come_from() {
    let text = load_template(&[KEY, ("VESTIBULE_PORTAL__BIND", "nowhere")])
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("portal.bind") && text.contains("VESTIBULE_PORTAL__BIND"),
        "{text}"
    );
    let text = load_template(&[KEY, ("VESTIBULE_PORTAL__NAMES", "x")])
        .unwrap_err()
        .to_string();
    assert!(text.contains("unknown field `names`"), "{text}");
}

#[test]
fn plain_http_on_a_public_host_is_refused() {
    let text = load_template(&[
        KEY,
        ("VESTIBULE_PORTAL__PUBLIC_URL", "http://portal.example.com"),
    ])
    .unwrap_err()
    .to_string();
    assert!(
        text.contains("portal.public_url") && text.contains("https"),
        "{text}"
    );
    assert!(
        load_template(&[
            KEY,
            ("VESTIBULE_PORTAL__PUBLIC_URL", "http://localhost:8080")
        ])
        .is_ok()
    );
}

#[test]
#[cfg(unix)]
fn a_key_file_that_everybody_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let file = std::env::temp_dir().join(format!("vestibule-key-{}", std::process::id()));
    std::fs::write(&file, KEY.1).unwrap();
    let path = file.to_str().unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let text = load_template(&[("VESTIBULE_SECURITY__ENCRYPTION_KEY_FILE", path)])
        .unwrap_err()
        .to_string();
    assert!(text.contains("everybody"), "{text}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(load_template(&[("VESTIBULE_SECURITY__ENCRYPTION_KEY_FILE", path)]).is_ok());
}

fn refused(pairs: &[(&str, &str)]) -> String {
    let mut all = vec![KEY];
    all.extend_from_slice(pairs);
    load_template(&all).unwrap_err().to_string()
}

#[test]
fn values_that_cannot_work_are_refused_by_name() {
    for (name, value, key) in [
        ("SECURITY__REQUEST_SECONDS", "0", "security.request_seconds"),
        (
            "SECURITY__CONCURRENT_REQUESTS",
            "0",
            "security.concurrent_requests",
        ),
        ("DATABASE__READERS", "0", "database.readers"),
        ("DATABASE__CONNECTIONS", "1", "database.connections"),
        ("DATABASE__URL", "mysql://localhost/x", "database.url"),
        ("DATABASE__URL", "vestibule.db", "database.url"),
        (
            "REGISTRATION__TRIES_PER_HOUR",
            "0",
            "registration.tries_per_hour",
        ),
        (
            "INVITATIONS__PER_INVITER_PER_DAY",
            "0",
            "invitations.per_inviter_per_day",
        ),
        (
            "INVITATIONS__PER_ADDRESS_PER_DAY",
            "0",
            "invitations.per_address_per_day",
        ),
        (
            "INVITATIONS__PER_CLIENT_PER_DAY",
            "0",
            "invitations.per_client_per_day",
        ),
        ("API__REQUESTS_PER_MINUTE", "0", "api.requests_per_minute"),
        (
            "INVITATIONS__RESEND_MINUTES",
            "10081",
            "invitations.resend_minutes",
        ),
        (
            "PROVIDERS__0__ISSUER",
            "https://me:word@login.example.com",
            "providers.0.issuer",
        ),
        (
            "PORTAL__PUBLIC_URL",
            "https://me:word@portal.example.com",
            "portal.public_url",
        ),
        ("METRICS__BIND", "0.0.0.0:9464", "metrics.bind"),
    ] {
        let variable = format!("VESTIBULE_{name}");
        let text = refused(&[(&variable, value)]);
        assert!(
            text.contains(&format!("  {key}: ")) && text.contains("this works:"),
            "{name}: {text}"
        );
        assert!(!text.contains("me:word"), "{name}: {text}");
    }
}

/// An HTTP connection with one more line of settings.
fn with_fields(name: &str, value: &str) -> Result<Settings, Problems> {
    let variable = format!("VESTIBULE_CONNECTIONS__0__FIELDS__{name}");
    load_template(&[
        KEY,
        ("VESTIBULE_CONNECTIONS__0__KIND", "http"),
        ("VESTIBULE_CONNECTIONS__0__URL", "https://crm.example"),
        ("VESTIBULE_CONNECTIONS__0__TOKEN", "1234"),
        (&variable, value),
    ])
}

#[test]
fn fields_of_a_connection_are_known_ones() {
    let settings = with_fields("CONTACT__PHONE", "MobilePhone").unwrap();
    let fields = &settings.connections[0].fields;
    assert_eq!(fields["contact.phone"], "MobilePhone");
    assert!(with_fields("CONTACT__PORTAL_ROLES", "").is_ok());
    for (name, value, said) in [
        ("CONTACT__FONE", "x", "contact.phone"),
        ("CONTACT__EMAIL", "", "kept back"),
        ("PHONE", "x", "no field"),
    ] {
        let text = with_fields(name, value).unwrap_err().to_string();
        assert!(
            text.contains("connections.0.fields.") && text.contains(said),
            "{text}"
        );
    }
    let builtin = [("VESTIBULE_CONNECTIONS__0__FIELDS__CONTACT__PHONE", "x")];
    assert!(refused(&builtin).contains("built-in CRM"));
}

#[test]
fn a_secret_that_looks_like_a_number_is_a_text() {
    assert!(load_template(&[KEY, ("VESTIBULE_PROVIDERS__0__CLIENT_SECRET", "12345")]).is_ok());
    assert!(load_template(&[KEY, ("VESTIBULE_MAIL__PASSWORD", "[1]")]).is_ok());
}

#[test]
#[cfg(unix)]
fn a_file_with_secrets_that_everybody_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let file = std::env::temp_dir().join(format!("vestibule-inline-{}.toml", std::process::id()));
    let text = super::super::TEMPLATE.replace(
        "[security]",
        &format!("[security]\nencryption_key = \"{}\"", KEY.1),
    );
    std::fs::write(&file, text).unwrap();
    let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
    mode(0o644).unwrap();
    let said = load(Some(&file), &BTreeMap::new()).unwrap_err().to_string();
    assert!(
        said.contains("security.encryption_key") && said.contains("chmod 600"),
        "{said}"
    );
    assert!(said.contains("ENCRYPTION_KEY_FILE"), "{said}");
    mode(0o640).unwrap();
    assert!(load(Some(&file), &BTreeMap::new()).is_ok());
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn a_bad_secret_file_names_the_key_and_an_example() {
    for variable in [
        "VESTIBULE_MAIL__PASSWORD_FILE",
        "VESTIBULE_SECURITY__ENCRYPTION_KEY_FILE",
    ] {
        let text = load_template(&[(variable, "/nowhere/at/all")])
            .unwrap_err()
            .to_string();
        let key = if variable.contains("MAIL") {
            "mail.password"
        } else {
            "security.encryption_key"
        };
        for part in [
            key,
            "/nowhere/at/all",
            variable,
            &format!("this works: {variable}=/etc/vestibule/"),
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[test]
fn nothing_that_is_printed_shows_a_password() {
    let settings = load_template(&[
        KEY,
        (
            "VESTIBULE_DATABASE__URL",
            "postgres://vestibule:geheim@db.example/x?password=geheim",
        ),
        ("VESTIBULE_MAIL__PASSWORD", "geheim"),
        ("VESTIBULE_PROVIDERS__0__CLIENT_SECRET", "geheim"),
    ])
    .unwrap();
    let shown = format!("{settings:#?}");
    assert!(shown.contains("db.example") && !shown.contains("geheim"));
    assert!(!shown.contains(KEY.1));
}

/// The example of each vendor's table works when it is no comment any more.
#[test]
fn the_tables_of_vendors_in_the_template_work() {
    for (kind, url, token, secret) in [
        (
            "salesforce",
            "https://acme.my.salesforce.com",
            "",
            "CLIENT_SECRET",
        ),
        (
            "dynamics365",
            "https://acme.crm4.dynamics.com",
            "",
            "CLIENT_SECRET",
        ),
        ("hubspot", "", "pat-eu1-key", ""),
        ("odoo", "https://acme.odoo.example", "key", ""),
    ] {
        let line = format!("\n# {kind} = ");
        let template = super::super::TEMPLATE;
        assert_eq!(template.matches(&line).count(), 1, "{kind}");
        let text = template
            .replace(&line, &line.replace("# ", ""))
            .replace("kind = \"builtin\"", &format!("kind = \"{kind}\""));
        let own = format!(
            "VESTIBULE_CONNECTIONS__0__{}__{secret}",
            kind.to_uppercase()
        );
        let mut pairs = vec![KEY];
        let optional = [
            ("VESTIBULE_CONNECTIONS__0__URL", url),
            ("VESTIBULE_CONNECTIONS__0__TOKEN", token),
            (own.as_str(), if secret.is_empty() { "" } else { "geheim" }),
        ];
        pairs.extend(optional.into_iter().filter(|(_, value)| !value.is_empty()));
        let file =
            std::env::temp_dir().join(format!("vestibule-{kind}-{}.toml", std::process::id()));
        std::fs::write(&file, text).unwrap();
        let loaded = load(Some(&file), &environment(&pairs));
        std::fs::remove_file(&file).unwrap();
        let settings = loaded.unwrap_or_else(|problems| panic!("{kind}: {problems}"));
        assert_eq!(settings.connections[0].kind.as_str(), kind);
    }
}
