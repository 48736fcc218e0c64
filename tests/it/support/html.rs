//! Reading our own pages in tests: forms, links, visible text. Enough for well-formed templates.

use std::collections::BTreeMap;

/// A form as a browser would submit it: hidden and filled fields are in, buttons are not.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pub action: String,
    pub method: String,
    pub fields: Vec<(String, String)>,
    /// Names and values of its submit buttons.
    pub buttons: Vec<(String, String)>,
    /// Choices of its selects, radios and checkboxes, by name.
    pub choices: BTreeMap<String, Vec<String>>,
    /// What it says.
    pub text: String,
}

impl Form {
    /// The same with a field set to one value, added when missing.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with one more value of a field (checkboxes).
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a field.
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One start tag with its attributes, and where it ends.
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
    start: usize,
    end: usize,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// Every start tag, in order.
fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|offset| at + offset) {
        let rest = &html[open + 1..];
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            at = open + 1;
            continue;
        }
        let end = end_of_tag(html, open);
        found.push(read_tag(html, open, end));
        at = end;
    }
    found
}

/// Just behind the `>` that ends the tag; one inside quotes does not.
fn end_of_tag(html: &str, open: usize) -> usize {
    let mut quote = None;
    for (offset, character) in html[open..].char_indices() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(opened), closed) if opened == closed => quote = None,
            (None, '>') => return open + offset + 1,
            _ => {}
        }
    }
    html.len()
}

fn read_tag(html: &str, start: usize, end: usize) -> Tag {
    let inner = html[start + 1..end]
        .trim_end_matches('>')
        .trim_end_matches('/');
    let name_end = inner
        .find(|c: char| c.is_whitespace())
        .unwrap_or(inner.len());
    let mut attributes = BTreeMap::new();
    let mut rest = inner[name_end..].trim_start();
    while !rest.is_empty() {
        let name_end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let name = rest[..name_end].to_ascii_lowercase();
        rest = rest[name_end..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| *c == '"' || *c == '\'');
            let (raw, left) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            value = unescape(raw);
            rest = left.trim_start();
        }
        if name.is_empty() {
            break;
        }
        attributes.insert(name, value);
    }
    Tag {
        name: inner[..name_end].to_ascii_lowercase(),
        attributes,
        start,
        end,
    }
}

/// Character references to characters.
pub fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find(';').filter(|end| *end < 12) else {
            plain.push('&');
            rest = &rest[1..];
            continue;
        };
        let name = &rest[1..end];
        let numeric = name.strip_prefix('#').and_then(|number| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            };
            code.and_then(char::from_u32)
        });
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            _ => numeric,
        };
        match character {
            Some(character) => plain.push(character),
            None => plain.push_str(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    plain
}

/// Every form of a page.
pub fn forms(html: &str) -> Vec<Form> {
    let tags = tags(html);
    let starts = tags.iter().filter(|tag| tag.name == "form");
    starts
        .map(|form| {
            let close = html[form.end..]
                .find("</form")
                .map_or(html.len(), |at| form.end + at);
            let inside = |tag: &&Tag| tag.start >= form.end && tag.start < close;
            let mut read = Form {
                action: form.get("action").unwrap_or_default().to_owned(),
                method: form.get("method").unwrap_or("get").to_ascii_lowercase(),
                text: text(&html[form.end..close]),
                ..Form::default()
            };
            for tag in tags.iter().filter(inside) {
                read_control(html, tag, &tags, &mut read);
            }
            read
        })
        .collect()
}

fn read_control(html: &str, tag: &Tag, tags: &[Tag], form: &mut Form) {
    let Some(name) = tag.get("name").map(ToOwned::to_owned) else {
        return;
    };
    if tag.attributes.contains_key("disabled") {
        return;
    }
    let value = tag.get("value").unwrap_or_default().to_owned();
    match (tag.name.as_str(), tag.get("type").unwrap_or_default()) {
        ("button", _) | ("input", "submit") => form.buttons.push((name, value)),
        ("input", "checkbox" | "radio") => {
            let value = tag.get("value").unwrap_or("on").to_owned();
            if tag.attributes.contains_key("checked") {
                form.fields.push((name.clone(), value.clone()));
            }
            form.choices.entry(name).or_default().push(value);
        }
        ("input", "file") => {}
        ("input", _) => form.fields.push((name, value)),
        ("textarea", _) => {
            let close = html[tag.end..]
                .find("</textarea")
                .map_or(html.len(), |at| tag.end + at);
            let value = unescape(&html[tag.end..close]);
            form.fields
                .push((name, value.trim_start_matches('\n').to_owned()));
        }
        ("select", _) => {
            let close = html[tag.end..]
                .find("</select")
                .map_or(html.len(), |at| tag.end + at);
            let options: Vec<&Tag> = tags
                .iter()
                .filter(|option| {
                    option.name == "option" && option.start >= tag.end && option.start < close
                })
                .collect();
            let value = |option: &Tag| option.get("value").unwrap_or_default().to_owned();
            let chosen = options
                .iter()
                .find(|option| option.attributes.contains_key("selected"))
                .or(options.first());
            if let Some(chosen) = chosen {
                form.fields.push((name.clone(), value(chosen)));
            }
            form.choices
                .insert(name, options.iter().map(|option| value(option)).collect());
        }
        _ => {}
    }
}

/// Every link of a page: address and words.
pub fn links(html: &str) -> Vec<(String, String)> {
    tags(html)
        .iter()
        .filter(|tag| tag.name == "a")
        .filter_map(|tag| {
            let close = html[tag.end..]
                .find("</a")
                .map_or(html.len(), |at| tag.end + at);
            Some((tag.get("href")?.to_owned(), text(&html[tag.end..close])))
        })
        .collect()
}

/// What stands between the first `<name …>` and its end.
pub fn element_text(html: &str, name: &str) -> Option<String> {
    let tag = tags(html).into_iter().find(|tag| tag.name == name)?;
    let close = html[tag.end..].find(&format!("</{name}"))?;
    Some(text(&html[tag.end..tag.end + close]))
}

/// The words of a page, with single spaces.
pub fn text(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let mut at = 0;
    for tag in tags(html) {
        if tag.start < at {
            continue;
        }
        words.push_str(&without_end_tags(&html[at..tag.start]));
        words.push(' ');
        at = tag.end;
        if matches!(tag.name.as_str(), "script" | "style" | "head") {
            let close = format!("</{}", tag.name);
            at = html[at..]
                .find(&close)
                .map_or(html.len(), |offset| at + offset);
        }
    }
    words.push_str(&without_end_tags(&html[at.min(html.len())..]));
    let plain = unescape(&words);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_end_tags(html: &str) -> String {
    let mut plain = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        plain.push(' ');
        rest = rest[at..].find('>').map_or("", |end| &rest[at + end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[test]
fn a_page_is_read_as_a_browser_would() {
    let html = r#"<html><head><title>T – P</title></head><body><h1>Who &amp; what</h1>
        <a href="/a?x=1&amp;y=2">Go <b>on</b></a>
        <form action='/send' method="POST"><input type=hidden name=id value="a&quot;b>c">
        <input type="checkbox" name="role" value="one" checked> <input type="checkbox" name="role" value="two">
        <select name="lang"><option value="en">E</option><option value="de" selected>D</option></select>
        <textarea name="note">
one &lt;two&gt;</textarea><button name="do" value="it">Send it</button></form></body></html>"#;
    let form = &forms(html)[0];
    assert_eq!(
        (form.action.as_str(), form.method.as_str()),
        ("/send", "post")
    );
    assert_eq!(form.field("id"), Some("a\"b>c"));
    assert_eq!(form.field("role"), Some("one"));
    assert_eq!(form.field("lang"), Some("de"));
    assert_eq!(form.field("note"), Some("one <two>"));
    assert_eq!(form.choices["role"], ["one", "two"]);
    assert_eq!(form.buttons, [("do".to_owned(), "it".to_owned())]);
    assert_eq!(links(html), [("/a?x=1&y=2".to_owned(), "Go on".to_owned())]);
    assert_eq!(element_text(html, "h1").unwrap(), "Who & what");
    assert!(text(html).starts_with("Who & what Go on"));
}
