//! Applying writes: read what they speak of, store the records, then what happened to them.
//!
//! Odoo stores each call by itself, so an answer can get lost between the record and its note. Both
//! are safe to repeat: the record holds the keys of its last changes, and a note's external id is its
//! change's key.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    Odoo,
    calls::Search,
    fields::{AUTHOR, CHANGES, LEAD, PARTNER},
    find::people,
    load::{Columns, Stored},
    partners::any,
    plan::{Found, Planner, Subject, Target, Wanted},
    values,
};
use crate::crm::port::{Author, CrmError, Verdict, Write};

/// Records that could be meant by one batch, at most.
const MOST: usize = 5_000;
/// Keys of changes that a record remembers: more than a batch holds of one record.
const REMEMBERED: usize = 20;

/// The writes about one record, in order.
struct Group<'a> {
    model: &'static str,
    target: Target,
    writes: Vec<&'a Write>,
}

impl Odoo {
    pub(super) async fn apply_all(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.found(&Wanted::of(writes)).await?;
        let mut planner = Planner::new(self, &found);
        let subjects: Vec<Result<Subject, Verdict>> =
            writes.iter().map(|write| planner.subject(write)).collect();
        let groups = groups(writes, &subjects);
        let stored = self.store_groups(&groups, &found).await?;
        let outcomes: Vec<Stored> = subjects
            .iter()
            .map(|subject| match subject {
                Ok(subject) => {
                    let place = (subject.model, subject.target.clone());
                    stored.get(&place).cloned().unwrap_or_else(|| Err(lost()))
                }
                Err(verdict) => Err(verdict.clone()),
            })
            .collect();
        let notes = self.store_notes(writes, &subjects, &outcomes).await?;
        let verdicts = outcomes.into_iter().zip(notes).zip(&subjects);
        Ok(verdicts
            .map(|((outcome, note), subject)| match (outcome, note) {
                (Err(verdict), _) | (Ok(_), Some(verdict)) => verdict,
                (Ok(id), None) => Verdict::Done {
                    remote_id: subject
                        .as_ref()
                        .is_ok_and(|subject| subject.is_linked)
                        .then(|| id.to_string()),
                },
            })
            .collect())
    }

    /// One call for people and one for leads.
    async fn found(&self, wanted: &Wanted<'_>) -> Result<Found, CrmError> {
        let mut found = Found::default();
        let ids: Vec<i64> = wanted.partners.iter().copied().collect();
        if !ids.is_empty() || !wanted.memberships.is_empty() {
            let field = self.names.of("contact.membership_id").unwrap_or("id");
            let companies: Vec<i64> = wanted.companies.iter().copied().collect();
            let addresses: Vec<String> = wanted.addresses[0].iter().cloned().collect();
            let fields = self.names.partner();
            let search = Search {
                domain: people(&ids, (field, &wanted.memberships), (&companies, &addresses)),
                fields: &fields,
                limit: MOST,
                order: "id",
            };
            found.partners = self.calls.search_read(PARTNER, search).await?;
        }
        if !wanted.leads.is_empty() || !wanted.lead_keys.is_empty() {
            let field = self.names.of("lead.portal_key").unwrap_or("id");
            let fields = self.names.lead();
            let search = Search {
                domain: any(vec![
                    vec![json!(["id", "in", wanted.leads])],
                    vec![json!([field, "in", wanted.lead_keys])],
                    vec![json!(["email_normalized", "in", wanted.addresses[1]])],
                ]),
                fields: &fields,
                limit: MOST,
                order: "id",
            };
            found.leads = self.calls.search_read(LEAD, search).await?;
        }
        Ok(found)
    }

    async fn store_groups(
        &self,
        groups: &[Group<'_>],
        found: &Found,
    ) -> Result<BTreeMap<(&'static str, Target), Stored>, CrmError> {
        let mut stored = BTreeMap::new();
        for model in [PARTNER, LEAD] {
            let (mut targets, mut rows) = (Vec::new(), Vec::new());
            for group in groups.iter().filter(|group| group.model == model) {
                match (self.row(group, found), &group.target) {
                    (Some(row), target) => {
                        targets.push(target.clone());
                        rows.push(row);
                    }
                    (None, Target::Known(id)) => {
                        stored.insert((model, group.target.clone()), Ok(*id));
                    }
                    (None, Target::New(_)) => {}
                }
            }
            let outcomes = self.store(model, rows).await?;
            let outcomes = targets.into_iter().zip(outcomes);
            stored.extend(outcomes.map(|(target, outcome)| ((model, target), outcome)));
        }
        Ok(stored)
    }

    /// What a record is to become; `None` when it is that already.
    fn row(&self, group: &Group<'_>, found: &Found) -> Option<Columns> {
        let before = match group.target {
            Target::Known(id) => found.row(group.model, id),
            Target::New(_) => None,
        };
        let known = before.and_then(|row| row.get(CHANGES)?.as_str());
        let mut keys: Vec<&str> = known.unwrap_or_default().split_whitespace().collect();
        let mut row = Columns::new();
        let mut last = None;
        for write in &group.writes {
            if keys.contains(&write.key.as_str()) {
                continue;
            }
            self.merge(write, before, &mut row);
            keys.push(&write.key);
            last = Some(write);
        }
        if let Some(before) = before {
            row.retain(|field, value| values::text(before, Some(field)) != *value);
        }
        if row.is_empty() {
            return None;
        }
        let newest = keys.len().saturating_sub(REMEMBERED);
        let keys = keys.get(newest..).unwrap_or_default().join(" ");
        row.insert(CHANGES.to_owned(), keys);
        row.insert(
            AUTHOR.to_owned(),
            last.map_or_else(String::new, |it| by(&it.author)),
        );
        match &group.target {
            Target::Known(id) => row.insert(".id".to_owned(), id.to_string()),
            Target::New(external) => row.insert("id".to_owned(), external.clone()),
        };
        Some(row)
    }

    /// Adds what happened to the records' histories; a verdict where it was not taken.
    async fn store_notes(
        &self,
        writes: &[Write],
        subjects: &[Result<Subject, Verdict>],
        outcomes: &[Stored],
    ) -> Result<Vec<Option<Verdict>>, CrmError> {
        let (mut places, mut rows) = (Vec::new(), Vec::new());
        for (place, write) in writes.iter().enumerate() {
            let subject = subjects.get(place).and_then(|it| it.as_ref().ok());
            let outcome = outcomes.get(place).and_then(|it| it.as_ref().ok());
            if let (Some(_), Some(subject), Some(id)) = (&write.activity, subject, outcome) {
                places.push(place);
                rows.push(note(write, subject.model, *id));
            }
        }
        let mut notes: Vec<Option<Verdict>> = writes.iter().map(|_| None).collect();
        let stored = self.store("mail.message", rows).await?;
        for (place, outcome) in places.into_iter().zip(stored) {
            if let Some(slot) = notes.get_mut(place) {
                *slot = outcome.err();
            }
        }
        Ok(notes)
    }
}

fn groups<'a>(writes: &'a [Write], subjects: &[Result<Subject, Verdict>]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: BTreeMap<(&str, &Target), usize> = BTreeMap::new();
    for (write, subject) in writes.iter().zip(subjects) {
        let Ok(subject) = subject else { continue };
        let place = *places
            .entry((subject.model, &subject.target))
            .or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.writes.push(write),
            None => groups.push(Group {
                model: subject.model,
                target: subject.target.clone(),
                writes: vec![write],
            }),
        }
    }
    groups
}

/// A note in the record's history. One API user writes all of them, so the words say who did it.
fn note(write: &Write, model: &str, id: i64) -> Columns {
    let text = write
        .activity
        .as_ref()
        .map_or("", |activity| activity.text.as_str());
    let body = format!(
        "<p>{}</p><p>{} ({})</p>",
        values::escaped(text),
        values::escaped(&by(&write.author)),
        values::escaped(&write.key),
    );
    let column = |name: &str, value: String| (name.to_owned(), value);
    Columns::from([
        column("id", values::external_id(&write.key)),
        column("model", model.to_owned()),
        column("res_id", id.to_string()),
        column("body", body),
        column("date", values::time(write.at.as_seconds())),
        column("message_type", "comment".to_owned()),
        column("subtype_id/id", "mail.mt_note".to_owned()),
    ])
}

/// The author in words.
fn by(author: &Author) -> String {
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
