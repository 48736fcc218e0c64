//! What another mapping would make of a CRM's records, before it is switched on. Everything is read
//! and nothing is written, neither here nor there.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    Transforms,
    port::{Crm, Record},
};
use crate::settings::{ConnectionSettings, FieldOwner, MappingSettings, field_owner, field_paths};

/// Records looked at, at most.
pub const RECORDS: usize = 20;
/// Pages read until so many are there.
const PAGES: usize = 10;
/// How long one side may take.
const BUDGET: Duration = Duration::from_secs(10);

/// One line of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The field in our words: `contact.phone`.
    pub path: String,
    /// Its name there; `None` for the adapter's own, empty when the CRM keeps it for itself.
    pub theirs: Option<String>,
    /// Whose word counts.
    pub owner: FieldOwner,
    /// How its values are put; empty for as they are.
    pub transform: String,
    /// What values there mean: theirs and ours.
    pub values: Vec<(String, String)>,
}

/// A mapping as a table: every field of which it says something, or every field there is.
#[must_use]
pub fn table(mapping: &MappingSettings, all: bool) -> Vec<Line> {
    let lines = field_paths().map(|path| {
        let theirs = mapping.fields.get(&path).cloned();
        let values = mapping.values.get(&path);
        Line {
            owner: match theirs.as_deref() {
                Some("") => FieldOwner::Crm,
                _ => field_owner(&path),
            },
            theirs,
            transform: mapping.transforms.get(&path).cloned().unwrap_or_default(),
            values: values
                .map(|it| it.clone().into_iter().collect())
                .unwrap_or_default(),
            path,
        }
    });
    let says = |it: &Line| it.theirs.is_some() || !it.transform.is_empty() || !it.values.is_empty();
    lines.filter(|line| all || says(line)).collect()
}

/// One field of a record, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The field in our words.
    pub path: String,
    /// What the mapping in force gives.
    pub before: String,
    /// What the proposed one would give.
    pub after: String,
}

/// One record, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// `account`, `contact`, `contract`, `lead`.
    pub kind: String,
    /// The CRM's id.
    pub id: String,
    /// Fields that a mapping speaks of, and those that come out otherwise.
    pub cells: Vec<Cell>,
}

impl Compared {
    /// Whether anything comes out otherwise.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.cells.iter().any(|cell| cell.before != cell.after)
    }
}

/// What one side gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// Why nothing could be read: a field that does not exist, a CRM that does not answer.
    pub error: String,
    /// Records that it could not read, and why: a value that no rule knows.
    pub passed_over: Vec<String>,
    /// Named fields in which none of the records has anything.
    pub empty: Vec<String>,
    records: BTreeMap<(String, String), Value>,
}

/// Both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The mapping in force.
    pub before: Side,
    /// The proposed one.
    pub after: Side,
    /// Record by record.
    pub records: Vec<Compared>,
}

impl Preview {
    /// A proposed mapping with which nothing could be read.
    #[must_use]
    pub fn failed(problem: String) -> Self {
        let after = Side {
            error: problem,
            ..Side::default()
        };
        Self {
            after,
            ..Self::default()
        }
    }
}

/// Reads the same records by both mappings. `crm` speaks by the mapping in force, `proposed_crm` by
/// the other one.
pub async fn preview(
    settings: &ConnectionSettings,
    crm: &Arc<dyn Crm>,
    proposed: &MappingSettings,
    proposed_crm: &Arc<dyn Crm>,
    limit: usize,
) -> Preview {
    let present = MappingSettings::of(settings);
    let limit = limit.clamp(1, RECORDS);
    let (before, after) = tokio::join!(
        side(crm, &present, limit),
        side(proposed_crm, proposed, limit)
    );
    let mut records = Vec::new();
    let mut keys: Vec<_> = before.records.keys().chain(after.records.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys.into_iter().take(limit) {
        let cells = cells(&key.0, before.records.get(key), after.records.get(key));
        let spoken = |cell: &Cell| {
            cell.before != cell.after
                || speaks(&present, &cell.path)
                || speaks(proposed, &cell.path)
        };
        records.push(Compared {
            kind: key.0.clone(),
            id: key.1.clone(),
            cells: cells.into_iter().filter(spoken).collect(),
        });
    }
    Preview {
        before,
        after,
        records,
    }
}

fn speaks(mapping: &MappingSettings, path: &str) -> bool {
    mapping.fields.contains_key(path)
        || mapping.transforms.contains_key(path)
        || mapping.values.contains_key(path)
}

async fn side(crm: &Arc<dyn Crm>, mapping: &MappingSettings, limit: usize) -> Side {
    let read = read(crm, mapping, limit);
    match tokio::time::timeout(BUDGET, read).await {
        Ok(side) => side,
        Err(_) => Side {
            error: "the CRM did not answer in time".to_owned(),
            ..Side::default()
        },
    }
}

async fn read(crm: &Arc<dyn Crm>, mapping: &MappingSettings, limit: usize) -> Side {
    let mut side = Side::default();
    // The check names missing fields and rights that a page of records would not show.
    if let Err(error) = crm.check().await {
        side.error = error.to_string();
        return side;
    }
    let transforms = Transforms::new(&mapping.transforms);
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let mut page = match crm.changes(&cursor, limit).await {
            Ok(page) => page,
            Err(error) => {
                side.error = error.to_string();
                break;
            }
        };
        transforms.put_records(&mut page.records);
        let passed = page.skipped.into_iter().map(|it| {
            let (kind, id) = (it.kind, it.id);
            format!("{kind} {id}: {}", it.reason)
        });
        side.passed_over.extend(passed.take(limit));
        for record in page.records {
            side.take(record, limit);
        }
        let stands = page.cursor == cursor;
        cursor = page.cursor;
        if side.records.len() >= limit || !page.more || stands {
            break;
        }
    }
    side.passed_over.truncate(limit);
    side.find_empty(mapping);
    side
}

impl Side {
    fn take(&mut self, record: Record, limit: usize) {
        let Ok(Value::Object(mut object)) = serde_json::to_value(record) else {
            return;
        };
        let word = |value: Option<Value>| match value {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let kind = word(object.remove("type"));
        let id = word(object.get("id").cloned());
        if self.records.len() < limit {
            self.records.insert((kind, id), Value::Object(object));
        }
    }

    /// A name under which no record has anything may be misspelt.
    fn find_empty(&mut self, mapping: &MappingSettings) {
        for (path, theirs) in mapping
            .fields
            .iter()
            .filter(|(_, theirs)| !theirs.is_empty())
        {
            let Some((kind, field)) = path.split_once('.') else {
                continue;
            };
            let mut of_kind = self
                .records
                .iter()
                .filter(|((it, _), _)| it == kind)
                .peekable();
            let is_readable = of_kind
                .peek()
                .is_some_and(|(_, it)| it.get(field).is_some());
            if is_readable && of_kind.all(|(_, it)| shown(it.get(field)).is_empty()) {
                self.empty.push(format!("{path} = \"{theirs}\""));
            }
        }
    }
}

fn cells(kind: &str, before: Option<&Value>, after: Option<&Value>) -> Vec<Cell> {
    let fields = |side: Option<&Value>| -> BTreeMap<String, String> {
        let object = side.and_then(Value::as_object).into_iter().flatten();
        object
            .map(|(field, value)| (format!("{kind}.{field}"), shown(Some(value))))
            .collect()
    };
    let (mut before, mut after) = (fields(before), fields(after));
    let paths: Vec<String> = field_paths().collect();
    let mut cells = Vec::new();
    for path in paths {
        if before.contains_key(&path) || after.contains_key(&path) {
            cells.push(Cell {
                before: before.remove(&path).unwrap_or_default(),
                after: after.remove(&path).unwrap_or_default(),
                path,
            });
        }
    }
    cells
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) => {
            let all: Vec<String> = all.iter().map(|it| shown(Some(it))).collect();
            all.join(", ")
        }
        Some(other) => other.to_string(),
    }
}
