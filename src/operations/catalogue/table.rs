//! The catalogue as a table: CSV out, and the same table in, into a draft.

mod entries;

use std::collections::{BTreeMap, BTreeSet};

use entries::{role_of, service_of};

use super::check::{self, Fault};
use crate::{
    access::CatalogueBody,
    kernel::text,
    settings::{RoleSettings, RoleWords},
    web::Lang,
};

/// Rows taken at most.
const ROWS: usize = 2_000;

/// One row that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongRow {
    /// The line of the table it begins at, the head being the first.
    pub line: u64,
    /// The entry it is about; may be empty.
    pub entry: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What a table says.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// The catalogue with the table's rows in it.
    pub body: CatalogueBody,
    /// How many services and roles it names.
    pub counts: (usize, usize),
    /// What is wrong; then nothing is taken.
    pub wrong: Vec<WrongRow>,
    /// What its rows are about, each once.
    seen: BTreeSet<(String, String)>,
}

/// The columns before and after those of each language.
const COLUMNS: [&str; 7] = [
    "entry",
    "key",
    "tier",
    "product",
    "kinds",
    "granted by",
    "grants",
];
const OF_LANGUAGE: [&str; 4] = ["name", "text", "can", "cannot"];

fn head() -> Vec<String> {
    let languages = Lang::ALL.iter().flat_map(|lang| {
        OF_LANGUAGE
            .iter()
            .map(move |column| format!("{column} {lang}"))
    });
    let plain = COLUMNS.iter().map(ToString::to_string);
    plain.chain(["url".to_owned()]).chain(languages).collect()
}

/// The catalogue as CSV; a cell that a spreadsheet would take for a formula begins with `'`.
///
/// # Errors
/// Never for a body of ours; the writer's word for it.
pub fn write(body: &CatalogueBody) -> Result<Vec<u8>, csv::Error> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(head())?;
    for service in &body.services {
        let plain = [
            "service",
            &service.key,
            "",
            service.product.as_deref().unwrap_or_default(),
            "",
            "",
            "",
            service.url.as_str(),
        ];
        let mut cells: Vec<String> = plain.iter().map(|text| guarded(text)).collect();
        for lang in Lang::ALL {
            let of = |texts: &BTreeMap<String, String>| {
                let text = texts.get(lang.as_str());
                guarded(text.map_or("", String::as_str))
            };
            cells.extend([of(&service.name), of(&service.about)]);
            cells.extend([String::new(), String::new()]);
        }
        file.write_record(cells)?;
    }
    for role in body.roles.iter().filter(|role| !role.retired) {
        file.write_record(role_cells(role))?;
    }
    file.into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

fn role_cells(role: &RoleSettings) -> Vec<String> {
    let kinds: Vec<&str> = role.kinds.iter().map(|kind| kind.as_str()).collect();
    let grants = role
        .grants
        .iter()
        .map(|(service, given)| format!("{service}: {}", given.join(", ")).trim().to_owned());
    let plain = [
        "role",
        &role.key,
        role.tier.as_str(),
        role.product.as_deref().unwrap_or_default(),
        &kinds.join(", "),
        role.granted_by.as_str(),
        &grants.collect::<Vec<_>>().join("\n"),
        "",
    ];
    let mut cells: Vec<String> = plain.iter().map(|text| guarded(text)).collect();
    for lang in Lang::ALL {
        let words = role.words.get(lang.as_str());
        let text = |of: fn(&RoleWords) -> String| guarded(&words.map(of).unwrap_or_default());
        cells.extend([
            text(|it| it.name.clone()),
            text(|it| it.people.clone()),
            text(|it| it.can.join("\n")),
            text(|it| it.cannot.join("\n")),
        ]);
    }
    cells
}

/// A spreadsheet takes what begins like this for a formula.
pub fn guarded(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\'') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

fn bare(text: &str) -> &str {
    text.strip_prefix('\'').unwrap_or(text)
}

/// One row by the names of its columns.
struct Row<'a> {
    head: &'a [String],
    cells: csv::StringRecord,
}

impl Row<'_> {
    /// Whether the table has the column; where it has not, what is known stays.
    fn has(&self, column: &str) -> bool {
        self.head.iter().any(|name| name == column)
    }

    fn cell(&self, column: &str) -> &str {
        let place = self.head.iter().position(|name| name == column);
        let cell = place.and_then(|place| self.cells.get(place));
        bare(cell.unwrap_or_default().trim())
    }

    fn lines(&self, column: &str) -> Vec<String> {
        lines(self.cell(column))
    }
}

/// The lines of a text that say something, each plain.
pub fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| text::one_line(line, check::TEXT_LIMIT + 1))
        .filter(|line| !line.is_empty())
        .collect()
}

/// Reads a table on top of a catalogue: its rows add entries or take the place of those with the same
/// key; what it does not name stays. Columns are found by their names, with commas or semicolons
/// between cells.
pub fn read(table: &str, onto: &CatalogueBody) -> Read {
    let mut read = Read {
        body: onto.clone(),
        ..Read::default()
    };
    let table = table.trim_start_matches('\u{feff}');
    let first = table.lines().next().unwrap_or_default();
    let delimiter = if first.matches(';').count() > first.matches(',').count() {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(table.as_bytes());
    let head: Vec<String> = match reader.headers() {
        Ok(head) => head.iter().map(|name| name.trim().to_lowercase()).collect(),
        Err(_) => Vec::new(),
    };
    if !["entry", "key"]
        .iter()
        .all(|name| head.iter().any(|own| own == name))
    {
        read.wrong.push(wrong(1, "", "catalogue-wrong-head", ""));
        return read;
    }
    for record in reader.records() {
        let Ok(cells) = record else {
            read.wrong.push(wrong(0, "", "catalogue-wrong-row", ""));
            break;
        };
        let line = cells.position().map_or(0, csv::Position::line);
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if read.seen.len() == ROWS {
            read.wrong.push(wrong(line, "", "catalogue-wrong-rows", ""));
            break;
        }
        take(&mut read, line, &Row { head: &head, cells });
    }
    cross_check(&mut read);
    read
}

fn wrong(line: u64, entry: &str, text: &'static str, of: &str) -> WrongRow {
    WrongRow {
        line,
        entry: entry.to_owned(),
        fault: Fault {
            entry: entry.to_owned(),
            field: "table",
            text,
            of: of.to_owned(),
        },
    }
}

fn take(read: &mut Read, line: u64, row: &Row<'_>) {
    let key = row.cell("key").to_owned();
    if !read
        .seen
        .insert((row.cell("entry").to_owned(), key.clone()))
    {
        read.wrong
            .push(wrong(line, &key, "catalogue-wrong-twice", &key));
        return;
    }
    let faults = match row.cell("entry") {
        "service" => match service_of(row, read.body.service(&key)) {
            Ok(service) => {
                let faults = check::of_service(&service);
                read.counts.0 += 1;
                put(&mut read.body.services, service, |it| &it.key);
                faults
            }
            Err(fault) => vec![fault],
        },
        "role" => match role_of(row, read.body.role(&key)) {
            Ok(role) => {
                let faults = check::of_role(&role);
                read.counts.1 += 1;
                put(&mut read.body.roles, role, |it| &it.key);
                faults
            }
            Err(fault) => vec![fault],
        },
        other => vec![wrong(line, &key, "catalogue-wrong-entry", other).fault],
    };
    read.wrong.extend(faults.into_iter().map(|fault| WrongRow {
        line,
        entry: key.clone(),
        fault,
    }));
}

fn put<T>(list: &mut Vec<T>, entry: T, key: impl Fn(&T) -> &String) {
    match list.iter_mut().find(|old| key(old) == key(&entry)) {
        Some(old) => *old = entry,
        None => list.push(entry),
    }
}

/// What no row by itself can tell: services that there are not, no administrator's role.
fn cross_check(read: &mut Read) {
    if read.wrong.is_empty() {
        let found = check::faults(&read.body).into_iter();
        read.wrong = found
            .map(|fault| WrongRow {
                line: 0,
                entry: fault.entry.clone(),
                fault,
            })
            .collect();
    }
}

/// The words of a list: between commas, semicolons or spaces.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    words.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::OrganizationKind, settings::GrantedBy};

    fn body() -> CatalogueBody {
        let template: toml::Table = toml::from_str(crate::settings::TEMPLATE).unwrap();
        let mut body = CatalogueBody {
            services: template["services"].clone().try_into().unwrap(),
            roles: template["roles"].clone().try_into().unwrap(),
        };
        let hostile = body.roles.iter_mut().find(|role| role.key == "orders");
        let hostile = hostile.unwrap();
        hostile.kinds = vec![OrganizationKind::Partner, OrganizationKind::Customer];
        let words = hostile.words.get_mut("en").unwrap();
        words.name = "=HYPERLINK(\"https://evil.example\")".into();
        words.people = "'quoted, and; \"more\"".into();
        words.can = vec!["@one".into(), "two".into()];
        body
    }

    #[test]
    fn what_is_written_is_read_as_the_same_and_holds_no_formula() {
        let body = body();
        let text = String::from_utf8(write(&body).unwrap()).unwrap();
        let mut cells = csv::Reader::from_reader(text.as_bytes());
        for record in cells.records() {
            for cell in &record.unwrap() {
                let first = cell.chars().next();
                assert!(!matches!(first, Some('=' | '+' | '-' | '@')), "{cell}");
            }
        }
        let read = read(&text, &CatalogueBody::default());
        assert_eq!(read.wrong, []);
        assert_eq!(read.body, body);
        assert_eq!(read.counts, (1, 2));
    }

    #[test]
    fn what_a_table_has_no_column_for_stays() {
        let mut known = body();
        let role = known.roles.iter_mut().find(|role| role.key == "orders");
        let role = role.unwrap();
        role.granted_by = GrantedBy::Staff;
        role.product = Some("parts".into());
        let kept = role.clone();
        let table = "entry,key,name en,text en\nrole,orders,Buying,Orders what is needed.\n";
        let read = read(table, &known);
        assert_eq!(read.wrong, []);
        let role = read.body.role("orders").unwrap();
        assert_eq!(role.words["en"].name, "Buying");
        assert_eq!(role.words.get("de"), kept.words.get("de"));
        let same = |role: &RoleSettings| {
            let kinds: Vec<_> = role.kinds.iter().map(|kind| kind.as_str()).collect();
            (
                role.tier,
                role.granted_by,
                kinds,
                role.product.clone(),
                role.grants.clone(),
            )
        };
        assert_eq!(same(role), same(&kept));
        // The same key twice in one table: which one was meant is not ours to choose.
        let twice = "entry,key,name en,text en\nrole,orders,One,One.\nrole,orders,Two,Two.\n";
        let read = super::read(twice, &known);
        assert_eq!(read.wrong[0].fault.text, "catalogue-wrong-twice");
    }

    #[test]
    fn each_bad_row_is_named_and_what_is_not_named_stays() {
        let table = "entry;key;tier;url;grants;name en;text en;kinds\n\
            role;reader;member;;shop: reader;Reads;For all;partner\n\
            role;BAD KEY;member;;;Reads;For all;\n\
            role;odd;king;;;Odd;For all;\n\
            service;docs;;javascript:alert(1);;Docs;;\n\
            thing;x;;;;;;\n\
            role;far;member;;shop: a\"b;Far;For all;moon\n";
        let read = read(table, &body());
        let found: Vec<_> = read
            .wrong
            .iter()
            .map(|row| (row.line, row.fault.text))
            .collect();
        assert_eq!(
            found,
            [
                (3, "catalogue-wrong-key"),
                (4, "catalogue-wrong-tier"),
                (5, "catalogue-wrong-url"),
                (6, "catalogue-wrong-entry"),
                (7, "catalogue-wrong-kind"),
            ]
        );
        assert!(read.body.role("orders").is_some());
        let gone = super::read("role,reader", &body());
        assert_eq!(gone.wrong[0].fault.text, "catalogue-wrong-head");
    }
}
