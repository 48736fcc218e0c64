//! The mapping of a connection as a whole: what `fields`, `values` and `transforms` say together, so
//! that another one can be looked at before it is written into the file.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Deserialize;

use super::{ConnectionSettings, check, fields};

/// `fields`, `values` and `transforms` of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct MappingSettings {
    /// Names there, by our name.
    #[serde(deserialize_with = "fields::flat")]
    pub fields: BTreeMap<String, String>,
    /// What values there mean, by our name of the field.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// How values are put, by our name of the field.
    #[serde(deserialize_with = "fields::flat")]
    pub transforms: BTreeMap<String, String>,
}

impl MappingSettings {
    /// What a connection says now.
    #[must_use]
    pub fn of(connection: &ConnectionSettings) -> Self {
        Self {
            fields: connection.fields.clone(),
            values: connection.values.clone(),
            transforms: connection.transforms.clone(),
        }
    }

    /// Reads a mapping from TOML: the tables `fields`, `values` and `transforms` alone, below
    /// `[connections…]`, or a whole configuration that has the connection `key`.
    ///
    /// # Errors
    /// What cannot be read, in words for operators.
    pub fn parse(text: &str, key: &str) -> Result<Self, String> {
        let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
        let own = match table.get("connections") {
            None => only_mapping(table)?,
            Some(toml::Value::Table(below)) => below.clone(),
            Some(toml::Value::Array(all)) => {
                let mut tables = all.iter().filter_map(toml::Value::as_table);
                let named =
                    |it: &&toml::Table| it.get("key").and_then(toml::Value::as_str) == Some(key);
                let all_or_named = match all.as_slice() {
                    [toml::Value::Table(one)] if !one.contains_key("key") => Some(one),
                    _ => tables.find(named),
                };
                let found =
                    all_or_named.ok_or_else(|| format!("There is no connection `{key}` in it."))?;
                found.clone()
            }
            Some(_) => return Err("`connections` is no table.".to_owned()),
        };
        let own = toml::Value::Table(own);
        own.try_into()
            .map_err(|error: toml::de::Error| error.to_string())
    }

    /// The settings of a connection with this mapping in place of its own.
    #[must_use]
    pub fn on(&self, connection: &ConnectionSettings) -> ConnectionSettings {
        ConnectionSettings {
            fields: self.fields.clone(),
            values: self.values.clone(),
            transforms: self.transforms.clone(),
            ..connection.clone()
        }
    }

    /// What a start with this mapping would refuse, one line each.
    #[must_use]
    pub fn problems(&self, connection: &ConnectionSettings) -> Vec<String> {
        let mut found = Vec::new();
        check::mapping(0, &self.on(connection), &mut found);
        let line = |problem: &super::Problem| {
            let path = problem.key.trim_start_matches("connections.0.");
            format!("{path}: {}", problem.message)
        };
        found.iter().map(line).collect()
    }

    /// The lines that put this mapping into the file, below the connection.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut text = String::new();
        for (name, entries) in [("fields", &self.fields), ("transforms", &self.transforms)] {
            if !entries.is_empty() {
                let _ = writeln!(text, "[connections.{name}]");
                pairs(&mut text, entries);
            }
        }
        for (path, meanings) in self.values.iter().filter(|(_, all)| !all.is_empty()) {
            let _ = writeln!(text, "[connections.values.{}]", quoted(path));
            pairs(&mut text, meanings);
        }
        text
    }
}

/// What stands there alone may speak of nothing else: a misspelt table would do nothing.
fn only_mapping(table: toml::Table) -> Result<toml::Table, String> {
    let known = ["fields", "values", "transforms"];
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(table),
        Some(other) => Err(format!(
            "`{other}` is no part of a mapping; there are fields, values and transforms."
        )),
    }
}

fn pairs(text: &mut String, entries: &BTreeMap<String, String>) {
    for (key, value) in entries {
        let _ = writeln!(text, "{} = {}", quoted(key), quoted(value));
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALONE: &str = r#"
        [fields]
        "contact.phone" = "MobilePhone"
        [transforms]
        contact.phone = "e164 +49"
        [values."contract.status"]
        Activated = "active"
    "#;

    #[test]
    fn a_mapping_is_read_alone_below_a_connection_or_out_of_a_file() {
        let alone = MappingSettings::parse(ALONE, "crm").unwrap();
        assert_eq!(alone.fields["contact.phone"], "MobilePhone");
        assert_eq!(alone.transforms["contact.phone"], "e164 +49");
        assert_eq!(alone.values["contract.status"]["Activated"], "active");
        let again = MappingSettings::parse(&alone.lines(), "crm").unwrap();
        assert_eq!(again, alone, "its own lines say the same");
        let file = "[portal]\nname = \"x\"\n[[connections]]\nkey = \"a\"\n[[connections]]\nkey = \"crm\"\nkind = \"http\"\nfields = { \"contact.phone\" = \"Tel\" }\n";
        let of_file = MappingSettings::parse(file, "crm").unwrap();
        assert_eq!(of_file.fields["contact.phone"], "Tel");
        assert!(MappingSettings::parse(file, "b").is_err());
        for wrong in [
            "fields = 1",
            "[felder]\na = \"b\"",
            "not toml",
            "connections = 1",
        ] {
            assert!(MappingSettings::parse(wrong, "crm").is_err(), "{wrong}");
        }
        assert_eq!(
            MappingSettings::parse("", "crm").unwrap(),
            MappingSettings::default()
        );
    }
}
