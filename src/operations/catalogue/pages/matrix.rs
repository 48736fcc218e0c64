//! Roles by services, as a table.

use crate::{
    access::CatalogueBody,
    operations::catalogue::difference,
    settings::{GrantedBy, RoleSettings},
    web::{Shell, urls},
};

/// A service's column and row.
pub(super) struct ServiceView {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) url: String,
    pub(super) product: String,
    pub(super) href: String,
    pub(super) state: Option<(String, &'static str)>,
}

/// A role's row.
pub(super) struct RoleView {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) href: String,
    pub(super) tier: String,
    pub(super) kinds: String,
    pub(super) granted_by: String,
    pub(super) product: String,
    /// By service: its name, the application roles there, whether it is opened at all.
    pub(super) grants: Vec<(String, String, bool)>,
    pub(super) state: Option<(String, &'static str)>,
}

/// A catalogue, marked with what differs from another.
pub(super) struct Matrix {
    pub(super) services: Vec<ServiceView>,
    pub(super) roles: Vec<RoleView>,
    /// Roles that are over and still held.
    pub(super) over: Vec<RoleView>,
    /// What the other has and this has not: names of services and roles.
    pub(super) taken_out: String,
}

impl Matrix {
    pub(super) fn of(shell: &Shell, body: &CatalogueBody, before: &CatalogueBody) -> Self {
        let differences = difference::between(before, body);
        let state = |kind, key: &str| {
            let mut all = differences.iter();
            let found = all.find(|it| it.kind == kind && it.key == key);
            found.map(|it| it.state(shell))
        };
        let services = body.services.iter().map(|service| ServiceView {
            name: in_language(shell, &service.name, &service.key),
            url: service.url.to_string(),
            product: service.product.clone().unwrap_or_default(),
            href: urls::CatalogueService {
                service: &service.key,
            }
            .to_string(),
            state: state(difference::Kind::Service, &service.key),
            key: service.key.clone(),
        });
        let services: Vec<ServiceView> = services.collect();
        let role = |role: &RoleSettings| RoleView {
            state: state(difference::Kind::Role, &role.key),
            ..row(shell, role, &services)
        };
        let gone_roles = before
            .roles
            .iter()
            .filter(|it| body.role(&it.key).is_none());
        let gone = before.services.iter();
        let gone = gone.filter(|it| body.service(&it.key).is_none());
        let names = gone
            .map(|it| in_language(shell, &it.name, &it.key))
            .chain(gone_roles.map(|it| role_name(shell, it)));
        let taken_out = names.collect::<Vec<_>>().join(", ");
        let (over, roles): (Vec<_>, Vec<_>) = body.roles.iter().partition(|role| role.retired);
        Self {
            roles: roles.into_iter().map(role).collect(),
            over: over.into_iter().map(role).collect(),
            taken_out,
            services,
        }
    }
}

fn row(shell: &Shell, role: &RoleSettings, services: &[ServiceView]) -> RoleView {
    let kinds: Vec<String> = role
        .kinds
        .iter()
        .map(|kind| shell.t(&format!("catalogue-kind-{kind}")).into_owned())
        .collect();
    let grants = services.iter().map(|service| {
        let given = role.grants.get(&service.key);
        let text = match given {
            None => String::new(),
            Some(given) if given.is_empty() => shell.t("catalogue-opens").into_owned(),
            Some(given) => given.join(", "),
        };
        (service.name.clone(), text, given.is_some())
    });
    let granted_by = match role.granted_by {
        GrantedBy::Admin => "catalogue-granted-by-admin",
        GrantedBy::Staff => "catalogue-granted-by-staff",
    };
    RoleView {
        name: role_name(shell, role),
        href: urls::CatalogueRole { role: &role.key }.to_string(),
        tier: shell
            .t(&format!("catalogue-tier-{}", role.tier))
            .into_owned(),
        kinds: if kinds.is_empty() {
            shell.t("catalogue-kinds-all").into_owned()
        } else {
            kinds.join(", ")
        },
        granted_by: shell.t(granted_by).into_owned(),
        product: role.product.clone().unwrap_or_default(),
        grants: grants.collect(),
        key: role.key.clone(),
        state: None,
    }
}

/// A role's name in the page's language.
pub(super) fn role_name(shell: &Shell, role: &RoleSettings) -> String {
    let words = role.words.get(shell.lang.as_str());
    let words = words.or_else(|| role.words.get("en"));
    words
        .map_or(role.key.as_str(), |words| &words.name)
        .to_owned()
}

fn in_language(
    shell: &Shell,
    texts: &std::collections::BTreeMap<String, String>,
    key: &str,
) -> String {
    let text = texts.get(shell.lang.as_str());
    let text = text.or_else(|| texts.get("en"));
    text.map_or(key, String::as_str).to_owned()
}
