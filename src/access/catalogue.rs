//! The configured roles and services, for looking up.

use std::{collections::BTreeMap, sync::Arc};

use crate::settings::{
    OutageSettings, RoleSettings, RoleTier, RoleWords, ServiceSettings, Settings,
};

/// The language that every role has words in.
const FALLBACK: &str = "en";

/// Roles and services as configured; cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalogue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    roles: Vec<RoleSettings>,
    services: Vec<ServiceSettings>,
    grace_read_only: bool,
    outage: OutageSettings,
}

/// A role as people read it in one language.
#[derive(Debug, Clone, Copy)]
pub struct RoleCard<'a> {
    /// The key stored and posted.
    pub key: &'a str,
    /// How far it reaches.
    pub tier: RoleTier,
    /// The duty, for whom it is, what it allows and does not.
    pub words: &'a RoleWords,
}

/// A service as people read it in one language.
#[derive(Debug, Clone, Copy)]
pub struct ServiceCard<'a> {
    /// The key in URLs.
    pub key: &'a str,
    /// Where it is.
    pub url: &'a url::Url,
    /// Name.
    pub name: &'a str,
    /// One sentence; may be empty.
    pub about: &'a str,
}

impl Catalogue {
    /// Takes what the settings say. They are valid: every role has English words, every grant names
    /// a service, and there is an admin role.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self::from_parts(
            settings.roles.clone(),
            settings.services.clone(),
            settings.access.grace_read_only,
        )
        .with_outage(settings.access.outage.clone())
    }

    /// A catalogue from its parts.
    #[must_use]
    pub fn from_parts(
        roles: Vec<RoleSettings>,
        services: Vec<ServiceSettings>,
        grace_read_only: bool,
    ) -> Self {
        Self(Arc::new(Inner {
            roles,
            services,
            grace_read_only,
            outage: OutageSettings::default(),
        }))
    }

    /// The same catalogue with what holds while a CRM cannot be read.
    #[must_use]
    pub fn with_outage(self, outage: OutageSettings) -> Self {
        Self(Arc::new(Inner {
            roles: self.0.roles.clone(),
            services: self.0.services.clone(),
            grace_read_only: self.0.grace_read_only,
            outage,
        }))
    }

    /// What holds while a CRM cannot be read.
    #[must_use]
    pub fn outage(&self) -> &OutageSettings {
        &self.0.outage
    }

    /// Whether a contract in grace gives access for reading only.
    #[must_use]
    pub fn grace_read_only(&self) -> bool {
        self.0.grace_read_only
    }

    /// The role with this key.
    #[must_use]
    pub fn role(&self, key: &str) -> Option<&RoleSettings> {
        self.0.roles.iter().find(|role| role.key == key)
    }

    /// All roles, in the order of the settings.
    #[must_use]
    pub fn roles(&self) -> &[RoleSettings] {
        &self.0.roles
    }

    /// The roles of a tier, in the order of the settings.
    pub fn roles_of(&self, tier: RoleTier) -> impl Iterator<Item = &RoleSettings> {
        self.0.roles.iter().filter(move |role| role.tier == tier)
    }

    /// The highest tier among role keys; unknown keys count for nothing.
    #[must_use]
    pub fn highest_tier(&self, keys: &[String]) -> Option<RoleTier> {
        keys.iter()
            .filter_map(|key| self.role(key))
            .map(|role| role.tier)
            .max_by_key(|tier| tier.rank())
    }

    /// Whether one of the keys is a role that runs an organization.
    #[must_use]
    pub fn is_admin(&self, keys: &[String]) -> bool {
        self.highest_tier(keys) == Some(RoleTier::Admin)
    }

    /// A role as people read it; `None` when there is no such role.
    #[must_use]
    pub fn role_card(&self, key: &str, language: &str) -> Option<RoleCard<'_>> {
        let role = self.role(key)?;
        Some(RoleCard {
            key: &role.key,
            tier: role.tier,
            words: in_language(&role.words, language)?,
        })
    }

    /// A role's name, or its key when the catalogue no longer has it.
    #[must_use]
    pub fn role_name<'a>(&'a self, key: &'a str, language: &str) -> &'a str {
        self.role_card(key, language)
            .map_or(key, |card| card.words.name.as_str())
    }

    /// What people call a product that a contract may contain: the service it opens, else its key.
    #[must_use]
    pub fn product_name<'a>(&'a self, product: &'a str, language: &str) -> &'a str {
        let mut opened = self.0.services.iter();
        opened
            .find(|service| service.product.as_deref() == Some(product))
            .and_then(|service| self.service_card(&service.key, language))
            .map_or(product, |card| card.name)
    }

    /// The service with this key.
    #[must_use]
    pub fn service(&self, key: &str) -> Option<&ServiceSettings> {
        self.0.services.iter().find(|service| service.key == key)
    }

    /// All services, in the order of the settings.
    #[must_use]
    pub fn services(&self) -> &[ServiceSettings] {
        &self.0.services
    }

    /// A service as people read it; `None` when there is no such service.
    #[must_use]
    pub fn service_card(&self, key: &str, language: &str) -> Option<ServiceCard<'_>> {
        let service = self.service(key)?;
        let name = in_language(&service.name, language).map_or(key_of(service), String::as_str);
        let about = in_language(&service.about, language).map_or("", String::as_str);
        Some(ServiceCard {
            key: &service.key,
            url: &service.url,
            name,
            about,
        })
    }
}

fn key_of(service: &ServiceSettings) -> &str {
    &service.key
}

/// The words in `language`, else in English, else in whatever there is.
fn in_language<'a, T>(words: &'a BTreeMap<String, T>, language: &str) -> Option<&'a T> {
    words
        .get(language)
        .or_else(|| words.get(FALLBACK))
        .or_else(|| words.values().next())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::access) fn catalogue() -> Catalogue {
        let settings: toml::Table = toml::from_str(crate::settings::TEMPLATE).unwrap();
        let read = |key: &str| settings[key].clone();
        let mut roles: Vec<RoleSettings> = read("roles").try_into().unwrap();
        let lead = RoleSettings {
            key: "lead".into(),
            tier: RoleTier::Lead,
            product: None,
            ..roles[0].clone()
        };
        let reader = RoleSettings {
            key: "reader".into(),
            tier: RoleTier::Member,
            product: None,
            grants: [("shop".to_owned(), vec!["reader".to_owned()])].into(),
            ..roles[0].clone()
        };
        roles.extend([lead, reader]);
        Catalogue::from_parts(roles, read("services").try_into().unwrap(), true)
    }

    #[test]
    fn words_fall_back_to_english() {
        let catalogue = catalogue();
        assert_eq!(catalogue.role_name("orders", "de"), "Bestellt Ersatzteile");
        assert_eq!(catalogue.role_name("orders", "fi"), "Orders spare parts");
        assert_eq!(catalogue.role_name("gone", "en"), "gone");
        assert_eq!(
            catalogue.service_card("shop", "fi").unwrap().name,
            "Spare parts shop"
        );
    }

    #[test]
    fn the_highest_tier_decides_who_is_an_admin() {
        let catalogue = catalogue();
        let keys =
            |list: &[&str]| -> Vec<String> { list.iter().map(ToString::to_string).collect() };
        assert!(catalogue.is_admin(&keys(&["orders", "admin"])));
        assert!(!catalogue.is_admin(&keys(&["orders", "lead", "gone"])));
        assert_eq!(catalogue.highest_tier(&keys(&["gone"])), None);
    }
}
