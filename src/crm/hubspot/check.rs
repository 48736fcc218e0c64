//! What an operator has to mend, one sentence each.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::{
    Hubspot, errors,
    fields::{COMPANIES, CONTACTS, NOTE_KEY, NOTES},
};
use crate::{
    crm::{port::CrmError, rest::Place},
    settings::Panel,
};

#[derive(Deserialize)]
struct Properties {
    results: Vec<Property>,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    #[serde(rename = "hasUniqueValue", default)]
    is_unique: bool,
}

impl Hubspot {
    /// Asks HubSpot which properties there are, reads one record of each kind, and tries its rights
    /// to write without writing anything.
    pub(super) async fn look(&self) -> Result<String, CrmError> {
        let names = &self.names;
        let (mut missing, mut common) = (Vec::new(), Vec::new());
        let unique = [
            names.of("contact.membership_id"),
            names.of("lead.portal_key"),
        ];
        let unique: Vec<&str> = unique.into_iter().flatten().collect();
        for (object, wanted, unique) in [
            (COMPANIES, names.company(), Vec::new()),
            (CONTACTS, names.person(), unique),
            (names.contracts.as_str(), names.contract(), Vec::new()),
            (NOTES, vec!["hs_note_body", NOTE_KEY], vec![NOTE_KEY]),
        ] {
            let there: Properties = self.calls.get("properties", &[object]).await?;
            let there: BTreeMap<String, bool> = there
                .results
                .into_iter()
                .map(|property| (property.name, property.is_unique))
                .collect();
            for name in wanted {
                match there.get(name) {
                    None => missing.push(format!("{object}.{name}")),
                    Some(false) if unique.contains(&name) => {
                        common.push(format!("{object}.{name}"));
                    }
                    Some(_) => {}
                }
            }
        }
        if !missing.is_empty() {
            return Err(CrmError::Setup(format!(
                "these properties are missing: {}; make them (docs/crm/hubspot.md) or name others under `fields`",
                missing.join(", ")
            )));
        }
        if !common.is_empty() {
            return Err(CrmError::Setup(format!(
                "these properties must be unique, which can only be said when they are made: {}",
                common.join(", ")
            )));
        }
        self.try_rights().await?;
        self.look_at_panels().await?;
        Ok(format!(
            "HubSpot answers; companies, contacts, {} and notes can be read and written as needed",
            names.contracts
        ))
    }

    /// What the panels need that the settings name.
    async fn look_at_panels(&self) -> Result<(), CrmError> {
        for (panel, record, usual, fields) in [
            (
                Panel::Orders,
                "order",
                "orders",
                &["number", "date", "total", "currency", "state"][..],
            ),
            (
                Panel::Cases,
                "case",
                "tickets",
                &["number", "subject", "state", "date", "is_closed"][..],
            ),
        ] {
            if !self.panels.promises(panel) {
                continue;
            }
            let object = self.names.of(&format!("{record}.object")).unwrap_or(usual);
            let there: Properties = self
                .calls
                .get("properties", &[object])
                .await
                .map_err(|error| for_panel(error, object, panel))?;
            let named = fields
                .iter()
                .filter_map(|field| self.names.of(&format!("{record}.{field}")));
            let is_there = |name: &&str| there.results.iter().any(|it| it.name == **name);
            if let Some(absent) = named.into_iter().find(|name| !is_there(name)) {
                return Err(CrmError::Setup(format!(
                    "{object}.{absent} is missing, which the panel `{panel}` shows; name another property under `fields`"
                )));
            }
            let nothing = json!({"inputs": [], "properties": [], "propertiesWithHistory": []});
            let path = [object, "batch", "read"];
            let answer = self
                .calls
                .send(Method::POST, "objects", &path, Some(&nothing))
                .await?;
            if matches!(answer.status.as_u16(), 401 | 403) {
                return Err(for_panel(errors::of(&answer), object, panel));
            }
        }
        Ok(())
    }

    async fn try_rights(&self) -> Result<(), CrmError> {
        self.page("", 1).await?;
        let contracts = self.contracts_with(vec!["hs_lastmodifieddate"]);
        self.news(&contracts, &mut Place::default(), 1).await?;
        self.owners().await?;
        for object in [CONTACTS, NOTES] {
            let path = [object, "batch", "update"];
            let nothing = json!({"inputs": []});
            let answer = self
                .calls
                .send(Method::POST, "objects", &path, Some(&nothing))
                .await?;
            // No input is a mistake of ours; a missing right is told before that.
            if matches!(answer.status.as_u16(), 401 | 403) {
                return Err(errors::of(&answer));
            }
        }
        Ok(())
    }
}

fn for_panel(error: CrmError, object: &str, panel: Panel) -> CrmError {
    match error {
        CrmError::AuthBroken(said) => CrmError::AuthBroken(format!(
            "the panel `{panel}` needs the scope to read {object}: {said}"
        )),
        other => other,
    }
}
