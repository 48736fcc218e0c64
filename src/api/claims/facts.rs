//! What is known about somebody, as claims.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Asked;
use crate::{
    access::{
        Catalogue, Finding, Grant, Named, Reason, Subject, Wanted, explain, first_refusals,
        subject::{self, GateMembership},
    },
    settings::ClaimFact,
    web::Problem,
};

/// What the engine says about somebody.
pub(super) struct Known {
    facts: BTreeMap<ClaimFact, Value>,
    /// Why there is no access, as a word; `None` when there is.
    pub(super) refused: Option<&'static str>,
}

impl Known {
    /// The claims by the names of the configuration; what is not known is left out.
    pub(super) fn claims(&self, asked: &Asked<'_>) -> Map<String, Value> {
        let named = asked.source.claims();
        named
            .into_iter()
            .filter_map(|(name, fact)| Some((name.to_owned(), self.facts.get(&fact)?.clone())))
            .collect()
    }

    /// The same for those who take no lists.
    pub(super) fn flat_claims(&self, asked: &Asked<'_>) -> Map<String, Value> {
        let mut claims = self.claims(asked);
        for value in claims.values_mut() {
            if let Value::Array(items) = value {
                let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                *value = words.join(",").into();
            }
        }
        claims
    }
}

/// Asks the engine about somebody, in one organization or any.
pub(super) async fn about(
    asked: &Asked<'_>,
    named: Named<'_>,
    organization: Option<&str>,
) -> Result<Known, Problem> {
    let mut conn = asked.state.db.read().await?;
    let subject = subject::read(&mut conn, named, &asked.connection).await?;
    let Some(subject) = subject else {
        return Ok(refused("unknown_subject", BTreeMap::new()));
    };
    let catalogues = &asked.state.catalogues;
    let catalogue = &catalogues
        .meet(&mut conn, subject.catalogue_version)
        .await?;
    drop(conn);
    let wanted = asked.source.service.as_deref();
    let wanted = wanted.map_or(Wanted::Portal, Wanted::Service);
    let now = asked.cx.now();
    Ok(match subject.ask(catalogue, wanted, organization, now) {
        Ok((membership, grant)) => granted((asked, catalogue), &subject, membership, &grant),
        Err(reasons) => {
            for (membership, reason) in &reasons {
                first_refusals::note(asked.state, &membership.organization_id, reason, now);
            }
            let nearest = reasons.iter().max_by_key(|(_, reason)| reason.check());
            let reason = nearest.map_or(&Reason::NotAMember, |(_, reason)| reason);
            let mut facts = BTreeMap::new();
            facts.insert(ClaimFact::Person, subject.person_id.to_string().into());
            if let Some((membership, _)) = nearest {
                place(&mut facts, membership);
            }
            refused(reason.code(), facts)
        }
    })
}

fn refused(reason: &'static str, mut facts: BTreeMap<ClaimFact, Value>) -> Known {
    facts.insert(ClaimFact::Access, "none".into());
    facts.insert(ClaimFact::Reason, reason.into());
    Known {
        facts,
        refused: Some(reason),
    }
}

/// Where somebody belongs.
fn place(facts: &mut BTreeMap<ClaimFact, Value>, membership: &GateMembership) {
    let organization = membership.organization_id.to_string();
    facts.insert(ClaimFact::Organization, organization.into());
    let name = membership.organization_name.clone();
    facts.insert(ClaimFact::OrganizationName, name.into());
    let account = membership.crm_account_id.clone();
    facts.insert(ClaimFact::Account, account.into());
    if let Some(contact) = &membership.crm_contact_id {
        facts.insert(ClaimFact::Contact, contact.clone().into());
    }
}

fn granted(
    (asked, catalogue): (&Asked<'_>, &Catalogue),
    subject: &Subject,
    membership: &GateMembership,
    grant: &Grant,
) -> Known {
    let mut facts = BTreeMap::new();
    facts.insert(ClaimFact::Person, subject.person_id.to_string().into());
    place(&mut facts, membership);
    let wanted = asked.source.service.as_deref();
    let wanted = wanted.map_or(Wanted::Portal, Wanted::Service);
    let about = subject.facts(membership);
    for step in explain(&about, catalogue, wanted, asked.cx.now()) {
        if let Finding::HoldsBy { number, standing } = step.finding {
            facts.insert(ClaimFact::Contract, number.into());
            facts.insert(ClaimFact::Standing, standing.word().into());
        }
    }
    let access = if grant.read_only { "read" } else { "write" };
    facts.insert(ClaimFact::Access, access.into());
    let counts = |key: &&String| {
        let role = catalogue.role(key);
        role.is_some_and(|role| role.is_for(membership.organization_kind))
    };
    let roles: Vec<String> = membership.roles.iter().filter(counts).cloned().collect();
    facts.insert(ClaimFact::Roles, roles.into());
    let roles = grant.application_roles.clone();
    facts.insert(ClaimFact::ApplicationRoles, roles.into());
    Known {
        facts,
        refused: None,
    }
}
