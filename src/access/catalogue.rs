//! One version of the roles and services, for looking up.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    kernel::OrganizationKind,
    settings::{
        GrantedBy, OutageSettings, RoleSettings, RoleTier, RoleWords, ServiceSettings, Settings,
    },
};

/// The language that every role has words in.
const FALLBACK: &str = "en";

/// Roles and services as they are stored, written and compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueBody {
    /// The services, in the order in which pages list them.
    pub services: Vec<ServiceSettings>,
    /// The roles, likewise; those that are over among them.
    pub roles: Vec<RoleSettings>,
}

impl CatalogueBody {
    /// What the settings file says.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            services: settings.services.clone(),
            roles: settings.roles.clone(),
        }
    }

    /// The role with this key, also when it is over.
    #[must_use]
    pub fn role(&self, key: &str) -> Option<&RoleSettings> {
        self.roles.iter().find(|role| role.key == key)
    }

    /// The service with this key.
    #[must_use]
    pub fn service(&self, key: &str) -> Option<&ServiceSettings> {
        self.services.iter().find(|service| service.key == key)
    }
}

/// One version of the roles and services; cheap to clone. It never changes: a newer version is
/// another catalogue ([`super::Catalogues`]).
#[derive(Debug, Clone)]
pub struct Catalogue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    version: i64,
    /// Those that count, then those that are over.
    roles: Vec<RoleSettings>,
    /// How many of them count.
    counting: usize,
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
        Self::of_version(0, CatalogueBody { services, roles }, grace_read_only)
    }

    /// A stored version.
    #[must_use]
    pub fn of_version(version: i64, body: CatalogueBody, grace_read_only: bool) -> Self {
        let (mut roles, over): (Vec<_>, Vec<_>) =
            body.roles.into_iter().partition(|role| !role.retired);
        let counting = roles.len();
        roles.extend(over);
        Self(Arc::new(Inner {
            version,
            roles,
            counting,
            services: body.services,
            grace_read_only,
            outage: OutageSettings::default(),
        }))
    }

    /// The same catalogue with what holds while a CRM cannot be read.
    #[must_use]
    pub fn with_outage(self, outage: OutageSettings) -> Self {
        Self(Arc::new(Inner {
            version: self.0.version,
            roles: self.0.roles.clone(),
            counting: self.0.counting,
            services: self.0.services.clone(),
            grace_read_only: self.0.grace_read_only,
            outage,
        }))
    }

    /// Other roles and services under the same rules.
    #[must_use]
    pub fn with_body(&self, version: i64, body: CatalogueBody) -> Self {
        let outage = self.0.outage.clone();
        Self::of_version(version, body, self.0.grace_read_only).with_outage(outage)
    }

    /// The same under another number.
    #[must_use]
    pub(super) fn numbered(&self, version: i64) -> Self {
        Self(Arc::new(Inner {
            version,
            roles: self.0.roles.clone(),
            counting: self.0.counting,
            services: self.0.services.clone(),
            grace_read_only: self.0.grace_read_only,
            outage: self.0.outage.clone(),
        }))
    }

    /// What holds while a CRM cannot be read.
    #[must_use]
    pub fn outage(&self) -> &OutageSettings {
        &self.0.outage
    }

    /// Its number; 0 for what the settings say while nothing is stored.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.0.version
    }

    /// Whether a contract in grace gives access for reading only.
    #[must_use]
    pub fn grace_read_only(&self) -> bool {
        self.0.grace_read_only
    }

    /// The role with this key, unless it is over.
    #[must_use]
    pub fn role(&self, key: &str) -> Option<&RoleSettings> {
        self.roles().iter().find(|role| role.key == key)
    }

    /// The role with this key that is over: it has words and grants nothing.
    #[must_use]
    pub fn retired(&self, key: &str) -> Option<&RoleSettings> {
        let over = self.0.roles.get(self.0.counting..).unwrap_or_default();
        over.iter().find(|role| role.key == key)
    }

    /// All roles that are not over, in their order.
    #[must_use]
    pub fn roles(&self) -> &[RoleSettings] {
        self.0.roles.get(..self.0.counting).unwrap_or_default()
    }

    /// The roles of a tier that are not over, in their order.
    pub fn roles_of(&self, tier: RoleTier) -> impl Iterator<Item = &RoleSettings> {
        self.roles().iter().filter(move |role| role.tier == tier)
    }

    /// The same with those that are over.
    pub fn ever_of(&self, tier: RoleTier) -> impl Iterator<Item = &RoleSettings> {
        self.0.roles.iter().filter(move |role| role.tier == tier)
    }

    /// The roles of a tier that an organization of this kind may be given by its own administrators
    /// and whose product, if they need one, is `covered`: what somebody may get for whom nobody
    /// chose.
    pub fn usual_of(
        &self,
        tier: RoleTier,
        kind: OrganizationKind,
        covered: &[String],
    ) -> impl Iterator<Item = &RoleSettings> {
        self.roles_of(tier).filter(move |role| {
            let has = |product: &String| covered.contains(product);
            role.is_for(kind)
                && role.granted_by == GrantedBy::Admin
                && role.product.as_ref().is_none_or(has)
        })
    }

    /// The first of them.
    #[must_use]
    pub fn usual(
        &self,
        tier: RoleTier,
        kind: OrganizationKind,
        covered: &[String],
    ) -> Option<&RoleSettings> {
        self.usual_of(tier, kind, covered).next()
    }

    /// Whether one of the keys is a role that runs an organization of this kind.
    #[must_use]
    pub fn runs(&self, kind: OrganizationKind, keys: &[String]) -> bool {
        let mut held = keys.iter().filter_map(|key| self.role(key));
        held.any(|role| role.tier == RoleTier::Admin && role.is_for(kind))
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

    /// A role as people read it, also one that is over; `None` when there is no such role.
    #[must_use]
    pub fn role_card(&self, key: &str, language: &str) -> Option<RoleCard<'_>> {
        let role = self.role(key).or_else(|| self.retired(key))?;
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
