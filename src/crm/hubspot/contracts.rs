//! What records refer to: the companies of contracts, the addresses of owners.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Hubspot;
use crate::crm::port::CrmError;

/// Inputs of one associations call.
const INPUTS: usize = 100;
/// Owners are listed in pages of 500; more pages than any account has.
const OWNER_PAGES: usize = 20;

#[derive(Deserialize)]
struct Associations {
    #[serde(default)]
    results: Vec<Associated>,
}

#[derive(Deserialize)]
struct Associated {
    from: From,
    #[serde(default)]
    to: Vec<To>,
}

#[derive(Deserialize)]
struct From {
    id: String,
}

#[derive(Deserialize)]
struct To {
    #[serde(rename = "toObjectId")]
    id: Value,
    #[serde(rename = "associationTypes", default)]
    types: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    #[serde(default)]
    label: Option<String>,
}

impl To {
    /// HubSpot labels the main company so.
    fn is_primary(&self) -> bool {
        self.types
            .iter()
            .any(|it| it.label.as_deref() == Some("Primary"))
    }

    fn id(&self) -> String {
        match &self.id {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        }
    }
}

#[derive(Deserialize)]
struct Owners {
    results: Vec<Owner>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Owner {
    id: String,
    #[serde(default)]
    email: Option<String>,
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    next: Option<Next>,
}

#[derive(Deserialize)]
struct Next {
    after: String,
}

impl Hubspot {
    /// The company of each of these contracts: the primary one, or else the first.
    pub(super) async fn companies_of(
        &self,
        contracts: &[&str],
    ) -> Result<BTreeMap<String, String>, CrmError> {
        let mut companies = BTreeMap::new();
        for part in contracts.chunks(INPUTS) {
            let inputs: Vec<Value> = part.iter().map(|id| json!({ "id": id })).collect();
            let path = [self.names.contracts.as_str(), "companies", "batch", "read"];
            let body = json!({ "inputs": inputs });
            // Those without a company are errors of a 207.
            let found: Associations = self.calls.post("associations", &path, &body).await?;
            for it in found.results {
                let primary = it.to.iter().find(|to| to.is_primary());
                if let Some(to) = primary.or_else(|| it.to.first()) {
                    companies.insert(it.from.id, to.id());
                }
            }
        }
        Ok(companies)
    }

    /// The addresses of all owners, by their ids.
    pub(super) async fn owners(&self) -> Result<BTreeMap<String, String>, CrmError> {
        let (mut owners, mut after) = (BTreeMap::new(), String::new());
        for _ in 0..OWNER_PAGES {
            let page: Owners = self.calls.owners(&after).await?;
            let known = page
                .results
                .into_iter()
                .filter_map(|owner| Some((owner.id, owner.email?)));
            owners.extend(known);
            match page.paging.and_then(|paging| paging.next) {
                Some(next) => after = next.after,
                None => break,
            }
        }
        Ok(owners)
    }
}
