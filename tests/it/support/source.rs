//! Reading the crate's own source: files, code without comments and texts, the paths it uses.

use std::{collections::BTreeSet, fs, path::Path};

/// The files below a folder of the repository whose names end so: path from the root, content.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(root, &root.join(folder), ending, &mut found);
    found.sort();
    assert!(!found.is_empty(), "nothing ends in {ending} below {folder}");
    found
}

fn collect(root: &Path, folder: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, ending, found);
        } else if path.to_str().unwrap().ends_with(ending) {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            found.push((name.replace('\\', "/"), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Whether a file holds tests only.
pub fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// `src/a/b.rs` as `[a, b]`.
pub fn module(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut names: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

/// The code up to the unit tests, without comments and with empty texts.
pub fn code(text: &str) -> String {
    let text = text
        .split_once("#[cfg(test)]\nmod tests {")
        .map_or(text, |(code, _)| code);
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => end_of_text(rest),
            'r' if rest.starts_with("r\"") || rest.starts_with("r#\"") => end_of_raw(rest),
            '\'' => end_of_character(rest),
            _ => 0,
        };
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.push(' ');
            rest = &rest[skipped..];
        }
    }
    code
}

fn end_of_text(rest: &str) -> usize {
    let mut escaped = false;
    for (place, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return place + 1,
            _ => {}
        }
    }
    rest.len()
}

fn end_of_raw(rest: &str) -> usize {
    let closing = if rest.starts_with("r#") { "\"#" } else { "\"" };
    let start = rest.find('"').unwrap() + 1;
    rest[start..]
        .find(closing)
        .map_or(rest.len(), |end| start + end + closing.len())
}

/// 0 for a lifetime.
fn end_of_character(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(0, |end| end + 4),
        Some(_) => match characters.next() {
            Some((place, '\'')) => place + 1,
            _ => 0,
        },
        None => 0,
    }
}

/// Every path of this crate that a module's code names, from the crate's root.
pub fn paths(module: &[String], code: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let mut rest = code;
    while let Some(place) = next_root(rest) {
        let (tree, tail) = take_tree(&rest[place..]);
        for path in expand(&tree, &[]) {
            found.extend(absolute(module, &path));
        }
        rest = tail;
    }
    found
}

/// Where the next `crate::` or `super::` begins.
fn next_root(code: &str) -> Option<usize> {
    let starts = ["crate::", "super::"].into_iter();
    starts
        .filter_map(|root| {
            code.match_indices(root)
                .map(|(place, _)| place)
                .find(|place| {
                    let before = code[..*place].chars().next_back();
                    !before.is_some_and(|before| before.is_alphanumeric() || "_:$".contains(before))
                })
        })
        .min()
}

/// A path with its braces, and what follows.
fn take_tree(code: &str) -> (String, &str) {
    let mut depth = 0;
    for (place, character) in code.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            _ if depth > 0 || character.is_alphanumeric() || "_:".contains(character) => {}
            _ => return (code[..place].to_owned(), &code[place..]),
        }
        if character == '}' && depth == 0 {
            return (code[..=place].to_owned(), &code[place + 1..]);
        }
    }
    (code.to_owned(), "")
}

/// The single paths of a tree.
fn expand(tree: &str, prefix: &[String]) -> Vec<Vec<String>> {
    let (path, inner) = match tree.trim().split_once('{') {
        Some((path, inner)) => (path, Some(inner.trim_end().trim_end_matches('}'))),
        None => (tree.trim(), None),
    };
    let names = path
        .split("::")
        .map(|name| name.split_whitespace().next().unwrap_or_default())
        .filter(|name| !name.is_empty() && *name != "self");
    let mut whole = prefix.to_vec();
    whole.extend(names.map(str::to_owned));
    let Some(inner) = inner else {
        return vec![whole];
    };
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for character in inner.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(character);
    }
    parts
        .iter()
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| expand(part, &whole))
        .collect()
}

fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut base = match path.first()?.as_str() {
        "crate" => return Some(path[1..].to_vec()),
        _ => module.to_vec(),
    };
    let mut names = path.iter().peekable();
    while names.next_if(|name| *name == "super").is_some() {
        base.pop()?;
    }
    base.extend(names.cloned());
    Some(base)
}

#[test]
fn paths_are_read_from_trees_and_expressions() {
    let text = r#"
        // use crate::comment;
        use crate::{a::{self, b::C}, d, e::F as G};
        use super::{h, super::i};
        fn x<'a>(y: &'a str) -> char { crate::j::k("crate::text"); let _ = '"'; $crate::macro_; super::super::l::M }
        const R: &str = r"crate::raw";
        #[cfg(test)]
mod tests { use crate::test; }"#;
    let module: Vec<String> = ["p", "q", "r"].map(str::to_owned).into();
    let found: Vec<String> = paths(&module, &code(text))
        .iter()
        .map(|path| path.join("::"))
        .collect();
    assert_eq!(
        found,
        [
            "a", "a::b::C", "d", "e::F", "j::k", "p::i", "p::l::M", "p::q::h"
        ]
    );
}
