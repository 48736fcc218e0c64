//! Whether the org has what the portal needs, in sentences somebody can act on.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Salesforce,
    names::{CHANGE, Kind},
};
use crate::{crm::port::CrmError, settings::Panel};

/// What an org says about one object, as far as we look.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    #[serde(default)]
    createable: bool,
    #[serde(default)]
    updateable: bool,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: String,
    #[serde(default)]
    relationship_name: Option<String>,
    #[serde(default)]
    createable: bool,
    #[serde(default)]
    updateable: bool,
    #[serde(default)]
    external_id: bool,
    #[serde(default)]
    unique: bool,
}

impl Described {
    fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// A field, or the relation that a path like `Owner.Email` begins with.
    fn has(&self, path: &str) -> bool {
        match path.split_once('.') {
            None => self.field(path).is_some(),
            Some((relation, _)) => {
                let is_it = |it: &Field| it.relationship_name.as_deref() == Some(relation);
                self.fields.iter().any(is_it)
            }
        }
    }
}

impl Salesforce {
    /// Looks at the objects and their fields. Field-level security hides a field as if it were not
    /// there, so both are said together.
    pub(super) async fn look(&self) -> Result<String, CrmError> {
        let mut problems = Vec::new();
        for kind in Kind::ALL {
            let object = self.names.object(kind);
            match self.describe(object).await? {
                Some(described) => self.compare(kind, &described, &mut problems),
                None => problems.push(format!(
                    "the integration user may not read the object {object}"
                )),
            }
        }
        match self.describe("Task").await? {
            Some(task) if task.createable => {
                key_field(&task, ("Task (Activity)", CHANGE), false, &mut problems);
            }
            _ => problems.push("the integration user may not create tasks".to_owned()),
        }
        self.look_at_panels(&mut problems).await?;
        if problems.is_empty() {
            let usage = self.api.usage().map_or_else(String::new, |it| {
                format!("; {} of {} calls of the day used", it.used, it.allowed)
            });
            let (host, version) = (self.api.host(), self.api.version());
            Ok(format!("Salesforce v{version} at {host}{usage}"))
        } else {
            Err(CrmError::Setup(problems.join("; ")))
        }
    }

    /// What the panels need that the settings name.
    async fn look_at_panels(&self, problems: &mut Vec<String>) -> Result<(), CrmError> {
        for (panel, record, usual, fields) in [
            (
                Panel::Orders,
                "order",
                "Order",
                &["account_id", "number", "date", "total", "currency", "state"][..],
            ),
            (
                Panel::Cases,
                "case",
                "Case",
                &[
                    "account_id",
                    "number",
                    "subject",
                    "state",
                    "date",
                    "is_closed",
                ][..],
            ),
        ] {
            if !self.panels.promises(panel) {
                continue;
            }
            let path = format!("{record}.object");
            let object = self.names.of(&path).unwrap_or(usual);
            let Some(described) = self.describe(object).await? else {
                problems.push(format!(
                    "the integration user may not read the object {object}, which the panel `{panel}` shows"
                ));
                continue;
            };
            let named = fields
                .iter()
                .filter_map(|field| self.names.of(&format!("{record}.{field}")));
            let absent = named.filter(|name| !described.has(name));
            problems.extend(absent.map(|name| missing(object, name)));
        }
        Ok(())
    }

    /// `None` when the object is hidden from us.
    async fn describe(&self, object: &str) -> Result<Option<Described>, CrmError> {
        // Below a version that does not exist nothing is found; that is told apart first.
        let known: Value = self.api.get("/sobjects").await?;
        let objects = known.get("sobjects").and_then(Value::as_array);
        let is_it = |it: &&Value| it.get("name").and_then(Value::as_str) == Some(object);
        if !objects.is_some_and(|all| all.iter().any(|it| is_it(&it))) {
            return Ok(None);
        }
        let body = self
            .api
            .get(&format!("/sobjects/{object}/describe"))
            .await?;
        Described::deserialize(&body)
            .map(Some)
            .map_err(|_| CrmError::Protocol(format!("the description of {object} cannot be read")))
    }

    fn compare(&self, kind: Kind, described: &Described, problems: &mut Vec<String>) {
        let object = self.names.object(kind);
        for name in self.names.read(kind) {
            if !described.has(name) {
                problems.push(missing(object, name));
            }
        }
        if !matches!(kind, Kind::Contact | Kind::Lead) {
            return;
        }
        if !(described.createable && described.updateable) {
            problems.push(format!(
                "the integration user may not create and edit {object} records"
            ));
        }
        for name in self.names.written(kind) {
            match described.field(name) {
                None => problems.push(missing(object, name)),
                Some(it) if !(it.createable && it.updateable) => problems.push(format!(
                    "the integration user may not write {object}.{name}: field-level security"
                )),
                Some(_) => {}
            }
        }
        key_field(described, (object, self.names.our_id(kind)), true, problems);
        problems.sort();
        problems.dedup();
    }
}

fn missing(object: &str, name: &str) -> String {
    format!("{object} has no field {name}, or the integration user may not see it")
}

fn key_field(
    described: &Described,
    (object, name): (&str, &str),
    unique: bool,
    problems: &mut Vec<String>,
) {
    match described.field(name) {
        None => problems.push(missing(object, name)),
        Some(field) if !field.external_id => {
            problems.push(format!("{object}.{name} is not marked as External ID"));
        }
        Some(field) if unique && !field.unique => {
            problems.push(format!("{object}.{name} is not marked as Unique"));
        }
        Some(_) => {}
    }
}
