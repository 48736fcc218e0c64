//! From rows to records: what is new, changed, unchanged; and the writing of it.

use std::collections::{HashMap, HashSet};

use super::{
    columns::Column,
    report::{FileReport, Finding},
    table::Table,
};
use crate::{
    crm::{
        builtin::{
            model::{Account, Activity, FieldChanges},
            records, store,
            stored::Stored,
        },
        port::Author,
    },
    db::{Conn, Error, Tx},
    kernel::{Cx, ids::CrmRecordId, text},
    on,
};

/// Keys looked up with one statement at most.
const CHUNK: usize = 1_000;

/// What one file would change.
pub(super) struct Plan<R> {
    /// New records, in the order they should be written.
    pub(super) new: Vec<R>,
    /// Records before and after.
    pub(super) changed: Vec<(R, R)>,
}

impl<R: Stored> Plan<R> {
    pub(super) fn empty() -> Self {
        Self {
            new: Vec::new(),
            changed: Vec::new(),
        }
    }

    /// Sorts one record in.
    pub(super) fn add(&mut self, report: &mut FileReport, before: Option<R>, after: R) {
        match before {
            None => {
                report.new += 1;
                self.new.push(after);
            }
            Some(before) if records::differences(&before, &after).0.is_empty() => {
                report.unchanged += 1;
            }
            Some(before) => {
                report.changed += 1;
                self.changed.push((before, after));
            }
        }
    }

    /// Writes it with an entry in each record's history.
    pub(super) async fn write(self, tx: &mut Tx, cx: &Cx, source: &str) -> Result<(), Error> {
        let author = Author {
            kind: "system".to_owned(),
            reference: "import".to_owned(),
            ..Author::default()
        };
        let size = self.new.len() + self.changed.len();
        let mut rows: Vec<R> = Vec::with_capacity(size);
        let mut entries: Vec<Activity> = Vec::with_capacity(size);
        let new = self.new.into_iter().map(|record| (None, record));
        let changed = self
            .changed
            .into_iter()
            .map(|(before, after)| (Some(before), after));
        for (before, mut record) in new.chain(changed) {
            let changes = before
                .as_ref()
                .map_or_else(FieldChanges::default, |before| {
                    records::differences(before, &record)
                });
            let version = before.as_ref().map_or(0, Stored::version);
            record.set_version(version.saturating_add(1), cx.now());
            entries.push(Activity {
                text: source.to_owned(),
                ..records::activity(cx, &author, &record, "imported", changes)
            });
            rows.push(record);
        }
        records::put(tx, cx, &rows).await?;
        records::add_activities(tx, &entries).await
    }
}

/// A row that turned out wrong when it was compared with the CRM.
pub(super) fn wrong_row(
    report: &mut FileReport,
    (table, column): (&Table, Column),
    (line, value): (u64, &str),
    problem: impl Into<String>,
    fix: impl Into<String>,
) {
    report.wrong += 1;
    report.add(Finding {
        line,
        column: text::one_line(table.heading(column), 100),
        value: text::one_line(value, 60),
        problem: problem.into(),
        fix: fix.into(),
    });
}

/// Companies that rows of other lists name; in a preview with those that are only planned yet.
#[derive(Default)]
pub(super) struct Companies {
    planned: HashMap<String, CrmRecordId>,
    planned_names: HashMap<String, Vec<CrmRecordId>>,
    planned_ids: HashSet<CrmRecordId>,
    numbers: HashMap<String, CrmRecordId>,
    names: HashMap<String, Vec<CrmRecordId>>,
}

/// Why a company is not clear.
pub(super) enum NoCompany {
    Unknown,
    Several,
}

impl Companies {
    /// Remembers what a preview of the accounts would write.
    pub(super) fn expect(&mut self, plan: &Plan<Account>) {
        let changed = plan.changed.iter().map(|(_, after)| after);
        for account in plan.new.iter().chain(changed) {
            let (id, name) = (&account.id, text::fold(&account.fields.name));
            self.planned
                .insert(account.fields.number.clone(), id.clone());
            self.planned_names.entry(name).or_default().push(id.clone());
            self.planned_ids.insert(id.clone());
        }
    }

    /// Looks up every company that the rows name.
    pub(super) async fn load(&mut self, conn: &mut Conn, table: &Table) -> Result<(), Error> {
        self.numbers.clear();
        self.names.clear();
        let mut numbers = HashSet::new();
        let mut names = HashSet::new();
        for row in &table.rows {
            match table.cell(row, Column::AccountNumber) {
                Some(number) if !number.is_empty() => {
                    numbers.insert(text::one_line(number, 200));
                }
                _ => {
                    let name = table.cell(row, Column::AccountName).unwrap_or_default();
                    names.insert(text::fold(name));
                }
            }
        }
        for account in find_by::<Account>(conn, store::ACCOUNTS_BY_NUMBER, numbers).await? {
            self.numbers.insert(account.fields.number, account.id);
        }
        for account in find_by::<Account>(conn, store::ACCOUNTS_BY_NAME, names).await? {
            // Its planned name counts.
            if !self.planned_ids.contains(&account.id) {
                let name = text::fold(&account.fields.name);
                self.names.entry(name).or_default().push(account.id);
            }
        }
        Ok(())
    }

    /// The company of a row: by its number, or by its name when the row has no number.
    pub(super) fn find(&self, number: &str, name: &str) -> Result<CrmRecordId, NoCompany> {
        if !number.is_empty() {
            let found = self
                .planned
                .get(number)
                .or_else(|| self.numbers.get(number));
            return found.cloned().ok_or(NoCompany::Unknown);
        }
        let name = text::fold(name);
        let planned = self.planned_names.get(&name).into_iter().flatten();
        let known = self.names.get(&name).into_iter().flatten();
        let mut found = planned.chain(known);
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id.clone()),
            (Some(_), Some(_)) => Err(NoCompany::Several),
            (None, _) => Err(NoCompany::Unknown),
        }
    }

    /// The company of a row, or the finding that it is not clear.
    pub(super) fn of_row(
        &self,
        report: &mut FileReport,
        table: &Table,
        (line, number, name): (u64, &str, &str),
    ) -> Option<CrmRecordId> {
        let problem = match self.find(number, name) {
            Ok(id) => return Some(id),
            Err(NoCompany::Unknown) => "no such account is in the CRM or in the account list",
            Err(NoCompany::Several) => "more than one account has this name",
        };
        let fix = "give the number of an existing account, or add it to the account list";
        let (column, value) = if number.is_empty() {
            (Column::AccountName, name)
        } else {
            (Column::AccountNumber, number)
        };
        wrong_row(report, (table, column), (line, value), problem, fix);
        None
    }
}

/// Records by keys, in chunks.
pub(super) async fn find_by<R>(
    conn: &mut Conn,
    statement: &'static str,
    keys: HashSet<String>,
) -> Result<Vec<R>, Error>
where
    R: Stored + Unpin,
    R: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>,
    R: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
{
    let keys: Vec<String> = keys.into_iter().filter(|key| !key.is_empty()).collect();
    let mut found = Vec::new();
    for chunk in keys.chunks(CHUNK) {
        let keys = records::as_keys(chunk.iter().map(String::as_str))?;
        let rows: Vec<R> = on!(conn, |c| sqlx::query_as(statement)
            .bind(&keys)
            .fetch_all(c)
            .await)?;
        found.extend(rows);
    }
    Ok(found)
}
