//! What the stand-in stores, and how its objects behave.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use vestibule::kernel::Instant;

/// A status and a body.
pub type Answer = (u16, Value);

/// One record.
#[derive(Clone, Debug, Default)]
pub struct Object {
    pub properties: BTreeMap<String, String>,
    /// Microseconds since 1970.
    pub created: i64,
    pub updated: i64,
}

/// An account's records.
pub struct Records {
    /// Objects by type and id.
    pub objects: BTreeMap<String, BTreeMap<u64, Object>>,
    /// What the search index knows of them.
    index: BTreeMap<String, BTreeMap<u64, Object>>,
    /// Properties by type: whether they are unique.
    pub properties: BTreeMap<String, BTreeMap<String, bool>>,
    /// From type and id to type and id, with the type of the association.
    pub associations: BTreeSet<(String, u64, String, u64, u32)>,
    pub now: i64,
    pub step: i64,
    /// The index does not follow.
    pub lags: bool,
    /// Records that the index does not show yet.
    pub unseen: Vec<(String, u64)>,
    pub next_is_late: bool,
    next_id: u64,
}

const CONTACT: &[&str] = &[
    "firstname",
    "lastname",
    "phone",
    "company",
    "work_email",
    "hs_language",
    "hs_email_optout",
    "hubspot_owner_id",
    "hs_lead_status",
    "lifecyclestage",
    "associatedcompanyid",
    "lastmodifieddate",
    "hs_object_id",
    "portal_person_id",
    "portal_status",
    "portal_roles",
    "portal_last_sign_in",
    "portal_score",
    "portal_consent",
    "portal_invitation",
    "portal_changes",
    "portal_author",
    "portal_invite",
    "portal_invite_by",
];
const COMPANY: &[&str] = &[
    "name",
    "type",
    "domain",
    "zip",
    "customer_number",
    "vat_number",
    "hs_parent_company_id",
    "hubspot_owner_id",
    "lifecyclestage",
    "hs_lastmodifieddate",
    "hs_object_id",
];
const CONTRACT: &[&str] = &[
    "dealname",
    "dealstage",
    "pipeline",
    "contract_number",
    "contract_status",
    "contract_start_date",
    "contract_end_date",
    "products",
    "seats",
    "grace",
    "hs_lastmodifieddate",
    "hs_object_id",
];
const SUBSCRIPTION: &[&str] = &[
    "hs_name",
    "hs_status",
    "hs_recurring_billing_start_date",
    "hs_recurring_billing_end_date",
    "hs_lastmodifieddate",
    "hs_object_id",
];
const ORDER: &[&str] = &[
    "hs_order_name",
    "hs_external_created_date",
    "hs_total_price",
    "hs_currency_code",
    "hs_fulfillment_status",
    "hs_object_id",
];
const TICKET: &[&str] = &[
    "hs_ticket_id",
    "subject",
    "hs_pipeline_stage",
    "createdate",
    "closed_date",
    "hubspot_owner_id",
    "hs_object_id",
];
const NOTE: &[&str] = &[
    "hs_note_body",
    "hs_timestamp",
    "hs_lastmodifieddate",
    "hs_object_id",
];

impl Default for Records {
    fn default() -> Self {
        let kind = |plain: &[&str], unique: &[&str]| {
            let plain = plain.iter().map(|name| ((*name).to_owned(), false));
            let unique = unique.iter().map(|name| ((*name).to_owned(), true));
            plain.chain(unique).collect::<BTreeMap<_, _>>()
        };
        let unique = ["email", "portal_membership_id", "portal_lead_key"];
        let properties = [
            ("contacts", kind(CONTACT, &unique)),
            ("companies", kind(COMPANY, &[])),
            ("deals", kind(CONTRACT, &[])),
            ("2-123456", kind(CONTRACT, &[])),
            ("subscriptions", kind(SUBSCRIPTION, &[])),
            ("orders", kind(ORDER, &[])),
            ("tickets", kind(TICKET, &[])),
            ("notes", kind(NOTE, &["portal_change_key"])),
        ];
        Self {
            objects: BTreeMap::new(),
            index: BTreeMap::new(),
            properties: properties
                .into_iter()
                .map(|(name, of)| (name.to_owned(), of))
                .collect(),
            associations: BTreeSet::new(),
            now: Instant::from_seconds(1_800_000_000).as_micros(),
            step: 300,
            lags: false,
            unseen: Vec::new(),
            next_is_late: false,
            next_id: 500,
        }
    }
}

fn problem(category: &str, message: &str) -> Value {
    json!({
        "status": "error", "message": message, "category": category,
        "correlationId": "5e6f7a8b-0000-4000-8000-000000000001",
    })
}

fn texts(value: Value) -> BTreeMap<String, String> {
    let Value::Object(properties) = value else {
        return BTreeMap::new();
    };
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    properties
        .into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect()
}

fn time(micros: i64) -> String {
    let milliseconds = micros / 1_000 * 1_000;
    Instant::from_micros(milliseconds)
        .to_jiff()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

impl Records {
    /// Creates a record as a user would.
    pub fn create(&mut self, object: &str, properties: Value) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        let new = Object {
            created: self.now,
            ..Object::default()
        };
        self.objects
            .entry(object.to_owned())
            .or_default()
            .insert(id, new);
        if std::mem::take(&mut self.next_is_late) {
            self.unseen.push((object.to_owned(), id));
        }
        self.change(object, id, texts(properties));
        id
    }

    /// Changes a record as a user would.
    pub fn write(&mut self, object: &str, id: u64, properties: Value) {
        self.change(object, id, texts(properties));
    }

    fn change(&mut self, object: &str, id: u64, properties: BTreeMap<String, String>) {
        self.now += self.step;
        let now = self.now;
        let it = self.objects.get_mut(object).unwrap().get_mut(&id).unwrap();
        for (name, value) in properties {
            let value = if name == "email" {
                value.to_lowercase()
            } else {
                value
            };
            it.properties.insert(name, value);
        }
        it.updated = now;
        let stamp = if object == "contacts" {
            "lastmodifieddate"
        } else {
            "hs_lastmodifieddate"
        };
        it.properties.insert(stamp.to_owned(), time(now));
        it.properties
            .insert("hs_object_id".to_owned(), id.to_string());
    }

    /// Links two records; the primary company stands on the contact as well.
    pub fn link(&mut self, from: (&str, u64), to: (&str, u64), kind: u32) {
        let link = (from.0.to_owned(), from.1, to.0.to_owned(), to.1, kind);
        if self.associations.insert(link) && (from.0, to.0, kind) == ("contacts", "companies", 1) {
            self.write(
                "contacts",
                from.1,
                json!({"associatedcompanyid": to.1.to_string()}),
            );
        }
    }

    /// Links of tickets and orders can be read from either side.
    pub fn link_both(&mut self, one: (&str, u64), other: (&str, u64), kind: u32) {
        self.link(one, other, kind);
        self.link(other, one, kind);
    }

    pub fn unlink(&mut self, from: &str, to: &str, body: &Value) -> Answer {
        let id = |value: &Value| -> u64 { value["id"].as_str().unwrap().parse().unwrap() };
        for input in body["inputs"].as_array().unwrap() {
            for other in input["to"].as_array().unwrap() {
                let (one, other) = (id(&input["from"]), id(other));
                self.associations.retain(|it| {
                    let there = (it.0.as_str(), it.1, it.2.as_str(), it.3);
                    there != (from, one, to, other) && there != (to, other, from, one)
                });
            }
        }
        (204, Value::Null)
    }

    pub fn property(&self, object: &str, id: u64, name: &str) -> String {
        self.objects[object][&id]
            .properties
            .get(name)
            .cloned()
            .unwrap_or_default()
    }

    pub fn count(&self, object: &str) -> usize {
        self.objects.get(object).map_or(0, BTreeMap::len)
    }

    fn show(&self, id: u64, it: &Object, wanted: &[String]) -> Value {
        let mut shown = Map::new();
        for (name, value) in &it.properties {
            if wanted.is_empty() || wanted.contains(name) {
                shown.insert(name.clone(), value.clone().into());
            }
        }
        for name in wanted {
            shown.entry(name.clone()).or_insert(Value::Null);
        }
        json!({
            "id": id.to_string(), "properties": shown, "createdAt": time(it.created),
            "updatedAt": time(it.updated), "archived": false,
        })
    }

    fn find(&self, object: &str, by: Option<&str>, value: &str) -> Option<u64> {
        let objects = self.objects.get(object)?;
        match by {
            None => value.parse().ok().filter(|id| objects.contains_key(id)),
            Some(name) => {
                let fits = |it: &Object| {
                    it.properties
                        .get(name)
                        .is_some_and(|known| known.eq_ignore_ascii_case(value))
                };
                objects.iter().find(|(_, it)| fits(it)).map(|(id, _)| *id)
            }
        }
    }

    fn wanted(body: &Value) -> Vec<String> {
        serde_json::from_value(body["properties"].clone()).unwrap_or_default()
    }

    pub fn batch_read(&self, object: &str, body: &Value) -> Answer {
        let by = body["idProperty"].as_str();
        if let Some(name) = by
            && self.properties[object].get(name) != Some(&true)
        {
            return (
                400,
                problem(
                    "VALIDATION_ERROR",
                    &format!("{name} is not a unique property"),
                ),
            );
        }
        let inputs = body["inputs"].as_array().unwrap();
        if inputs.len() > 100 {
            return (
                400,
                problem("VALIDATION_ERROR", "The maximum batch size is 100"),
            );
        }
        let (mut results, mut missing) = (Vec::new(), Vec::new());
        for input in inputs {
            let value = input["id"].as_str().unwrap();
            match self.find(object, by, value) {
                Some(id) => {
                    results.push(self.show(id, &self.objects[object][&id], &Self::wanted(body)));
                }
                None => missing.push(value),
            }
        }
        let answer = json!({
            "status": "COMPLETE", "results": results,
            "startedAt": time(self.now), "completedAt": time(self.now),
        });
        self.partly(
            answer,
            Some((
                "OBJECT_NOT_FOUND",
                "Could not get some objects",
                missing.as_slice(),
            )),
        )
    }

    /// 207 with errors when there are some.
    fn partly(&self, mut answer: Value, failed: Option<(&str, &str, &[&str])>) -> Answer {
        let Some((category, message, ids)) = failed.filter(|failed| !failed.2.is_empty()) else {
            return (200, answer);
        };
        answer["numErrors"] = 1.into();
        answer["errors"] = json!([{
            "status": "error", "category": category, "message": message,
            "context": {"ids": ids}, "errors": [], "links": {},
        }]);
        (207, answer)
    }

    /// Why properties cannot be written to a record.
    fn refusal(
        &self,
        object: &str,
        id: Option<u64>,
        properties: &BTreeMap<String, String>,
    ) -> Option<Answer> {
        for (name, value) in properties {
            let Some(is_unique) = self.properties[object].get(name) else {
                let mut said = problem(
                    "VALIDATION_ERROR",
                    &format!("Property \"{name}\" does not exist"),
                );
                said["errors"] =
                    json!([{"message": "no such property", "code": "PROPERTY_DOESNT_EXIST"}]);
                return Some((400, said));
            };
            if value == "broken@faults.example" {
                return Some((400, problem("VALIDATION_ERROR", "Email address is invalid")));
            }
            let other = (*is_unique && !value.is_empty())
                .then(|| self.find(object, Some(name), value))
                .flatten();
            if let Some(other) = other.filter(|other| Some(*other) != id) {
                let said = format!("Contact already exists. Existing ID: {other}");
                return Some((409, problem("CONFLICT", &said)));
            }
        }
        None
    }

    pub fn batch_write(&mut self, object: &str, is_upsert: bool, body: &Value) -> Answer {
        let inputs = body["inputs"].as_array().cloned().unwrap_or_default();
        if inputs.is_empty() || inputs.len() > 100 {
            return (
                400,
                problem("VALIDATION_ERROR", "A batch has 1 to 100 inputs"),
            );
        }
        let by = is_upsert.then(|| {
            inputs[0]["idProperty"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        });
        let ids: BTreeSet<&str> = inputs
            .iter()
            .map(|input| input["id"].as_str().unwrap())
            .collect();
        let is_mixed = inputs
            .iter()
            .any(|input| input["idProperty"].as_str() != by.as_deref());
        if is_mixed || ids.len() < inputs.len() {
            return (
                400,
                problem("VALIDATION_ERROR", "Duplicate ids or several idProperty"),
            );
        }
        if let Some(by) = &by
            && self.properties[object].get(by) != Some(&true)
        {
            return (
                400,
                problem(
                    "VALIDATION_ERROR",
                    &format!("{by} is not a unique property"),
                ),
            );
        }
        let mut plan = Vec::new();
        let mut failed: Vec<&str> = Vec::new();
        for input in &inputs {
            let key = input["id"].as_str().unwrap();
            let id = self.find(object, by.as_deref(), key);
            let mut properties = texts(input["properties"].clone());
            if let Some(by) = &by {
                properties.insert(by.clone(), key.to_owned());
            }
            if let Some(refusal) = self.refusal(object, id, &properties) {
                return refusal;
            }
            // What HubSpot says of one input only.
            if properties
                .get("firstname")
                .is_some_and(|it| it == "Partial")
                || (by.is_none() && id.is_none())
            {
                failed.push(key);
                continue;
            }
            plan.push((id, properties));
        }
        let mut results = Vec::new();
        for (id, properties) in plan {
            let is_new = id.is_none();
            let id = id.unwrap_or_else(|| self.create(object, json!({})));
            self.change(object, id, properties);
            let mut shown = self.show(id, &self.objects[object][&id], &[]);
            if is_upsert {
                shown["new"] = is_new.into();
            }
            results.push(shown);
        }
        let answer = json!({
            "status": "COMPLETE", "results": results,
            "startedAt": time(self.now), "completedAt": time(self.now),
        });
        self.partly(
            answer,
            Some((
                "VALIDATION_ERROR",
                "A value is not valid",
                failed.as_slice(),
            )),
        )
    }

    /// One record: created, read or changed.
    pub fn create_one(&mut self, object: &str, body: &Value) -> Answer {
        let properties = texts(body["properties"].clone());
        if let Some(refusal) = self.refusal(object, None, &properties) {
            return refusal;
        }
        let id = self.create(object, body["properties"].clone());
        (201, self.show(id, &self.objects[object][&id], &[]))
    }

    pub fn read_one(&self, object: &str, id: &str, by: Option<&str>) -> Answer {
        match self.find(object, by, id) {
            Some(id) => (200, self.show(id, &self.objects[object][&id], &[])),
            None => (404, problem("OBJECT_NOT_FOUND", "resource not found")),
        }
    }

    pub fn change_one(&mut self, object: &str, id: &str, by: Option<&str>, body: &Value) -> Answer {
        let Some(id) = self.find(object, by, id) else {
            return (404, problem("OBJECT_NOT_FOUND", "resource not found"));
        };
        let properties = texts(body["properties"].clone());
        if let Some(refusal) = self.refusal(object, Some(id), &properties) {
            return refusal;
        }
        self.change(object, id, properties);
        (200, self.show(id, &self.objects[object][&id], &[]))
    }

    pub fn associate(&mut self, from: &str, to: &str, body: &Value) -> Answer {
        let id = |value: &Value| -> u64 { value["id"].as_str().unwrap().parse().unwrap() };
        let mut results = Vec::new();
        for input in body["inputs"].as_array().unwrap() {
            let (one, other) = (id(&input["from"]), id(&input["to"]));
            let kind =
                u32::try_from(input["types"][0]["associationTypeId"].as_u64().unwrap()).unwrap();
            assert!(self.objects[from].contains_key(&one) && self.objects[to].contains_key(&other));
            self.link((from, one), (to, other), kind);
            if from == "tickets" {
                self.link((to, other), (from, one), kind);
            }
            results.push(json!({
                "fromObjectId": one.to_string(), "fromObjectTypeId": "0-1",
                "toObjectId": other.to_string(), "toObjectTypeId": "0-2", "labels": [],
            }));
        }
        (
            201,
            json!({"status": "COMPLETE", "results": results, "startedAt": time(self.now), "completedAt": time(self.now)}),
        )
    }

    pub fn associated(&self, from: &str, to: &str, body: &Value) -> Answer {
        let mut results = Vec::new();
        let mut missing = Vec::new();
        for input in body["inputs"].as_array().unwrap() {
            let key = input["id"].as_str().unwrap();
            let Ok(id) = key.parse::<u64>() else {
                missing.push(key);
                continue;
            };
            let links = self
                .associations
                .iter()
                .filter(|it| it.0 == from && it.1 == id && it.2 == to);
            let links: Vec<Value> = links
                .map(|it| {
                    let label = if matches!(it.4, 1 | 5) {
                        json!("Primary")
                    } else {
                        Value::Null
                    };
                    json!({"toObjectId": it.3.to_string(), "associationTypes": [
                        {"category": "HUBSPOT_DEFINED", "typeId": it.4, "label": label}]})
                })
                .collect();
            if links.is_empty() {
                missing.push(key);
            } else {
                results.push(json!({"from": {"id": key}, "to": links}));
            }
        }
        let answer = json!({"status": "COMPLETE", "results": results, "startedAt": time(self.now), "completedAt": time(self.now)});
        self.partly(
            answer,
            Some((
                "OBJECT_NOT_FOUND",
                "No company is associated",
                missing.as_slice(),
            )),
        )
    }

    pub fn search(&mut self, object: &str, body: &Value) -> Answer {
        if !self.lags {
            self.index = self.objects.clone();
            for (object, id) in &self.unseen {
                self.index.get_mut(object).unwrap().remove(id);
            }
        }
        let limit = usize::try_from(body["limit"].as_u64().unwrap_or(10)).unwrap();
        let groups = body["filterGroups"].as_array().unwrap();
        if limit > 200 || groups.len() > 5 {
            return (400, problem("VALIDATION_ERROR", "Too much"));
        }
        let empty = BTreeMap::new();
        let objects = self.index.get(object).unwrap_or(&empty);
        let number = |text: &str| match Instant::parse_rfc3339(text) {
            Ok(at) => Some(at.as_micros() / 1_000),
            Err(_) => text.parse::<i64>().ok(),
        };
        let fits = |it: &Object, filter: &Value| {
            let name = filter["propertyName"].as_str().unwrap();
            let stored = it.properties.get(name).cloned().unwrap_or_default();
            let value = filter["value"].as_str().unwrap_or_default();
            match filter["operator"].as_str().unwrap() {
                "EQ" if number(&stored).is_some() => number(&stored) == number(value),
                "EQ" => stored.eq_ignore_ascii_case(value),
                "GT" => number(&stored) > number(value),
                "IN" => filter["values"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|it| stored.eq_ignore_ascii_case(it.as_str().unwrap())),
                other => panic!("operator {other}"),
            }
        };
        let mut found: Vec<(&u64, &Object)> = objects
            .iter()
            .filter(|(_, it)| {
                groups.is_empty()
                    || groups.iter().any(|group| {
                        group["filters"]
                            .as_array()
                            .unwrap()
                            .iter()
                            .all(|filter| fits(it, filter))
                    })
            })
            .collect();
        // One sort; what is equal comes in any order, here the other way round.
        found.reverse();
        if let Some(sort) = body["sorts"].get(0) {
            let name = sort["propertyName"].as_str().unwrap();
            found.sort_by_key(|(_, it)| it.properties.get(name).and_then(|value| number(value)));
        }
        let total = found.len();
        found.truncate(limit);
        let wanted = Self::wanted(body);
        let results: Vec<Value> = found
            .into_iter()
            .map(|(id, it)| self.show(*id, it, &wanted))
            .collect();
        (200, json!({"total": total, "results": results}))
    }
}
