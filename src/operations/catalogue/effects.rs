//! What changes for whom: the one engine asked about every stored membership that a change could
//! touch, once with the catalogue as it is and once with the one to come.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    access::{
        Catalogue, CatalogueBody, Decision, Facts, GateMembership, Subject, Wanted, decide, subject,
    },
    db::{Conn, Error},
    kernel::Instant,
    people::PersonStatus,
    settings::{RoleSettings, RoleTier, ServiceSettings, Settings},
};

/// Memberships read at once.
const PART: i64 = 500;

/// Two catalogues, and which roles the difference could touch.
pub struct Plan {
    /// The one that counts.
    pub before: Catalogue,
    /// The one to come.
    pub after: Catalogue,
    /// Roles to give to the holders of roles that go.
    pub replacements: BTreeMap<String, String>,
    /// Roles that go.
    pub going: BTreeSet<String>,
    /// Roles that somebody has to hold to be touched.
    touched: Vec<String>,
    /// Services that could open or close.
    services: Vec<String>,
}

/// What a person gains or loses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The organization's pages.
    Portal,
    /// Running the organization.
    Administration,
    /// A service.
    Service(String),
    /// An application role at a service.
    ApplicationRole(String, String),
}

/// A gain or a loss.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// Of what.
    pub what: What,
    /// Whether it is gained.
    pub gains: bool,
}

/// One membership that is touched.
pub struct Touched<'a> {
    /// The person.
    pub subject: &'a Subject,
    /// The membership.
    pub membership: &'a GateMembership,
    /// The roles they would hold.
    pub roles: Vec<String>,
    /// What changes for them; may be nothing.
    pub effects: Vec<Effect>,
}

impl Plan {
    /// Compares two bodies.
    pub fn new(
        before: &CatalogueBody,
        after: &CatalogueBody,
        replacements: &BTreeMap<String, String>,
        settings: &Settings,
    ) -> Self {
        let rules = Catalogue::new(settings);
        let counts = |body: &CatalogueBody, key: &str| -> bool {
            body.role(key).is_some_and(|role| !role.retired)
        };
        let services = changed_services(before, after);
        let reaches = |role: &RoleSettings| role.grants.keys().any(|key| services.contains(key));
        let mut touched = BTreeSet::new();
        let mut opened = services.clone();
        for role in before.roles.iter().chain(&after.roles) {
            let (old, new) = (before.role(&role.key), after.role(&role.key));
            if !same_meaning(old, new) || reaches(role) {
                touched.insert(role.key.clone());
                opened.extend(role.grants.keys().cloned());
            }
        }
        for to in replacements.values() {
            let role = after.role(to);
            opened.extend(
                role.into_iter()
                    .flat_map(|role| role.grants.keys().cloned()),
            );
        }
        let going = before.roles.iter().map(|role| role.key.clone());
        let going = going.filter(|key| counts(before, key) && !counts(after, key));
        Self {
            going: going.collect(),
            before: rules.with_body(0, before.clone()),
            after: rules.with_body(0, after.clone()),
            replacements: replacements.clone(),
            touched: touched.into_iter().collect(),
            services: opened.into_iter().collect(),
        }
    }

    /// The roles that a membership would hold.
    pub fn roles_after(&self, membership: &GateMembership) -> Vec<String> {
        let kind = membership.organization_kind;
        let mut roles: Vec<String> = membership
            .roles
            .iter()
            .map(|key| {
                let to = self
                    .going
                    .contains(key)
                    .then(|| self.replacements.get(key))
                    .flatten();
                let fits = |to: &&String| self.after.role(to).is_some_and(|role| role.is_for(kind));
                to.filter(fits).unwrap_or(key).clone()
            })
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The same about those only who run organizations, or would: what law 7 asks about.
    pub fn about_running(&self) -> Self {
        let runs = |catalogue: &Catalogue, key: &str| {
            catalogue
                .role(key)
                .is_some_and(|role| role.tier == RoleTier::Admin)
        };
        let will_run = |key: &String| {
            let to = self.replacements.get(key).unwrap_or(key);
            runs(&self.after, to)
        };
        let mut touched = self.touched.clone();
        touched.retain(|key| runs(&self.before, key) || will_run(key));
        Self {
            before: self.before.clone(),
            after: self.after.clone(),
            replacements: self.replacements.clone(),
            going: self.going.clone(),
            touched,
            services: Vec::new(),
        }
    }

    fn effects(&self, facts: &Facts, after: &Facts, now: Instant) -> Vec<Effect> {
        let ask = |facts: &Facts, catalogue: &Catalogue, wanted: Wanted<'_>| match decide(
            facts, catalogue, wanted, now,
        ) {
            Decision::Granted(grant) => Some(grant.application_roles),
            Decision::Refused(_) => None,
        };
        let mut found = Vec::new();
        let mut put = |what: What, gains: bool| found.push(Effect { what, gains });
        let plain = [
            (What::Portal, Wanted::Portal),
            (What::Administration, Wanted::Administration),
        ];
        for (what, wanted) in plain {
            let old = ask(facts, &self.before, wanted).is_some();
            let new = ask(after, &self.after, wanted).is_some();
            if old != new {
                put(what, new);
            }
        }
        for key in &self.services {
            let wanted = Wanted::Service(key);
            let old = ask(facts, &self.before, wanted);
            let new = ask(after, &self.after, wanted);
            match (old, new) {
                (Some(old), Some(new)) => {
                    let role = |name: &String| What::ApplicationRole(key.clone(), name.clone());
                    for name in old.iter().filter(|name| !new.contains(name)) {
                        put(role(name), false);
                    }
                    for name in new.iter().filter(|name| !old.contains(name)) {
                        put(role(name), true);
                    }
                }
                (Some(_), None) => put(What::Service(key.clone()), false),
                (None, Some(_)) => put(What::Service(key.clone()), true),
                (None, None) => {}
            }
        }
        found
    }
}

/// Whether a role means the same in both; its words and who may give it open nothing.
fn same_meaning(old: Option<&RoleSettings>, new: Option<&RoleSettings>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => {
            old.tier == new.tier
                && old.product == new.product
                && old.kinds == new.kinds
                && old.retired == new.retired
                && old.grants == new.grants
        }
        _ => false,
    }
}

fn changed_services(before: &CatalogueBody, after: &CatalogueBody) -> BTreeSet<String> {
    let all = before.services.iter().chain(&after.services);
    let product = |service: Option<&ServiceSettings>| service.map(|it| it.product.clone());
    all.filter(|service| {
        let (old, new) = (before.service(&service.key), after.service(&service.key));
        product(old) != product(new)
    })
    .map(|service| service.key.clone())
    .collect()
}

/// Hands over each membership that could be touched, each once.
pub async fn scan(
    conn: &mut Conn,
    plan: &Plan,
    now: Instant,
    mut each: impl FnMut(&Touched<'_>) + Send,
) -> Result<(), Error> {
    for (place, role) in plan.touched.iter().enumerate() {
        let mut after = None;
        loop {
            let part = subject::holders(conn, role, after.as_ref(), PART).await?;
            let Some(last) = part.last().and_then(|last| last.memberships.first()) else {
                break;
            };
            after = Some(last.id.clone());
            for subject in &part {
                let Some(membership) = subject.memberships.first() else {
                    continue;
                };
                // Who holds two of them came with the first.
                let earlier = plan.touched.get(..place).unwrap_or_default();
                if !membership.roles.iter().any(|key| earlier.contains(key)) {
                    each(&touched(plan, subject, membership, now));
                }
            }
        }
    }
    Ok(())
}

fn touched<'a>(
    plan: &Plan,
    subject: &'a Subject,
    membership: &'a GateMembership,
    now: Instant,
) -> Touched<'a> {
    let roles = plan.roles_after(membership);
    let facts = subject.facts(membership);
    let mut after = facts.clone();
    if let Some(member) = &mut after.membership {
        member.roles.clone_from(&roles);
    }
    Touched {
        effects: plan.effects(&facts, &after, now),
        subject,
        membership,
        roles,
    }
}

impl Touched<'_> {
    /// Whether they count as somebody who runs the organization (law 7), which is asked of people and
    /// roles and not of contracts.
    pub fn runs(&self, catalogue: &Catalogue, roles: &[String], now: Instant) -> bool {
        let member = self.membership;
        self.subject.person_status == PersonStatus::Active
            && member.status == crate::organizations::MembershipStatus::Active
            && member.starts_at.is_none_or(|start| start <= now)
            && member.ends_at.is_none_or(|end| now < end)
            && catalogue.runs(member.organization_kind, roles)
    }
}
