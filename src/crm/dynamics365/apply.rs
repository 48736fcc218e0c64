//! Writing: one batch reads what the writes are about, one writes it.
//!
//! A record and the notes about it are one change set: all or none. A record that is there is changed
//! only as it was read (`If-Match`), a new one is made only when there is none (`If-None-Match`), so
//! that neither a lost answer nor somebody else's change is written over.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Dynamics365,
    api::{Row, query},
    batch::{Item, Operation, Outcome},
    errors,
    names::Kind,
    odata,
    plan::{Batch, Change, Fate, Plan},
    records,
};
use crate::crm::{
    matching::{Human, Target},
    port::{CrmError, Verdict, Write},
};

/// Values in one condition.
const VALUES: usize = 100;
const MAY_NOT: u16 = 403;

impl Dynamics365 {
    /// Applies writes in parts of what one batch takes.
    pub(super) async fn apply_all(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        let mut verdicts = Vec::with_capacity(writes.len());
        for part in writes.chunks(super::BATCH) {
            match self.apply_part(part).await {
                Ok(more) => verdicts.extend(more),
                Err(error) if verdicts.is_empty() => return Err(error),
                // What is known stays known; the rest shares the error.
                Err(error) => {
                    verdicts.resize(writes.len(), verdict_of(error));
                    break;
                }
            }
        }
        Ok(verdicts)
    }

    async fn apply_part(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        let (humans, queries): (Vec<Human>, Vec<String>) =
            self.questions(writes).into_iter().unzip();
        let found = self.api.rows(&queries).await?;
        let tagged = humans.into_iter().zip(found);
        let rows = tagged.flat_map(|(human, rows)| rows.into_iter().map(move |row| (human, row)));
        let mut batch = self.read_batch(rows.collect());
        let plan = self.plan(writes, &mut batch);
        self.send(&plan, &batch).await
    }

    /// The queries that find every record a batch could mean.
    fn questions(&self, writes: &[Write]) -> Vec<(Human, String)> {
        let mut asked: BTreeMap<(Human, &str), BTreeSet<&str>> = BTreeMap::new();
        let mut accounts = BTreeSet::new();
        for write in writes {
            let mut ask = |human, what, value| {
                asked.entry((human, what)).or_default().insert(value);
            };
            if let Some(part) = &write.contact {
                part.id
                    .iter()
                    .for_each(|id| ask(Human::Contact, "id", id.as_str()));
                ask(Human::Contact, "key", &part.membership_id);
                if part.id.is_none() && !part.create_new {
                    ask(Human::Contact, "email", &part.email);
                    accounts.insert(part.account_id.as_str());
                }
            }
            if let Some(part) = &write.lead {
                part.id
                    .iter()
                    .for_each(|id| ask(Human::Lead, "id", id.as_str()));
                ask(Human::Lead, "key", &part.portal_key);
                if part.id.is_none() && !part.create_new {
                    ask(Human::Lead, "email", &part.email);
                }
            }
            if let Some(activity) = &write.activity {
                activity
                    .contact_id
                    .iter()
                    .for_each(|id| ask(Human::Contact, "id", id.as_str()));
                activity
                    .lead_id
                    .iter()
                    .for_each(|id| ask(Human::Lead, "id", id.as_str()));
            }
        }
        accounts.retain(|id| odata::is_id(id));
        let mut queries = Vec::new();
        for ((human, what), values) in asked {
            let fits = |value: &&str| !value.is_empty() && (what != "id" || odata::is_id(value));
            let values: Vec<&str> = values.into_iter().filter(fits).collect();
            let is_within = human == Human::Contact && what == "email";
            if is_within && accounts.is_empty() {
                continue;
            }
            for part in values.chunks(VALUES) {
                let within = is_within.then_some(&accounts);
                queries.push((human, self.question(human, what, part, within)));
            }
        }
        queries
    }

    fn question(
        &self,
        human: Human,
        what: &str,
        values: &[&str],
        accounts: Option<&BTreeSet<&str>>,
    ) -> String {
        let kind = Kind::from(human);
        let id = self.names.id(kind);
        let mut columns: Vec<&str> = self.names.written(human).into_iter().collect();
        columns.extend([id.as_str(), "statecode"]);
        let path = match human {
            Human::Contact => "contact.email",
            Human::Lead => "lead.email",
        };
        let column = match what {
            "id" => id.as_str(),
            "key" => self.names.our_id(human),
            _ => self.names.of(path).unwrap_or("emailaddress1"),
        };
        let mut filter = odata::one_of(column, values.iter().copied());
        if human == Human::Contact {
            let account = self.names.of("contact.account_id");
            let account = account.unwrap_or("_parentcustomerid_value");
            columns.push(account);
            if let Some(accounts) = accounts {
                let lookup = account.trim_start_matches('_').trim_end_matches("_value");
                let within = odata::one_of(lookup, accounts.iter().copied());
                filter = format!("{filter} and {within}");
            }
        }
        query(self.names.table(kind), &columns, &filter)
    }

    /// Sends a plan; the verdict of each write.
    async fn send(&self, plan: &Plan, batch: &Batch) -> Result<Vec<Verdict>, CrmError> {
        let staff = self.staff(plan).await?;
        let user = |change: &Change| staff.get(change.staff.as_ref()?).cloned();
        let records: Vec<(&Target, &Change)> = plan.records.iter().collect();
        let mut items = Vec::new();
        for (target, change) in &records {
            items.push(self.change_set(Some(target), change, batch, user(change)));
        }
        for change in &plan.notes {
            items.push(self.change_set(None, change, batch, None));
        }
        let mut outcomes = self.send_sets(&items).await?;
        // Somebody who may not write there in person: the portal writes, and says who it was.
        let mut again: Vec<usize> = Vec::new();
        for (place, (_, change)) in records.iter().enumerate() {
            let refused = outcomes.get(place).and_then(|all| all.first());
            if user(change).is_some() && refused.is_some_and(|it| it.status == MAY_NOT) {
                again.push(place);
            }
        }
        if !again.is_empty() {
            let plain = again.iter().filter_map(|place| records.get(*place));
            let plain: Vec<_> = plain
                .map(|(target, change)| self.change_set(Some(target), change, batch, None))
                .collect();
            for (place, outcome) in again.iter().zip(self.send_sets(&plain).await?) {
                if let Some(slot) = outcomes.get_mut(*place) {
                    *slot = outcome;
                }
            }
        }
        let of_record: BTreeMap<&Target, &Vec<Outcome>> = records
            .iter()
            .map(|(target, _)| *target)
            .zip(&outcomes)
            .collect();
        let of_note = outcomes.get(records.len()..).unwrap_or_default();
        let verdict = |fate: &Fate| match fate {
            Fate::Settled(verdict) => verdict.clone(),
            Fate::With(target) => match of_record.get(target) {
                Some(outcomes) => self.verdict(Some(target), outcomes),
                None => self.verdict(Some(target), &[]),
            },
            Fate::Note(place) => {
                self.verdict(None, of_note.get(*place).map_or(&[][..], Vec::as_slice))
            }
        };
        Ok(plan.fates.iter().map(verdict).collect())
    }

    /// Sends those sets that hold anything.
    async fn send_sets(&self, sets: &[Vec<Operation>]) -> Result<Vec<Vec<Outcome>>, CrmError> {
        let full = sets.iter().filter(|set| !set.is_empty());
        let items: Vec<Item> = full.map(|set| Item::Set(set.clone())).collect();
        let sent = if items.is_empty() {
            Vec::new()
        } else {
            self.api.batch(&items).await?
        };
        let mut sent = sent.into_iter();
        let outcome = |set: &Vec<Operation>| {
            if set.is_empty() {
                Vec::new()
            } else {
                sent.next().unwrap_or_default()
            }
        };
        Ok(sets.iter().map(outcome).collect())
    }

    fn change_set(
        &self,
        target: Option<&Target>,
        change: &Change,
        batch: &Batch,
        user: Option<String>,
    ) -> Vec<Operation> {
        let mut set = Vec::new();
        if let (Some(target), Some(columns)) = (target, &change.columns) {
            set.push(self.record(target, columns, batch.row(target)));
        }
        for (id, note) in &change.notes {
            set.push(Operation {
                method: "PATCH",
                path: self.api.tagged(&format!("/annotations({id})")),
                headers: Vec::new(),
                body: Some(note.clone().into()),
            });
        }
        if let Some(user) = user {
            for operation in &mut set {
                operation.headers.push(("CallerObjectId", user.clone()));
            }
        }
        set
    }

    fn record(&self, target: &Target, columns: &Row, row: Option<&Row>) -> Operation {
        let address = self.address(target);
        let (path, headers) = match target {
            Target::Known { .. } => {
                let tag = row.map(|row| records::text(row, "@odata.etag"));
                let tag = tag.filter(|it| !it.is_empty()).unwrap_or("*".to_owned());
                (address, vec![("If-Match", tag)])
            }
            Target::New { human, .. } => (
                format!("{address}?$select={}", self.names.id((*human).into())),
                vec![
                    ("If-None-Match", "*".to_owned()),
                    ("Prefer", "return=representation".to_owned()),
                ],
            ),
        };
        Operation {
            method: "PATCH",
            path: self.api.tagged(&path),
            headers,
            body: Some(Value::Object(columns.clone())),
        }
    }

    fn verdict(&self, target: Option<&Target>, outcomes: &[Outcome]) -> Verdict {
        if let Some(refused) = outcomes.iter().find(|it| !it.is_done()) {
            return errors::verdict(refused);
        }
        let made = target.and_then(|target| {
            let id = self.names.id(target.human().into());
            let body = &outcomes.first()?.body;
            body.get(&id)?.as_str().map(str::to_owned)
        });
        let known = target.and_then(Target::id).map(str::to_owned);
        Verdict::Done {
            remote_id: known.or(made),
        }
    }
}

fn verdict_of(error: CrmError) -> Verdict {
    match error {
        CrmError::Throttled { retry_after } => Verdict::Throttled { retry_after },
        CrmError::NoCredential => Verdict::Waits,
        CrmError::AuthBroken(reason) | CrmError::Setup(reason) => Verdict::AuthBroken { reason },
        CrmError::Unreachable(reason) | CrmError::Protocol(reason) => Verdict::Retry {
            reason,
            after: None,
        },
    }
}
