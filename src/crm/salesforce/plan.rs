//! What a batch changes: per record the fields as its last write leaves them, and one finished task
//! for each activity.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::{
    Salesforce,
    api::Row,
    names::{AUTHOR, CHANGE, Kind},
    records, soql,
};
use crate::{
    crm::{
        matching::{self, Candidate, Human, Matcher, Spelling, Target},
        port::{ActivityWrite, ContactWrite, LeadWrite, Verdict, Write},
    },
    kernel::{Instant, text::one_line},
};

/// Letters of a text field, and of a task's subject.
const LONGEST_TEXT: usize = 255;
/// Letters of a name.
const LONGEST_NAME: usize = 80;

/// The changes of one record.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) fields: Row,
    /// The changes that are applied with this, oldest first.
    keys: Vec<String>,
    author: String,
    /// The account, by which children are put in order.
    pub(super) account: String,
    /// A person said that a new record is meant, so a duplicate rule may only warn.
    pub(super) is_forced: bool,
}

/// A task to add.
#[derive(Debug)]
pub(super) struct Task {
    /// The write it belongs to.
    pub(super) write: usize,
    pub(super) record: Row,
    /// The record it is about, when that is made only now.
    pub(super) about: Option<Target>,
}

/// What becomes of one write.
#[derive(Debug)]
pub(super) enum Fate {
    /// Known already: nothing is sent for it.
    Settled(Verdict),
    /// It stands and falls with this record, if there is one, and its task.
    With(Option<Target>),
}

/// A batch, ready to be sent.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) records: BTreeMap<Target, Pending>,
    pub(super) tasks: Vec<Task>,
    pub(super) fates: Vec<Fate>,
}

/// What was read for a batch.
pub(super) struct Batch {
    matcher: Matcher,
    rows: HashMap<(Human, String), Row>,
}

impl Batch {
    fn row(&self, target: &Target) -> Option<&Row> {
        let key = soql::id_key(target.id()?).to_owned();
        self.rows.get(&(target.human(), key))
    }
}

impl Salesforce {
    /// Everything a batch could mean.
    pub(super) fn batch(&self, rows: Vec<Row>) -> Batch {
        let spelling = Spelling {
            is_id: soql::is_id,
            key: |id| soql::id_key(id).to_owned(),
        };
        let human = |row: &Row| match records::text(row, "attributes.type").as_str() {
            "Lead" => Human::Lead,
            _ => Human::Contact,
        };
        let candidates = rows.iter().map(|row| self.candidate(human(row), row));
        let matcher = Matcher::new(spelling, candidates);
        let keyed = rows.into_iter().map(|row| {
            let key = soql::id_key(&records::id(&row)).to_owned();
            ((human(&row), key), row)
        });
        Batch {
            rows: keyed.collect(),
            matcher,
        }
    }

    fn candidate(&self, human: Human, row: &Row) -> Candidate {
        let named = |path: &str| self.names.of(path).map(|name| records::text(row, name));
        let (email, account) = match human {
            Human::Contact => (named("contact.email"), named("contact.account_id")),
            Human::Lead => (named("lead.email"), None),
        };
        Candidate {
            human,
            id: records::id(row),
            our_id: records::text(row, self.names.our_id(human.into())),
            account_id: account.unwrap_or_default(),
            email: email.unwrap_or_default(),
            is_open: !is_converted(row),
        }
    }

    /// Plans a batch on what was read.
    pub(super) fn plan(&self, writes: &[Write], batch: &mut Batch) -> Plan {
        let mut plan = Plan::default();
        for (place, write) in writes.iter().enumerate() {
            let fate = match self.plan_one(place, write, batch, &mut plan) {
                Ok(target) => Fate::With(target),
                Err(verdict) => Fate::Settled(verdict),
            };
            plan.fates.push(fate);
        }
        for (target, pending) in &mut plan.records {
            finish(target, pending, batch);
        }
        plan
    }

    fn plan_one(
        &self,
        place: usize,
        write: &Write,
        batch: &mut Batch,
        plan: &mut Plan,
    ) -> Result<Option<Target>, Verdict> {
        let target = target_of(write, &mut batch.matcher)?;
        let mut about = target.clone();
        if let Some(target) = &target {
            let row = batch.row(target);
            match row.filter(|row| is_converted(row)) {
                // It can no longer be written; what happened belongs to the contact it became.
                Some(row) => about = converted_contact(row),
                None => self.change(write, target, row, plan),
            }
        }
        if let Some(activity) = &write.activity {
            self.task(place, write, activity, about, plan);
        }
        Ok(target)
    }

    fn change(&self, write: &Write, target: &Target, row: Option<&Row>, plan: &mut Plan) {
        let state = write
            .activity
            .as_ref()
            .map(|it| it.invitation_state.as_str());
        let state = state.filter(|it| !it.is_empty());
        if write.contact.is_none() && write.lead.is_none() && state.is_none() {
            return;
        }
        if row.is_some_and(|row| matching::is_stamped(&records::text(row, CHANGE), &write.key)) {
            return;
        }
        let pending = plan.records.entry(target.clone()).or_default();
        if pending.keys.contains(&write.key) {
            return;
        }
        pending.keys.push(write.key.clone());
        pending.author = author(write);
        if let Some(part) = &write.contact {
            self.contact_fields(part, target, pending);
        }
        if let Some(part) = &write.lead {
            self.lead_fields(part, row, pending);
        }
        self.put(
            pending,
            "activity.invitation_state",
            state.unwrap_or_default(),
        );
    }

    /// Sets a text field that the org has; an empty text leaves what is there.
    fn put(&self, pending: &mut Pending, path: &str, value: &str) {
        if let (Some(name), false) = (self.names.of(path), value.is_empty()) {
            let value = one_line(value, LONGEST_TEXT);
            pending.fields.insert(name.to_owned(), value.into());
        }
    }

    fn contact_fields(&self, part: &ContactWrite, target: &Target, pending: &mut Pending) {
        pending.account.clone_from(&part.account_id);
        pending.is_forced |= part.create_new;
        let sign_in = Instant::parse_rfc3339(&part.last_sign_in).map(soql::time);
        for (path, value) in [
            ("contact.membership_id", part.membership_id.as_str()),
            ("contact.person_id", &part.person_id),
            ("contact.email", &part.email),
            ("contact.given_name", &short(&part.given_name)),
            ("contact.family_name", &short(&part.family_name)),
            ("contact.phone", &part.phone),
            ("contact.portal_status", &part.portal_status),
            ("contact.portal_roles", &part.portal_roles.join(";")),
            ("contact.last_sign_in", &sign_in.unwrap_or_default()),
        ] {
            self.put(pending, path, value);
        }
        // The account of a contact that is there is the CRM's to say.
        if target.id().is_none() {
            self.put(pending, "contact.account_id", &part.account_id);
            let last = [&part.family_name, &part.given_name, &part.email];
            required(pending, "LastName", last);
        }
    }

    fn lead_fields(&self, part: &LeadWrite, row: Option<&Row>, pending: &mut Pending) {
        pending.is_forced |= part.create_new;
        for (path, value) in [
            ("lead.portal_key", part.portal_key.as_str()),
            ("lead.company", &part.company),
            ("lead.given_name", &short(&part.given_name)),
            ("lead.family_name", &short(&part.family_name)),
            ("lead.email", &part.email),
            ("lead.phone", &part.phone),
            ("lead.language", &part.language),
            ("lead.status", &part.status),
            ("lead.consent", &part.consent),
        ] {
            self.put(pending, path, value);
        }
        if let (Some(name), true) = (self.names.of("lead.score_points"), part.score_points != 0) {
            let now = pending.fields.get(name).or_else(|| row?.get(name));
            let now = now.and_then(Value::as_f64).unwrap_or_default();
            #[expect(clippy::cast_precision_loss, reason = "scores are small")]
            let score = now + part.score_points as f64;
            pending.fields.insert(name.to_owned(), score.into());
        }
        if row.is_none() {
            required(
                pending,
                "LastName",
                [&part.family_name, &part.given_name, &part.email],
            );
            required(
                pending,
                "Company",
                [&part.company, &part.email, &part.portal_key],
            );
        }
    }

    fn task(
        &self,
        place: usize,
        write: &Write,
        activity: &ActivityWrite,
        about: Option<Target>,
        plan: &mut Plan,
    ) {
        // The contact has a field for the last sign-in; a task for each would bury the others.
        let has_field = write.contact.is_some() && self.names.of("contact.last_sign_in").is_some();
        let is_told = activity.kind == "signed_in" && has_field;
        let is_there =
            |it: &Task| it.record.get(CHANGE).and_then(Value::as_str) == Some(write.key.as_str());
        if is_told || plan.tasks.iter().any(is_there) {
            return;
        }
        let day = write
            .at
            .to_jiff()
            .to_zoned(self.zone.clone())
            .date()
            .to_string();
        let mut record = Row::new();
        let mut put = |name: Option<&str>, value: Value| {
            if let Some(name) = name {
                record.insert(name.to_owned(), value);
            }
        };
        put(Some("attributes"), json!({"type": "Task"}));
        put(Some(CHANGE), write.key.as_str().into());
        put(Some("Status"), self.settings.task_status.as_str().into());
        put(Some("ActivityDate"), day.into());
        let text = one_line(&activity.text, LONGEST_TEXT);
        put(self.names.of_task("activity.text", "Subject"), text.into());
        put(
            self.names.of_task("activity.kind", ""),
            activity.kind.as_str().into(),
        );
        let description = format!(
            "{}\nBy: {}\nAt: {}\nChange: {}",
            activity.text,
            author(write),
            write.at,
            write.key
        );
        put(Some("Description"), description.into());
        match &about {
            Some(Target::Known { id, .. }) => put(Some("WhoId"), id.as_str().into()),
            Some(Target::New { human, key }) => {
                let kind = Kind::from(*human);
                let (object, ours) = (self.names.object(kind), self.names.our_id(kind));
                put(
                    Some("Who"),
                    json!({"attributes": {"type": object}, ours: key}),
                );
            }
            None => put(Some("WhatId"), activity.account_id.as_deref().into()),
        }
        plan.tasks.push(Task {
            write: place,
            record,
            about,
        });
    }
}

/// The record of a write; `None` when it is only an account's activity.
fn target_of(write: &Write, matcher: &mut Matcher) -> Result<Option<Target>, Verdict> {
    if let Some(part) = &write.contact {
        return matcher.contact(part).map(Some);
    }
    if let Some(part) = &write.lead {
        return matcher.lead(part).map(Some);
    }
    let Some(activity) = &write.activity else {
        return Ok(None);
    };
    match (
        &activity.contact_id,
        &activity.lead_id,
        &activity.account_id,
    ) {
        (Some(id), _, _) => matcher.known(Human::Contact, id).map(Some),
        (None, Some(id), _) => matcher.known(Human::Lead, id).map(Some),
        (None, None, Some(id)) if soql::is_id(id) => Ok(None),
        _ => Err(Verdict::Rejected {
            cause: "not_found".to_owned(),
            reason: "the activity belongs to no record".to_owned(),
        }),
    }
}

fn converted_contact(row: &Row) -> Option<Target> {
    let id = records::text(row, "ConvertedContactId");
    let human = Human::Contact;
    (!id.is_empty()).then_some(Target::Known { human, id })
}

/// Whether a lead has become a contact; it can no longer be written then.
fn is_converted(row: &Row) -> bool {
    records::text(row, "IsConverted") == "true"
}

fn short(text: &str) -> String {
    one_line(text, LONGEST_NAME)
}

/// A field without which no record can be made: the first of these that says something.
fn required(pending: &mut Pending, name: &str, values: [&String; 3]) {
    let value = values.into_iter().find(|value| !value.is_empty());
    let value = value.map_or("-", String::as_str);
    pending
        .fields
        .entry(name)
        .or_insert_with(|| one_line(value, LONGEST_NAME).into());
}

/// `Ada Holm <ada@acme.example> (person)`.
fn author(write: &Write) -> String {
    let author = &write.author;
    let mut text = author.name.clone();
    if !author.email.is_empty() {
        text = format!("{text} <{}>", author.email);
    }
    one_line(&format!("{} ({})", text.trim(), author.kind), LONGEST_TEXT)
}

/// Leaves out what is there already, and stamps author and changes.
fn finish(target: &Target, pending: &mut Pending, batch: &Batch) {
    let row = batch.row(target);
    if let Some(row) = row {
        pending
            .fields
            .retain(|name, value| !is_same(row.get(name.as_str()), value));
    }
    let before = row.map(|row| records::text(row, CHANGE));
    let keys = matching::stamp(&before.unwrap_or_default(), &pending.keys, LONGEST_TEXT);
    pending.fields.insert(CHANGE.to_owned(), keys.into());
    pending
        .fields
        .insert(AUTHOR.to_owned(), pending.author.as_str().into());
}

fn is_same(before: Option<&Value>, after: &Value) -> bool {
    match (before, after) {
        (Some(Value::String(before)), Value::String(after)) => {
            let times = (soql::read_time(before), soql::read_time(after));
            before == after || matches!(times, (Some(a), Some(b)) if a == b)
        }
        (Some(before), after) => before.as_f64().is_some() && before.as_f64() == after.as_f64(),
        (None, _) => false,
    }
}
