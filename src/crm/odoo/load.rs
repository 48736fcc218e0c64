//! `load()`, Odoo's upsert by external id: all of a call's rows or none, and a status that says
//! nothing. What it did not take it names by row; the others are sent again without them.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Odoo, errors};
use crate::crm::port::{CrmError, Verdict};

/// One row, by column.
pub(super) type Columns = std::collections::BTreeMap<String, String>;

#[derive(Deserialize)]
struct Loaded {
    /// The records' ids, or `false` when nothing was stored.
    ids: Value,
    #[serde(default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    rows: Option<Rows>,
}

#[derive(Deserialize)]
struct Rows {
    from: usize,
    to: usize,
}

/// What became of one row.
pub(super) type Stored = Result<i64, Verdict>;

impl Odoo {
    /// Stores rows of any columns: one call for each set of columns, as long as all rows are good.
    pub(super) async fn store(
        &self,
        model: &str,
        rows: Vec<Columns>,
    ) -> Result<Vec<Stored>, CrmError> {
        let mut sets: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            let columns: Vec<String> = row.keys().cloned().collect();
            match sets.iter_mut().find(|(known, _)| *known == columns) {
                Some((_, places)) => places.push(place),
                None => sets.push((columns, vec![place])),
            }
        }
        let mut stored: Vec<Stored> = rows.iter().map(|_| Err(unanswered())).collect();
        for (columns, places) in sets {
            let data: Vec<Vec<&str>> = places
                .iter()
                .filter_map(|place| rows.get(*place))
                .map(|row| row.values().map(String::as_str).collect())
                .collect();
            let outcomes = self.load(model, &columns, &data).await?;
            for (place, outcome) in places.into_iter().zip(outcomes) {
                if let Some(slot) = stored.get_mut(place) {
                    *slot = outcome;
                }
            }
        }
        Ok(stored)
    }

    async fn load(
        &self,
        model: &str,
        columns: &[String],
        data: &[Vec<&str>],
    ) -> Result<Vec<Stored>, CrmError> {
        let mut outcomes: Vec<Stored> = data.iter().map(|_| Err(unanswered())).collect();
        let mut work: VecDeque<Vec<usize>> = VecDeque::from([(0..data.len()).collect()]);
        while let Some(places) = work.pop_front() {
            if places.is_empty() {
                continue;
            }
            let rows: Vec<&Vec<&str>> =
                places.iter().filter_map(|place| data.get(*place)).collect();
            let arguments = Map::from_iter([
                ("fields".to_owned(), json!(columns)),
                ("data".to_owned(), json!(rows)),
            ]);
            let loaded: Loaded = self.calls.call(model, "load", arguments).await?;
            if let Some(ids) = ids(&loaded.ids, places.len()) {
                for (place, id) in places.iter().zip(ids) {
                    set(&mut outcomes, *place, Ok(id));
                }
                continue;
            }
            let refused = loaded.refused(&places);
            for (place, message) in &refused {
                set(&mut outcomes, *place, Err(errors::of_row(message)));
            }
            let is_named = |place: &usize| refused.iter().any(|(refused, _)| refused == place);
            let rest: Vec<usize> = places.iter().copied().filter(|it| !is_named(it)).collect();
            if rest.len() < places.len() {
                work.push_back(rest);
            } else if let [alone] = places.as_slice() {
                set(&mut outcomes, *alone, Err(errors::of_row(&loaded.first())));
            } else {
                // It says neither which nor why: in halves, until the culprit is alone.
                let (first, second) = places.split_at(places.len() / 2);
                work.extend([first.to_vec(), second.to_vec()]);
            }
        }
        Ok(outcomes)
    }
}

impl Loaded {
    /// Rows that messages name, by their place in the whole.
    fn refused(&self, places: &[usize]) -> Vec<(usize, String)> {
        let errors = self
            .messages
            .iter()
            .filter(|message| message.kind != "warning");
        errors
            .filter_map(|message| Some((message.rows.as_ref()?, &message.message)))
            .flat_map(|(rows, message)| {
                let named = places
                    .iter()
                    .skip(rows.from)
                    .take((rows.to + 1).saturating_sub(rows.from));
                named.map(|place| (*place, message.clone()))
            })
            .collect()
    }

    fn first(&self) -> String {
        self.messages
            .first()
            .map_or_else(|| "Odoo stored nothing".to_owned(), |it| it.message.clone())
    }
}

fn ids(value: &Value, count: usize) -> Option<Vec<i64>> {
    let ids: Vec<i64> = value.as_array()?.iter().filter_map(Value::as_i64).collect();
    (ids.len() == count).then_some(ids)
}

fn set(outcomes: &mut [Stored], place: usize, outcome: Stored) {
    if let Some(slot) = outcomes.get_mut(place) {
        *slot = outcome;
    }
}

fn unanswered() -> Verdict {
    Verdict::Retry {
        reason: "Odoo gave no answer for this record".to_owned(),
        after: None,
    }
}
