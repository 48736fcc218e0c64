//! A short list in one column of text.

use serde::{Deserialize, Serialize};

/// Words stored as a JSON array: mail domains, products, roles.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct List(pub Vec<String>);

impl List {
    /// Splits what people type: commas, semicolons, bars and line ends part, doubles and blanks go.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        for word in text.split([',', ';', '|', '\n', '\r']).map(str::trim) {
            if !word.is_empty() && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        Self(words)
    }

    /// As people type and read it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.0.join(", ")
    }
}

impl TryFrom<String> for List {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        serde_json::from_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_what_people_type() {
        let list = List::parse(" parts; service,, parts \n training|x");
        assert_eq!(list.0, ["parts", "service", "training", "x"]);
        assert_eq!(list.shown(), "parts, service, training, x");
        assert_eq!(List::parse(" ; ").0, [""; 0]);
    }
}
