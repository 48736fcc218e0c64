//! Keyset paging: where the next page begins, as an opaque text in a URL.
//!
//! A cursor is the sort key and the id of the last row shown, so a page costs the same at any
//! depth and never skips or repeats a row that stays where it is. It carries no authority: the
//! query is scoped by the organization in any case, so a forged cursor only shows another place of
//! the same list.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

const MAX_TEXT: usize = 800;

/// A place in a sorted list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The sort key of the row.
    pub key: String,
    /// The id that decides among equal keys.
    pub id: String,
    /// Whether the page before this place is wanted instead of the one after it.
    pub backwards: bool,
}

impl Cursor {
    /// The text for the URL.
    #[must_use]
    pub fn encode(&self) -> String {
        let direction = if self.backwards { "<" } else { ">" };
        URL_SAFE_NO_PAD.encode(format!("{direction}{}\n{}", self.id, self.key))
    }

    /// Reads a text from a URL; anything that is not a cursor is `None` (the first page).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = (text.len() <= MAX_TEXT).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
        let plain = String::from_utf8(bytes).ok()?;
        // PostgreSQL takes no text with it.
        if plain.contains('\0') {
            return None;
        }
        let (rest, backwards) = match plain.strip_prefix('<') {
            Some(rest) => (rest, true),
            None => (plain.strip_prefix('>')?, false),
        };
        let (id, key) = rest.split_once('\n')?;
        Some(Self {
            key: key.to_owned(),
            id: id.to_owned(),
            backwards,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was() {
        let cursor = Cursor {
            key: "müller\nx".into(),
            id: "mem_1".into(),
            backwards: true,
        };
        assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        let with_nul = URL_SAFE_NO_PAD.encode(">mem_1\n\0");
        for text in ["", "!", "YQ", &"A".repeat(900), &with_nul] {
            assert_eq!(Cursor::parse(text), None);
        }
    }
}
