//! The rows of a table: each a service or a role. What the table has no column for stays as it was.

use std::collections::BTreeMap;

use super::{Row, lines, words, wrong};
use crate::{
    kernel::{OrganizationKind, text},
    operations::catalogue::check::{self, Fault},
    settings::{GrantedBy, RoleSettings, RoleTier, RoleWords, ServiceSettings},
    web::Lang,
};

fn fault(row: &Row<'_>, text: &'static str, of: &str) -> Fault {
    wrong(0, row.cell("key"), text, of).fault
}

fn optional(text: &str) -> Option<String> {
    Some(text::one_line(text, check::NAME_LIMIT + 1)).filter(|text| !text.is_empty())
}

/// A service; what the table has no column for stays as it was.
pub(super) fn service_of(
    row: &Row<'_>,
    known: Option<&ServiceSettings>,
) -> Result<ServiceSettings, Fault> {
    let url = match known {
        Some(known) if !row.has("url") => known.url.clone(),
        _ => {
            let url = row.cell("url");
            url::Url::parse(url).map_err(|_| fault(row, "catalogue-wrong-url", url))?
        }
    };
    let mut service = ServiceSettings {
        key: row.cell("key").to_owned(),
        url,
        product: product_of(row, known.and_then(|known| known.product.clone())),
        name: known.map(|known| known.name.clone()).unwrap_or_default(),
        about: known.map(|known| known.about.clone()).unwrap_or_default(),
    };
    for lang in Lang::ALL {
        let mut put = |texts: fn(&mut ServiceSettings) -> &mut BTreeMap<String, String>, column| {
            let column = format!("{column} {lang}");
            if !row.has(&column) {
                return;
            }
            let text = text::one_line(row.cell(&column), check::TEXT_LIMIT + 1);
            if text.is_empty() {
                texts(&mut service).remove(lang.as_str());
            } else {
                texts(&mut service).insert(lang.to_string(), text);
            }
        };
        put(|it| &mut it.name, "name");
        put(|it| &mut it.about, "text");
    }
    Ok(service)
}

/// A product; what is known stays where the table has no column for it.
fn product_of(row: &Row<'_>, known: Option<String>) -> Option<String> {
    if row.has("product") {
        optional(row.cell("product"))
    } else {
        known
    }
}

/// A role; what the table has no column for stays as it was, so that a table of words alone opens
/// nothing to anybody.
pub(super) fn role_of(row: &Row<'_>, known: Option<&RoleSettings>) -> Result<RoleSettings, Fault> {
    let tier = match (row.cell("tier"), known) {
        (_, Some(known)) if !row.has("tier") => known.tier,
        ("", _) => RoleTier::Member,
        (word, _) => RoleTier::parse(word).map_err(|_| fault(row, "catalogue-wrong-tier", word))?,
    };
    let granted_by = match (row.cell("granted by"), known) {
        (_, Some(known)) if !row.has("granted by") => known.granted_by,
        ("", _) => GrantedBy::Admin,
        (word, _) => {
            GrantedBy::parse(word).map_err(|_| fault(row, "catalogue-wrong-granted-by", word))?
        }
    };
    let kinds = match known {
        Some(known) if !row.has("kinds") => known.kinds.clone(),
        _ => kinds_of(row)?,
    };
    let grants = match known {
        Some(known) if !row.has("grants") => known.grants.clone(),
        _ => grants_of(row),
    };
    Ok(RoleSettings {
        key: row.cell("key").to_owned(),
        tier,
        product: product_of(row, known.and_then(|known| known.product.clone())),
        kinds,
        granted_by,
        retired: false,
        grants,
        words: spoken(row, known),
    })
}

fn kinds_of(row: &Row<'_>) -> Result<Vec<OrganizationKind>, Fault> {
    let kinds = words(row.cell("kinds")).map(|word| {
        OrganizationKind::parse(word).map_err(|_| fault(row, "catalogue-wrong-kind", word))
    });
    kinds.collect()
}

fn grants_of(row: &Row<'_>) -> BTreeMap<String, Vec<String>> {
    let lines = row.lines("grants").into_iter().map(|line| {
        let (service, given) = line.split_once(':').unwrap_or((&line, ""));
        let given = words(given).map(ToOwned::to_owned).collect();
        (service.trim().to_owned(), given)
    });
    lines.collect()
}

/// The words of a role in each language.
fn spoken(row: &Row<'_>, known: Option<&RoleSettings>) -> BTreeMap<String, RoleWords> {
    let mut spoken = known.map(|known| known.words.clone()).unwrap_or_default();
    for lang in Lang::ALL {
        let column = |name: &str| format!("{name} {lang}");
        let mut words = spoken.remove(lang.as_str()).unwrap_or_default();
        let line = |name: &str, old: String| match row.has(&column(name)) {
            true => text::one_line(row.cell(&column(name)), check::TEXT_LIMIT + 1),
            false => old,
        };
        let several = |name: &str, old: Vec<String>| match row.has(&column(name)) {
            true => lines(row.cell(&column(name))),
            false => old,
        };
        words = RoleWords {
            name: line("name", words.name),
            people: line("text", words.people),
            can: several("can", words.can),
            cannot: several("cannot", words.cannot),
        };
        if !words.name.is_empty() {
            spoken.insert(lang.to_string(), words);
        }
    }
    spoken
}
