//! What the source says the portal answers: every route with its methods, every field of every form
//! and query. The tests go through these lists, so nothing new can be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::source::{code, files, is_test};

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The router's pattern.
    pub path: String,
    /// `GET`, `POST`.
    pub methods: Vec<&'static str>,
}

impl Route {
    /// The names between braces.
    pub fn parameters(&self) -> Vec<&str> {
        let parts = self.path.split('{').skip(1);
        parts
            .filter_map(|part| part.split('}').next())
            .map(|name| name.trim_start_matches('*'))
            .collect()
    }
}

/// The portal's own source: what listens elsewhere (the demo's provider) is left out.
fn sources() -> Vec<(String, String)> {
    let mut sources = files("src", ".rs");
    sources.retain(|(path, _)| !is_test(path) && !path.starts_with("src/demo/provider/"));
    sources
}

/// Figures have a listener of their own.
const FIGURES: &str = "urls::Metrics::PATH,";

/// Every route of the portal, sorted.
pub fn routes() -> Vec<Route> {
    let sources = sources();
    let names = names(&sources);
    let mut found = Vec::new();
    found.extend(of_api());
    for (file, text) in &sources {
        if file == API {
            continue;
        }
        let code = code(text);
        for other in [".nest(", ".route_service(", ".nest_service(", ".fallback("] {
            assert!(!code.contains(other), "{file} uses {other}: read it here");
        }
        let pieces: Vec<&str> = code.split(".route(").skip(1).collect();
        for piece in pieces {
            let arguments = &piece[..end_of_parentheses(piece)];
            let (name, answers) = arguments.split_once(',').expect("a path and methods");
            let name: String = name.split_whitespace().collect();
            if FIGURES.starts_with(name.as_str()) {
                continue;
            }
            let path = names
                .get(&name)
                .or_else(|| names.get(&format!("{file} {name}")))
                .unwrap_or_else(|| panic!("{file}: the path {name} cannot be resolved"));
            found.push(Route {
                path: path.clone(),
                methods: methods(answers),
            });
        }
    }
    found.sort();
    let paths: BTreeSet<&str> = found.iter().map(|route| route.path.as_str()).collect();
    assert_eq!(paths.len(), found.len(), "a path is routed twice");
    found
}

/// Where the router of the API is made of its table.
const API: &str = "src/api/routes.rs";

/// The API's routes stand in a table of its own.
fn of_api() -> impl Iterator<Item = Route> {
    vestibule::api::operations().iter().map(|operation| Route {
        path: operation.path.to_owned(),
        methods: vec![operation.method],
    })
}

/// How many times `.route(` stands in the source, comments and texts aside.
pub fn count() -> usize {
    let sources = sources();
    let others = sources.iter().filter(|(file, _)| file != API);
    let of_others: usize = others
        .map(|(_, text)| code(text).matches(".route(").count() - text.matches(FIGURES).count())
        .sum();
    of_others + of_api().count()
}

fn end_of_parentheses(code: &str) -> usize {
    let mut depth = 1;
    for (place, character) in code.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    panic!("no end: {code}")
}

/// `get(a).post(b)` as `GET`, `POST`.
fn methods(answers: &str) -> Vec<&'static str> {
    let (mut found, mut word, mut depth) = (Vec::new(), String::new(), 0);
    for character in answers.chars() {
        match character {
            '(' if depth == 0 => {
                found.push(match word.as_str() {
                    "get" => "GET",
                    "post" => "POST",
                    other => panic!("the method {other} is new: test it as well"),
                });
                word.clear();
                depth = 1;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth > 0 => {}
            _ if character.is_alphanumeric() || character == '_' => word.push(character),
            _ => word.clear(),
        }
    }
    assert!(!found.is_empty(), "no method in {answers}");
    found
}

/// What stands for each path: `urls::Home::PATH`, `mailbox::MAIL`, and `file NAME` for a constant
/// used in its own file.
fn names(sources: &[(String, String)]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (file, text) in sources {
        if file == "src/web/urls.rs" {
            names.extend(addresses(text).map(|(name, path)| (format!("urls::{name}::PATH"), path)));
        }
        let stem = file.rsplit('/').next().unwrap().trim_end_matches(".rs");
        for line in text.lines() {
            let constant = line
                .trim_start()
                .trim_start_matches("pub ")
                .strip_prefix("const ");
            let Some((name, value)) = constant.and_then(|rest| rest.split_once(": &str = \""))
            else {
                continue;
            };
            let value = value.trim_end_matches("\";");
            if value.starts_with('/') {
                names.insert(format!("{stem}::{name}"), value.to_owned());
                names.insert(format!("{file} {name}"), value.to_owned());
            }
        }
    }
    names
}

/// The entries of `places!` and `places_of!`.
fn addresses(text: &str) -> impl Iterator<Item = (String, String)> {
    let tables = text.split("\nplaces").skip(1);
    let lines: String = tables
        .map(|table| table.split("\n}\n").next().unwrap())
        .map(|table| table.split_once('{').unwrap().1)
        .flat_map(str::lines)
        .filter(|line| !line.trim_start().starts_with("///"))
        .collect();
    let entries: Vec<(String, String)> = lines
        .split(';')
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, path)| {
            let name = name.trim().split('(').next().unwrap();
            (name.to_owned(), path.trim().trim_matches('"').to_owned())
        })
        .collect();
    assert!(
        entries.len() > 90,
        "the addresses are read from elsewhere now"
    );
    entries.into_iter()
}

/// The names of every field that some form or query of the portal reads.
pub fn fields() -> BTreeSet<String> {
    let sources = sources();
    let mut found = BTreeSet::new();
    for (file, text) in &sources {
        let code = code(text);
        for wrapper in ["Form<", "Query<"] {
            for (place, _) in code.match_indices(wrapper) {
                let before = code[..place].chars().next_back();
                let inner = &code[place + wrapper.len()..];
                let name = inner.split(['>', '<', ',', '(']).next().unwrap();
                let is_use = before.is_some_and(|before| !before.is_alphanumeric());
                // `T` is the extractor's own; pairs are the CRM's forms, which name their fields.
                if is_use && !["T", "Vec", "Pairs"].contains(&name) {
                    found.extend(fields_of(&sources, file, name));
                }
            }
        }
        if file.starts_with("src/crm/builtin/pages/") {
            for before in ["input(", "optional(", "find(", "name == "] {
                let named = text.split(before).skip(1);
                let named = named.filter_map(|rest| rest.trim_start().strip_prefix('"'));
                found.extend(named.map(|rest| rest.split('"').next().unwrap().to_owned()));
            }
        }
    }
    found
}

/// The fields of a struct that is in this file or one beside it.
fn fields_of(sources: &[(String, String)], file: &str, name: &str) -> Vec<String> {
    let folder = &file[..file.rfind('/').unwrap()];
    let beside = sources
        .iter()
        .filter(|(path, _)| path.rfind('/').is_some_and(|end| path[..end] == *folder));
    let own = sources.iter().filter(|(path, _)| path == file);
    let head = format!("struct {name} {{");
    let body = own
        .chain(beside)
        .find_map(|(_, text)| text.split_once(&head))
        .unwrap_or_else(|| panic!("{file}: the fields of {name} cannot be found"))
        .1;
    let body = &body[..body.find("\n}").unwrap()];
    let mut renamed = None;
    let mut fields = Vec::new();
    for line in body.lines().map(str::trim) {
        if let Some((_, rest)) = line.split_once("rename = \"") {
            renamed = rest.split('"').next().map(str::to_owned);
        } else if let Some((left, _)) = line
            .split_once(':')
            .filter(|_| !line.starts_with('#') && !line.starts_with("//"))
        {
            let field = left.rsplit([' ', ')']).next().unwrap().to_owned();
            fields.push(renamed.take().unwrap_or(field));
        }
    }
    assert!(!fields.is_empty(), "{name} has no fields");
    fields
}
