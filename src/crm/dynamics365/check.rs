//! Whether the environment has what the portal needs, in sentences somebody can act on.

use serde_json::Value;

use super::{Dynamics365, names::Kind, odata};
use crate::{
    crm::{matching::Human, port::CrmError},
    settings::Panel,
};

/// What the application user must be allowed beyond reading.
const PRIVILEGES: &[&str] = &[
    "prvCreateContact",
    "prvWriteContact",
    "prvCreateLead",
    "prvWriteLead",
    "prvCreateNote",
    "prvWriteNote",
    "prvAppendNote",
    "prvAppendToContact",
    "prvAppendToLead",
    "prvAppendToAccount",
];

fn list<'a>(body: &'a Value, key: &str) -> &'a [Value] {
    body.get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `parentcustomerid` of `_parentcustomerid_value`.
fn column(name: &str) -> &str {
    let inner = name
        .strip_prefix('_')
        .and_then(|it| it.strip_suffix("_value"));
    inner.unwrap_or(name)
}

impl Dynamics365 {
    /// Looks at tables, columns, keys and rights.
    pub(super) async fn look(&self) -> Result<String, CrmError> {
        let me = self.api.get("/WhoAmI").await?;
        let mut problems = Vec::new();
        for kind in Kind::ALL {
            self.table(kind, &mut problems).await?;
        }
        self.rights(text(&me, "UserId"), &mut problems).await?;
        self.panels_of(text(&me, "UserId"), &mut problems).await?;
        if problems.is_empty() {
            let (host, version) = (self.api.host(), self.api.version());
            Ok(format!("Dataverse Web API v{version} at {host}"))
        } else {
            Err(CrmError::Setup(problems.join("; ")))
        }
    }

    async fn table(&self, kind: Kind, problems: &mut Vec<String>) -> Result<(), CrmError> {
        let table = self.names.table(kind);
        let filter = odata::encode(&format!("EntitySetName eq {}", odata::text(table)));
        let found = self
            .api
            .get(&format!(
                "/EntityDefinitions?$select=LogicalName,EntitySetName,ChangeTrackingEnabled&$filter={filter}"
            ))
            .await?;
        let Some(definition) = list(&found, "value").first() else {
            problems.push(format!("there is no table {table}"));
            return Ok(());
        };
        if definition.get("ChangeTrackingEnabled") != Some(&Value::Bool(true)) {
            problems.push(format!(
                "the table {table} does not track changes: switch `Track changes` on"
            ));
        }
        let logical = format!(
            "/EntityDefinitions(LogicalName={})",
            odata::text(text(definition, "LogicalName"))
        );
        let columns =
            format!("{logical}/Attributes?$select=LogicalName,IsValidForCreate,IsValidForUpdate");
        let columns = self.api.get(&columns).await?;
        let find = |name: &str| {
            list(&columns, "value")
                .iter()
                .find(|it| text(it, "LogicalName") == column(name))
        };
        for name in self.names.read(kind) {
            if find(&name).is_none() {
                problems.push(format!("the table {table} has no column {}", column(&name)));
            }
        }
        let human = match kind {
            Kind::Contact => Human::Contact,
            Kind::Lead => Human::Lead,
            Kind::Account | Kind::Contract => return Ok(()),
        };
        for name in self.names.written(human) {
            match find(name) {
                None => problems.push(format!("the table {table} has no column {name}")),
                Some(it) if it.get("IsValidForUpdate") == Some(&Value::Bool(false)) => {
                    problems.push(format!("the column {table}.{name} cannot be written"));
                }
                Some(_) => {}
            }
        }
        let keys = format!("{logical}/Keys?$select=KeyAttributes,EntityKeyIndexStatus");
        let keys = self.api.get(&keys).await?;
        key(table, self.names.our_id(human), &keys, problems);
        problems.sort();
        problems.dedup();
        Ok(())
    }

    /// What the panels need that the settings name.
    async fn panels_of(&self, user: &str, problems: &mut Vec<String>) -> Result<(), CrmError> {
        for (panel, record, usual, right, fields) in [
            (
                Panel::Orders,
                "order",
                "salesorders",
                "prvReadSalesOrder",
                &["account_id", "number", "date", "total", "currency", "state"][..],
            ),
            (
                Panel::Cases,
                "case",
                "incidents",
                "prvReadIncident",
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
            let table = self.names.of(&format!("{record}.object")).unwrap_or(usual);
            let Some(columns) = self.columns_of(table).await? else {
                problems.push(format!(
                    "there is no table {table}, which the panel `{panel}` shows"
                ));
                continue;
            };
            let named = fields
                .iter()
                .filter_map(|field| self.names.of(&format!("{record}.{field}")));
            for name in named.map(column) {
                let mut there = list(&columns, "value").iter();
                if !there.any(|it| text(it, "LogicalName") == name) {
                    problems.push(format!("the table {table} has no column {name}"));
                }
            }
            if table == usual && !self.has_right(user, right).await? {
                problems.push(format!(
                    "the application user has no privilege {right}, which the panel `{panel}` needs"
                ));
            }
        }
        Ok(())
    }

    /// `None` when there is no such table.
    async fn columns_of(&self, table: &str) -> Result<Option<Value>, CrmError> {
        let filter = odata::encode(&format!("EntitySetName eq {}", odata::text(table)));
        let found = self
            .api
            .get(&format!(
                "/EntityDefinitions?$select=LogicalName&$filter={filter}"
            ))
            .await?;
        let Some(definition) = list(&found, "value").first() else {
            return Ok(None);
        };
        let name = odata::text(text(definition, "LogicalName"));
        let below =
            format!("/EntityDefinitions(LogicalName={name})/Attributes?$select=LogicalName");
        self.api.get(&below).await.map(Some)
    }

    async fn has_right(&self, user: &str, name: &str) -> Result<bool, CrmError> {
        let right = format!(
            "/systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName(PrivilegeName={})",
            odata::text(name)
        );
        let found = self.api.get(&right).await?;
        Ok(!list(&found, "RolePrivileges").is_empty())
    }

    async fn rights(&self, user: &str, problems: &mut Vec<String>) -> Result<(), CrmError> {
        if !odata::is_id(user) {
            return Err(CrmError::Protocol("WhoAmI names no user".to_owned()));
        }
        let staff = self
            .settings
            .act_as_staff
            .then_some("prvActOnBehalfOfAnotherUser");
        for name in PRIVILEGES.iter().copied().chain(staff) {
            if !self.has_right(user, name).await? {
                problems.push(format!("the application user has no privilege {name}"));
            }
        }
        Ok(())
    }
}

fn key(table: &str, name: &str, keys: &Value, problems: &mut Vec<String>) {
    let is_it = |key: &&Value| {
        let columns = list(key, "KeyAttributes");
        columns.len() == 1 && columns.first().and_then(Value::as_str) == Some(name)
    };
    match list(keys, "value").iter().find(is_it) {
        None => problems.push(format!("{table}.{name} is no alternate key")),
        Some(key) if text(key, "EntityKeyIndexStatus") != "Active" => problems.push(format!(
            "the alternate key {table}.{name} is not active yet ({})",
            text(key, "EntityKeyIndexStatus")
        )),
        Some(_) => {}
    }
}
