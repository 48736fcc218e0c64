//! Rules for numbers, the database, registration and metrics.

use super::{Problem, Settings};

pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    at_least(settings, problems);
    times_and_networks(settings, problems);
    database(settings, problems);
    registration(settings, problems);
    metrics(settings, problems);
}

/// Numbers below which nothing would work.
fn at_least(settings: &Settings, problems: &mut Vec<Problem>) {
    let Settings {
        security,
        database,
        invitations,
        registration,
        ..
    } = settings;
    let concurrent = u64::try_from(security.concurrent_requests).unwrap_or(u64::MAX);
    let connections = u64::try_from(security.connections).unwrap_or(u64::MAX);
    for (key, value, least) in [
        (
            "security.requests_per_minute",
            security.requests_per_minute.into(),
            1,
        ),
        ("security.request_seconds", security.request_seconds, 1),
        ("security.concurrent_requests", concurrent, 1),
        ("security.connections", connections, 1),
        ("database.readers", database.readers.into(), 1),
        // One for what is read and one for what is written meanwhile.
        ("database.connections", database.connections.into(), 2),
        (
            "registration.tries_per_hour",
            registration.tries_per_hour.into(),
            1,
        ),
        (
            "invitations.per_inviter_per_day",
            invitations.per_inviter_per_day.into(),
            1,
        ),
        (
            "invitations.per_client_per_day",
            invitations.per_client_per_day.into(),
            1,
        ),
        (
            "api.requests_per_minute",
            settings.api.requests_per_minute.into(),
            1,
        ),
        (
            "invitations.per_address_per_day",
            invitations.per_address_per_day.into(),
            1,
        ),
    ] {
        if value < least {
            problems.push(Problem::new(key, format!("must be at least {least}")));
        }
    }
}

fn database(settings: &Settings, problems: &mut Vec<Problem>) {
    if let Some(problem) = settings.database.url.problem() {
        problems.push(Problem::new("database.url", problem));
    }
}

fn metrics(settings: &Settings, problems: &mut Vec<Problem>) {
    let metrics = &settings.metrics;
    let is_open = metrics.bind.is_some_and(|bind| !bind.ip().is_loopback());
    if is_open && !metrics.beyond_loopback {
        problems.push(Problem::new(
            "metrics.bind",
            "lets other machines read the figures without signing in; bind to a loopback address, or say `beyond_loopback = true` where only Prometheus can reach it",
        ));
    }
}

fn times_and_networks(settings: &Settings, problems: &mut Vec<Problem>) {
    if !(3..=3_600).contains(&settings.outbox.lease_seconds) {
        problems.push(Problem::new("outbox.lease_seconds", "must be 3 to 3600"));
    }
    if !(1..=720).contains(&settings.invitations.life_hours) {
        problems.push(Problem::new(
            "invitations.life_hours",
            "must be 1 to 720 (30 days)",
        ));
    }
    if settings.session.idle_minutes == 0 || settings.session.absolute_hours == 0 {
        problems.push(Problem::new(
            "session.idle_minutes",
            "and session.absolute_hours must be at least 1",
        ));
    }
    if !(0.0..=1.0).contains(&settings.access.brake_share) {
        problems.push(Problem::new("access.brake_share", "must be from 0 to 1"));
    }
    if settings
        .access
        .notice_days
        .iter()
        .any(|days| !(1..=730).contains(days))
    {
        problems.push(Problem::new(
            "access.notice_days",
            "must be numbers of days from 1 to 730, like `[60, 30, 7]`; `[]` for no letters",
        ));
    }
    if settings.invitations.resend_minutes > 10_080 {
        problems.push(Problem::new(
            "invitations.resend_minutes",
            "must be 10080 (a week) at most",
        ));
    }
    let lists = [
        (
            "security.trusted_proxies",
            &settings.security.trusted_proxies,
        ),
        ("webhooks.allow_internal", &settings.webhooks.allow_internal),
    ];
    for (key, list) in lists {
        for (index, network) in list.iter().enumerate() {
            if crate::kernel::network::Network::parse(network).is_none() {
                problems.push(Problem::new(
                    format!("{key}.{index}"),
                    "is not a network like 10.0.0.0/8",
                ));
            }
        }
    }
}

fn registration(settings: &Settings, problems: &mut Vec<Problem>) {
    let registration = &settings.registration;
    let named = registration.lead_connection.as_str();
    let mut connections = settings.connections.iter();
    if !named.is_empty() && !connections.any(|connection| connection.key == named) {
        problems.push(Problem::new(
            "registration.lead_connection",
            "names a connection that is not listed under [[connections]]",
        ));
    }
    if !(100..=10_000).contains(&registration.crm_budget_ms) {
        problems.push(Problem::new(
            "registration.crm_budget_ms",
            "must be 100 to 10000 (ten seconds)",
        ));
    }
}
