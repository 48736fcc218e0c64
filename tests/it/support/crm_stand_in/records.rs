//! What the stand-in keeps, and how it applies writes: the matching rules of docs/crm/http.md.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use vestibule::{
    crm::port::{
        Account, ActivityWrite, Contact, ContactWrite, Contract, InvitationRequest, Lead,
        LeadWrite, Record, Write,
    },
    kernel::text::number_key,
};

/// The stand-in's records.
#[derive(Default)]
pub struct Records {
    pub accounts: BTreeMap<String, Account>,
    pub contacts: BTreeMap<String, Contact>,
    pub contracts: BTreeMap<String, Contract>,
    pub leads: BTreeMap<String, Lead>,
    pub requests: BTreeMap<String, InvitationRequest>,
    /// What the portal wrote about a contact, by the contact's id.
    pub portal: BTreeMap<String, ContactWrite>,
    /// Activities with the id of their record.
    pub activities: Vec<(String, ActivityWrite)>,
    /// Scores of leads.
    pub scores: BTreeMap<String, i64>,
    /// External ids of leads, by the lead's id.
    pub lead_keys: BTreeMap<String, String>,
    /// Every write that took effect, in order: subject, key, name of the author.
    pub log: Vec<(String, String, String)>,
    /// Records the feed speaks of, oldest first; the position is the cursor.
    feed: Vec<(&'static str, String)>,
    /// Answers by key.
    applied: HashMap<String, Value>,
    next_id: u64,
}

impl Records {
    /// Stores a record as the CRM's own user would; its version grows.
    pub fn put(&mut self, record: Record) {
        match record {
            Record::Account(mut it) => {
                it.version = self.accounts.get(&it.id).map_or(1, |old| old.version + 1);
                self.feed.push(("account", it.id.clone()));
                self.accounts.insert(it.id.clone(), it);
            }
            Record::Contact(mut it) => {
                it.version = self.contacts.get(&it.id).map_or(1, |old| old.version + 1);
                self.feed.push(("contact", it.id.clone()));
                self.contacts.insert(it.id.clone(), it);
            }
            Record::Contract(mut it) => {
                it.version = self.contracts.get(&it.id).map_or(1, |old| old.version + 1);
                self.feed.push(("contract", it.id.clone()));
                self.contracts.insert(it.id.clone(), it);
            }
            Record::Lead(mut it) => {
                it.version = self.leads.get(&it.id).map_or(1, |old| old.version + 1);
                self.feed.push(("lead", it.id.clone()));
                self.leads.insert(it.id.clone(), it);
            }
            Record::InvitationRequest(mut it) => {
                it.version = 1;
                self.feed.push(("invitation_request", it.id.clone()));
                self.requests.insert(it.id.clone(), it);
            }
        }
    }

    fn current(&self, kind: &str, id: &str) -> Option<Record> {
        Some(match kind {
            "account" => Record::Account(self.accounts.get(id)?.clone()),
            "contact" => Record::Contact(self.contacts.get(id)?.clone()),
            "contract" => Record::Contract(self.contracts.get(id)?.clone()),
            "lead" => Record::Lead(self.leads.get(id)?.clone()),
            _ => Record::InvitationRequest(self.requests.get(id)?.clone()),
        })
    }

    /// A page of the feed: each record once, as it stands now.
    pub fn changes(&self, cursor: &str, limit: usize) -> Value {
        let from: usize = cursor.parse().unwrap_or(0);
        let window: Vec<_> = self.feed.iter().skip(from).take(limit).collect();
        let mut records = Vec::new();
        for (place, entry) in window.iter().enumerate() {
            let again = window.iter().skip(place + 1).any(|later| later == entry);
            if !again {
                records.extend(self.current(entry.0, &entry.1));
            }
        }
        let cursor = from + window.len();
        json!({"records": records, "cursor": cursor.to_string(), "more": cursor < self.feed.len()})
    }

    pub fn lookup(&self, question: &Value) -> Value {
        let text = |name: &str| question[name].as_str().unwrap_or_default();
        let found = self.contracts.values().find_map(|contract| {
            let account = self.accounts.get(&contract.account_id)?;
            let facts = [&account.number, &account.postcode, &account.vat_number];
            let fits = number_key(&contract.number) == text("number_key")
                && facts
                    .iter()
                    .any(|fact| !fact.is_empty() && number_key(fact) == text("fact_key"));
            fits.then_some((account, contract))
        });
        let evidence = found.map(|(account, contract)| {
            let contacts = self.contacts.values().filter(|contact| {
                contact.account_id == account.id
                    && contact.email.to_lowercase() == text("email_key")
            });
            json!({"account": account, "contract": contract, "contacts": contacts.collect::<Vec<_>>()})
        });
        json!({ "evidence": evidence })
    }

    /// Applies one write, or repeats the answer it was given before.
    pub fn apply(&mut self, write: &Write) -> Value {
        if let Some(answer) = self.applied.get(&write.key) {
            let mut answer = answer.clone();
            answer["verdict"] = "duplicate".into();
            return answer;
        }
        let answer = match self.apply_once(write) {
            Ok(id) => json!({"key": write.key, "verdict": "applied", "id": id}),
            Err(mut refusal) => {
                refusal["key"] = write.key.clone().into();
                return refusal;
            }
        };
        self.log.push((
            write.subject.clone(),
            write.key.clone(),
            write.author.name.clone(),
        ));
        self.applied.insert(write.key.clone(), answer.clone());
        answer
    }

    fn apply_once(&mut self, write: &Write) -> Result<Option<String>, Value> {
        let mut id = None;
        if let Some(contact) = &write.contact {
            id = Some(self.write_contact(contact)?);
        }
        if let Some(lead) = &write.lead {
            id = Some(self.write_lead(lead)?);
        }
        if let Some(activity) = &write.activity {
            let own = [
                &activity.contact_id,
                &activity.lead_id,
                &activity.account_id,
            ];
            let own = own.into_iter().flatten().next().cloned();
            let record = id.clone().or(own).ok_or_else(|| {
                json!({"verdict": "rejected", "cause": "invalid_field", "reason": "an activity of nothing"})
            })?;
            self.activities.push((record, activity.clone()));
        }
        Ok(id)
    }

    fn write_contact(&mut self, write: &ContactWrite) -> Result<String, Value> {
        let id = match self.find_contact(write)? {
            Some(id) => id,
            None => self.new_id("con"),
        };
        let mut contact = self.contacts.get(&id).cloned().unwrap_or_default();
        contact.id.clone_from(&id);
        contact.account_id.clone_from(&write.account_id);
        contact.given_name.clone_from(&write.given_name);
        contact.family_name.clone_from(&write.family_name);
        contact.email.clone_from(&write.email);
        if !write.phone.is_empty() {
            contact.phone.clone_from(&write.phone);
        }
        contact.portal_membership_id = Some(write.membership_id.clone());
        self.portal.insert(id.clone(), write.clone());
        self.put(Record::Contact(contact));
        Ok(id)
    }

    fn find_contact(&self, write: &ContactWrite) -> Result<Option<String>, Value> {
        if !self.accounts.contains_key(&write.account_id) {
            return Err(
                json!({"verdict": "rejected", "cause": "not_found", "reason": "no such account"}),
            );
        }
        if let Some(id) = &write.id {
            return match self.contacts.contains_key(id) {
                true => Ok(Some(id.clone())),
                false => Err(
                    json!({"verdict": "rejected", "cause": "not_found", "reason": "no such contact"}),
                ),
            };
        }
        let linked = |contact: &&Contact| {
            contact.portal_membership_id.as_deref() == Some(write.membership_id.as_str())
        };
        if let Some(contact) = self.contacts.values().find(linked) {
            return Ok(Some(contact.id.clone()));
        }
        if write.create_new {
            return Ok(None);
        }
        let same = |contact: &&Contact| {
            contact.account_id == write.account_id
                && contact.email.eq_ignore_ascii_case(&write.email)
        };
        let candidates: Vec<String> = self
            .contacts
            .values()
            .filter(same)
            .map(|contact| contact.id.clone())
            .collect();
        match candidates.as_slice() {
            _ if write.create_new => Ok(None),
            [] => Ok(None),
            [one] if self.contacts[one].portal_membership_id.is_none() => Ok(Some(one.clone())),
            _ => Err(
                json!({"verdict": "needs_review", "reason": "several contacts have this address", "candidates": candidates}),
            ),
        }
    }

    fn write_lead(&mut self, write: &LeadWrite) -> Result<String, Value> {
        let by_key = self
            .lead_keys
            .iter()
            .find(|(_, key)| **key == write.portal_key)
            .map(|(id, _)| id.clone());
        let id = match write.id.clone().or(by_key) {
            Some(id) => id,
            None => self.new_id("led"),
        };
        let mut lead = self.leads.get(&id).cloned().unwrap_or_default();
        lead.id.clone_from(&id);
        lead.company.clone_from(&write.company);
        lead.given_name.clone_from(&write.given_name);
        lead.family_name.clone_from(&write.family_name);
        lead.email.clone_from(&write.email);
        *self.scores.entry(id.clone()).or_default() += write.score_points;
        self.lead_keys.insert(id.clone(), write.portal_key.clone());
        self.put(Record::Lead(lead));
        Ok(id)
    }

    fn new_id(&mut self, kind: &str) -> String {
        self.next_id += 1;
        format!("{kind}-{:04}", self.next_id)
    }
}
