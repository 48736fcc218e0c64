//! The environment's tables and what saving a row checks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

pub type Row = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text(usize),
    Whole,
    Flag,
    Time,
    Date,
    /// By the tables it may point to.
    Lookup(&'static [&'static str]),
}

#[derive(Debug, Clone)]
pub struct Table {
    /// Entity set name.
    pub set: &'static str,
    pub logical: &'static str,
    pub id: &'static str,
    pub columns: Vec<(&'static str, Type)>,
    pub keys: Vec<(&'static str, &'static str)>,
    pub tracks_changes: bool,
}

/// Status, code, message.
#[derive(Debug, Clone)]
pub struct Refused(pub u16, pub &'static str, pub String);

pub struct Env {
    pub tables: Vec<Table>,
    rows: BTreeMap<&'static str, BTreeMap<String, Row>>,
    /// Deleted rows: table, id, version.
    gone: Vec<(&'static str, String, i64)>,
    /// Rows as they were before the last saves.
    undo: Vec<(&'static str, String, Option<Row>)>,
    hidden: BTreeSet<String>,
    pub hides_next: bool,
    pub version: i64,
    next: u64,
    /// Rows changed by the API.
    pub saved: usize,
    /// Texts that a plug-in refuses.
    pub refused: BTreeSet<String>,
    /// Privileges that the application user lacks.
    pub lacks: BTreeSet<&'static str>,
}

pub const APP_USER: &str = "75c20000-0000-4000-8000-000000000001";
pub const REP_USER: &str = "75c20000-0000-4000-8000-000000000002";
pub const REP_ENTRA_ID: &str = "0e0a0000-0000-4000-8000-000000000002";

fn table(
    set: &'static str,
    logical: &'static str,
    id: &'static str,
    columns: &[(&'static str, Type)],
) -> Table {
    let mut all = vec![
        ("statecode", Type::Whole),
        ("modifiedon", Type::Time),
        ("ownerid", Type::Lookup(&["systemusers"])),
    ];
    all.extend_from_slice(columns);
    Table {
        set,
        logical,
        id,
        columns: all,
        keys: Vec::new(),
        tracks_changes: true,
    }
}

const TEXT: Type = Type::Text(255);
const NAME: Type = Type::Text(50);

fn tables() -> Vec<Table> {
    let human = [
        ("vst_portalid", TEXT),
        ("vst_changes", Type::Text(500)),
        ("vst_author", TEXT),
        ("vst_invitation", TEXT),
        ("firstname", NAME),
        ("lastname", NAME),
        ("emailaddress1", Type::Text(100)),
        ("telephone1", NAME),
        ("donotbulkemail", Type::Flag),
        ("donotemail", Type::Flag),
    ];
    let mut contact = human.to_vec();
    contact.extend([
        ("vst_personid", TEXT),
        ("vst_status", TEXT),
        ("vst_roles", TEXT),
        ("vst_lastsignin", Type::Time),
        ("parentcustomerid", Type::Lookup(&["accounts"])),
    ]);
    let mut lead = human.to_vec();
    lead.extend([
        ("subject", Type::Text(300)),
        ("companyname", Type::Text(100)),
        ("vst_score", Type::Whole),
        ("vst_consent", TEXT),
    ]);
    let mut contacts = table("contacts", "contact", "contactid", &contact);
    contacts.keys.push(("vst_portalid", "Active"));
    let mut leads = table("leads", "lead", "leadid", &lead);
    leads.keys.push(("vst_portalid", "Active"));
    vec![
        table(
            "systemusers",
            "systemuser",
            "systemuserid",
            &[
                ("internalemailaddress", Type::Text(100)),
                ("azureactivedirectoryobjectid", NAME),
                ("isdisabled", Type::Flag),
            ],
        ),
        table(
            "accounts",
            "account",
            "accountid",
            &[
                ("name", Type::Text(160)),
                ("accountnumber", NAME),
                ("customertypecode", Type::Whole),
                ("parentaccountid", Type::Lookup(&["accounts"])),
                ("address1_postalcode", NAME),
                ("vst_vatnumber", NAME),
            ],
        ),
        contacts,
        table(
            "entitlements",
            "entitlement",
            "entitlementid",
            &[
                ("name", Type::Text(100)),
                ("customerid", Type::Lookup(&["accounts", "contacts"])),
                ("startdate", Type::Date),
                ("enddate", Type::Date),
                ("vst_products", TEXT),
                ("vst_seats", Type::Whole),
            ],
        ),
        leads,
        table(
            "salesorders",
            "salesorder",
            "salesorderid",
            &[
                ("ordernumber", TEXT),
                ("createdon", Type::Time),
                ("totalamount", Type::Whole),
                ("customerid", Type::Lookup(&["accounts", "contacts"])),
            ],
        ),
        table(
            "incidents",
            "incident",
            "incidentid",
            &[
                ("ticketnumber", TEXT),
                ("title", TEXT),
                ("statuscode", Type::Whole),
                ("createdon", Type::Time),
                ("customerid", Type::Lookup(&["accounts", "contacts"])),
                ("primarycontactid", Type::Lookup(&["contacts"])),
            ],
        ),
        table(
            "annotations",
            "annotation",
            "annotationid",
            &[
                ("subject", Type::Text(500)),
                ("notetext", Type::Text(100_000)),
                ("objectid", Type::Lookup(&["accounts", "contacts", "leads"])),
            ],
        ),
    ]
}

impl Default for Env {
    fn default() -> Self {
        let mut env = Self {
            tables: tables(),
            rows: BTreeMap::new(),
            gone: Vec::new(),
            undo: Vec::new(),
            hidden: BTreeSet::new(),
            hides_next: false,
            version: 1_000,
            next: 0,
            saved: 0,
            refused: BTreeSet::new(),
            lacks: BTreeSet::new(),
        };
        let rep = json!({"systemuserid": REP_USER, "internalemailaddress": "rep@nordwind.example",
            "azureactivedirectoryobjectid": REP_ENTRA_ID, "isdisabled": false});
        env.put("systemusers", rep);
        env
    }
}

/// A column's name in JSON that is read: lookups are `_name_value`.
pub fn shown(name: &str, kind: Type) -> String {
    match kind {
        Type::Lookup(_) => format!("_{name}_value"),
        _ => name.to_owned(),
    }
}

pub fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

impl Table {
    pub fn column(&self, name: &str) -> Option<(&'static str, Type)> {
        if name == self.id {
            return Some((self.id, Type::Text(36)));
        }
        let plain = name
            .strip_prefix('_')
            .and_then(|it| it.strip_suffix("_value"))
            .unwrap_or(name);
        self.columns
            .iter()
            .find(|(known, _)| *known == plain)
            .copied()
    }
}

impl Env {
    pub fn table(&self, set: &str) -> Option<&Table> {
        self.tables.iter().find(|it| it.set == set)
    }

    pub fn table_mut(&mut self, set: &str) -> &mut Table {
        self.tables.iter_mut().find(|it| it.set == set).unwrap()
    }

    pub fn rows(&self, set: &str) -> impl Iterator<Item = &Row> {
        let id = self.table(set).map_or("", |it| it.id);
        let rows = self.rows.get(set).into_iter().flat_map(BTreeMap::values);
        rows.filter(move |row| !self.hidden.contains(row[id].as_str().unwrap()))
    }

    pub fn row(&self, set: &str, id: &str) -> Option<&Row> {
        self.rows.get(set)?.get(&id.to_lowercase())
    }

    /// Rows that changed between two versions, and ids of those deleted, in that order.
    pub fn changed(&self, set: &str, from: i64, to: i64) -> Vec<(i64, Value)> {
        let mut all: Vec<(i64, Value)> = self
            .rows(set)
            .map(|row| {
                (
                    row["versionnumber"].as_i64().unwrap(),
                    Value::Object(row.clone()),
                )
            })
            .collect();
        let gone = self.gone.iter().filter(|it| it.0 == set);
        all.extend(gone.map(|(_, id, version)| (*version, json!({"id": id, "reason": "deleted"}))));
        all.retain(|(version, _)| *version > from && *version <= to);
        all.sort_by_key(|(version, _)| *version);
        all
    }

    /// Up to where every transaction has ended.
    pub fn settled_version(&self) -> i64 {
        let hidden = self
            .rows
            .values()
            .flatten()
            .filter(|(id, _)| self.hidden.contains(*id));
        let first = hidden
            .map(|(_, row)| row["versionnumber"].as_i64().unwrap())
            .min();
        first.map_or(self.version, |version| version - 1)
    }

    fn new_id(&mut self) -> String {
        self.next += 1;
        format!("6d810000-0000-4000-8000-{:012x}", self.next)
    }

    /// Stores what a user typed; a new row unless its id is known. Columns as they are read.
    pub fn put(&mut self, set: &str, values: Value) -> String {
        let Value::Object(values) = values else {
            panic!("no row")
        };
        let table = self.table(set).unwrap().clone();
        let given = values
            .get(table.id)
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty())
            .map(str::to_lowercase);
        let id = given.unwrap_or_else(|| self.new_id());
        self.version += 1;
        let is_new = self.row(set, &id).is_none();
        let mut row = self.row(set, &id).cloned().unwrap_or_default();
        if is_new {
            for (name, kind) in &table.columns {
                let empty = if *kind == Type::Flag {
                    false.into()
                } else {
                    Value::Null
                };
                row.insert(shown(name, *kind), empty);
            }
            row.insert("statecode".into(), 0.into());
            row.insert("_ownerid_value".into(), REP_USER.into());
            if self.hides_next {
                self.hides_next = false;
                self.hidden.insert(id.clone());
            }
        }
        row.extend(values);
        row.insert(table.id.into(), id.clone().into());
        row.insert("versionnumber".into(), self.version.into());
        row.insert("modifiedon".into(), "2027-01-15T08:00:00Z".into());
        let rows = self.rows.entry(table.set).or_default();
        let before = rows.insert(id.clone(), row);
        self.undo.push((table.set, id.clone(), before));
        id
    }

    pub fn delete(&mut self, set: &str, id: &str) -> bool {
        let table = self.table(set).unwrap().set;
        let is_there = self
            .rows
            .get_mut(table)
            .and_then(|rows| rows.remove(&id.to_lowercase()))
            .is_some();
        if is_there {
            self.version += 1;
            self.gone.push((table, id.to_owned(), self.version));
        }
        is_there
    }

    pub fn show_hidden(&mut self) {
        self.hidden.clear();
        self.hides_next = false;
    }

    /// Remembers what is saved from here on, to take it back when a change set fails.
    pub fn begin(&mut self) {
        self.undo.clear();
    }

    /// Takes back everything since [`Env::begin`].
    pub fn take_back(&mut self) {
        while let Some((set, id, before)) = self.undo.pop() {
            let rows = self.rows.entry(set).or_default();
            match before {
                Some(row) => rows.insert(id, row),
                None => rows.remove(&id),
            };
        }
    }

    /// `contacts(guid)` or `contacts(key='value')`: table, id when there is such a row, and the key.
    pub fn locate(
        &self,
        address: &str,
    ) -> Result<(&'static str, Option<String>, Option<(String, String)>), Refused> {
        let missing = || {
            Refused(
                404,
                "0x8006088a",
                format!("Resource not found for the segment '{address}'."),
            )
        };
        let (set, rest) = address
            .trim_start_matches('/')
            .split_once('(')
            .ok_or_else(missing)?;
        let table = self.table(set).ok_or_else(missing)?;
        let inner = rest.strip_suffix(')').ok_or_else(missing)?;
        let Some((name, literal)) = inner.split_once('=') else {
            if !is_guid(inner) {
                return Err(Refused(
                    400,
                    "0x80060888",
                    "Unrecognized Edm.Guid literal".into(),
                ));
            }
            let id = inner.to_lowercase();
            return Ok((table.set, Some(id), None));
        };
        if !table
            .keys
            .iter()
            .any(|(key, state)| *key == name && *state == "Active")
        {
            return Err(Refused(
                400,
                "0x80060888",
                format!(
                    "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.{}'.",
                    table.logical
                ),
            ));
        }
        let value = literal
            .strip_prefix('\'')
            .and_then(|it| it.strip_suffix('\''))
            .ok_or_else(missing)?
            .replace("''", "'");
        if value.contains(|it: char| "/<>*%&:\\?+#".contains(it)) {
            return Err(Refused(
                400,
                "0x80060888",
                "Bad Request - Error in query syntax.".into(),
            ));
        }
        let id = self
            .rows(table.set)
            .find(|row| row[name] == value.as_str())
            .map(|row| row[table.id].as_str().unwrap().to_owned());
        Ok((table.set, id, Some((name.to_owned(), value))))
    }

    /// Saves by an address as PATCH does; the id and whether the row was made.
    pub fn save(
        &mut self,
        address: &str,
        body: &Row,
        must: &super::Must,
        caller: &str,
    ) -> Result<(String, bool), Refused> {
        let (set, id, key) = self.locate(address)?;
        let known = id.as_ref().and_then(|id| self.row(set, id));
        let tag = known.map(|row| format!("W/\"{}\"", row["versionnumber"]));
        let is_there = known.is_some();
        match (&must.match_tag, &tag) {
            (Some(_), None) => {
                return Err(Refused(
                    404,
                    "0x80040217",
                    format!("{set} With Id = {} Does Not Exist", id.unwrap_or_default()),
                ));
            }
            (Some(wanted), Some(tag)) if wanted != "*" && wanted != tag => {
                return Err(Refused(412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided.".into()));
            }
            _ => {}
        }
        if must.be_new && is_there {
            return Err(Refused(
                412,
                "0x80040237",
                "A record with matching key values already exists.".into(),
            ));
        }
        let table = self.table(set).unwrap().clone();
        let mut values = Row::new();
        if let Some((name, value)) = key {
            values.insert(name, value.into());
        }
        for (name, value) in body {
            let (name, value) = self.value(&table, name, value)?;
            values.insert(name, value);
        }
        for (name, _) in &table.keys {
            let Some(value) = values.get(*name).filter(|it| it.is_string()) else {
                continue;
            };
            let other = self.rows(set).find(|row| {
                row[*name] == *value && Some(row[table.id].as_str().unwrap()) != id.as_deref()
            });
            if let Some(other) = other {
                let id = other[table.id].as_str().unwrap();
                return Err(Refused(
                    412,
                    "0x80060892",
                    format!(
                        "Entity Key {name} violated. A record with the same value for {name} already exists. <Entity><Id>{id}</Id></Entity>"
                    ),
                ));
            }
        }
        if let Some(text) = values
            .values()
            .filter_map(Value::as_str)
            .find(|it| self.refused.contains(*it))
        {
            return Err(Refused(
                400,
                "0x80040265",
                format!("A plug-in refuses {} letters", text.len()),
            ));
        }
        values.insert("_modifiedby_value".into(), caller.into());
        if let Some(id) = &id {
            values.insert(table.id.into(), id.clone().into());
        }
        self.saved += 1;
        Ok((self.put(set, values.into()), !is_there))
    }

    fn value(&self, table: &Table, name: &str, value: &Value) -> Result<(String, Value), Refused> {
        let unknown = |name: &str| {
            Refused(
                400,
                "0x80048d19",
                format!(
                    "Error identified in Payload provided by the user for Entity :'{}', Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{}'.",
                    table.set, table.logical
                ),
            )
        };
        if let Some(property) = name.strip_suffix("@odata.bind") {
            // `parentcustomerid_account` for a column that may point to several tables.
            let found = table.columns.iter().find_map(|(column, kind)| match kind {
                Type::Lookup(targets) => {
                    let fits = |set: &&str| {
                        let logical = self.table(set).map_or("", |it| it.logical);
                        property == *column || property == format!("{column}_{logical}")
                    };
                    targets.iter().any(fits).then_some((*column, *targets))
                }
                _ => None,
            });
            let (column, targets) = found.ok_or_else(|| unknown(property))?;
            let (set, id, _) = self.locate(&super::resources::decode(
                value.as_str().unwrap_or_default(),
            ))?;
            let id = id.filter(|id| self.row(set, id).is_some());
            let Some(id) = id.filter(|_| targets.contains(&set)) else {
                return Err(Refused(
                    404,
                    "0x80040217",
                    format!("{set} With Id = {value} Does Not Exist"),
                ));
            };
            return Ok((format!("_{column}_value"), id.into()));
        }
        let (column, kind) = table
            .columns
            .iter()
            .find(|(known, _)| *known == name)
            .copied()
            .ok_or_else(|| unknown(name))?;
        let fits = match kind {
            _ if value.is_null() => true,
            Type::Whole => value.is_i64(),
            Type::Flag => value.is_boolean(),
            Type::Lookup(_) => return Err(unknown(name)),
            Type::Time => value
                .as_str()
                .is_some_and(|it| it.parse::<jiff::Timestamp>().is_ok()),
            _ => value.is_string(),
        };
        if !fits {
            return Err(Refused(
                400,
                "0x80048d19",
                format!("Cannot convert the literal '{value}' of {name} to the expected type."),
            ));
        }
        if let (Type::Text(longest), Some(text)) = (kind, value.as_str())
            && text.chars().count() > longest
        {
            return Err(Refused(
                400,
                "0x80044331",
                format!(
                    "A validation error occurred. The length of the '{name}' attribute of the '{}' entity exceeded the maximum allowed length of '{longest}'.",
                    table.logical
                ),
            ));
        }
        Ok((shown(column, kind), value.clone()))
    }
}
