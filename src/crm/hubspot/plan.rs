//! Which record each write is about. Nothing here calls HubSpot.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Hubspot, errors,
    fields::{COMPANIES, COMPANY, CONTACTS},
    records::Object,
};
use crate::{
    crm::port::{ContactWrite, LeadWrite, Verdict, Write},
    kernel::EmailAddress,
};

/// The record a write is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// This contact.
    Known(String),
    /// A new contact under this unique property and value.
    New(&'static str, String),
    /// This company, of which only is told.
    Company(String),
}

impl Target {
    /// The object type.
    pub(super) fn object(&self) -> &'static str {
        match self {
            Self::Company(_) => COMPANIES,
            _ => CONTACTS,
        }
    }
}

/// What HubSpot holds of what the writes speak of.
#[derive(Default)]
pub(super) struct Found {
    pub(super) contacts: BTreeMap<String, Object>,
    pub(super) companies: BTreeSet<String>,
}

/// What has to be read before anything is written.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) contacts: BTreeSet<String>,
    pub(super) companies: BTreeSet<String>,
    pub(super) memberships: BTreeSet<String>,
    pub(super) lead_keys: BTreeSet<String>,
    pub(super) addresses: BTreeSet<String>,
}

impl Wanted {
    pub(super) fn of(writes: &[Write]) -> Self {
        let mut wanted = Self::default();
        for write in writes {
            if let Some(part) = &write.contact {
                wanted.companies.extend(number(&part.account_id));
                match &part.id {
                    Some(id) => wanted.contacts.extend(number(id)),
                    None => {
                        wanted.memberships.insert(part.membership_id.clone());
                        wanted.addresses.extend(key(&part.email));
                    }
                }
            } else if let Some(part) = &write.lead {
                match &part.id {
                    Some(id) => wanted.contacts.extend(number(id)),
                    None => {
                        wanted.lead_keys.insert(part.portal_key.clone());
                        wanted.addresses.extend(key(&part.email));
                    }
                }
            } else if let Some(activity) = &write.activity {
                let people = [&activity.contact_id, &activity.lead_id];
                let people = people.into_iter().flatten();
                wanted.contacts.extend(people.filter_map(|id| number(id)));
                wanted
                    .companies
                    .extend(activity.account_id.as_deref().and_then(number));
            }
        }
        wanted.memberships.remove("");
        wanted.lead_keys.remove("");
        wanted
    }
}

/// An id of HubSpot's: digits.
fn number(id: &str) -> Option<String> {
    id.parse::<u64>().ok().map(|_| id.to_owned())
}

fn key(email: &str) -> Option<String> {
    EmailAddress::parse(email)
        .ok()
        .map(|email| email.key().to_owned())
}

/// Finds the record of each write. Who links to a contact first in a batch has it.
pub(super) struct Planner<'a> {
    hubspot: &'a Hubspot,
    found: &'a Found,
    links: BTreeMap<String, String>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(hubspot: &'a Hubspot, found: &'a Found) -> Self {
        Self {
            hubspot,
            found,
            links: BTreeMap::new(),
        }
    }

    pub(super) fn target(&mut self, write: &Write) -> Result<Target, Verdict> {
        if let Some(part) = &write.contact {
            return self.contact(part);
        }
        if let Some(part) = &write.lead {
            return self.lead(part, &write.key);
        }
        let activity = write.activity.as_ref();
        match activity.map(|it| (&it.contact_id, &it.lead_id, &it.account_id)) {
            Some((Some(id), _, _)) => self.known("contact", id),
            Some((None, Some(id), _)) => self.known("lead", id),
            Some((None, None, Some(id))) => self.company(id).map(Target::Company),
            _ => Err(Verdict::Rejected {
                cause: "invalid_field".to_owned(),
                reason: "the change is about no record".to_owned(),
            }),
        }
    }

    fn known(&self, kind: &str, id: &str) -> Result<Target, Verdict> {
        match self.found.contacts.get(id) {
            Some(contact) => Ok(Target::Known(contact.id.clone())),
            None => Err(errors::not_found(kind, id)),
        }
    }

    fn company(&self, id: &str) -> Result<String, Verdict> {
        match self.found.companies.get(id) {
            Some(id) => Ok(id.clone()),
            None => Err(errors::not_found("account", id)),
        }
    }

    fn with(&self, path: &str, value: &str) -> Vec<&'a Object> {
        let field = self.hubspot.names.of(path);
        let contacts = self.found.contacts.values();
        let fits = |contact: &&Object| !value.is_empty() && contact.raw(field) == value;
        contacts.filter(fits).collect()
    }

    fn with_address(&self, email: &str) -> Vec<&'a Object> {
        let Some(address) = key(email) else {
            return Vec::new();
        };
        let field = self.hubspot.names.of("contact.email");
        let contacts = self.found.contacts.values();
        let fits = |contact: &&Object| key(contact.raw(field)).as_ref() == Some(&address);
        contacts.filter(fits).collect()
    }

    /// By the stored id, then by our membership, then by the address within the company.
    fn contact(&mut self, part: &ContactWrite) -> Result<Target, Verdict> {
        if let Some(id) = &part.id {
            return self.known("contact", id);
        }
        let company = self.company(&part.account_id)?;
        let mut candidates = self.with("contact.membership_id", &part.membership_id);
        if candidates.is_empty() && !part.create_new {
            candidates = self.with_address(&part.email);
            // A lead of this address becomes the company's contact; another company's does not.
            let is_free = |it: &&Object| [company.as_str(), ""].contains(&it.raw(Some(COMPANY)));
            if !self.hubspot.names.has_unique_address() {
                candidates.retain(|it| it.raw(Some(COMPANY)) == company);
            } else if !candidates.iter().all(is_free) {
                let reason = "a contact of another company has this address, and HubSpot keeps addresses unique";
                return Err(review(reason, &candidates));
            }
        }
        let Some(contact) = one(&candidates, "contact")? else {
            if part.membership_id.is_empty() {
                return Err(errors::not_found("contact without our id", &part.email));
            }
            let membership = part.membership_id.clone();
            return Ok(Target::New("contact.membership_id", membership));
        };
        let field = self.hubspot.names.of("contact.membership_id");
        let stored = Some(contact.raw(field)).filter(|link| !link.is_empty());
        let earlier = self.links.get(&contact.id).map(String::as_str);
        let link = stored.or(earlier).unwrap_or(&part.membership_id);
        if link != part.membership_id {
            let reason = "the contact with this address is linked to another member";
            return Err(review(reason, &candidates));
        }
        self.links
            .insert(contact.id.clone(), part.membership_id.clone());
        Ok(Target::Known(contact.id.clone()))
    }

    /// By the stored id, then by our key, then by the address.
    fn lead(&self, part: &LeadWrite, change: &str) -> Result<Target, Verdict> {
        if let Some(id) = &part.id {
            return self.known("lead", id);
        }
        let mut candidates = self.with("lead.portal_key", &part.portal_key);
        if candidates.is_empty() && !part.create_new {
            candidates = self.with_address(&part.email);
        }
        Ok(match one(&candidates, "lead")? {
            Some(lead) => Target::Known(lead.id.clone()),
            None if part.portal_key.is_empty() => Target::New("lead.portal_key", change.to_owned()),
            None => Target::New("lead.portal_key", part.portal_key.clone()),
        })
    }
}

/// The only candidate; several are for a person.
fn one<'a>(candidates: &[&'a Object], kind: &str) -> Result<Option<&'a Object>, Verdict> {
    match candidates {
        [] => Ok(None),
        [object] => Ok(Some(*object)),
        _ => Err(review(
            &format!("more than one {kind} could be meant"),
            candidates,
        )),
    }
}

fn review(reason: &str, candidates: &[&Object]) -> Verdict {
    Verdict::NeedsReview {
        reason: reason.to_owned(),
        candidates: candidates.iter().map(|it| it.id.clone()).collect(),
    }
}
