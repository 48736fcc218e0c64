//! Requests that name a company in every place where one can be named, and answers made comparable.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;

use super::{
    actors::Actor,
    listing::Route,
    town::{Ids, MARK},
};

/// Fields that name something of a company, and which of its ids they then hold.
pub const NAMING: &[(&str, &str)] = &[
    ("organization", "organization"),
    ("membership", "membership"),
    ("person", "person"),
    ("held", "held"),
    ("record", "crm_contact"),
    ("contact", "crm_contact"),
    ("lead", "crm_lead"),
    ("connection", "connection"),
    ("destination", "destination"),
    ("account", "number"),
    ("number", "number"),
    ("parent_id", "number"),
    ("about", "membership"),
    ("email", "email"),
    ("people", "email"),
    ("owner", "email"),
    ("owner_email", "email"),
    ("by", "email"),
    ("q", "name"),
    ("company", "name"),
    ("after", "cursor"),
    ("before", "cursor"),
    ("at", "cursor"),
    ("page", "cursor"),
    ("return_to", "organization"),
    ("domain", "domain"),
    ("successor", "membership"),
];

/// Fields that name nothing of a company, and what they hold. Nothing here sends or confirms: what
/// is asked must not depend on who else is there.
pub const PLAIN: &[(&str, &str)] = &[
    ("service", "shop"),
    ("login", "ada"),
    ("secret", "token"),
    ("hours", "4"),
    ("uses", "1"),
    ("name", ""),
    ("given_name", "Kim"),
    ("family_name", "Kaya"),
    ("phone", ""),
    ("language", ""),
    ("time_zone", ""),
    ("roles", "reader"),
    ("role", "reader"),
    ("note", ""),
    ("message", ""),
    ("mapping", "[fields]"),
    ("reason", "because"),
    ("how", "contract"),
    ("act", ""),
    ("step", ""),
    ("link", ""),
    ("logout_token", ""),
    ("fact", "20095"),
    ("consent", ""),
    ("kind", ""),
    ("state", ""),
    ("status", ""),
    ("sort", ""),
    ("size", ""),
    ("what", ""),
    ("action", ""),
    ("cause", "refused"),
    ("class", "differs"),
    ("decision", "release"),
    ("new", "false"),
    ("do", "suspend"),
    ("confirmed", "yes"),
    ("version", "1"),
    ("opted_out", "yes"),
    ("products", ""),
    ("starts_on", ""),
    ("ends_on", ""),
    ("grace_days", ""),
    ("seats", ""),
    ("domains", ""),
    ("postcode", ""),
    ("vat_number", ""),
    ("invite", "any_verified"),
    ("join", "approval"),
    ("until", ""),
    ("own", "yes"),
    ("more", "3"),
    ("scopes", "members:read"),
    ("days", ""),
    ("url", ""),
    ("topics", "person"),
    ("seen", ""),
    ("key", "reader"),
    ("tier", "member"),
    ("kinds", ""),
    ("product", ""),
    ("granted_by", "admin"),
    ("name_en", "Reads"),
    ("people_en", "For all"),
    ("can_en", ""),
    ("cannot_en", ""),
    ("name_de", ""),
    ("people_de", ""),
    ("can_de", ""),
    ("cannot_de", ""),
    ("about_en", ""),
    ("about_de", ""),
    ("opens", ""),
    ("grants", ""),
    ("replacement", ""),
    ("table", ""),
    ("with", ""),
    ("from", "0"),
];

/// The secret of a link that leads nowhere: whoever holds a live one is meant to be shown what it
/// is about.
pub const NO_SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whose ids stand where.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    /// `{organization}` in the path.
    pub company: &'a Ids,
    /// What else the path names.
    pub thing: &'a Ids,
    /// Query and form.
    pub fields: &'a Ids,
}

/// The address with the query, and the form.
pub fn address(route: &Route, naming: &Naming<'_>) -> (String, String) {
    let mut path = route.path.clone();
    let under = path.split('/').nth(2).unwrap_or_default().to_owned();
    for name in route.parameters() {
        let value = match name {
            "organization" => naming.company.get("organization"),
            "record" => naming.thing.get(&under),
            "provider" => "demo",
            "directory" => "no-such-directory",
            // The portal's own, no company's.
            "role" => "reader",
            "service" => "docs",
            "version" => "1",
            "secret" => NO_SECRET,
            "mail" => "mail_00000000000000000000000000",
            "name" => "no-such-file.css",
            other => naming.thing.get(other),
        };
        path = path
            .replace(&format!("{{{name}}}"), value)
            .replace(&format!("{{*{name}}}"), value);
    }
    let naming = NAMING.iter().map(|(field, kind)| match *field {
        "return_to" => {
            let organization = naming.fields.get("organization");
            (
                "return_to",
                format!("/organizations/{organization}/members"),
            )
        }
        field => (field, naming.fields.get(kind).to_owned()),
    });
    let plain = PLAIN
        .iter()
        .map(|(field, value)| (*field, (*value).to_owned()));
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(naming.chain(plain))
        .finish();
    (path, form)
}

/// An answer without what differs from one request to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub kind: String,
    pub body: String,
}

/// Asks, and hides the ids that were asked with.
pub async fn ask(actor: &Actor, method: &str, route: &Route, naming: &Naming<'_>) -> Answer {
    let (path, form) = address(route, naming);
    let (method, target, body) = if method == "GET" {
        (Method::GET, format!("{path}?{form}"), None)
    } else {
        (Method::POST, path, Some(form))
    };
    let sent = format!("{target} {}", body.as_deref().unwrap_or_default());
    let page = actor.fresh().send(method, &target, body, &[]).await;
    let header = |name: &str| {
        let value = page.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let mut hidden: BTreeMap<String, &str> = BTreeMap::new();
    for ids in [naming.company, naming.thing, naming.fields] {
        for (kind, value) in ids.all() {
            let coded = |text: &str| -> String {
                url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
            };
            let once = coded(value);
            if sent.contains(value) || sent.contains(&once) {
                // An address within an address is coded twice.
                hidden.insert(coded(&once), kind);
                hidden.insert(once, kind);
                hidden.insert(value.to_owned(), kind);
            }
        }
    }
    // The longest first: one may be the beginning of another.
    let mut hidden: Vec<(String, &str)> = hidden
        .into_iter()
        .filter(|(value, _)| !value.is_empty())
        .collect();
    hidden.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    let hide = |text: &str| {
        let mut text = text.to_owned();
        for (value, kind) in &hidden {
            text = text.replace(value, &format!("[{kind}]"));
        }
        steady(&text)
    };
    Answer {
        status: page.status.as_u16(),
        location: hide(&header("location")),
        kind: header("content-type"),
        body: hide(&page.body),
    }
}

/// Without request ids, nonces and what a provider's address carries of one attempt.
fn steady(text: &str) -> String {
    let mut steady = text.to_owned();
    for (start, length) in [
        ("req_", 26),
        ("nonce=\"", 22),
        ("state=", 43),
        ("code_challenge=", 43),
    ] {
        let mut from = 0;
        while let Some(place) = steady[from..]
            .find(start)
            .map(|place| from + place + start.len())
        {
            let end = steady[place..]
                .char_indices()
                .nth(length)
                .map_or(steady.len(), |(end, _)| place + end);
            steady.replace_range(place..end, "…");
            from = place;
        }
    }
    match steady.split_once("nonce=") {
        Some((before, after)) if steady.starts_with("http") => {
            let rest = after.split_once('&').map_or("", |(_, rest)| rest);
            format!("{before}&{rest}")
        }
        _ => steady,
    }
}

/// What of the other company stands in an answer that was not in the question.
pub fn leaks(answer: &Answer, theirs: &Ids) -> BTreeSet<String> {
    let text = format!("{} {}", answer.location, answer.body).to_lowercase();
    let mut found = BTreeSet::new();
    if let Some(place) = text.find(MARK) {
        let around = text[..place].chars().rev().take(60).collect::<String>();
        let around: String = around.chars().rev().collect();
        found.insert(format!(
            "…{around}{}…",
            text[place..].chars().take(60).collect::<String>()
        ));
    }
    for (kind, id) in theirs.all() {
        if text.contains(&id.to_lowercase()) {
            found.insert(format!("{kind} {id}"));
        }
    }
    found
}
