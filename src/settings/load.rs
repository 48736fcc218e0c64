//! Reading: file, environment, deserialising, checking; and saying what is wrong.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Table, Value};

use super::{Settings, check, template};

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
    text.parse::<Table>()
        .map_err(|error| wrong(format!("is not TOML:\n{error}")))
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
        let (rest, value) = match rest.strip_suffix("_FILE") {
            Some(plain) => (plain, read_secret_file(name, value)?),
            None => (rest, value.clone()),
        };
        let path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
        sources.insert(path.join("."), name.clone());
        set(table, &path, &value);
    }
    Ok(())
}

/// Reads a file that holds one secret; refuses one that everybody on the machine can read.
fn read_secret_file(name: &str, path: &str) -> Result<String, Problems> {
    let wrong = |message: String| {
        Problems(vec![Problem {
            source: Source::Variable(name.to_owned()),
            ..Problem::new(path, message)
        }])
    };
    refuse_readable_by_all(Path::new(path)).map_err(&wrong)?;
    let text =
        std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(unix)]
fn refuse_readable_by_all(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o007;
    let mode = std::fs::metadata(path)
        .map_err(|error| format!("cannot be read: {error}"))?
        .permissions()
        .mode();
    if mode & OTHERS == 0 {
        Ok(())
    } else {
        Err(format!(
            "can be read by everybody on this machine; run `chmod 600 {}`",
            path.display()
        ))
    }
}

#[cfg(not(unix))]
fn refuse_readable_by_all(_path: &Path) -> Result<(), String> {
    Ok(())
}

/// Sets one value, making tables and list items on the way.
fn set(table: &mut Table, path: &[String], text: &str) {
    let [key, rest @ ..] = path else { return };
    if rest.is_empty() {
        table.insert(key.clone(), parse_value(text));
        return;
    }
    let index = rest.first().and_then(|first| first.parse::<usize>().ok());
    match index {
        Some(index) => {
            let entry = table
                .entry(key.clone())
                .or_insert_with(|| Value::Array(Vec::new()));
            set_item(entry, index, rest.get(1..).unwrap_or_default(), text);
        }
        None => {
            let entry = table
                .entry(key.clone())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = entry {
                set(inner, rest, text);
            }
        }
    }
}

fn set_item(entry: &mut Value, index: usize, rest: &[String], text: &str) {
    const MOST_ITEMS: usize = 256;
    let Value::Array(items) = entry else { return };
    if index >= MOST_ITEMS {
        return;
    }
    while items.len() <= index {
        items.push(Value::Table(Table::new()));
    }
    match (items.get_mut(index), rest) {
        (Some(slot), []) => *slot = parse_value(text),
        (Some(Value::Table(inner)), rest) => set(inner, rest, text),
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
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn load_template(pairs: &[(&str, &str)]) -> Result<Settings, Problems> {
        let folder =
            std::env::temp_dir().join(format!("vestibule-settings-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("vestibule.toml");
        std::fs::write(&file, super::super::TEMPLATE).unwrap();
        load(Some(&file), &environment(pairs))
    }

    const KEY: (&str, &str) = (
        "VESTIBULE_SECURITY__ENCRYPTION_KEY",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    );

    #[test]
    fn the_template_works_once_the_key_is_given() {
        let settings = load_template(&[KEY, ("VESTIBULE_PORTAL__NAME", "Nordwind")]).unwrap();
        assert_eq!(settings.portal.name, "Nordwind");
    }

    #[test]
    fn the_environment_reaches_into_lists() {
        let settings =
            load_template(&[KEY, ("VESTIBULE_PROVIDERS__0__CLIENT_ID", "other")]).unwrap();
        assert_eq!(settings.providers[0].client_id, "other");
    }

    #[test]
    fn a_missing_key_is_named_with_an_example() {
        let text = load_template(&[]).unwrap_err().to_string();
        assert!(
            text.contains("security.encryption_key: is missing"),
            "{text}"
        );
        assert!(text.contains("this works:"), "{text}");
    }

    #[test]
    fn an_unknown_key_and_a_wrong_value_say_where_they_come_from() {
        let text = load_template(&[KEY, ("VESTIBULE_PORTAL__BIND", "nowhere")])
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("portal.bind") && text.contains("VESTIBULE_PORTAL__BIND"),
            "{text}"
        );
        let text = load_template(&[KEY, ("VESTIBULE_PORTAL__NAMES", "x")])
            .unwrap_err()
            .to_string();
        assert!(text.contains("unknown field `names`"), "{text}");
    }

    #[test]
    fn plain_http_on_a_public_host_is_refused() {
        let text = load_template(&[
            KEY,
            ("VESTIBULE_PORTAL__PUBLIC_URL", "http://portal.example.com"),
        ])
        .unwrap_err()
        .to_string();
        assert!(
            text.contains("portal.public_url") && text.contains("https"),
            "{text}"
        );
        assert!(
            load_template(&[
                KEY,
                ("VESTIBULE_PORTAL__PUBLIC_URL", "http://localhost:8080")
            ])
            .is_ok()
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_key_file_that_everybody_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let file = std::env::temp_dir().join(format!("vestibule-key-{}", std::process::id()));
        std::fs::write(&file, KEY.1).unwrap();
        let path = file.to_str().unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let text = load_template(&[("VESTIBULE_SECURITY__ENCRYPTION_KEY_FILE", path)])
            .unwrap_err()
            .to_string();
        assert!(text.contains("everybody"), "{text}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(load_template(&[("VESTIBULE_SECURITY__ENCRYPTION_KEY_FILE", path)]).is_ok());
    }
}
