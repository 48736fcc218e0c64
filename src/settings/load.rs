//! Reading: file, environment, deserialising, checking; and saying what is wrong.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    Settings, check,
    secrets::{self, is_secret, refuse_readable_by_all},
    template,
};

const PREFIX: &str = "VESTIBULE_";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody gave it.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
}

/// One thing wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, like `mail.host`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// Where the value came from.
    pub source: Source,
    /// A line that works.
    pub example: Option<String>,
}

impl Problem {
    pub(super) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        let key = key.into();
        let example = template::example(&key);
        Self {
            key,
            message: message.into(),
            source: Source::Default,
            example,
        }
    }
}

/// Everything wrong with the configuration, all at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The configuration cannot be used:")?;
        for problem in &self.0 {
            writeln!(f)?;
            writeln!(f, "  {}: {}", problem.key, problem.message)?;
            match &problem.source {
                Source::Default => {}
                Source::File(path) => writeln!(f, "    it comes from {}", path.display())?,
                Source::Variable(name) => {
                    writeln!(f, "    it comes from the environment variable {name}")?;
                }
            }
            if let Some(example) = &problem.example {
                writeln!(f, "    this works: {example}")?;
            }
        }
        Ok(())
    }
}

/// Reads the file (if any) and the given environment into valid settings.
///
/// # Errors
/// [`Problems`], each with its key and an example.
pub fn load(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
) -> Result<Settings, Problems> {
    let table = file.map_or_else(|| Ok(Table::new()), read_file)?;
    resolve(table, file, environment)
}

/// As [`load`], from a text instead of a file (the demo, tests).
///
/// # Errors
/// [`Problems`].
pub fn parse(text: &str, environment: &BTreeMap<String, String>) -> Result<Settings, Problems> {
    let wrong = |error| {
        Problems(vec![Problem::new(
            "the text",
            format!("is not TOML:\n{error}"),
        )])
    };
    resolve(text.parse::<Table>().map_err(wrong)?, None, environment)
}

fn resolve(
    mut table: Table,
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
) -> Result<Settings, Problems> {
    let mut sources = BTreeMap::new();
    overlay(&mut table, environment, &mut sources)?;
    let locate = |problem: Problem| locate(problem, file, &sources);
    let settings = deserialize(table).map_err(|problem| Problems(vec![locate(problem)]))?;
    let problems: Vec<Problem> = check::problems(&settings).into_iter().map(locate).collect();
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(Problems(problems))
    }
}

fn read_file(path: &Path) -> Result<Table, Problems> {
    let wrong = |message: String| {
        Problems(vec![Problem {
            source: Source::File(path.to_owned()),
            ..Problem::new("the file", message)
        }])
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let table = text
        .parse::<Table>()
        .map_err(|error| wrong(format!("is not TOML:\n{error}")))?;
    let secrets = secrets::inline(&table);
    if let Some(first) = secrets.first() {
        refuse_readable_by_all(path).map_err(|message| {
            Problems(vec![Problem {
                key: first.clone(),
                message: format!(
                    "stands in a file that {message}, or give the secret in a file of its own"
                ),
                source: Source::File(path.to_owned()),
                example: Some(secret_example(first)),
            }])
        })?;
    }
    Ok(table)
}

/// How to give a secret in a file of its own.
fn secret_example(key: &str) -> String {
    let name = key.to_uppercase().replace('.', "__");
    let file = key.rsplit('.').next().unwrap_or(key);
    format!(
        "{PREFIX}{name}_FILE=/etc/vestibule/{file}, a file only for the portal: chmod 600 /etc/vestibule/{file}"
    )
}

fn locate(
    mut problem: Problem,
    file: Option<&Path>,
    sources: &BTreeMap<String, String>,
) -> Problem {
    if problem.source == Source::Default {
        if let Some(name) = sources.get(&problem.key) {
            problem.source = Source::Variable(name.clone());
        } else if let Some(path) = file {
            problem.source = Source::File(path.to_owned());
        }
    }
    problem
}

fn deserialize(table: Table) -> Result<Settings, Problem> {
    serde_path_to_error::deserialize::<_, Settings>(Value::Table(table)).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string().trim().to_owned();
        let missing = message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.split('`').next());
        let key = match (path.as_str(), missing) {
            (".", Some(field)) => field.to_owned(),
            (path, Some(field)) => format!("{path}.{field}"),
            (path, None) => path.to_owned(),
        };
        let message = if missing.is_some() {
            "is missing".to_owned()
        } else {
            message
        };
        Problem::new(key.replace('[', ".").replace(']', ""), message)
    })
}

/// Lays `VESTIBULE_SECTION__KEY` over the table.
fn overlay(
    table: &mut Table,
    environment: &BTreeMap<String, String>,
    sources: &mut BTreeMap<String, String>,
) -> Result<(), Problems> {
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| rest.contains("__")) else {
            continue;
        };
        let plain = rest.strip_suffix("_FILE");
        let path = plain.unwrap_or(rest).split("__").map(str::to_lowercase);
        let path: Vec<String> = path.collect();
        let key = path.join(".");
        let value = match plain {
            Some(_) => Value::String(read_secret_file(&key, name, value)?),
            // A password that looks like a number is still a text.
            None if is_secret(&key) => Value::String(value.clone()),
            None => parse_value(value),
        };
        sources.insert(key, name.clone());
        set(table, &path, &value);
    }
    Ok(())
}

/// Reads a file that holds one secret; refuses one that everybody on the machine can read.
fn read_secret_file(key: &str, name: &str, path: &str) -> Result<String, Problems> {
    let wrong = |message: String| {
        Problems(vec![Problem {
            key: key.to_owned(),
            message: format!("the file {path} {message}"),
            source: Source::Variable(name.to_owned()),
            example: Some(secret_example(key)),
        }])
    };
    refuse_readable_by_all(Path::new(path)).map_err(&wrong)?;
    let text =
        std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(wrong("is empty".to_owned()));
    }
    Ok(secret.to_owned())
}

/// Sets one value, making tables and list items on the way.
fn set(table: &mut Table, path: &[String], value: &Value) {
    let [key, rest @ ..] = path else { return };
    if rest.is_empty() {
        table.insert(key.clone(), value.clone());
        return;
    }
    let index = rest.first().and_then(|first| first.parse::<usize>().ok());
    match index {
        Some(index) => {
            let entry = table
                .entry(key.clone())
                .or_insert_with(|| Value::Array(Vec::new()));
            set_item(entry, index, rest.get(1..).unwrap_or_default(), value);
        }
        None => {
            let entry = table
                .entry(key.clone())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = entry {
                set(inner, rest, value);
            }
        }
    }
}

fn set_item(entry: &mut Value, index: usize, rest: &[String], value: &Value) {
    const MOST_ITEMS: usize = 256;
    let Value::Array(items) = entry else { return };
    if index >= MOST_ITEMS {
        return;
    }
    while items.len() <= index {
        items.push(Value::Table(Table::new()));
    }
    match (items.get_mut(index), rest) {
        (Some(slot), []) => *slot = value.clone(),
        (Some(Value::Table(inner)), rest) => set(inner, rest, value),
        _ => {}
    }
}

/// Numbers, booleans and lists as TOML writes them; anything else is text.
fn parse_value(text: &str) -> Value {
    #[derive(Deserialize)]
    struct Wrapper {
        value: Value,
    }
    let looks_typed = text == "true"
        || text == "false"
        || text.starts_with('[')
        || text.parse::<i64>().is_ok()
        || text.parse::<f64>().is_ok();
    let typed = looks_typed
        .then(|| toml::from_str::<Wrapper>(&format!("value = {text}")).ok())
        .flatten();
    typed.map_or_else(|| Value::String(text.to_owned()), |wrapper| wrapper.value)
}

#[cfg(test)]
mod tests;
