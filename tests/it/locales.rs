//! The portal's texts: every key in both languages, with the same arguments, used and found.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::source::files;

/// Keys put together from parts that no literal shows: what stands before and after what varies.
/// `format!("month-{}", …)` shows itself and needs no entry.
const BUILT: &[(&str, &str)] = &[
    // `Say` of access/refusals.rs puts `access` or `access-of` before the reason.
    ("access-", ""),
    ("refusal-", "-title"),
    ("refusal-", "-text"),
    ("operations-cause-", ""),
    ("operations-help-", ""),
    ("operations-kind-", ""),
    ("operations-task-", ""),
    ("operations-verdict-", ""),
];

/// The keys of one language with the arguments of their texts.
fn texts(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in files(&format!("locales/{language}"), ".ftl") {
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((key, _)) = line.split_once(" =")
                && line.starts_with(|first: char| first.is_ascii_lowercase())
            {
                current = key.to_owned();
                let before = texts.insert(current.clone(), BTreeSet::new());
                assert!(before.is_none(), "{file}: {key} stands twice");
            }
            let arguments = line.split('$').skip(1).map(|rest| {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                rest[..end].to_owned()
            });
            texts.entry(current.clone()).or_default().extend(arguments);
        }
    }
    texts.remove("");
    texts
}

/// Everything between two quotation marks in code and templates.
fn literals() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let sources = [
        files("src", ".rs"),
        files("templates", ".html"),
        files("templates", ".txt"),
    ];
    for (_, text) in sources.iter().flatten() {
        found.extend(text.split('"').map(str::to_owned));
    }
    found
}

/// What stands before and after the braces of `format!("before-{}-after")`.
fn patterns(literals: &BTreeSet<String>) -> BTreeSet<(&str, &str)> {
    let of_format = literals.iter().filter_map(|literal| {
        let (start, rest) = literal.split_once('{')?;
        let (_, end) = rest.rsplit_once('}')?;
        let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_pattern =
            start.len() > 3 && start.ends_with('-') && (start.to_owned() + end).chars().all(is_key);
        is_pattern.then_some((start, end))
    });
    of_format.chain(BUILT.iter().copied()).collect()
}

/// `membership.roles_changed` as `audit-membership-roles-changed`.
fn audit_key(literal: &str) -> Option<String> {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let (noun, verb) = literal.split_once('.')?;
    (is_word(noun) && is_word(verb)).then(|| format!("audit-{}", literal.replace(['.', '_'], "-")))
}

#[test]
fn both_languages_say_the_same_things() {
    let (english, german) = (texts("en"), texts("de"));
    let keys = |texts: &BTreeMap<String, _>| texts.keys().cloned().collect::<BTreeSet<_>>();
    let (en, de) = (keys(&english), keys(&german));
    assert_eq!(
        en.difference(&de).collect::<Vec<_>>(),
        [""; 0],
        "missing in German"
    );
    assert_eq!(
        de.difference(&en).collect::<Vec<_>>(),
        [""; 0],
        "missing in English"
    );
    for (key, arguments) in &english {
        assert_eq!(&german[key], arguments, "{key}");
    }
}

#[test]
fn every_text_is_used() {
    let literals = literals();
    let patterns = patterns(&literals);
    let is_built = |key: &str| {
        patterns
            .iter()
            .any(|(start, end)| key.starts_with(start) && key.ends_with(end))
    };
    let unused: Vec<String> = texts("en")
        .into_keys()
        .filter(|key| !literals.contains(key) && !is_built(key))
        .collect();
    assert_eq!(unused, [""; 0], "texts that nothing shows");
}

#[test]
fn every_audited_action_has_a_sentence() {
    let texts = texts("en");
    let mut missing = BTreeSet::new();
    for (file, source) in files("src", ".rs") {
        let named = source
            .split("action: \"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"'));
        for (action, _) in named.filter(|_| !file.contains("/tests")) {
            if audit_key(action).is_some_and(|key| !texts.contains_key(&key)) {
                missing.insert(format!("{file}: {action}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_text_that_is_asked_for_exists() {
    let texts = texts("en");
    let mut missing = BTreeSet::new();
    let sources = [
        files("src", ".rs"),
        files("templates", ".html"),
        files("templates", ".txt"),
    ];
    for (file, source) in sources.iter().flatten() {
        for call in [
            ".t(",
            ".t1(",
            ".t2(",
            ".tn(",
            "i18n::text(",
            "i18n::text_with(",
        ] {
            for rest in source.split(call).skip(1) {
                let rest = rest.trim_start();
                // The language stands first where there is no shell.
                let rest = match call {
                    "i18n::text(" | "i18n::text_with(" => rest
                        .split_once(',')
                        .map_or("", |parts| parts.1)
                        .trim_start(),
                    _ => rest,
                };
                if let Some((key, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'))
                    && !texts.contains_key(key)
                {
                    missing.insert(format!("{file}: {key}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn no_rule_for_built_keys_is_stale() {
    let texts = texts("en");
    for (start, end) in BUILT {
        let has_one = texts
            .keys()
            .any(|key| key.starts_with(start) && key.ends_with(end));
        assert!(has_one, "{start}…{end}");
    }
}
