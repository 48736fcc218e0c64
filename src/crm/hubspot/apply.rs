//! Applying writes: read what they speak of, store the contacts, put new ones to their companies,
//! then tell what happened.
//!
//! Each call stands by itself, so an answer can get lost between them. All are safe to repeat: the
//! contact holds the keys of its last changes, an association is there or not, and a note's unique
//! property is its change's key.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Hubspot,
    batch::{By, Input, Stored},
    fields::{AUTHOR, CHANGES, COMPANIES, COMPANY, CONTACTS, NOTE_KEY, NOTES},
    found::by_id,
    merge::Properties,
    plan::{Found, Planner, Target, Wanted},
};
use crate::crm::port::{Author, CrmError, Verdict, Write};

/// Keys of changes that a contact remembers: more than a batch holds of one contact.
const REMEMBERED: usize = 20;
/// HubSpot's type of the association from a contact to its primary company.
const PRIMARY: u32 = 1;
/// From a note to a contact, and to a company.
const NOTE_TO_CONTACT: u32 = 202;
const NOTE_TO_COMPANY: u32 = 190;

/// A link from one record to another.
type Link = (String, String);

impl Hubspot {
    pub(super) async fn apply_all(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.found(Wanted::of(writes)).await?;
        let mut planner = Planner::new(self, &found);
        let targets: Vec<Result<Target, Verdict>> =
            writes.iter().map(|write| planner.target(write)).collect();
        let stored = self.store(writes, &targets, &found).await?;
        let outcomes: Vec<Stored> = targets
            .iter()
            .map(|target| match target {
                Ok(target) => stored.get(target).cloned().unwrap_or_else(|| Err(lost())),
                Err(verdict) => Err(verdict.clone()),
            })
            .collect();
        self.put_to_companies(writes, &outcomes, &found).await?;
        let notes = self.store_notes(writes, &targets, &outcomes).await?;
        let all = writes.iter().zip(outcomes).zip(notes);
        Ok(all
            .map(|((write, outcome), note)| match (outcome, note) {
                (Err(verdict), _) | (Ok(_), Some(verdict)) => verdict,
                (Ok(id), None) => Verdict::Done {
                    remote_id: (write.contact.is_some() || write.lead.is_some()).then_some(id),
                },
            })
            .collect())
    }

    async fn found(&self, wanted: Wanted) -> Result<Found, CrmError> {
        let list = |set: std::collections::BTreeSet<String>| Vec::from_iter(set);
        let person = self.names.person();
        let mut contacts = self
            .read(CONTACTS, None, &list(wanted.contacts), &person)
            .await?;
        for (path, values) in [
            ("contact.membership_id", wanted.memberships),
            ("lead.portal_key", wanted.lead_keys),
        ] {
            let unique = self.names.of(path);
            contacts.extend(self.read(CONTACTS, unique, &list(values), &person).await?);
        }
        contacts.extend(self.with_addresses(&list(wanted.addresses)).await?);
        let companies = self
            .read(COMPANIES, None, &list(wanted.companies), &["name"])
            .await?;
        Ok(Found {
            contacts: by_id(contacts),
            companies: companies.into_iter().map(|company| company.id).collect(),
        })
    }

    /// Stores what changed of each record, once for all its writes.
    async fn store(
        &self,
        writes: &[Write],
        targets: &[Result<Target, Verdict>],
        found: &Found,
    ) -> Result<BTreeMap<Target, Stored>, CrmError> {
        let mut groups: BTreeMap<&Target, Vec<&Write>> = BTreeMap::new();
        for (write, target) in writes.iter().zip(targets) {
            if let Ok(target) = target {
                groups.entry(target).or_default().push(write);
            }
        }
        let mut stored = BTreeMap::new();
        let (mut known, mut by_membership, mut by_key) = (Vec::new(), Vec::new(), Vec::new());
        for (target, writes) in groups {
            let row = self.row(target, &writes, found);
            match (target, row) {
                (Target::Known(id) | Target::Company(id), None) => {
                    stored.insert(target.clone(), Ok(id.clone()));
                }
                (Target::Known(id), Some(row)) => known.push((target, input(id, row))),
                (Target::New("lead.portal_key", key), Some(row)) => {
                    by_key.push((target, input(key, row)));
                }
                (Target::New(_, key), Some(row)) => by_membership.push((target, input(key, row))),
                (Target::Company(_), Some(_)) | (Target::New(..), None) => {}
            }
        }
        let unique = |path| self.names.of(path).map_or(By::Id, By::Unique);
        for (by, part) in [
            (By::Id, known),
            (unique("contact.membership_id"), by_membership),
            (unique("lead.portal_key"), by_key),
        ] {
            let (targets, inputs): (Vec<&Target>, Vec<Input>) = part.into_iter().unzip();
            let outcomes = self.write(CONTACTS, by, &inputs).await?;
            let outcomes = targets.into_iter().cloned().zip(outcomes);
            stored.extend(outcomes);
        }
        Ok(stored)
    }

    /// What a contact is to become; `None` when it is that already.
    fn row(&self, target: &Target, writes: &[&Write], found: &Found) -> Option<Properties> {
        let before = match target {
            Target::Known(id) => found.contacts.get(id),
            Target::New(..) => None,
            Target::Company(_) => return None,
        };
        let known = before.map_or("", |contact| contact.raw(Some(CHANGES)));
        let mut keys: Vec<&str> = known.split_whitespace().collect();
        let mut row = Properties::new();
        let mut last = None;
        for write in writes {
            if !keys.contains(&write.key.as_str()) {
                self.merge(write, before, &mut row);
                keys.push(&write.key);
                last = Some(write);
            }
        }
        if let Some(before) = before {
            row.retain(|name, value| before.raw(Some(name)) != *value);
        }
        let last = last.filter(|_| !row.is_empty())?;
        let newest = keys.len().saturating_sub(REMEMBERED);
        let keys = keys.get(newest..).unwrap_or_default().join(" ");
        row.insert(CHANGES.to_owned(), keys);
        row.insert(AUTHOR.to_owned(), by_whom(&last.author));
        Some(row)
    }

    /// Puts contacts that have no company to theirs; also those of a call whose answer got lost.
    async fn put_to_companies(
        &self,
        writes: &[Write],
        outcomes: &[Stored],
        found: &Found,
    ) -> Result<(), CrmError> {
        let mut links: BTreeMap<String, String> = BTreeMap::new();
        for (write, outcome) in writes.iter().zip(outcomes) {
            let (Some(part), Ok(id)) = (&write.contact, outcome) else {
                continue;
            };
            let before = found.contacts.get(id);
            let is_alone = before.is_none_or(|contact| contact.raw(Some(COMPANY)).is_empty());
            if is_alone && found.companies.contains(&part.account_id) {
                links.insert(id.clone(), part.account_id.clone());
            }
        }
        let links: Vec<Link> = links.into_iter().collect();
        self.associate((CONTACTS, COMPANIES), PRIMARY, &links).await
    }

    /// Adds what happened to the records' histories; a verdict where it was not taken.
    async fn store_notes(
        &self,
        writes: &[Write],
        targets: &[Result<Target, Verdict>],
        outcomes: &[Stored],
    ) -> Result<Vec<Option<Verdict>>, CrmError> {
        let (mut places, mut inputs) = (Vec::new(), Vec::new());
        for (place, write) in writes.iter().enumerate() {
            if let (Some(activity), Some(Ok(id))) = (&write.activity, outcomes.get(place)) {
                places.push((place, id));
                inputs.push(input(&write.key, note(write, &activity.text)));
            }
        }
        let stored = self.write(NOTES, By::Unique(NOTE_KEY), &inputs).await?;
        let mut verdicts: Vec<Option<Verdict>> = writes.iter().map(|_| None).collect();
        let (mut of_contacts, mut of_companies) = (Vec::new(), Vec::new());
        for ((place, id), outcome) in places.into_iter().zip(stored) {
            match outcome {
                Ok(note) => match targets.get(place) {
                    Some(Ok(target)) if target.object() == COMPANIES => {
                        of_companies.push((note, id.clone()));
                    }
                    _ => of_contacts.push((note, id.clone())),
                },
                Err(verdict) => {
                    if let Some(slot) = verdicts.get_mut(place) {
                        *slot = Some(verdict);
                    }
                }
            }
        }
        self.associate((NOTES, CONTACTS), NOTE_TO_CONTACT, &of_contacts)
            .await?;
        self.associate((NOTES, COMPANIES), NOTE_TO_COMPANY, &of_companies)
            .await?;
        Ok(verdicts)
    }

    /// Links records; a link that is there stays as it is.
    pub(super) async fn associate(
        &self,
        (from, to): (&str, &str),
        kind: u32,
        links: &[Link],
    ) -> Result<(), CrmError> {
        if links.is_empty() {
            return Ok(());
        }
        let inputs = links.iter().map(|(from, to)| {
            json!({
                "from": {"id": from},
                "to": {"id": to},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}],
            })
        });
        let body = json!({ "inputs": inputs.collect::<Vec<_>>() });
        let path = [from, to, "batch", "create"];
        let answer: Value = self.calls.post("associations", &path, &body).await?;
        let has_errors = answer.get("numErrors").and_then(Value::as_u64) > Some(0);
        if has_errors {
            // Sent again as a whole, which changes nothing for those that are linked.
            return Err(CrmError::Protocol(format!(
                "some {from} could not be linked to {to}"
            )));
        }
        Ok(())
    }
}

fn input(id: &str, properties: Properties) -> Input {
    Input {
        id: id.to_owned(),
        properties,
    }
}

/// A note. One app writes all of them, so the words say who did it.
fn note(write: &Write, text: &str) -> Properties {
    let body = format!(
        "<p>{}</p><p>{} ({})</p>",
        escaped(text),
        escaped(&by_whom(&write.author)),
        escaped(&write.key),
    );
    Properties::from([
        ("hs_timestamp".to_owned(), write.at.to_string()),
        ("hs_note_body".to_owned(), body),
        (NOTE_KEY.to_owned(), write.key.clone()),
    ])
}

fn escaped(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        other => other.to_string(),
    });
    letters.collect()
}

/// The author in words.
fn by_whom(author: &Author) -> String {
    let name = if author.name.is_empty() {
        &author.reference
    } else {
        &author.name
    };
    if author.email.is_empty() {
        format!("{name} ({})", author.kind)
    } else {
        format!("{name} <{}> ({})", author.email, author.kind)
    }
}

fn lost() -> Verdict {
    Verdict::Retry {
        reason: "the record was not stored".to_owned(),
        after: None,
    }
}
