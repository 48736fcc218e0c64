//! A file as a table: delimiter, header, rows with their line numbers.

use super::columns::{self, Column, FileKind};
use crate::kernel::text;

/// Characters of one cell at most; more is a quote that was never closed, or not a list.
const CELL: usize = 2_000;

/// One line of a list; a line of the list can be several of the file.
#[derive(Debug)]
pub(super) struct Row {
    /// The line of the file at which it begins, from 1.
    pub(super) line: u64,
    /// Its cells, as many as there are headings.
    cells: Vec<String>,
    /// What is wrong with it as a line, if anything.
    pub(super) fault: Option<(&'static str, &'static str)>,
}

/// A list that was read.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) kind: FileKind,
    pub(super) delimiter: u8,
    pub(super) header: Vec<String>,
    pub(super) columns: Vec<Option<Column>>,
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong with the file as a whole, and what to do.
    pub(super) fn read(text: &str) -> Result<Self, (String, String)> {
        let (text, first_line, announced) = skip_announcement(text);
        let (delimiter, header) = choose_delimiter(text, announced).ok_or_else(|| {
            (
                "the file is empty".to_owned(),
                "the first line names the columns, each further line is one record".to_owned(),
            )
        })?;
        let (kind, _) = columns::recognise(&header);
        let columns = columns::columns(kind, &header);
        let missing = columns::missing(kind, &columns);
        if !missing.is_empty() {
            return Err((
                format!(
                    "the first line names no column for: {} (it reads: {})",
                    missing.join(", "),
                    text::one_line(&header.join(" | "), 200)
                ),
                format!("as a list of {kind} it needs these columns; rename or add them"),
            ));
        }
        let rows = read_rows(text, first_line, delimiter, header.len());
        Ok(Self {
            kind,
            delimiter,
            header,
            columns,
            rows,
        })
    }

    /// The cell of a row, trimmed; `None` when the list has no such column.
    pub(super) fn cell<'r>(&self, row: &'r Row, column: Column) -> Option<&'r str> {
        let place = self.place(column)?;
        row.cells.get(place).map(|cell| cell.trim())
    }

    /// The heading of a column as the file spells it.
    pub(super) fn heading(&self, column: Column) -> &str {
        self.place(column)
            .and_then(|place| self.header.get(place))
            .map_or("", String::as_str)
    }

    fn place(&self, column: Column) -> Option<usize> {
        self.columns.iter().position(|known| *known == Some(column))
    }

    /// Headings that mean nothing here.
    pub(super) fn ignored(&self) -> Vec<String> {
        self.header
            .iter()
            .zip(&self.columns)
            .filter(|(heading, column)| column.is_none() && !heading.trim().is_empty())
            .map(|(heading, _)| text::one_line(heading, 100))
            .collect()
    }
}

/// Spreadsheets may announce the delimiter in a line of its own: `sep=;`.
fn skip_announcement(text: &str) -> (&str, u64, Option<u8>) {
    let announced = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("sep="))
        .and_then(|rest| rest.bytes().next())
        .filter(u8::is_ascii);
    match (announced, text.split_once('\n')) {
        (Some(delimiter), Some((_, rest))) => (rest, 2, Some(delimiter)),
        _ => (text, 1, None),
    }
}

/// The delimiter by which the first line explains most columns.
fn choose_delimiter(text: &str, announced: Option<u8>) -> Option<(u8, Vec<String>)> {
    let candidates = announced.map_or_else(|| vec![b',', b';', b'\t', b'|'], |known| vec![known]);
    candidates
        .into_iter()
        .rev()
        .filter_map(|delimiter| Some((delimiter, header(text, delimiter)?)))
        .max_by_key(|(_, header)| (columns::recognise(header).1, header.len()))
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

fn header(text: &str, delimiter: u8) -> Option<Vec<String>> {
    let record = reader(text, delimiter).into_records().next()?.ok()?;
    Some(record.iter().map(|cell| cell.trim().to_owned()).collect())
}

fn read_rows(text: &str, first_line: u64, delimiter: u8, width: usize) -> Vec<Row> {
    let mut lines = Lines {
        text: text.as_bytes(),
        byte: 0,
        line: first_line,
    };
    let mut rows = Vec::new();
    // The text is UTF-8 already, so that no record fails; a failing one would end the list.
    for record in reader(text, delimiter)
        .records()
        .skip(1)
        .map_while(Result::ok)
    {
        let start = record.position().map_or(0, csv::Position::byte);
        let line = lines.line_of(usize::try_from(start).unwrap_or(usize::MAX));
        let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let has_more = cells
            .get(width..)
            .is_some_and(|rest| rest.iter().any(|cell| !cell.trim().is_empty()));
        let is_long = cells.iter().any(|cell| cell.len() > CELL);
        let fault = if is_long {
            Some((
                "a cell is longer than 2,000 characters",
                "look for a quotation mark that is opened here and never closed",
            ))
        } else if has_more {
            Some((
                "the row has more cells than the first line names",
                "put quotation marks around a text that contains the separator",
            ))
        } else {
            None
        };
        cells.resize(width, String::new());
        rows.push(Row { line, cells, fault });
    }
    rows
}

/// Counts lines as an editor does, also over blank ones that belong to no record.
struct Lines<'a> {
    text: &'a [u8],
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    fn line_of(&mut self, start: usize) -> u64 {
        while let Some(byte) = self.text.get(self.byte) {
            let is_end = *byte == b'\n' || *byte == b'\r';
            if self.byte >= start && !is_end {
                break;
            }
            let is_pair = *byte == b'\r' && self.text.get(self.byte + 1) == Some(&b'\n');
            if is_end && !is_pair {
                self.line += 1;
            }
            self.byte += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let table = Table::read(text).unwrap();
        let rows = table.rows.into_iter();
        rows.map(|row| (row.line, row.cells)).collect()
    }

    #[test]
    fn lines_are_counted_as_an_editor_shows_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "Number,Name",
                "1,\"Two",
                "lines\"",
                "",
                "",
                "2,\"a \"\"b\"\", c\"",
                " , ",
                "3,x",
            ]
            .join(end);
            let read = rows(&text);
            let lines: Vec<u64> = read.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [2, 6, 8], "{end:?}");
            assert_eq!(read[0].1[1], format!("Two{end}lines"));
            assert_eq!(read[1].1[1], "a \"b\", c");
        }
    }

    #[test]
    fn the_delimiter_is_the_one_that_explains_most() {
        for (text, delimiter) in [
            ("Number,Name\n1,a", b','),
            ("Number;\"Name\"\n1;a,b", b';'),
            ("Number\tName\tx;y\n1\ta\t", b'\t'),
            ("sep=|\r\nNumber|Name\r\n1|a", b'|'),
        ] {
            let table = Table::read(text).unwrap();
            assert_eq!(table.delimiter, delimiter, "{text}");
        }
        let table = Table::read("sep=|\r\nNumber|Name\r\n1|a").unwrap();
        assert_eq!(table.rows[0].line, 3);
    }

    #[test]
    fn broken_rows_are_told() {
        let open = format!("Number,Name\n1,\"never closed\n{}", "2,b\n".repeat(600));
        let table = Table::read(&open).unwrap();
        assert!(table.rows[0].fault.is_some());
        let wide = Table::read("Number,Name\n1,a,\n2,b,c\n3\n").unwrap();
        assert!(wide.rows[0].fault.is_none());
        assert!(wide.rows[1].fault.is_some());
        assert!(wide.rows[2].fault.is_none());
        assert!(Table::read("").is_err());
        assert!(Table::read("\n\n").is_err());
        assert!(Table::read("Hello\nWorld").is_err());
    }
}
