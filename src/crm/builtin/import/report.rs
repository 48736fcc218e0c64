//! What an import did or would do.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use super::columns::FileKind;

/// Findings kept for one file; the rest is only counted.
const KEPT: usize = 1_000;
/// Findings written out for one file.
const SHOWN: usize = 20;

/// All files.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Whether anything was written; otherwise this is a preview.
    pub applied: bool,
    /// Each file, in the order they were worked on.
    pub files: Vec<FileReport>,
}

impl Report {
    /// Whether some row or file could not be used.
    #[must_use]
    pub fn has_problems(&self) -> bool {
        self.files
            .iter()
            .any(|file| file.wrong > 0 || file.problem.is_some())
    }

    /// Whether a file as a whole could not be used; then nothing is written at all.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.files.iter().any(|file| file.problem.is_some())
    }
}

/// One file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FileReport {
    /// Where it is.
    pub path: PathBuf,
    /// What it lists, once that is known.
    pub kind: Option<FileKind>,
    /// How its text is encoded.
    pub encoding: &'static str,
    /// What separates its cells.
    pub delimiter: char,
    /// Headings that mean nothing here.
    pub ignored_columns: Vec<String>,
    /// Why the file cannot be used at all.
    pub problem: Option<Finding>,
    /// Records that are not in the CRM yet.
    pub new: usize,
    /// Records that differ from the CRM's.
    pub changed: usize,
    /// Records that are in the CRM just so.
    pub unchanged: usize,
    /// Rows that cannot be used.
    pub wrong: usize,
    /// What is wrong with them, the first thousand.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub finding_count: usize,
}

impl FileReport {
    pub(super) fn add(&mut self, finding: Finding) {
        self.finding_count += 1;
        if self.findings.len() < KEPT {
            self.findings.push(finding);
        }
    }

    pub(super) fn refuse(&mut self, problem: impl Into<String>, fix: impl Into<String>) {
        self.problem = Some(Finding {
            problem: problem.into(),
            fix: fix.into(),
            ..Finding::default()
        });
    }
}

/// Something wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Finding {
    /// The line of the file, from 1; 0 for the whole file.
    pub line: u64,
    /// The heading of the column; empty for the whole row.
    pub column: String,
    /// The value that was seen; shortened.
    pub value: String,
    /// What is wrong, or what is expected.
    pub problem: String,
    /// How to put it right.
    pub fix: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}", self.line)?;
            if !self.column.is_empty() {
                write!(f, ", column {}", self.column)?;
            }
            f.write_str(": ")?;
        }
        if !self.value.is_empty() {
            write!(f, "“{}”: ", self.value)?;
        }
        write!(f, "{}; {}", self.problem, self.fix)
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(problem) = &self.problem {
            return writeln!(f, "\n  not usable: {problem}");
        }
        if let Some(kind) = self.kind {
            let delimiter = match self.delimiter {
                '\t' => "tab".to_owned(),
                other => other.to_string(),
            };
            write!(f, " ({kind}, {}, separated by {delimiter})", self.encoding)?;
        }
        writeln!(
            f,
            "\n  {} new, {} changed, {} unchanged, {} wrong",
            self.new, self.changed, self.unchanged, self.wrong
        )?;
        if !self.ignored_columns.is_empty() {
            let names = self.ignored_columns.join(", ");
            writeln!(f, "  columns not used: {names}")?;
        }
        for finding in self.findings.iter().take(SHOWN) {
            writeln!(f, "  {finding}")?;
        }
        if self.finding_count > SHOWN {
            writeln!(f, "  and {} more", self.finding_count - SHOWN)?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            writeln!(f, "{file}")?;
        }
        let end = match (self.is_refused(), self.applied, self.has_problems()) {
            (true, _, _) => "Nothing was written, because a file cannot be used.",
            (_, false, _) => "This is a preview: nothing was written.",
            (_, true, false) => "Everything was written.",
            (_, true, true) => "Everything but the wrong rows was written.",
        };
        writeln!(f, "{end}")
    }
}
