//! Rules between values, checked after they have been read: all problems at once.

mod connections;
mod directories;
mod limits;

use std::collections::BTreeSet;

use url::{Host, Url};

use super::{
    Problem, Settings,
    mail::{MailSecurity, MailTransport},
};

/// Everything that is wrong with settings that could be read.
pub(super) fn problems(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    portal(settings, &mut problems);
    providers(settings, &mut problems);
    mail(settings, &mut problems);
    connections::check(settings, &mut problems);
    limits::check(settings, &mut problems);
    catalogue(settings, &mut problems);
    let keys = settings.directories.iter();
    let keys = keys.map(|directory| directory.key.as_str());
    unique_keys("directories", keys, &mut problems);
    problems.extend(directories::check(settings));
    let keys = settings.claims.iter().map(|source| source.key.as_str());
    unique_keys("claims", keys, &mut problems);
    super::claims::check(settings, &mut problems);
    problems.extend(super::signals::problems(settings));
    super::home::problems(settings, &mut problems);
    problems
}

pub(super) use connections::mapping;

/// Whether a URL's host is this machine itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether secrets may travel to this address: https, or http to this machine itself.
#[must_use]
pub fn is_safe_address(url: &Url) -> bool {
    (url.scheme() == "https" && url.has_host()) || (url.scheme() == "http" && is_loopback(url))
}

/// Addresses appear on pages and in logs, so they carry neither user nor password.
fn without_user(key: String, url: &Url, problems: &mut Vec<Problem>) {
    if !url.username().is_empty() || url.password().is_some() {
        problems.push(Problem::new(
            key,
            "must hold no user and no password: an address is no place for secrets",
        ));
    }
}

fn portal(settings: &Settings, problems: &mut Vec<Problem>) {
    let portal = &settings.portal;
    without_user("portal.public_url".to_owned(), &portal.public_url, problems);
    if !is_safe_address(&portal.public_url) {
        problems.push(Problem::new(
            "portal.public_url",
            "must be https; plain http is only for a loopback host",
        ));
    }
    if portal.public_url.path() != "/" || portal.public_url.query().is_some() {
        problems.push(Problem::new(
            "portal.public_url",
            "must have no path: the portal needs a host name of its own",
        ));
    }
    if portal.name.trim().is_empty() {
        problems.push(Problem::new("portal.name", "must not be empty"));
    }
    if !matches!(portal.default_language.as_str(), "en" | "de") {
        problems.push(Problem::new(
            "portal.default_language",
            "must be `en` or `de`",
        ));
    }
    if jiff::tz::TimeZone::get(&portal.time_zone).is_err() {
        problems.push(Problem::new(
            "portal.time_zone",
            "is not a time zone of the IANA database",
        ));
    }
    if settings.security.key_bytes().is_none() {
        problems.push(Problem::new(
            "security.encryption_key",
            "must be 64 hexadecimal digits; make one with `openssl rand -hex 32`",
        ));
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
        })
}

/// Whether a text can be an application role: a proxy gets all of them as one header, joined by
/// commas.
#[must_use]
pub fn is_application_role(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text
            .bytes()
            .all(|c| c.is_ascii_graphic() && !matches!(c, b',' | b';' | b'"'))
}

fn unique_keys<'a>(list: &str, keys: impl Iterator<Item = &'a str>, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for (index, key) in keys.enumerate() {
        if !is_key(key) {
            problems.push(Problem::new(
                format!("{list}.{index}.key"),
                "must be 1 to 40 small letters, digits, hyphens or underscores",
            ));
        }
        if !seen.insert(key) {
            problems.push(Problem::new(
                format!("{list}.{index}.key"),
                format!("`{key}` stands twice"),
            ));
        }
    }
}

fn providers(settings: &Settings, problems: &mut Vec<Problem>) {
    if settings.providers.is_empty() {
        problems.push(Problem::new(
            "providers.0.issuer",
            "is missing: nobody could sign in without an OpenID provider",
        ));
    }
    unique_keys(
        "providers",
        settings
            .providers
            .iter()
            .map(|provider| provider.key.as_str()),
        problems,
    );
    for (index, provider) in settings.providers.iter().enumerate() {
        let addresses = [
            Url::parse(&provider.issuer).ok(),
            Url::parse(&provider.metadata_url()).ok(),
        ];
        if !addresses
            .iter()
            .all(|address| address.as_ref().is_some_and(is_safe_address))
        {
            problems.push(Problem::new(
                format!("providers.{index}.issuer"),
                "must be an https address; plain http is only for a loopback host",
            ));
        }
        let key = format!("providers.{index}.issuer");
        for address in addresses.iter().flatten() {
            without_user(key.clone(), address, problems);
        }
        if !matches!(provider.directory_id.as_str(), "sub" | "oid") {
            problems.push(Problem::new(
                format!("providers.{index}.directory_id"),
                "must be `sub` or `oid`",
            ));
        }
        if !ALGORITHMS.contains(&provider.id_token_algorithm.as_str()) {
            problems.push(Problem::new(
                format!("providers.{index}.id_token_algorithm"),
                format!("must be one of {}", ALGORITHMS.join(", ")),
            ));
        }
    }
    if !settings.staff.is_empty() && !settings.providers.iter().any(|provider| provider.staff) {
        problems.push(Problem::new(
            "providers.0.staff",
            "staff are listed but no provider has `staff = true`, so they could not sign in",
        ));
    }
}

/// Signature algorithms of ID tokens that can be checked here (RFC 7518 section 3.1).
const ALGORITHMS: &[&str] = &[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
];

fn mail(settings: &Settings, problems: &mut Vec<Problem>) {
    let mail = &settings.mail;
    match mail.transport {
        MailTransport::Smtp if mail.host.is_empty() => {
            problems.push(Problem::new("mail.host", "is missing"));
        }
        MailTransport::Smtp
            if mail.security == MailSecurity::None && !is_loopback_name(&mail.host) =>
        {
            problems.push(Problem::new(
                "mail.security",
                "`none` is only for a mail server on a loopback host",
            ));
        }
        MailTransport::File if mail.folder.as_os_str().is_empty() => {
            problems.push(Problem::new("mail.folder", "is missing"));
        }
        _ => {}
    }
    if mail.per_second == 0 {
        problems.push(Problem::new("mail.per_second", "must be at least 1"));
    }
}

fn is_loopback_name(host: &str) -> bool {
    Url::parse(&format!("smtp://{host}")).is_ok_and(|url| {
        is_loopback(&url)
            || url.host_str().is_some_and(|host| {
                host.parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
            })
    })
}

fn catalogue(settings: &Settings, problems: &mut Vec<Problem>) {
    unique_keys(
        "services",
        settings.services.iter().map(|service| service.key.as_str()),
        problems,
    );
    unique_keys(
        "roles",
        settings.roles.iter().map(|role| role.key.as_str()),
        problems,
    );
    let services: BTreeSet<&str> = settings
        .services
        .iter()
        .map(|service| service.key.as_str())
        .collect();
    for (index, role) in settings.roles.iter().enumerate() {
        for service in role
            .grants
            .keys()
            .filter(|service| !services.contains(service.as_str()))
        {
            problems.push(Problem::new(
                format!("roles.{index}.grants.{service}"),
                "names a service that is not listed under [[services]]",
            ));
        }
        let given = role.grants.values().flatten();
        for name in given.filter(|name| !is_application_role(name)) {
            problems.push(Problem::new(
                format!("roles.{index}.grants"),
                format!("`{name}` is no application role: 1 to 80 characters without spaces, commas, semicolons and quotes, since services get them in one header"),
            ));
        }
        if !role.words.contains_key("en") {
            problems.push(Problem::new(
                format!("roles.{index}.words.en"),
                "is missing: every role needs its English words",
            ));
        }
    }
    if !settings.roles.is_empty()
        && !settings
            .roles
            .iter()
            .any(|role| role.tier == super::RoleTier::Admin)
    {
        problems.push(Problem::new(
            "roles",
            "no role has `tier = \"admin\"`, so no organization could run its people",
        ));
    }
}
