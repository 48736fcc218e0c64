//! Records by id or by a unique property, as they stand: not from the search index, which lags.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{BATCH, Hubspot, records::Object};
use crate::crm::port::CrmError;

#[derive(Deserialize)]
struct Read {
    /// Those that are there; the others are errors of a 207.
    #[serde(default)]
    results: Vec<Object>,
}

impl Hubspot {
    /// Records by a property that is unique, or by id with `None`. What is not there is left out.
    pub(super) async fn read(
        &self,
        object: &str,
        unique: Option<&str>,
        values: &[String],
        properties: &[&str],
    ) -> Result<Vec<Object>, CrmError> {
        let mut found = Vec::new();
        for part in values.chunks(BATCH) {
            let inputs: Vec<Value> = part.iter().map(|value| json!({ "id": value })).collect();
            let mut body =
                json!({"inputs": inputs, "properties": properties, "propertiesWithHistory": []});
            if let (Some(unique), Some(body)) = (unique, body.as_object_mut()) {
                body.insert("idProperty".to_owned(), unique.into());
            }
            let path = [object, "batch", "read"];
            let read: Read = self.calls.post("objects", &path, &body).await?;
            found.extend(read.results);
        }
        Ok(found)
    }

    /// Contacts by their address. The usual property is unique, and read as it stands; another one
    /// has to be searched for.
    pub(super) async fn with_addresses(
        &self,
        addresses: &[String],
    ) -> Result<Vec<Object>, CrmError> {
        let Some(property) = self.names.of("contact.email") else {
            return Ok(Vec::new());
        };
        let properties = self.names.person();
        if self.names.has_unique_address() {
            return self
                .read(
                    super::fields::CONTACTS,
                    Some(property),
                    addresses,
                    &properties,
                )
                .await;
        }
        let mut found = Vec::new();
        for part in addresses.chunks(BATCH) {
            let filter = json!({"propertyName": property, "operator": "IN", "values": part});
            let body = json!({
                "filterGroups": [{"filters": [filter]}],
                "properties": properties,
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "limit": 200,
                "after": "0",
            });
            let path = [super::fields::CONTACTS, "search"];
            let read: Read = self.calls.post("objects", &path, &body).await?;
            found.extend(read.results);
        }
        Ok(found)
    }
}

/// Records by id, each once.
pub(super) fn by_id(objects: Vec<Object>) -> BTreeMap<String, Object> {
    objects
        .into_iter()
        .map(|object| (object.id.clone(), object))
        .collect()
}
