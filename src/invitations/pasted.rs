//! Addresses as people paste them: one a line, `Name <address>`, comma lists, cells of a sheet.

use crate::kernel::{EmailAddress, text};

/// One thing that should be an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line it stands on, from 1.
    pub line: usize,
    /// What was typed, shortened.
    pub seen: String,
    /// The name beside the address; empty when there is none.
    pub name: String,
    /// The address; `None` when it is none.
    pub email: Option<EmailAddress>,
}

/// Longest piece that is shown back.
const SEEN: usize = 120;
/// Longest name that is kept.
const NAME: usize = 100;

/// Reads a pasted list. At most `limit` entries come back, and one more when there were more.
#[must_use]
pub fn read(pasted: &str, limit: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, line) in pasted.lines().enumerate() {
        for entry in read_line(line, index.saturating_add(1)) {
            entries.push(entry);
            if entries.len() > limit {
                return entries;
            }
        }
    }
    entries
}

fn read_line(line: &str, number: usize) -> Vec<Entry> {
    let cells: Vec<&str> = line.split('\t').collect();
    let addresses = line.matches('@').count();
    if cells.len() > 1 && addresses == 1 {
        return read_cells(&cells, number).into_iter().collect();
    }
    pieces(line)
        .into_iter()
        .filter(|piece| !piece.trim().is_empty())
        .map(|piece| read_piece(piece, number))
        .collect()
}

/// A row of a sheet with one address: the cells before it without digits are the name.
fn read_cells(cells: &[&str], line: usize) -> Option<Entry> {
    let place = cells.iter().position(|cell| cell.contains('@'))?;
    let mut entry = read_piece(cells.get(place)?, line);
    if entry.name.is_empty() {
        let is_name = |cell: &&&str| !cell.chars().any(|character| character.is_ascii_digit());
        let named: Vec<&str> = cells.iter().take(place).filter(is_name).copied().collect();
        entry.name = text::one_line(&named.join(" "), NAME);
    }
    Some(entry)
}

/// Splits at commas, semicolons and tabs that are neither in quotes nor in angle brackets. A comma
/// before the address of `Virtanen, Aino <a@b>` belongs to the name: it splits only when what
/// stands before it has an address.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut bracketed) = (0, false, false);
    for (place, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '<' => bracketed = true,
            '>' => bracketed = false,
            ';' | '\t' | ',' if !quoted && !bracketed => {
                let piece = line.get(start..place).unwrap_or_default();
                let is_part_of_name = character == ','
                    && !piece.contains('@')
                    && line.get(place..).is_some_and(|rest| rest.contains('<'));
                if !is_part_of_name {
                    pieces.push(piece);
                    start = place.saturating_add(1);
                }
            }
            _ => {}
        }
    }
    pieces.push(line.get(start..).unwrap_or_default());
    pieces
}

fn read_piece(piece: &str, line: usize) -> Entry {
    let piece = piece.trim();
    let (name, address) = match piece.rsplit_once('<') {
        Some((name, rest)) => (name, rest.strip_suffix('>').unwrap_or(rest)),
        None => ("", piece),
    };
    let address = address.trim();
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    Entry {
        line,
        seen: text::one_line(piece, SEEN),
        name: name_of(name),
        email: EmailAddress::parse(address).ok(),
    }
}

/// `"Virtanen, Aino"` is Aino Virtanen.
fn name_of(typed: &str) -> String {
    let name = text::one_line(typed.trim().trim_matches(['"', '\'']), NAME);
    match name.split_once(',') {
        Some((family, given)) => {
            text::one_line(&format!("{} {}", given.trim(), family.trim()), NAME)
        }
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pasted: &str) -> Vec<(usize, String, String)> {
        read(pasted, 100)
            .into_iter()
            .map(|entry| {
                let email = entry
                    .email
                    .map_or("-".to_owned(), |email| email.shown().to_owned());
                (entry.line, entry.name, email)
            })
            .collect()
    }

    fn row(line: usize, name: &str, email: &str) -> (usize, String, String) {
        (line, name.to_owned(), email.to_owned())
    }

    #[test]
    fn reads_what_people_paste() {
        assert_eq!(
            found("a@k.example\r\n\n b@k.example "),
            [row(1, "", "a@k.example"), row(3, "", "b@k.example")]
        );
        assert_eq!(
            found("Aino V <a@k.example>, \"Berg, Ben\" <b@k.example>; c@k.example"),
            [
                row(1, "Aino V", "a@k.example"),
                row(1, "Ben Berg", "b@k.example"),
                row(1, "", "c@k.example")
            ]
        );
        assert_eq!(
            found("Virtanen, Aino <a@k.example>"),
            [row(1, "Aino Virtanen", "a@k.example")]
        );
        assert_eq!(
            found("17\tAino\tVirtanen\ta@k.example\tHelsinki"),
            [row(1, "Aino Virtanen", "a@k.example")]
        );
        assert_eq!(found("mailto:a@k.example"), [row(1, "", "a@k.example")]);
    }

    #[test]
    fn what_is_no_address_is_shown_back() {
        assert_eq!(found("hello"), [row(1, "", "-")]);
        assert_eq!(found("a@k.example b@k.example"), [row(1, "", "-")]);
        assert_eq!(found("a@evil.example@k.example"), [row(1, "", "-")]);
        assert_eq!(found("\u{202e}\u{0}, ,;\t"), [row(1, "", "-")]);
        assert_eq!(found(""), []);
    }

    #[test]
    fn a_name_brings_no_line_ends_along() {
        let entry = &read("A\u{2028}Bcc: x\u{202e} <a@k.example>", 9)[0];
        assert_eq!(entry.name, "ABcc: x");
    }

    #[test]
    fn says_when_there_were_more() {
        assert_eq!(read("a@k.example,b@k.example,c@k.example", 2).len(), 3);
    }
}
