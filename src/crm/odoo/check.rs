//! What an operator has to mend, one sentence each.

use serde_json::{Map, Value, json};

use super::{
    Odoo,
    calls::Search,
    fields::{CHANGES, LEAD, PARTNER},
};
use crate::{crm::port::CrmError, settings::Panel};

impl Odoo {
    /// Asks Odoo which fields there are and which may be changed, then reads.
    pub(super) async fn look(&self) -> Result<String, CrmError> {
        let contract = self.names.contract_model.as_str();
        let mut missing = Vec::new();
        for (model, fields) in [
            (PARTNER, self.names.partner()),
            (LEAD, self.names.lead()),
            (contract, self.names.contract()),
            ("mail.message", vec!["model", "res_id", "body", "date"]),
        ] {
            let there = self.fields_of(model, &fields).await?;
            let absent = fields.iter().filter(|field| !there.contains_key(**field));
            missing.extend(absent.map(|field| format!("{model}.{field}")));
            let is_readonly = |field: &str| {
                there
                    .get(field)
                    .is_some_and(|field| field.get("readonly") == Some(&Value::Bool(true)))
            };
            if is_readonly(CHANGES) {
                return Err(CrmError::AuthBroken(format!(
                    "the key's user may not create or change {model}; give it the access rights of docs/crm/odoo.md"
                )));
            }
        }
        if !missing.is_empty() {
            return Err(CrmError::Setup(format!(
                "these fields are missing: {}; add them (docs/crm/odoo.md) or name others under `fields`",
                missing.join(", ")
            )));
        }
        // Fields may be listed that must not be read.
        self.page("", 1).await?;
        let mut read = vec![contract, LEAD];
        if self.names.has_order_lines() {
            read.extend(["sale.order.line", "product.product"]);
        }
        for model in read {
            let one = Search {
                domain: Vec::new(),
                fields: &["id"],
                limit: 1,
                order: "id",
            };
            self.calls.search_read(model, one).await?;
        }
        self.look_at_panels().await?;
        Ok(format!(
            "Odoo answers; res.partner, crm.lead and {contract} can be read and written as needed"
        ))
    }

    /// What the panels need that the settings name.
    async fn look_at_panels(&self) -> Result<(), CrmError> {
        for (panel, record, model, fields) in [
            (
                Panel::Orders,
                "order",
                "sale.order",
                &["account_id", "number", "date", "total", "currency", "state"][..],
            ),
            (
                Panel::Cases,
                "case",
                "helpdesk.ticket",
                &["account_id", "number", "subject", "state", "date"][..],
            ),
        ] {
            if !self.panels.promises(panel) {
                continue;
            }
            let model = self.names.of(&format!("{record}.object")).unwrap_or(model);
            let named = fields
                .iter()
                .filter_map(|field| self.names.of(&format!("{record}.{field}")));
            let fields: Vec<&str> = named.collect();
            let there = self.fields_of(model, &fields).await?;
            if let Some(absent) = fields.iter().find(|field| !there.contains_key(**field)) {
                return Err(CrmError::Setup(format!(
                    "{model}.{absent} is missing, which the panel `{panel}` shows; name another field under `fields`"
                )));
            }
            let one = Search {
                domain: Vec::new(),
                fields: &["id"],
                limit: 1,
                order: "id",
            };
            let read = self.calls.search_read(model, one).await;
            read.map_err(|error| match error {
                CrmError::AuthBroken(said) => CrmError::AuthBroken(format!(
                    "the key's user may not read {model}, which the panel `{panel}` shows: {said}"
                )),
                other => other,
            })?;
        }
        Ok(())
    }

    async fn fields_of(
        &self,
        model: &str,
        fields: &[&str],
    ) -> Result<Map<String, Value>, CrmError> {
        let arguments = Map::from_iter([
            ("allfields".to_owned(), json!(fields)),
            ("attributes".to_owned(), json!(["type", "readonly"])),
        ]);
        let answer = self.calls.call(model, "fields_get", arguments).await;
        answer.map_err(|error| match error {
            CrmError::Protocol(said) | CrmError::Setup(said) => CrmError::Setup(format!(
                "the model {model} cannot be asked; is its module installed? ({said})"
            )),
            other => other,
        })
    }
}
