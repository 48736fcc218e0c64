//! Rules for `[[connections]]`.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;

use super::{Problem, Settings, is_safe_address, unique_keys, without_user};
use crate::{
    kernel::{Transform, signature::SigningSecret},
    settings::{
        ConnectionKind, ConnectionSettings, HubspotSettings, LeaverSettings,
        connections::{dynamics365_problems, salesforce_problems},
        fields,
    },
};

pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    unique_keys(
        "connections",
        settings
            .connections
            .iter()
            .map(|connection| connection.key.as_str()),
        problems,
    );
    let builtin = settings
        .connections
        .iter()
        .filter(|connection| connection.kind == ConnectionKind::Builtin)
        .count();
    if builtin > 1 {
        problems.push(Problem::new(
            "connections",
            "only one connection can be of kind `builtin`: there is one CRM inside",
        ));
    }
    for (index, connection) in settings.connections.iter().enumerate() {
        one(index, connection, problems);
        vendor(index, connection, problems);
        mapping(index, connection, problems);
        record_url(index, connection, problems);
        problems.extend(connection.credential_problems(&format!("connections.{index}")));
    }
}

/// What is wrong with `fields`, `values` and `transforms`.
pub(in crate::settings) fn mapping(
    index: usize,
    connection: &ConnectionSettings,
    problems: &mut Vec<Problem>,
) {
    fields(index, connection, problems);
    values(index, connection, problems);
    for (path, transform) in &connection.transforms {
        let message = fields::problem(path, path).or_else(|| {
            Transform::parse(transform).is_none().then(|| {
                format!(
                    "`{transform}` is no transform; there are trim, lower, upper, bare, e164 +49, date %d.%m.%Y"
                )
            })
        });
        let key = format!("connections.{index}.transforms.{path}");
        problems.extend(message.map(|message| Problem::new(key, message)));
    }
}

/// People follow it, so it must be an address of the CRM and name the record.
fn record_url(index: usize, connection: &ConnectionSettings, problems: &mut Vec<Problem>) {
    let Some(pattern) = &connection.record_url else {
        return;
    };
    let filled = pattern.replace("{id}", "1").replace("{kind}", "contact");
    let is_address = filled.parse().is_ok_and(|url| is_safe_address(&url));
    if !is_address || !pattern.contains("{id}") {
        problems.push(Problem::new(
            format!("connections.{index}.record_url"),
            "must be an https address with {id}: \"https://crm.example.com/{kind}/{id}\"",
        ));
    }
}

fn values(index: usize, connection: &ConnectionSettings, problems: &mut Vec<Problem>) {
    for (path, meanings) in &connection.values {
        let key = format!("connections.{index}.values.{path}");
        let speaks_ours = matches!(
            connection.kind,
            ConnectionKind::Builtin | ConnectionKind::Http
        );
        let message = if speaks_ours {
            Some("has no meaning for this kind: its values are the portal's own words".to_owned())
        } else {
            fields::problem(path, path).or_else(|| fields::wrong_value(path, meanings))
        };
        problems.extend(message.map(|message| Problem::new(key, message)));
    }
}

/// What belongs to one kind of CRM, and to no other.
fn vendor(index: usize, connection: &ConnectionSettings, problems: &mut Vec<Problem>) {
    let at = format!("connections.{index}");
    match connection.kind {
        ConnectionKind::Salesforce => problems.extend(salesforce_problems(&at, connection)),
        ConnectionKind::Dynamics365 => problems.extend(dynamics365_problems(&at, connection)),
        ConnectionKind::Builtin
        | ConnectionKind::Http
        | ConnectionKind::Hubspot
        | ConnectionKind::Odoo => {}
    }
    let hubspot = connection.hubspot.as_ref();
    let odoo = connection.odoo.as_ref();
    let found = match connection.kind {
        ConnectionKind::Hubspot => hubspot.map(HubspotSettings::problems),
        ConnectionKind::Odoo if odoo.is_none() => {
            let example = "is missing: odoo = { database = \"acme\" }";
            problems.push(Problem::new(format!("{at}.odoo"), example));
            None
        }
        ConnectionKind::Odoo => odoo.map(|it| it.problems(connection.is_borrowed())),
        _ => None,
    };
    let leaver = connection.leaver.iter().flat_map(LeaverSettings::problems);
    problems.extend(
        leaver.map(|(field, message)| Problem::new(format!("{at}.leaver.{field}"), message)),
    );
    let table = connection.kind.as_str();
    for (field, message) in found.into_iter().flatten() {
        problems.push(Problem::new(format!("{at}.{table}.{field}"), message));
    }
    let tables = [
        (
            "salesforce",
            ConnectionKind::Salesforce,
            connection.salesforce.is_some(),
        ),
        ("hubspot", ConnectionKind::Hubspot, hubspot.is_some()),
        ("odoo", ConnectionKind::Odoo, odoo.is_some()),
        (
            "dynamics365",
            ConnectionKind::Dynamics365,
            connection.dynamics365.is_some(),
        ),
    ];
    for (table, kind, is_given) in tables {
        if is_given && connection.kind != kind {
            problems.push(Problem::new(
                format!("{at}.{table}"),
                format!("has no meaning here: it belongs to connections of kind `{table}`"),
            ));
        }
    }
    if let Some(url) = &connection.url {
        without_user(format!("{at}.url"), url, problems);
    }
}

fn one(index: usize, connection: &ConnectionSettings, problems: &mut Vec<Problem>) {
    if matches!(
        connection.kind,
        ConnectionKind::Http | ConnectionKind::Hubspot | ConnectionKind::Odoo
    ) {
        let is_known = connection.kind == ConnectionKind::Hubspot && connection.url.is_none();
        if !is_known && !connection.url.as_ref().is_some_and(is_safe_address) {
            problems.push(Problem::new(
                format!("connections.{index}.url"),
                "must be an https address; plain http is only for a loopback host",
            ));
        }
        let is_oauth = connection
            .hubspot
            .as_ref()
            .is_some_and(HubspotSettings::is_oauth);
        if connection.token.is_none() && !is_oauth && !connection.is_borrowed() {
            problems.push(Problem::new(
                format!("connections.{index}.token"),
                "is missing",
            ));
        }
    }
    let event_secret = connection.event_secret.as_ref();
    if event_secret.is_some_and(|secret| SigningSecret::parse_all(secret.expose_secret()).is_none())
    {
        problems.push(Problem::new(
            format!("connections.{index}.event_secret"),
            "must be `whsec_` and 24 to 64 bytes in base64 (`echo whsec_$(openssl rand -base64 32)`); \
             two, parted by a space, while one replaces the other",
        ));
    }
    if jiff::tz::TimeZone::get(&connection.time_zone).is_err() {
        problems.push(Problem::new(
            format!("connections.{index}.time_zone"),
            "is not a time zone of the IANA database",
        ));
    }
    if connection.calls_per_minute == Some(0) {
        problems.push(Problem::new(
            format!("connections.{index}.calls_per_minute"),
            "must be 1 or more; leave it out for no limit of our own",
        ));
    }
    if connection.reserve_percent > 90 {
        problems.push(Problem::new(
            format!("connections.{index}.reserve_percent"),
            "must be 0 to 90: what is not urgent needs some of the calls too",
        ));
    }
    if !(1..=1_000).contains(&connection.batch) {
        problems.push(Problem::new(
            format!("connections.{index}.batch"),
            "must be 1 to 1000",
        ));
    }
}

fn fields(index: usize, connection: &ConnectionSettings, problems: &mut Vec<Problem>) {
    let key = |path: &str| format!("connections.{index}.fields.{path}");
    if connection.kind == ConnectionKind::Builtin && !connection.fields.is_empty() {
        problems.push(Problem::new(
            format!("connections.{index}.fields"),
            "has no meaning for the built-in CRM: its fields are the portal's own; leave it out",
        ));
        return;
    }
    let mut names = BTreeSet::new();
    for (path, theirs) in &connection.fields {
        if let Some(message) = fields::problem(path, theirs) {
            problems.push(Problem::new(key(path), message));
        }
        let record = path.split('.').next().unwrap_or_default();
        if !theirs.is_empty() && !names.insert((record, theirs)) {
            problems.push(Problem::new(
                key(path),
                format!("`{theirs}` stands for two fields of one record"),
            ));
        }
    }
}
