//! Batches: a success of which parts failed, and a refusal of the whole because of one input, which
//! is found by halves.

use std::collections::VecDeque;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    BATCH, Hubspot,
    errors::{self, Problem},
    merge::Properties,
    records::Object,
};
use crate::crm::port::{CrmError, Verdict};

/// What is written in a batch.
pub(super) struct Input {
    /// The id, or the unique property's value.
    pub(super) id: String,
    pub(super) properties: Properties,
}

/// What became of one input: its record's id.
pub(super) type Stored = Result<String, Verdict>;

/// How inputs name their records.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    /// By id; they must be there.
    Id,
    /// By a unique property; made when they are not there.
    Unique(&'a str),
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    results: Vec<Outcome>,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(flatten)]
    object: Object,
    #[serde(rename = "objectWriteTraceId", default)]
    trace: Option<String>,
}

impl Hubspot {
    /// Writes inputs; one outcome for each, in the same order.
    pub(super) async fn write(
        &self,
        object: &str,
        by: By<'_>,
        inputs: &[Input],
    ) -> Result<Vec<Stored>, CrmError> {
        let mut outcomes: Vec<Option<Stored>> = inputs.iter().map(|_| None).collect();
        let places: Vec<usize> = (0..inputs.len()).collect();
        let mut work: VecDeque<Vec<usize>> = places.chunks(BATCH).map(<[usize]>::to_vec).collect();
        while let Some(part) = work.pop_front() {
            let body = body(by, inputs, &part);
            let action = match by {
                By::Id => "update",
                By::Unique(_) => "upsert",
            };
            let path = [object, "batch", action];
            let answer = self
                .calls
                .send(Method::POST, "objects", &path, Some(&body))
                .await?;
            let status = answer.status.as_u16();
            let open = if answer.status.is_success() {
                let written: Written = answer.json()?;
                written.take(by, inputs, &part, &mut outcomes)
            } else if matches!(status, 400 | 404 | 409) {
                let problem = refused(&answer)?;
                if let [alone] = part.as_slice() {
                    set(&mut outcomes, *alone, Err(problem.verdict()));
                    Vec::new()
                } else {
                    part
                }
            } else {
                return Err(errors::of(&answer));
            };
            halve(open, &mut work);
        }
        let unanswered = || {
            Err(Verdict::Retry {
                reason: "HubSpot gave no answer for this record".to_owned(),
                after: None,
            })
        };
        let outcomes = outcomes.into_iter();
        Ok(outcomes
            .map(|outcome| outcome.unwrap_or_else(unanswered))
            .collect())
    }
}

/// What is still open is sent again, in halves, until a culprit is alone.
fn halve(open: Vec<usize>, work: &mut VecDeque<Vec<usize>>) {
    if open.is_empty() {
        return;
    }
    if let [_] = open.as_slice() {
        work.push_back(open);
        return;
    }
    let (first, second) = open.split_at(open.len() / 2);
    work.extend([first.to_vec(), second.to_vec()]);
}

fn body(by: By<'_>, inputs: &[Input], part: &[usize]) -> Value {
    let chosen = part
        .iter()
        .filter_map(|place| Some((place, inputs.get(*place)?)));
    let inputs = chosen.map(|(place, input)| {
        let mut input = json!({
            "id": input.id,
            "properties": input.properties,
            "objectWriteTraceId": place.to_string(),
        });
        if let (By::Unique(name), Some(input)) = (by, input.as_object_mut()) {
            input.insert("idProperty".to_owned(), name.into());
        }
        input
    });
    json!({ "inputs": inputs.collect::<Vec<_>>() })
}

/// The refusal of a whole batch; an error when no input is to blame.
fn refused(answer: &crate::crm::rest::Answer) -> Result<Problem, CrmError> {
    let problem = Problem::read(answer);
    let text = String::from_utf8_lossy(&answer.body);
    if text.contains("PROPERTY_DOESNT_EXIST") || text.contains("does not exist") {
        return Err(CrmError::Setup(format!(
            "{}; `vestibule check` says what is missing",
            problem.line()
        )));
    }
    Ok(problem)
}

impl Written {
    /// Takes what is said of each input; those of which nothing is said come back.
    fn take(
        &self,
        by: By<'_>,
        inputs: &[Input],
        part: &[usize],
        outcomes: &mut [Option<Stored>],
    ) -> Vec<usize> {
        let mut open = Vec::new();
        for place in part {
            let Some(input) = inputs.get(*place) else {
                continue;
            };
            let trace = place.to_string();
            let is_it = |result: &&Outcome| match &result.trace {
                Some(known) => *known == trace,
                None => match by {
                    By::Id => result.object.id == input.id,
                    By::Unique(name) => result.object.raw(Some(name)) == input.id,
                },
            };
            let named = |problem: &&Problem| names(&problem.context, &[&input.id, &trace]);
            if let Some(result) = self.results.iter().find(is_it) {
                set(outcomes, *place, Ok(result.object.id.clone()));
            } else if let Some(problem) = self.errors.iter().find(named) {
                set(outcomes, *place, Err(problem.verdict()));
            } else if part.len() == 1 {
                let verdict = self.errors.first().map(Problem::verdict);
                set(outcomes, *place, Err(verdict.unwrap_or_else(silent)));
            } else {
                open.push(*place);
            }
        }
        open
    }
}

fn silent() -> Verdict {
    Verdict::Retry {
        reason: "HubSpot said nothing of this record".to_owned(),
        after: None,
    }
}

/// Whether an error's context has one of these among its lists: `{"ids": ["u-2"]}`.
fn names(context: &Value, ids: &[&str]) -> bool {
    let lists = context.as_object().into_iter().flatten();
    lists
        .filter_map(|(_, list)| list.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .any(|id| ids.contains(&id))
}

fn set(outcomes: &mut [Option<Stored>], place: usize, outcome: Stored) {
    if let Some(slot) = outcomes.get_mut(place) {
        *slot = Some(outcome);
    }
}
