//! What the stand-in stores, and how its models behave.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vestibule::kernel::Instant;

use super::domain::{Row, fits};

/// An error as Odoo raises it.
#[derive(Debug, Clone)]
pub struct Raised {
    pub status: u16,
    pub name: &'static str,
    pub message: String,
}

pub fn raise(status: u16, name: &'static str, message: impl Into<String>) -> Raised {
    Raised {
        status,
        name,
        message: message.into(),
    }
}

/// One model: its fields with their types, its records.
#[derive(Default, Clone)]
pub struct Model {
    pub fields: BTreeMap<String, &'static str>,
    pub rows: BTreeMap<i64, Row>,
    /// Writing needs rights that the key's user lacks.
    pub readonly: bool,
    /// Reading too.
    pub hidden: bool,
}

/// The whole database.
#[derive(Clone)]
pub struct Records {
    pub models: BTreeMap<String, Model>,
    /// External ids: `module.name` to model and id.
    pub external: BTreeMap<String, (String, i64)>,
    /// Microseconds since 1970; each transaction moves it.
    pub now: i64,
    /// How far a transaction moves it.
    pub step: i64,
    next_id: i64,
    /// Records whose transaction has not ended: model and id.
    pub unseen: Vec<(String, i64)>,
    pub next_is_late: bool,
    /// Every record stored by `load`: model, whether new.
    pub stored: Vec<(String, bool)>,
}

const PORTAL: &[(&str, &str)] = &[
    ("x_portal_changes", "char"),
    ("x_portal_author", "char"),
    ("x_portal_invite", "char"),
    ("x_portal_invite_by", "char"),
    ("x_portal_invitation", "char"),
];
const PARTNER: &[(&str, &str)] = &[
    ("name", "char"),
    ("ref", "char"),
    ("is_company", "boolean"),
    ("type", "selection"),
    ("active", "boolean"),
    ("parent_id", "many2one:res.partner"),
    ("commercial_partner_id", "many2one:res.partner"),
    ("email", "char"),
    ("email_normalized", "char"),
    ("is_blacklisted", "boolean"),
    ("phone", "char"),
    ("lang", "selection"),
    ("zip", "char"),
    ("vat", "char"),
    ("website", "char"),
    ("color", "integer"),
    ("user_id", "many2one:res.users"),
    ("category_id", "many2many:res.partner.category"),
    ("x_portal_membership_id", "char"),
    ("x_portal_person_id", "char"),
    ("x_portal_status", "char"),
    ("x_portal_roles", "char"),
    ("x_portal_last_sign_in", "datetime"),
];
const LEAD: &[(&str, &str)] = &[
    ("name", "char"),
    ("type", "selection"),
    ("active", "boolean"),
    ("partner_name", "char"),
    ("contact_name", "char"),
    ("email_from", "char"),
    ("email_normalized", "char"),
    ("is_blacklisted", "boolean"),
    ("phone", "char"),
    ("user_id", "many2one:res.users"),
    ("partner_id", "many2one:res.partner"),
    ("stage_id", "many2one:crm.stage"),
    ("x_portal_key", "char"),
    ("x_portal_score", "integer"),
    ("x_portal_lead_status", "char"),
    ("x_portal_consent", "char"),
];
const ORDER: &[(&str, &str)] = &[
    ("name", "char"),
    ("partner_id", "many2one:res.partner"),
    ("state", "selection"),
    ("date_order", "datetime"),
    ("amount_total", "monetary"),
    ("currency_id", "many2one:res.currency"),
    ("order_line", "one2many:sale.order.line:order_id"),
    ("is_subscription", "boolean"),
    ("subscription_state", "selection"),
    ("start_date", "date"),
    ("end_date", "date"),
    ("x_seats", "integer"),
    ("x_grace", "integer"),
];
const MESSAGE: &[(&str, &str)] = &[
    ("model", "char"),
    ("res_id", "many2one_reference"),
    ("body", "html"),
    ("date", "datetime"),
    ("message_type", "selection"),
    ("subtype_id", "many2one:mail.message.subtype"),
];
/// Of the helpdesk, which not every Odoo has.
const TICKET: &[(&str, &str)] = &[
    ("ticket_ref", "char"),
    ("name", "char"),
    ("partner_id", "many2one:res.partner"),
    ("team_id", "many2one:helpdesk.team"),
    ("stage_id", "many2one:helpdesk.stage"),
    ("create_date", "datetime"),
];
const CONTRACT: &[(&str, &str)] = &[
    ("x_name", "char"),
    ("x_partner_id", "many2one:res.partner"),
    ("x_status", "selection"),
    ("x_starts_on", "date"),
    ("x_ends_on", "date"),
];

impl Default for Records {
    fn default() -> Self {
        let model = |lists: &[&[(&str, &'static str)]]| {
            let fields = lists.iter().copied().flatten();
            let common = [("id", "integer"), ("write_date", "datetime")];
            Model {
                fields: fields
                    .chain(&common)
                    .map(|(name, kind)| ((*name).to_owned(), *kind))
                    .collect(),
                ..Model::default()
            }
        };
        let models = [
            ("res.partner", model(&[PARTNER, PORTAL])),
            ("crm.lead", model(&[LEAD, PORTAL])),
            ("sale.order", model(&[ORDER])),
            ("x_contract", model(&[CONTRACT])),
            ("helpdesk.ticket", model(&[TICKET])),
            ("helpdesk.team", model(&[&[("name", "char")]])),
            (
                "helpdesk.stage",
                model(&[&[("name", "char"), ("fold", "boolean")]]),
            ),
            ("crm.stage", model(&[&[("name", "char")]])),
            ("res.currency", model(&[&[("name", "char")]])),
            ("res.partner.category", model(&[&[("name", "char")]])),
            ("mail.message", model(&[MESSAGE])),
            ("mail.message.subtype", model(&[&[("name", "char")]])),
            (
                "res.users",
                model(&[&[("login", "char"), ("name", "char"), ("email", "char")]]),
            ),
            (
                "sale.order.line",
                model(&[&[
                    ("order_id", "many2one:sale.order"),
                    ("product_id", "many2one:product.product"),
                ]]),
            ),
            (
                "product.product",
                model(&[&[("name", "char"), ("default_code", "char")]]),
            ),
        ];
        let mut records = Self {
            models: models
                .into_iter()
                .map(|(name, model)| (name.to_owned(), model))
                .collect(),
            external: BTreeMap::new(),
            now: Instant::from_seconds(1_800_000_000).as_micros(),
            step: 300_000,
            next_id: 6,
            unseen: Vec::new(),
            next_is_late: false,
            stored: Vec::new(),
        };
        let note = records.create("mail.message.subtype", json!({"name": "Note"}));
        let place = ("mail.message.subtype".to_owned(), note);
        records.external.insert("mail.mt_note".to_owned(), place);
        records
    }
}

impl Records {
    /// Creates a record as a user would.
    pub fn create(&mut self, model: &str, values: Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        let mut row = Row::new();
        row.insert("id".to_owned(), id.into());
        row.insert("active".to_owned(), true.into());
        if model == "res.partner" {
            row.insert("type".to_owned(), "contact".into());
            row.insert("is_company".to_owned(), false.into());
        }
        self.model(model).rows.insert(id, row);
        if std::mem::take(&mut self.next_is_late) {
            self.unseen.push((model.to_owned(), id));
        }
        self.write(model, id, values);
        id
    }

    /// Changes a record as a user would.
    pub fn write(&mut self, model: &str, id: i64, values: Value) {
        self.now += self.step;
        let now = self.now;
        let row = self.model(model).rows.get_mut(&id).unwrap();
        let Value::Object(values) = values else {
            panic!("values are an object")
        };
        row.extend(values);
        row.insert("write_date".to_owned(), now.into());
        self.compute(model, id);
    }

    pub fn model(&mut self, model: &str) -> &mut Model {
        self.models.get_mut(model).unwrap()
    }

    pub fn row(&self, model: &str, id: i64) -> Row {
        self.models[model].rows[&id].clone()
    }

    /// Fields that Odoo works out and stores.
    fn compute(&mut self, model: &str, id: i64) {
        let row = self.row(model, id);
        let email = ["email", "email_from"]
            .iter()
            .find_map(|field| row.get(*field)?.as_str());
        let normal = email.map_or(Value::Bool(false), |it| it.trim().to_lowercase().into());
        let mut company = id;
        let mut at = row.clone();
        while at.get("is_company") != Some(&Value::Bool(true)) {
            let Some(parent) = at.get("parent_id").and_then(Value::as_i64) else {
                break;
            };
            company = parent;
            at = self.row(model, parent);
        }
        let row = self.model(model).rows.get_mut(&id).unwrap();
        if matches!(model, "res.partner" | "crm.lead") {
            row.insert("email_normalized".to_owned(), normal);
        }
        if model == "res.partner" {
            row.insert("commercial_partner_id".to_owned(), company.into());
        }
    }

    fn model_for(&self, name: &str, writes: bool) -> Result<&Model, Raised> {
        let model = self.models.get(name).ok_or_else(|| {
            raise(
                404,
                "werkzeug.exceptions.NotFound",
                format!("the model {name:?} does not exist"),
            )
        })?;
        if model.hidden || (writes && model.readonly) {
            let verb = if writes { "modify" } else { "access" };
            let message = format!("You are not allowed to {verb} records of {name}.");
            return Err(raise(403, "odoo.exceptions.AccessError", message));
        }
        Ok(model)
    }

    /// A method of a model with named arguments.
    pub fn call(&mut self, model: &str, method: &str, arguments: &Value) -> Result<Value, Raised> {
        match method {
            "search_read" => self.search_read(model, arguments),
            "fields_get" => self.fields_get(model, arguments),
            "load" => {
                let before = self.clone();
                let loaded = self.load(model, arguments);
                if !loaded.as_ref().is_ok_and(|it| it["ids"].is_array()) {
                    *self = before;
                }
                loaded
            }
            other => Err(raise(
                404,
                "werkzeug.exceptions.NotFound",
                format!("the method {other} does not exist on {model}"),
            )),
        }
    }

    fn fields_get(&self, name: &str, arguments: &Value) -> Result<Value, Raised> {
        let model = self.models.get(name).ok_or_else(|| {
            raise(
                404,
                "werkzeug.exceptions.NotFound",
                format!("the model {name:?} does not exist"),
            )
        })?;
        let wanted: Vec<String> = serde_json::from_value(arguments["allfields"].clone()).unwrap();
        let fields = wanted.iter().filter_map(|field| {
            let kind = model.fields.get(field)?.split(':').next().unwrap();
            Some((
                field.clone(),
                json!({"type": kind, "readonly": model.readonly}),
            ))
        });
        Ok(fields.collect())
    }

    fn search_read(&self, name: &str, arguments: &Value) -> Result<Value, Raised> {
        let model = self.model_for(name, false)?;
        let domain: Vec<Value> = arguments["domain"].as_array().unwrap().clone();
        let domain: Vec<Value> = domain.into_iter().map(|term| self.below(term)).collect();
        let fields: Vec<String> = serde_json::from_value(arguments["fields"].clone()).unwrap();
        for field in &fields {
            if !model.fields.contains_key(field) {
                let message = format!("Invalid field '{field}' on model '{name}'");
                return Err(raise(500, "builtins.ValueError", message));
            }
        }
        let sees_archived = arguments["context"]["active_test"] == json!(false);
        let mut found: Vec<(i64, &Row)> = Vec::new();
        for (id, row) in &model.rows {
            let is_hidden = self
                .unseen
                .iter()
                .any(|(its, hidden)| its == name && hidden == id);
            if is_hidden || (!sees_archived && row.get("active") == Some(&json!(false))) {
                continue;
            }
            let field = |field: &str| match model.fields.get(field) {
                None if field.contains('.') => {
                    let (link, of) = field.split_once('.').unwrap();
                    let kind = model.fields.get(link).ok_or("no such link")?;
                    let comodel = &self.models[kind.strip_prefix("many2one:").unwrap()];
                    let other = row.get(link).and_then(Value::as_i64);
                    let other = other.and_then(|id| comodel.rows.get(&id));
                    Ok(other
                        .and_then(|it| it.get(of).cloned())
                        .unwrap_or(json!(false)))
                }
                None => Err(format!("Invalid field {name}.{field} in leaf")),
                Some(_) if field == "write_date" => {
                    let stamp = row[field].as_i64().unwrap();
                    // Compared with the finer stamp, although only seconds are shown.
                    Ok(Instant::from_micros(stamp)
                        .to_jiff()
                        .strftime("%Y-%m-%d %H:%M:%S%.6f")
                        .to_string()
                        .into())
                }
                Some(_) => Ok(row.get(field).cloned().unwrap_or(json!(false))),
            };
            if fits(&domain, &field).map_err(|it| raise(500, "builtins.ValueError", it))? {
                found.push((*id, row));
            }
        }
        match arguments["order"].as_str().unwrap() {
            "id" => {}
            "id desc" => found.reverse(),
            newest if newest.ends_with(" desc, id desc") => {
                let field = newest.trim_end_matches(" desc, id desc");
                found.sort_by_key(|(id, row)| (row[field].as_str().map(str::to_owned), *id));
                found.reverse();
            }
            "write_date, id" => found.sort_by_key(|(id, row)| (row["write_date"].as_i64(), *id)),
            other => panic!("order {other}"),
        }
        let limit = usize::try_from(arguments["limit"].as_u64().unwrap()).unwrap();
        found.truncate(limit);
        let shown = found.iter().map(|(id, row)| {
            let shown = fields
                .iter()
                .map(|field| (field.clone(), self.shown(model, field, row)));
            let mut shown: Row = shown.collect();
            shown.insert("id".to_owned(), (*id).into());
            Value::Object(shown)
        });
        Ok(shown.collect())
    }

    /// `child_of` as the ids of a company and of everybody in it.
    fn below(&self, term: Value) -> Value {
        if term.get(1) != Some(&json!("child_of")) {
            return term;
        }
        let partners = self.models["res.partner"].rows.iter();
        let its = |row: &Row| row.get("commercial_partner_id") == term.get(2);
        let ids: Vec<i64> = partners
            .filter(|(_, row)| its(row))
            .map(|(id, _)| *id)
            .collect();
        json!([term[0], "in", ids])
    }

    /// A value as `read` gives it: links with names, times in seconds, `false` for nothing.
    fn shown(&self, model: &Model, field: &str, row: &Row) -> Value {
        let value = row.get(field).cloned().unwrap_or(json!(false));
        let kind = model.fields[field];
        if let Some(comodel) = kind.strip_prefix("many2one:") {
            return match value.as_i64() {
                Some(id) => {
                    let other = &self.models[comodel].rows[&id];
                    let name = ["name", "login", "x_name"]
                        .iter()
                        .find_map(|it| other.get(*it));
                    json!([id, name.cloned().unwrap_or(json!(""))])
                }
                None => json!(false),
            };
        }
        if let Some(lines) = kind.strip_prefix("one2many:") {
            let (comodel, back) = lines.split_once(':').unwrap();
            let lines = self.models[comodel].rows.iter();
            let ids = lines.filter(|(_, line)| line.get(back) == row.get("id"));
            return ids.map(|(id, _)| Value::from(*id)).collect();
        }
        if field == "write_date" {
            let stamp = Instant::from_micros(value.as_i64().unwrap()).to_jiff();
            return stamp.strftime("%Y-%m-%d %H:%M:%S").to_string().into();
        }
        value
    }

    /// Odoo's import: all rows or none, and never an error status.
    fn load(&mut self, name: &str, arguments: &Value) -> Result<Value, Raised> {
        let model = self.models.get(name).cloned().ok_or_else(|| {
            raise(
                404,
                "werkzeug.exceptions.NotFound",
                format!("the model {name:?} does not exist"),
            )
        })?;
        let columns: Vec<String> = serde_json::from_value(arguments["fields"].clone()).unwrap();
        let data: Vec<Vec<String>> =
            serde_json::from_value(arguments["data"].clone()).map_err(|_| {
                raise(
                    500,
                    "builtins.AttributeError",
                    "'int' object has no attribute 'strip'",
                )
            })?;
        for column in &columns {
            let field = column.split('/').next().unwrap();
            if !matches!(field, "id" | ".id") && !model.fields.contains_key(field) {
                return Err(raise(500, "builtins.KeyError", format!("'{field}'")));
            }
        }
        let (mut ids, mut messages) = (Vec::new(), Vec::new());
        for (place, cells) in data.iter().enumerate() {
            match self.load_row(name, &model, &columns, cells) {
                Ok(id) => ids.push(id),
                Err((field, message)) => messages.push(json!({
                    "type": "error", "record": place, "field": field, "message": message,
                    "rows": {"from": place, "to": place},
                })),
            }
        }
        if messages.is_empty() {
            Ok(json!({"ids": ids, "messages": [], "nextrow": 0}))
        } else {
            Ok(json!({"ids": false, "messages": messages, "nextrow": 0}))
        }
    }

    fn load_row(
        &mut self,
        name: &str,
        model: &Model,
        columns: &[String],
        cells: &[String],
    ) -> Result<i64, (String, String)> {
        let wrong = |field: &str, message: String| (field.to_owned(), message);
        if model.readonly {
            let message = format!(
                "Unknown error during import: <class 'odoo.exceptions.AccessError'>: You are not allowed to modify {name}"
            );
            return Err(wrong("", message));
        }
        let (mut values, mut external, mut id) = (Row::new(), None, None);
        for (column, cell) in columns.iter().zip(cells) {
            let (field, part) = column.split_once('/').unwrap_or((column, ""));
            if column == "id" {
                assert!(
                    cell.contains('.') && cell.matches('.').count() == 1,
                    "external id {cell}"
                );
                external = Some(cell.clone());
                continue;
            }
            if column == ".id" {
                let known = cell.parse().ok().filter(|id| model.rows.contains_key(id));
                let unknown = || wrong(".id", format!("Unknown database identifier '{cell}'"));
                id = Some(known.ok_or_else(unknown)?);
                continue;
            }
            let kind = model.fields[field];
            let value = match (kind, part) {
                _ if cell.is_empty() => json!(false),
                ("integer" | "many2one_reference", _) => {
                    let number: i64 = cell.parse().map_err(|_| {
                        wrong(
                            field,
                            format!("'{cell}' does not seem to be an integer for field '{field}'"),
                        )
                    })?;
                    number.into()
                }
                ("datetime", _) => {
                    jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", cell).map_err(|_| {
                        wrong(
                            field,
                            format!("'{cell}' does not seem to be a valid datetime"),
                        )
                    })?;
                    cell.clone().into()
                }
                (kind, ".id") => {
                    let comodel = kind.strip_prefix("many2one:").unwrap();
                    let id: i64 = cell.parse().unwrap_or_default();
                    if !self.models[comodel].rows.contains_key(&id) {
                        return Err(wrong(
                            field,
                            format!("No matching record found for database id '{cell}'"),
                        ));
                    }
                    id.into()
                }
                (_, "id") => match self.external.get(cell) {
                    Some((_, id)) => (*id).into(),
                    None => {
                        return Err(wrong(
                            field,
                            format!("No matching record found for external id '{cell}'"),
                        ));
                    }
                },
                _ => cell.clone().into(),
            };
            values.insert(field.to_owned(), value);
        }
        if values.get("email").or(values.get("email_from")) == Some(&json!("broken@faults.example"))
        {
            return Err(wrong("email", "A constraint says no.".to_owned()));
        }
        let known = external
            .as_ref()
            .and_then(|it| self.external.get(it))
            .map(|(_, id)| *id)
            .filter(|id| self.models[name].rows.contains_key(id));
        self.stored.push((name.to_owned(), id.or(known).is_none()));
        let id = match id.or(known) {
            Some(id) => {
                self.write(name, id, values.into());
                id
            }
            None => {
                if !values.contains_key("name") && matches!(name, "res.partner" | "crm.lead") {
                    return Err(wrong(
                        "name",
                        "Missing required value for the field 'Name' (name)".to_owned(),
                    ));
                }
                self.create(name, values.into())
            }
        };
        if let Some(external) = external {
            self.external.insert(external, (name.to_owned(), id));
        }
        Ok(id)
    }
}
