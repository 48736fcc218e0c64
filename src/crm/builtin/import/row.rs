//! The typed cells of one row; what does not fit becomes a finding with the way to put it right.

use super::{
    columns::Column,
    report::{FileReport, Finding},
    table::{Row, Table},
};
use crate::{
    crm::builtin::{
        List,
        typed::{self, DateProblem},
    },
    kernel::{EmailAddress, text},
};

/// Characters of a name or number at most.
const NAME: usize = 200;
/// Characters of a seen value that a finding repeats.
const SEEN: usize = 60;

/// One row on its way to a record.
pub(super) struct Cells<'a> {
    table: &'a Table,
    row: &'a Row,
    report: &'a mut FileReport,
    is_wrong: bool,
}

impl<'a> Cells<'a> {
    pub(super) fn new(table: &'a Table, row: &'a Row, report: &'a mut FileReport) -> Self {
        let mut cells = Self {
            table,
            row,
            report,
            is_wrong: false,
        };
        if let Some((problem, fix)) = row.fault {
            cells.find("", "", problem, fix);
        }
        cells
    }

    /// The record, unless something was wrong with the row.
    pub(super) fn finish<T>(self, record: T) -> Option<T> {
        (!self.is_wrong).then_some(record)
    }

    pub(super) fn wrong(&mut self, column: Column, problem: &str, fix: &str) {
        let value = self.table.cell(self.row, column).unwrap_or_default();
        let heading = self.table.heading(column);
        self.find(heading, value, problem, fix);
    }

    fn find(&mut self, column: &str, value: &str, problem: &str, fix: &str) {
        self.is_wrong = true;
        self.report.add(Finding {
            line: self.row.line,
            column: text::one_line(column, NAME),
            value: text::one_line(value, SEEN),
            problem: problem.to_owned(),
            fix: fix.to_owned(),
        });
    }

    /// One line of text; `None` when the list has no such column.
    pub(super) fn text(&mut self, column: Column) -> Option<String> {
        let value = self.table.cell(self.row, column)?;
        if value.chars().count() > NAME {
            let fix = "shorten it, or look for a missing quotation mark";
            self.wrong(column, "at most 200 characters are expected", fix);
        }
        Some(text::one_line(value, NAME))
    }

    /// One line of text that has to be there.
    pub(super) fn required(&mut self, column: Column) -> String {
        let value = self.text(column).unwrap_or_default();
        if value.is_empty() {
            self.wrong(
                column,
                "a value is expected here",
                "fill it in or remove the row",
            );
        }
        value
    }

    /// One of some words; an empty cell is `default`.
    pub(super) fn word<T: Copy>(
        &mut self,
        column: Column,
        default: T,
        words: &[(T, &str)],
    ) -> Option<T> {
        let value = text::fold(self.table.cell(self.row, column)?);
        if value.is_empty() {
            return Some(default);
        }
        let known = words
            .iter()
            .find(|(_, names)| names.split(' ').any(|name| name == value));
        if known.is_none() {
            let names: Vec<&str> = words
                .iter()
                .filter_map(|(_, names)| names.split(' ').next())
                .collect();
            let problem = format!("one of {} is expected", names.join(", "));
            self.wrong(column, &problem, "write one of these words");
        }
        known.map(|(word, _)| *word)
    }

    /// A whole number that is not negative; an empty cell is `Some(None)`.
    pub(super) fn number(&mut self, column: Column) -> Option<Option<i64>> {
        let value = self.table.cell(self.row, column)?;
        if value.is_empty() {
            return Some(None);
        }
        // Spreadsheets write whole numbers as 5.0 or 5,0 at times.
        let whole = value.trim_end_matches(['0']).trim_end_matches(['.', ',']);
        let digits = if whole.len() + 1 < value.len() && value.contains(['.', ',']) {
            whole
        } else {
            value
        };
        match digits.parse::<i64>() {
            Ok(number) if (0..=1_000_000).contains(&number) => Some(Some(number)),
            _ => {
                let problem = "a whole number from 0 to 1000000 is expected";
                self.wrong(column, problem, "write it with digits only, like 25");
                None
            }
        }
    }

    /// A day as `YYYY-MM-DD`; an empty cell is an empty text.
    pub(super) fn date(&mut self, column: Column) -> Option<String> {
        let value = self.table.cell(self.row, column)?;
        if value.is_empty() {
            return Some(String::new());
        }
        let (problem, fix) = match typed::parse_date(value) {
            Ok(date) => return Some(date.to_string()),
            Err(DateProblem::NotADate) => (
                "a date is expected".to_owned(),
                "write it like 2026-12-31 or 31.12.2026".to_owned(),
            ),
            Err(DateProblem::NoSuchDay) => (
                "this day does not exist".to_owned(),
                "check day and month; write it like 2026-12-31 or 31.12.2026".to_owned(),
            ),
            Err(DateProblem::Ambiguous(one, other)) => (
                format!("this can mean {one} or {other}"),
                format!("write {one} or {other}"),
            ),
            Err(DateProblem::Serial) => (
                "this is a spreadsheet's number for a day".to_owned(),
                "give the column a date format like 2026-12-31 and export again".to_owned(),
            ),
        };
        self.wrong(column, &problem, &fix);
        None
    }

    /// An e-mail address; an empty cell is an empty text.
    pub(super) fn email(&mut self, column: Column) -> Option<String> {
        let value = self.text(column)?;
        if !value.is_empty() && EmailAddress::parse(&value).is_err() {
            let fix = "correct it, or empty the cell";
            self.wrong(column, "an address like name@company.com is expected", fix);
        }
        Some(value)
    }

    /// Several words in one cell.
    pub(super) fn list(&mut self, column: Column) -> Option<List> {
        self.text(column).map(|value| List::parse(&value))
    }

    /// The line of the row, for what is found later.
    pub(super) fn line(&self) -> u64 {
        self.row.line
    }
}
