//! Writing: one composite call reads what a batch is about, one writes it.
//!
//! Everything is keyed on our ids, and a record carries the changes that were applied to it last, so
//! that the same batch again, after an answer that got lost, changes nothing.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::{
    COLLECTION, Salesforce,
    api::{Part, PartAnswer, Row},
    errors,
    names::{CHANGE, Kind},
    plan::{Fate, Pending, Plan, Task},
};
use crate::crm::{
    matching::Target,
    port::{CrmError, Verdict, Write},
};

/// An alert of a duplicate rule does not stop what a person or an earlier link decided.
const SAVE_ANYWAY: (&str, &str) = ("Sforce-Duplicate-Rule-Header", "allowSave=true");
/// Nobody's lead changes its owner because the portal wrote to it.
const KEEP_OWNER: (&str, &str) = ("Sforce-Auto-Assign", "FALSE");
/// Refused calls, while none was taken, after which the fault is not in single writes.
const REFUSALS: usize = 20;

/// What became of the records and tasks of one collection.
type Outcomes = Vec<Result<String, errors::Complaint>>;

/// Why a part of a batch has no verdicts.
enum Failure {
    /// Salesforce could not read the call, so one of its records is to blame.
    Content(String),
    Call(CrmError),
}

impl From<CrmError> for Failure {
    fn from(error: CrmError) -> Self {
        Self::Call(error)
    }
}

impl Salesforce {
    /// Applies writes, in halves where Salesforce cannot read a whole.
    pub(super) async fn apply_all(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        if let (Some(pause), false) = (self.api.is_nearly_spent(), writes.is_empty()) {
            let retry_after = Some(pause);
            return Err(CrmError::Throttled { retry_after });
        }
        let _turn = self.turn.lock().await;
        let mut waiting: VecDeque<&[Write]> = writes.chunks(COLLECTION).collect();
        let mut verdicts = Vec::with_capacity(writes.len());
        let (mut refusals, mut any_taken) = (0, false);
        while let Some(part) = waiting.pop_front() {
            match self.apply_part(part).await {
                Ok(more) => {
                    any_taken = true;
                    verdicts.extend(more);
                }
                Err(Failure::Content(reason)) => {
                    refusals += 1;
                    let is_all = part.len() == 1 && waiting.is_empty();
                    if !any_taken && (refusals > REFUSALS || is_all) {
                        // When everything is refused the fault is not in a write.
                        return Err(CrmError::Protocol(reason));
                    }
                    if part.len() == 1 {
                        verdicts.push(Verdict::Rejected {
                            cause: "invalid_field".to_owned(),
                            reason,
                        });
                    } else {
                        let (left, right) = part.split_at(part.len() / 2);
                        waiting.push_front(right);
                        waiting.push_front(left);
                    }
                }
                Err(Failure::Call(error)) if any_taken => {
                    // What is known stays known; the rest shares the error.
                    verdicts.resize(writes.len(), verdict_of(error));
                    return Ok(verdicts);
                }
                Err(Failure::Call(error)) => return Err(error),
            }
        }
        Ok(verdicts)
    }

    async fn apply_part(&self, writes: &[Write]) -> Result<Vec<Verdict>, Failure> {
        let rows = self.api.rows(&self.questions(writes)).await?;
        let mut batch = self.batch(rows);
        let plan = self.plan(writes, &mut batch);
        let (records, tasks) = self.send(&plan).await?;
        Ok(verdicts(&plan, &records, &tasks))
    }

    /// Sends a plan; the id or the complaint of each record and of each task.
    async fn send(
        &self,
        plan: &Plan,
    ) -> Result<
        (
            BTreeMap<Target, Result<String, errors::Complaint>>,
            Outcomes,
        ),
        Failure,
    > {
        let (groups, mut parts) = self.groups(plan);
        if !plan.tasks.is_empty() {
            let all: Vec<Row> = plan.tasks.iter().map(|task| task.record.clone()).collect();
            parts.push(upsert("Task", CHANGE, &all, &[]));
        }
        let (answers, _) = if parts.is_empty() {
            (Vec::new(), None)
        } else {
            self.api.composite(&parts).await?
        };
        let mut answers = answers.iter();
        let mut records = BTreeMap::new();
        for group in groups {
            let outcomes = collection(answers.next(), group.len())?;
            records.extend(group.into_iter().cloned().zip(outcomes));
        }
        let mut tasks = if plan.tasks.is_empty() {
            Vec::new()
        } else {
            collection(answers.next(), plan.tasks.len())?
        };
        self.tasks_by_id(plan, &records, &mut tasks).await?;
        Ok((records, tasks))
    }

    /// The records of a plan by what is done with them: created, created although they look like
    /// duplicates, changed.
    fn groups<'p>(&self, plan: &'p Plan) -> (Vec<Vec<&'p Target>>, Vec<Part>) {
        let mut groups: BTreeMap<(u8, Kind), Vec<(&Target, &Pending)>> = BTreeMap::new();
        for (target, pending) in &plan.records {
            let group = match (target, pending.is_forced) {
                (Target::New { human, .. }, false) => (0, Kind::from(*human)),
                (Target::New { human, .. }, true) => (1, Kind::from(*human)),
                (Target::Known { .. }, _) => (2, Kind::Contact),
            };
            groups.entry(group).or_default().push((target, pending));
        }
        let mut targets = Vec::new();
        let mut parts = Vec::new();
        for ((what, kind), mut members) in groups {
            // Contacts first, then by account: rows that lock the same parent stand together.
            members.sort_by_key(|(target, pending)| (target.human(), &pending.account));
            let rows: Vec<Row> = members
                .iter()
                .map(|(target, it)| self.row(target, it))
                .collect();
            let (object, ours) = (self.names.object(kind), self.names.our_id(kind));
            parts.push(match what {
                0 => upsert(object, ours, &rows, &[]),
                1 => upsert(object, ours, &rows, &[SAVE_ANYWAY]),
                _ => Part {
                    method: "PATCH",
                    path: "/composite/sobjects".to_owned(),
                    body: Some(json!({"allOrNone": false, "records": rows})),
                    headers: &[SAVE_ANYWAY, KEEP_OWNER],
                },
            });
            targets.push(members.into_iter().map(|(target, _)| target).collect());
        }
        (targets, parts)
    }

    fn row(&self, target: &Target, pending: &Pending) -> Row {
        let mut row = pending.fields.clone();
        let object = self.names.object(target.human().into());
        row.insert("attributes".to_owned(), json!({"type": object}));
        match target {
            Target::Known { id, .. } => row.insert("Id".to_owned(), id.as_str().into()),
            Target::New { human, key } => {
                let ours = self.names.our_id((*human).into());
                row.insert(ours.to_owned(), key.as_str().into())
            }
        };
        row
    }

    /// Tasks about a record that is made in the same call name it by our id. Where an org does not
    /// take that, they are sent once more with the id that the record has got.
    async fn tasks_by_id(
        &self,
        plan: &Plan,
        records: &BTreeMap<Target, Result<String, errors::Complaint>>,
        tasks: &mut Outcomes,
    ) -> Result<(), Failure> {
        let mut again = Vec::new();
        for (place, (task, outcome)) in plan.tasks.iter().zip(tasks.iter()).enumerate() {
            let made = task.about.as_ref().filter(|it| it.id().is_none());
            let made = made.and_then(|target| records.get(target)?.as_ref().ok());
            if let (Some(id), Err(_)) = (made, outcome) {
                again.push((place, with_id(task, id)));
            }
        }
        if again.is_empty() {
            return Ok(());
        }
        let rows: Vec<Row> = again.iter().map(|(_, row)| row.clone()).collect();
        let part = upsert("Task", CHANGE, &rows, &[]);
        let (answers, _) = self.api.composite(&[part]).await?;
        let outcomes = collection(answers.first(), again.len())?;
        for ((place, _), outcome) in again.iter().zip(outcomes) {
            if let Some(slot) = tasks.get_mut(*place) {
                *slot = outcome;
            }
        }
        Ok(())
    }
}

fn with_id(task: &Task, id: &str) -> Row {
    let mut row = task.record.clone();
    row.remove("Who");
    row.insert("WhoId".to_owned(), id.into());
    row
}

fn upsert(
    object: &str,
    key: &str,
    records: &[Row],
    headers: &'static [(&'static str, &'static str)],
) -> Part {
    Part {
        method: "PATCH",
        path: format!("/composite/sobjects/{object}/{key}"),
        body: Some(json!({"allOrNone": false, "records": records})),
        headers,
    }
}

/// The outcomes of a collection, in its order.
fn collection(answer: Option<&PartAnswer>, count: usize) -> Result<Outcomes, Failure> {
    let answer = answer.ok_or_else(|| CrmError::Protocol("a part has no answer".to_owned()))?;
    if !(200..300).contains(&answer.status) {
        let found = errors::complaint(&answer.body);
        return Err(match errors::of_call(answer.status, &found) {
            CrmError::Protocol(reason) if answer.status == 400 => Failure::Content(reason),
            error => Failure::Call(error),
        });
    }
    let results = answer.body.as_array().map_or(&[][..], Vec::as_slice);
    if results.len() != count {
        let what = "a collection's answer of another length".to_owned();
        return Err(Failure::Call(CrmError::Protocol(what)));
    }
    Ok(results.iter().map(outcome).collect())
}

fn outcome(result: &Value) -> Result<String, errors::Complaint> {
    let id = result.get("id").and_then(Value::as_str);
    let is_done = result.get("success").and_then(Value::as_bool) == Some(true);
    match (id, is_done) {
        (Some(id), true) => Ok(id.to_owned()),
        _ => Err(errors::complaint(
            result.get("errors").unwrap_or(&Value::Null),
        )),
    }
}

/// One verdict for each write: its record's, then its task's.
fn verdicts(
    plan: &Plan,
    records: &BTreeMap<Target, Result<String, errors::Complaint>>,
    tasks: &Outcomes,
) -> Vec<Verdict> {
    let mut of_task: BTreeMap<usize, &errors::Complaint> = BTreeMap::new();
    for (task, outcome) in plan.tasks.iter().zip(tasks) {
        // Two workers may have added it at once; it is there.
        if let Err(found) = outcome
            && found.code != "DUPLICATE_EXTERNAL_ID"
        {
            of_task.insert(task.write, found);
        }
    }
    let verdict = |(place, fate): (usize, &Fate)| {
        let target = match fate {
            Fate::Settled(verdict) => return verdict.clone(),
            Fate::With(target) => target.as_ref(),
        };
        let made = target.and_then(|target| records.get(target));
        if let Some(Err(found)) = made {
            return errors::verdict(found);
        }
        if let Some(found) = of_task.get(&place) {
            return errors::verdict(found);
        }
        let id = made.and_then(|it| it.as_ref().ok()).cloned();
        Verdict::Done {
            remote_id: id.or_else(|| target?.id().map(str::to_owned)),
        }
    };
    plan.fates.iter().enumerate().map(verdict).collect()
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
