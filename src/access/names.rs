//! What settings name of the catalogue. Roles and services may be edited on pages, so these names are
//! held against what counts when the portal starts, and by `vestibule check`.

use super::Catalogue;
use crate::settings::{RoleTier, Settings};

/// The settings that name a role or a service that there is not, each as a sentence.
#[must_use]
pub fn unknown_names(settings: &Settings, catalogue: &Catalogue) -> Vec<String> {
    let mut services: Vec<(String, &str)> = Vec::new();
    for (index, signal) in settings.signals.iter().enumerate() {
        services.extend(of(format!("signals.{index}.service"), &signal.service));
    }
    for (index, source) in settings.claims.iter().enumerate() {
        services.extend(of(format!("claims.{index}.service"), &source.service));
    }
    for key in &settings.access.outage.closed_services {
        services.push(("access.outage.closed_services".to_owned(), key));
    }
    services.retain(|(_, key)| catalogue.service(key).is_none());
    let mut found: Vec<String> = services
        .into_iter()
        .map(|(place, key)| {
            format!("{place} names the service `{key}`, which is not there: use the key of one of [[services]] or of /operations/catalogue")
        })
        .collect();
    for (index, panel) in settings.home.panels.iter().enumerate() {
        for key in panel
            .roles
            .iter()
            .filter(|key| catalogue.role(key).is_none())
        {
            found.push(format!("home.panels.{index}.roles names the role `{key}`, which is not there: use the key of one of [[roles]] or of /operations/catalogue"));
        }
    }
    if settings.registration.lead_automatic && catalogue.roles_of(RoleTier::Lead).next().is_none() {
        found.push("registration.lead_automatic needs a role with tier = \"lead\"".to_owned());
    }
    found
}

fn of(place: String, key: &Option<String>) -> Option<(String, &str)> {
    key.as_deref().map(|key| (place, key))
}
