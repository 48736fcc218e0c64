//! What a batch changes: per record the columns as its last write leaves them, with a note for each
//! activity, all or none.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::{
    Dynamics365,
    api::Row,
    names::{AUTHOR, CHANGES, Kind},
    odata, records,
};
use crate::{
    crm::{
        matching::{self, Candidate, Human, Matcher, Spelling, Target},
        port::{ActivityWrite, ContactWrite, LeadWrite, Verdict, Write},
    },
    kernel::{Instant, text::one_line},
};

/// Letters of a text column, unless it is shorter.
const LONGEST_TEXT: usize = 255;
/// Letters of a name, a phone number, an address.
const LONGEST_NAME: usize = 50;
const LONGEST_EMAIL: usize = 100;
/// Letters of the column with the changes.
const LONGEST_CHANGES: usize = 500;

/// What was read for a batch.
pub(super) struct Batch {
    matcher: Matcher,
    rows: HashMap<(Human, String), Row>,
}

impl Batch {
    pub(super) fn row(&self, target: &Target) -> Option<&Row> {
        let key = odata::id_key(target.id()?);
        self.rows.get(&(target.human(), key))
    }
}

/// What happens together.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Columns of the record; `None` when it stays as it is.
    pub(super) columns: Option<Row>,
    /// Notes by their ids.
    pub(super) notes: BTreeMap<String, Row>,
    /// The address of the staff member who did it, when only one did.
    pub(super) staff: Option<String>,
    keys: Vec<String>,
    author: String,
}

/// What becomes of one write.
#[derive(Debug)]
pub(super) enum Fate {
    /// Known already: nothing is sent for it.
    Settled(Verdict),
    /// It stands and falls with the change of this record.
    With(Target),
    /// It is only a note on an account: the change by its place.
    Note(usize),
}

/// A batch, ready to be sent.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) records: BTreeMap<Target, Change>,
    /// Notes on accounts.
    pub(super) notes: Vec<Change>,
    pub(super) fates: Vec<Fate>,
}

impl Dynamics365 {
    /// Everything a batch could mean.
    pub(super) fn read_batch(&self, rows: Vec<(Human, Row)>) -> Batch {
        let spelling = Spelling {
            is_id: odata::is_id,
            key: odata::id_key,
        };
        let candidates = rows.iter().map(|(human, row)| self.candidate(*human, row));
        let matcher = Matcher::new(spelling, candidates);
        let id = |human: Human, row: &Row| {
            odata::id_key(&records::text(row, &self.names.id(human.into())))
        };
        let keyed = rows
            .into_iter()
            .map(|(human, row)| ((human, id(human, &row)), row));
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
            id: records::text(row, &self.names.id(human.into())),
            our_id: records::text(row, self.names.our_id(human)),
            account_id: account.unwrap_or_default(),
            email: email.unwrap_or_default(),
            is_open: is_open(row),
        }
    }

    /// Plans a batch on what was read.
    pub(super) fn plan(&self, writes: &[Write], batch: &mut Batch) -> Plan {
        let mut plan = Plan::default();
        for write in writes {
            let fate = match target_of(write, &mut batch.matcher) {
                Ok(Some(target)) if !is_sendable(&target) => Fate::Settled(Verdict::Rejected {
                    cause: "invalid_field".to_owned(),
                    reason: "our id holds letters that no alternate key takes".to_owned(),
                }),
                Ok(Some(target)) => {
                    let row = batch.row(&target);
                    self.change(write, &target, row, &mut plan);
                    Fate::With(target)
                }
                Ok(None) => {
                    let mut change = Change::default();
                    self.note(write, None, &mut change);
                    plan.notes.push(change);
                    Fate::Note(plan.notes.len() - 1)
                }
                Err(verdict) => Fate::Settled(verdict),
            };
            plan.fates.push(fate);
        }
        for (target, change) in &mut plan.records {
            finish(batch.row(target), change);
        }
        plan
    }

    fn change(&self, write: &Write, target: &Target, row: Option<&Row>, plan: &mut Plan) {
        let is_applied = |row: &Row| matching::is_stamped(&records::text(row, CHANGES), &write.key);
        if row.is_some_and(is_applied) {
            return;
        }
        let change = plan.records.entry(target.clone()).or_default();
        if change.keys.contains(&write.key) {
            return;
        }
        self.note(write, Some(target), change);
        let state = write
            .activity
            .as_ref()
            .map(|it| it.invitation_state.as_str());
        let state = state.unwrap_or_default();
        let is_about_record = write.contact.is_some() || write.lead.is_some() || !state.is_empty();
        // A lead that was qualified or given up is closed: it only gets the note.
        let is_closed = target.human() == Human::Lead && row.is_some_and(|row| !is_open(row));
        if !is_about_record || is_closed {
            return;
        }
        change.keys.push(write.key.clone());
        change.author = author(write);
        let staff = (write.author.kind == "staff").then(|| write.author.email.clone());
        let is_first = change.keys.len() == 1;
        change.staff = staff.filter(|it| is_first || change.staff.as_ref() == Some(it));
        let columns = change.columns.get_or_insert_default();
        if let Some(part) = &write.contact {
            self.contact_columns(part, target, columns);
        }
        if let Some(part) = &write.lead {
            self.lead_columns(part, row, columns);
        }
        self.put(columns, "activity.invitation_state", state, LONGEST_TEXT);
    }

    /// Sets a text column that the environment has; an empty text leaves what is there.
    fn put(&self, columns: &mut Row, path: &str, value: &str, longest: usize) {
        if let (Some(name), false) = (self.names.of(path), value.is_empty()) {
            columns.insert(name.to_owned(), one_line(value, longest).into());
        }
    }

    fn contact_columns(&self, part: &ContactWrite, target: &Target, columns: &mut Row) {
        let sign_in = Instant::parse_rfc3339(&part.last_sign_in);
        let sign_in = sign_in.map(|at| format!("{:.0}", at.to_jiff()));
        for (path, value, longest) in [
            ("contact.person_id", part.person_id.as_str(), LONGEST_TEXT),
            ("contact.email", &part.email, LONGEST_EMAIL),
            ("contact.given_name", &part.given_name, LONGEST_NAME),
            ("contact.family_name", &part.family_name, LONGEST_NAME),
            ("contact.phone", &part.phone, LONGEST_NAME),
            ("contact.portal_status", &part.portal_status, LONGEST_TEXT),
            (
                "contact.portal_roles",
                &part.portal_roles.join(";"),
                LONGEST_TEXT,
            ),
            (
                "contact.last_sign_in",
                &sign_in.unwrap_or_default(),
                LONGEST_TEXT,
            ),
        ] {
            self.put(columns, path, value, longest);
        }
        match target {
            Target::Known { .. } => {
                self.put(
                    columns,
                    "contact.membership_id",
                    &part.membership_id,
                    LONGEST_TEXT,
                );
            }
            // The account of a contact that is there is the CRM's to say.
            Target::New { .. } => {
                let account = format!("/accounts({})", odata::id_key(&part.account_id));
                columns.insert(
                    "parentcustomerid_account@odata.bind".to_owned(),
                    account.into(),
                );
                let last = [&part.family_name, &part.given_name, &part.email];
                required(columns, "lastname", last);
            }
        }
    }

    fn lead_columns(&self, part: &LeadWrite, row: Option<&Row>, columns: &mut Row) {
        for (path, value, longest) in [
            ("lead.company", part.company.as_str(), LONGEST_EMAIL),
            ("lead.given_name", &part.given_name, LONGEST_NAME),
            ("lead.family_name", &part.family_name, LONGEST_NAME),
            ("lead.email", &part.email, LONGEST_EMAIL),
            ("lead.phone", &part.phone, LONGEST_NAME),
            ("lead.language", &part.language, LONGEST_TEXT),
            ("lead.status", &part.status, LONGEST_TEXT),
            ("lead.consent", &part.consent, LONGEST_TEXT),
        ] {
            self.put(columns, path, value, longest);
        }
        if let (Some(name), true) = (self.names.of("lead.score_points"), part.score_points != 0) {
            let now = columns.get(name).or_else(|| row?.get(name));
            let now = now.and_then(Value::as_i64).unwrap_or_default();
            let score = now.saturating_add(part.score_points);
            columns.insert(name.to_owned(), score.into());
        }
        if row.is_some() {
            self.put(columns, "lead.portal_key", &part.portal_key, LONGEST_TEXT);
        } else {
            let last = [&part.family_name, &part.given_name, &part.email];
            required(columns, "lastname", last);
            let topic = [&part.company, &part.email, &part.portal_key];
            required(columns, "subject", topic);
        }
    }

    fn note(&self, write: &Write, target: Option<&Target>, change: &mut Change) {
        let Some(activity) = &write.activity else {
            return;
        };
        // The contact has a column for the last sign-in; a note for each would bury the others.
        let has_column = write.contact.is_some() && self.names.of("contact.last_sign_in").is_some();
        if activity.kind == "signed_in" && has_column {
            return;
        }
        let mut note = Row::new();
        note.insert(
            "subject".to_owned(),
            one_line(&activity.text, LONGEST_TEXT).into(),
        );
        let text = format!(
            "{}\nBy: {}\nAt: {}\nChange: {}",
            activity.text,
            author(write),
            write.at,
            write.key
        );
        note.insert("notetext".to_owned(), text.into());
        let (column, record) = match target {
            Some(target) => {
                let word = Kind::from(target.human()).word();
                (format!("objectid_{word}@odata.bind"), self.address(target))
            }
            None => {
                let account = activity.account_id.as_deref().unwrap_or_default();
                let record = format!("/accounts({})", odata::id_key(account));
                ("objectid_account@odata.bind".to_owned(), record)
            }
        };
        note.insert(column, json!(record));
        change.notes.insert(odata::note_id(&write.key), note);
    }

    /// Where a record is: by its id, or by our id when it is made only now.
    pub(super) fn address(&self, target: &Target) -> String {
        let table = self.names.table(target.human().into());
        match target {
            Target::Known { id, .. } => format!("/{table}({})", odata::id_key(id)),
            Target::New { human, key } => odata::by_key(table, self.names.our_id(*human), key),
        }
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
    let activity: Option<&ActivityWrite> = write.activity.as_ref();
    let Some(activity) = activity else {
        return Ok(None);
    };
    match (
        &activity.contact_id,
        &activity.lead_id,
        &activity.account_id,
    ) {
        (Some(id), _, _) => matcher.known(Human::Contact, id).map(Some),
        (None, Some(id), _) => matcher.known(Human::Lead, id).map(Some),
        (None, None, Some(id)) if odata::is_id(id) => Ok(None),
        _ => Err(Verdict::Rejected {
            cause: "not_found".to_owned(),
            reason: "the activity belongs to no record".to_owned(),
        }),
    }
}

fn is_sendable(target: &Target) -> bool {
    match target {
        Target::Known { .. } => true,
        Target::New { key, .. } => odata::is_key(key),
    }
}

fn is_open(row: &Row) -> bool {
    matches!(records::text(row, "statecode").as_str(), "" | "0")
}

/// A column without which nobody finds the record: the first of these that says something.
fn required(columns: &mut Row, name: &str, values: [&String; 3]) {
    let value = values.into_iter().find(|value| !value.is_empty());
    let value = value.map_or("-", String::as_str);
    columns
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
fn finish(row: Option<&Row>, change: &mut Change) {
    let Some(columns) = &mut change.columns else {
        return;
    };
    if let Some(row) = row {
        columns.retain(|name, value| !is_same(row.get(name.as_str()), value));
    }
    let before = row
        .map(|row| records::text(row, CHANGES))
        .unwrap_or_default();
    let keys = matching::stamp(&before, &change.keys, LONGEST_CHANGES);
    columns.insert(CHANGES.to_owned(), keys.into());
    columns.insert(AUTHOR.to_owned(), change.author.as_str().into());
}

fn is_same(before: Option<&Value>, after: &Value) -> bool {
    match (before, after) {
        (Some(Value::String(before)), Value::String(after)) => {
            let time = |text: &str| Instant::parse_rfc3339(text).ok();
            before == after || time(before).is_some_and(|at| Some(at) == time(after))
        }
        (before, after) => before == Some(after),
    }
}
