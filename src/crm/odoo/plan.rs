//! Which record each write is about, and what it is to become. Nothing here calls Odoo.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Odoo, errors,
    fields::{LEAD, PARTNER},
    partners::by_id,
    values::{self, Row},
};
use crate::{
    crm::port::{ContactWrite, LeadWrite, Verdict, Write},
    kernel::EmailAddress,
};

/// The record a write is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// This one.
    Known(i64),
    /// A new one with this external id.
    New(String),
}

/// Where a write goes.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) model: &'static str,
    pub(super) target: Target,
    /// Whether the verdict gives the record's id.
    pub(super) is_linked: bool,
}

/// What Odoo holds of what the writes speak of.
#[derive(Default)]
pub(super) struct Found {
    pub(super) partners: Vec<Row>,
    pub(super) leads: Vec<Row>,
}

impl Found {
    /// A record as it was read.
    pub(super) fn row(&self, model: &str, id: i64) -> Option<&Row> {
        let rows = if model == LEAD {
            &self.leads
        } else {
            &self.partners
        };
        by_id(rows).get(&id).copied()
    }
}

/// What has to be read before anything is written.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    pub(super) partners: BTreeSet<i64>,
    pub(super) memberships: Vec<&'a str>,
    pub(super) companies: BTreeSet<i64>,
    pub(super) leads: BTreeSet<i64>,
    pub(super) lead_keys: Vec<&'a str>,
    /// Folded addresses, of contacts and of leads.
    pub(super) addresses: [BTreeSet<String>; 2],
}

impl<'a> Wanted<'a> {
    pub(super) fn of(writes: &'a [Write]) -> Self {
        let mut wanted = Self::default();
        for write in writes {
            match (&write.contact, &write.lead, &write.activity) {
                (Some(contact), _, _) => wanted.contact(contact),
                (None, Some(lead), _) => wanted.lead(lead),
                (None, None, Some(activity)) => {
                    let partners = [&activity.contact_id, &activity.account_id];
                    let partners = partners.into_iter().flatten();
                    wanted.partners.extend(partners.filter_map(|id| number(id)));
                    wanted
                        .leads
                        .extend(activity.lead_id.as_deref().and_then(number));
                }
                (None, None, None) => {}
            }
        }
        wanted
    }

    fn contact(&mut self, part: &'a ContactWrite) {
        let ids = part.id.iter().chain([&part.account_id]);
        self.partners.extend(ids.filter_map(|id| number(id)));
        if part.id.is_none() {
            self.memberships.push(&part.membership_id);
            self.companies.extend(number(&part.account_id));
            self.addresses[0].extend(key(&part.email));
        }
    }

    fn lead(&mut self, part: &'a LeadWrite) {
        self.leads.extend(part.id.as_deref().and_then(number));
        if part.id.is_none() {
            self.lead_keys.push(&part.portal_key);
            self.addresses[1].extend(key(&part.email));
        }
    }
}

/// An id of Odoo's: a whole number above 0.
pub(super) fn number(id: &str) -> Option<i64> {
    id.parse().ok().filter(|id| *id > 0)
}

fn key(email: &str) -> Option<String> {
    EmailAddress::parse(email)
        .ok()
        .map(|email| email.key().to_owned())
}

/// Finds the record of each write. Who links to a record first in a batch has it.
pub(super) struct Planner<'a> {
    odoo: &'a Odoo,
    found: &'a Found,
    links: BTreeMap<i64, String>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(odoo: &'a Odoo, found: &'a Found) -> Self {
        Self {
            odoo,
            found,
            links: BTreeMap::new(),
        }
    }

    pub(super) fn subject(&mut self, write: &Write) -> Result<Subject, Verdict> {
        if let Some(part) = &write.contact {
            return self.contact(part).map(|target| linked(PARTNER, target));
        }
        if let Some(part) = &write.lead {
            return self
                .lead(part, &write.key)
                .map(|target| linked(LEAD, target));
        }
        let activity = write.activity.as_ref();
        let ids = activity.map(|it| (&it.contact_id, &it.lead_id, &it.account_id));
        let (model, kind, id) = match ids {
            Some((Some(id), _, _)) => (PARTNER, "contact", id),
            Some((None, Some(id), _)) => (LEAD, "lead", id),
            Some((None, None, Some(id))) => (PARTNER, "account", id),
            _ => {
                return Err(Verdict::Rejected {
                    cause: "invalid_field".to_owned(),
                    reason: "the change is about no record".to_owned(),
                });
            }
        };
        Ok(Subject {
            model,
            target: Target::Known(self.known(model, kind, id)?),
            is_linked: false,
        })
    }

    fn known(&self, model: &str, kind: &str, id: &str) -> Result<i64, Verdict> {
        number(id)
            .filter(|id| self.found.row(model, *id).is_some())
            .ok_or_else(|| errors::not_found(kind, id))
    }

    /// By the stored id, then by our membership, then by the address within the account.
    fn contact(&mut self, part: &ContactWrite) -> Result<Target, Verdict> {
        if let Some(id) = &part.id {
            return Ok(Target::Known(self.known(PARTNER, "contact", id)?));
        }
        let account = self.known(PARTNER, "account", &part.account_id)?;
        let field = self.odoo.names.of("contact.membership_id");
        let rows = || self.found.partners.iter();
        let is_ours = |row: &&Row| {
            !part.membership_id.is_empty() && values::text(row, field) == part.membership_id
        };
        let mut candidates: Vec<&Row> = rows().filter(is_ours).collect();
        if candidates.is_empty() && !part.create_new {
            let address = key(&part.email);
            let has_address = |row: &&Row| {
                values::id(row, "commercial_partner_id") == Some(account)
                    && values::id(row, "id") != Some(account)
                    && row.get("active") != Some(&false.into())
                    && address.is_some()
                    && key(&values::text(row, self.odoo.names.of("contact.email"))) == address
            };
            candidates = rows().filter(has_address).collect();
        }
        let Some(id) = one(&candidates, "contact")? else {
            let ours = if part.membership_id.is_empty() {
                return Err(errors::not_found("contact without our id", &part.email));
            } else {
                &part.membership_id
            };
            return Ok(Target::New(values::external_id(ours)));
        };
        let stored = candidates
            .first()
            .map(|row| values::text(row, field))
            .filter(|link| !link.is_empty());
        let link = stored
            .as_ref()
            .or_else(|| self.links.get(&id))
            .is_none_or(|link| *link == part.membership_id);
        if !link {
            return Err(review(
                "the contact with this address is linked to another member",
                &candidates,
            ));
        }
        self.links.insert(id, part.membership_id.clone());
        Ok(Target::Known(id))
    }

    /// By the stored id, then by our key, then by the address.
    fn lead(&self, part: &LeadWrite, change: &str) -> Result<Target, Verdict> {
        if let Some(id) = &part.id {
            return Ok(Target::Known(self.known(LEAD, "lead", id)?));
        }
        let field = self.odoo.names.of("lead.portal_key");
        let rows = || self.found.leads.iter();
        let is_ours =
            |row: &&Row| !part.portal_key.is_empty() && values::text(row, field) == part.portal_key;
        let mut candidates: Vec<&Row> = rows().filter(is_ours).collect();
        if candidates.is_empty() && !part.create_new {
            let address = key(&part.email);
            let has_address = |row: &&Row| {
                row.get("active") != Some(&false.into())
                    && address.is_some()
                    && key(&values::text(row, self.odoo.names.of("lead.email"))) == address
            };
            candidates = rows().filter(has_address).collect();
        }
        Ok(match one(&candidates, "lead")? {
            Some(id) => Target::Known(id),
            None if part.portal_key.is_empty() => Target::New(values::external_id(change)),
            None => Target::New(values::external_id(&part.portal_key)),
        })
    }
}

fn linked(model: &'static str, target: Target) -> Subject {
    Subject {
        model,
        target,
        is_linked: true,
    }
}

/// The only candidate; several are for a person.
fn one(candidates: &[&Row], kind: &str) -> Result<Option<i64>, Verdict> {
    match candidates {
        [] => Ok(None),
        [row] => Ok(values::id(row, "id")),
        _ => Err(review(
            &format!("more than one {kind} could be meant"),
            candidates,
        )),
    }
}

fn review(reason: &str, candidates: &[&Row]) -> Verdict {
    let ids = candidates.iter().filter_map(|row| values::id(row, "id"));
    Verdict::NeedsReview {
        reason: reason.to_owned(),
        candidates: ids.map(|id| id.to_string()).collect(),
    }
}
