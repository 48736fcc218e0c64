//! What a fact of the portal is in a CRM: pure, and as data where installations differ.
//!
//! [`to_write`] turns a fact into the port's write, with one plain English sentence for the record's
//! history. [`FieldMap`] is the data: which fields are called otherwise there, and which the CRM
//! keeps for itself, so that the portal never writes them.

mod words;

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

pub use super::port::LEAD;
use super::port::{ActivityWrite, Author, ContactWrite, LeadWrite, Write};
use crate::{
    kernel::{Instant, ids::Id},
    outbox::{ConsentFact, Fact, InvitationFact, LeadFact, MembershipFact},
    settings::fields_to_keep_back,
};

/// Points for the score of a lead whose invitation was redeemed.
const REDEEMED_POINTS: i64 = 10;

/// A change on its way, as far as mapping goes.
#[derive(Debug, Clone)]
pub struct Told<'a> {
    /// Names the change.
    pub key: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// When it happened.
    pub at: Instant,
    /// Who did it, with name and address where they are known.
    pub author: Author,
    /// What to tell.
    pub fact: &'a Fact,
}

/// The write for a change; `None` for a fact that is nothing to a CRM. `role_name` gives a role's
/// English name by its key.
#[must_use]
pub fn to_write(told: &Told<'_>, role_name: &dyn Fn(&str) -> String) -> Option<Write> {
    let mut write = Write {
        key: told.key.to_owned(),
        subject: told.subject.to_owned(),
        at: told.at,
        author: told.author.clone(),
        contact: None,
        lead: None,
        activity: None,
    };
    match told.fact {
        Fact::MembershipChanged(fact) => {
            let (kind, text) = words::membership(fact, role_name);
            with_member(&mut write, fact, activity(kind, text));
        }
        Fact::SignedIn(fact) => {
            let text = "Signed in to the customer portal.".to_owned();
            with_member(&mut write, fact, activity("signed_in", text));
        }
        Fact::InvitationMoved(fact) => invitation(&mut write, fact),
        Fact::LeadRegistered(fact) => registered(&mut write, fact),
        Fact::ConsentWithdrawn(fact) => consent_withdrawn(&mut write, fact),
        Fact::SeatsAsked(fact) => {
            let activity = activity("seats_asked", words::seats(fact));
            write.activity = Some(ActivityWrite {
                account_id: Some(fact.crm_account_id.clone()),
                ..activity
            });
        }
        Fact::PersonStands(_) | Fact::Happened(_) | Fact::Mail(_) => return None,
    }
    Some(write)
}

fn activity(kind: &str, text: String) -> ActivityWrite {
    ActivityWrite {
        kind: kind.to_owned(),
        text,
        ..ActivityWrite::default()
    }
}

/// The contact or, in a company that is only a lead, the lead that a member is.
fn with_member(write: &mut Write, fact: &MembershipFact, activity: ActivityWrite) {
    write.activity = Some(activity);
    match fact.crm_account_id.strip_prefix(LEAD) {
        None => write.contact = Some(contact(fact)),
        Some(reference) => write.lead = Some(lead_of_member(fact, reference)),
    }
}

fn contact(fact: &MembershipFact) -> ContactWrite {
    ContactWrite {
        id: fact.crm_contact_id.clone(),
        account_id: fact.crm_account_id.clone(),
        membership_id: fact.membership_id.to_string(),
        person_id: fact.person_id.to_string(),
        email: fact.email.clone(),
        given_name: fact.given_name.clone(),
        family_name: fact.family_name.clone(),
        phone: fact.phone.clone(),
        portal_status: fact.status.clone(),
        portal_roles: fact.roles.clone(),
        last_sign_in: fact
            .last_sign_in_at
            .map(|at| at.to_string())
            .unwrap_or_default(),
        ..ContactWrite::default()
    }
}

fn lead_of_member(fact: &MembershipFact, reference: &str) -> LeadWrite {
    let known = known_lead(reference);
    LeadWrite {
        id: fact.crm_contact_id.clone().or_else(|| known.clone()),
        // A lead that the CRM knew before gets the membership as our id for it.
        portal_key: match known {
            Some(_) => fact.membership_id.to_string(),
            None => reference.to_owned(),
        },
        email: fact.email.clone(),
        given_name: fact.given_name.clone(),
        family_name: fact.family_name.clone(),
        phone: fact.phone.clone(),
        ..LeadWrite::default()
    }
}

/// The CRM's own id of a lead, unless the reference is the registration that made it.
fn known_lead(reference: &str) -> Option<String> {
    crate::kernel::ids::RegistrationId::parse(reference)
        .is_err()
        .then(|| reference.to_owned())
}

fn invitation(write: &mut Write, fact: &InvitationFact) {
    let (kind, text) = words::invitation(fact);
    let mut activity = activity(kind, text);
    activity.invitation_state.clone_from(&fact.state);
    let lead = fact.crm_account_id.strip_prefix(LEAD);
    match (fact.is_lead, lead, &fact.crm_contact_id) {
        (false, None, Some(contact)) => activity.contact_id = Some(contact.clone()),
        (false, None, None) => activity.account_id = Some(fact.crm_account_id.clone()),
        (true, None, Some(id)) => lead_activity(write, fact, Some(id.clone()), ""),
        (true, None, None) => activity.account_id = Some(fact.crm_account_id.clone()),
        (_, Some(reference), id) => {
            let known = known_lead(reference);
            let key = if known.is_some() { "" } else { reference };
            lead_activity(write, fact, id.clone().or(known), key);
        }
    }
    write.activity = Some(activity);
}

/// The lead an invitation is about; one that was accepted is worth more.
fn lead_activity(write: &mut Write, fact: &InvitationFact, id: Option<String>, key: &str) {
    let redeemed = fact.state == "redeemed";
    write.lead = Some(LeadWrite {
        id,
        portal_key: key.to_owned(),
        email: fact.email.clone(),
        score_points: if redeemed { REDEEMED_POINTS } else { 0 },
        ..LeadWrite::default()
    });
}

fn registered(write: &mut Write, fact: &LeadFact) {
    write.lead = Some(LeadWrite {
        id: None,
        portal_key: fact.registration_id.to_string(),
        company: fact.company.clone(),
        given_name: fact.given_name.clone(),
        family_name: fact.family_name.clone(),
        email: fact.email.clone(),
        phone: fact.phone.clone(),
        language: fact.language.clone(),
        score_points: fact.score_points,
        consent: fact.consent.clone(),
        ..LeadWrite::default()
    });
    let text = "Registered in the customer portal as a new company.".to_owned();
    write.activity = Some(activity("registered", text));
}

/// What a lead's consent begins with from when it was taken back.
const WITHDRAWN: &str = "withdrawn: ";

fn consent_withdrawn(write: &mut Write, fact: &ConsentFact) {
    write.lead = Some(LeadWrite {
        portal_key: fact.registration_id.to_string(),
        email: fact.email.clone(),
        consent: format!("{WITHDRAWN}{}", fact.consent),
        ..LeadWrite::default()
    });
    let text = format!("Withdrew the consent: {}.", fact.consent);
    write.activity = Some(activity("consent_withdrawn", text));
}

/// How an installation's fields differ, from `fields` of its connection.
///
/// Each key is `record.field` in our words (`contact.phone`, `lead.score_points`); its value is the
/// field's name there, or empty when the CRM keeps the field for itself and the portal must not
/// write it. What finds the record (ids, keys, account, address) cannot be kept back;
/// `settings::field_paths` has all fields there are.
#[derive(Debug, Clone, Default)]
pub struct FieldMap {
    names: BTreeMap<String, String>,
}

impl FieldMap {
    /// Takes the settings' table.
    #[must_use]
    pub fn new(fields: &BTreeMap<String, String>) -> Self {
        Self {
            names: fields.clone(),
        }
    }

    /// What a field is called there: as the settings say, else `usual`; `None` when the CRM keeps it
    /// for itself. `path` is in our words: `contact.phone`.
    #[must_use]
    pub fn name<'a>(&'a self, path: &str, usual: &'a str) -> Option<&'a str> {
        let name = self.names.get(path).map_or(usual, String::as_str);
        (!name.is_empty()).then_some(name)
    }

    /// The fields of a record that the CRM keeps for itself.
    fn kept(&self, record: &str) -> impl Iterator<Item = &'static str> {
        fields_to_keep_back(record).filter(move |field| {
            let name = self.names.get(&format!("{record}.{field}"));
            name.is_some_and(String::is_empty)
        })
    }

    /// Empties what the CRM keeps for itself; an empty field of a write leaves the CRM's own value.
    pub fn hold_back(&self, write: &mut Write) {
        if self.names.values().any(String::is_empty) {
            self.hold_back_of("contact", &mut write.contact);
            self.hold_back_of("lead", &mut write.lead);
            self.hold_back_of("activity", &mut write.activity);
        }
    }

    fn hold_back_of<T: Serialize + DeserializeOwned>(&self, record: &str, part: &mut Option<T>) {
        let whole = part.as_ref().map(serde_json::to_value);
        let Some(Ok(Value::Object(mut object))) = whole else {
            return;
        };
        for field in self.kept(record) {
            object.remove(field);
        }
        // Every field of a part has a default, so what lacks some still reads.
        if let Ok(rest) = serde_json::from_value(Value::Object(object)) {
            *part = Some(rest);
        }
    }

    /// Renames the fields of one record to their names there, for adapters that write JSON.
    pub fn rename_out(&self, record: &str, object: &mut Map<String, Value>) {
        self.rename(record, object, |ours, theirs| (ours, theirs));
    }

    /// Renames the fields of one record to ours, for adapters that read JSON.
    pub fn rename_in(&self, record: &str, object: &mut Map<String, Value>) {
        self.rename(record, object, |ours, theirs| (theirs, ours));
    }

    /// Renames the fields of records that say their `type`, as feeds and events carry them.
    pub fn rename_records(&self, records: &mut [Value]) {
        if self.names.is_empty() {
            return;
        }
        for object in records.iter_mut().filter_map(Value::as_object_mut) {
            let kind = object
                .get("type")
                .and_then(Value::as_str)
                .map(str::to_owned);
            if let Some(kind) = kind {
                self.rename_in(&kind, object);
            }
        }
    }

    /// A write as JSON with the names there.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn write_out(&self, write: &Write) -> Result<Value, serde_json::Error> {
        let mut value = serde_json::to_value(write)?;
        for record in ["contact", "lead", "activity"] {
            let part = value.get_mut(record).and_then(Value::as_object_mut);
            if let Some(part) = part {
                // Not even empty: an empty list could mean that there are none.
                for field in self.kept(record) {
                    part.remove(field);
                }
                self.rename_out(record, part);
            }
        }
        Ok(value)
    }

    fn rename<'a>(
        &'a self,
        record: &str,
        object: &mut Map<String, Value>,
        direction: impl Fn(&'a str, &'a str) -> (&'a str, &'a str),
    ) {
        let mut renamed = Vec::new();
        for (path, theirs) in self.names.iter().filter(|(_, theirs)| !theirs.is_empty()) {
            let ours = path
                .strip_prefix(record)
                .and_then(|rest| rest.strip_prefix('.'));
            let Some(ours) = ours else { continue };
            let (from, to) = direction(ours, theirs);
            renamed.extend(object.remove(from).map(|value| (to.to_owned(), value)));
        }
        object.extend(renamed);
    }
}

/// What the values of an installation mean, from `values` of its connection.
#[derive(Debug, Clone, Default)]
pub struct ValueMap {
    meanings: BTreeMap<String, BTreeMap<String, String>>,
}

impl ValueMap {
    /// Takes the settings' table.
    #[must_use]
    pub fn new(values: &BTreeMap<String, BTreeMap<String, String>>) -> Self {
        Self {
            meanings: values.clone(),
        }
    }

    /// Our word for a value of a field: as the settings say, else by `usual`, the adapter's own
    /// pairs of theirs and ours. `None` for a value that nobody explained.
    #[must_use]
    pub fn ours<'a>(
        &'a self,
        path: &str,
        theirs: &str,
        usual: &[(&str, &'a str)],
    ) -> Option<&'a str> {
        let configured = self
            .meanings
            .get(path)
            .and_then(|values| values.get(theirs))
            .map(String::as_str);
        let known = || {
            usual
                .iter()
                .find(|(value, _)| value.eq_ignore_ascii_case(theirs))
        };
        configured.or_else(|| known().map(|(_, ours)| *ours))
    }
}

#[cfg(test)]
mod tests;
