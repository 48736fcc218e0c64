//! How values are put between a CRM and the portal, from `transforms` of a connection: spelled the
//! same on both sides, or read from the way in which a CRM spells it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::port::{ContractEvidence, Record, Write};
use crate::kernel::Transform;

/// The transforms of a connection.
#[derive(Debug, Clone, Default)]
pub struct Transforms {
    by_path: BTreeMap<String, Transform>,
}

impl Transforms {
    /// Takes the settings' table; settings have refused what is no transform already.
    #[must_use]
    pub fn new(transforms: &BTreeMap<String, String>) -> Self {
        let parsed = transforms
            .iter()
            .filter_map(|(path, text)| Some((path.clone(), Transform::parse(text)?)));
        Self {
            by_path: parsed.collect(),
        }
    }

    /// A value of a field (`contact.phone`) as it is put.
    #[must_use]
    pub fn put<'a>(&self, path: &str, value: &'a str) -> Cow<'a, str> {
        match self.by_path.get(path) {
            Some(transform) if !value.is_empty() => transform.put(value),
            _ => Cow::Borrowed(value),
        }
    }

    /// Records of a CRM, as the portal takes them.
    pub fn put_records(&self, records: &mut [Record]) {
        if self.by_path.is_empty() {
            return;
        }
        for record in records {
            match record {
                Record::Account(it) => self.put_all("account", it),
                Record::Contact(it) => self.put_all("contact", it),
                Record::Contract(it) => self.put_all("contract", it),
                Record::Lead(it) => self.put_all("lead", it),
                Record::InvitationRequest(it) => self.put_all("invitation_request", it),
            }
        }
    }

    /// What a registration learns from a CRM.
    pub fn put_evidence(&self, evidence: &mut ContractEvidence) {
        if self.by_path.is_empty() {
            return;
        }
        self.put_all("account", &mut evidence.account);
        self.put_all("contract", &mut evidence.contract);
        for contact in &mut evidence.contacts {
            self.put_all("contact", contact);
        }
    }

    /// A write, as the CRM is told it.
    pub fn put_write(&self, write: &mut Write) {
        if self.by_path.is_empty() {
            return;
        }
        if let Some(contact) = &mut write.contact {
            self.put_all("contact", contact);
        }
        if let Some(lead) = &mut write.lead {
            self.put_all("lead", lead);
        }
    }

    fn put_all<T: Serialize + DeserializeOwned>(&self, record: &str, part: &mut T) {
        let Ok(Value::Object(mut object)) = serde_json::to_value(&*part) else {
            return;
        };
        self.put_fields(record, &mut object);
        if let Ok(put) = serde_json::from_value(Value::Object(object)) {
            *part = put;
        }
    }

    fn put_fields(&self, record: &str, object: &mut Map<String, Value>) {
        for (path, transform) in &self.by_path {
            let field = path
                .strip_prefix(record)
                .and_then(|rest| rest.strip_prefix('.'));
            let Some(Value::String(value)) = field.and_then(|field| object.get_mut(field)) else {
                continue;
            };
            if !value.is_empty() {
                *value = transform.put(value).into_owned();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_put_field_by_field() {
        let table = [
            ("contact.phone", "e164 +49"),
            ("contract.starts_on", "date %d.%m.%Y"),
        ];
        let table = table.map(|(path, it)| (path.to_owned(), it.to_owned()));
        let transforms = Transforms::new(&table.into());
        let contact = crate::crm::port::Contact {
            phone: "030 1234567".to_owned(),
            given_name: "030 1234567".to_owned(),
            ..Default::default()
        };
        let contract = crate::crm::port::Contract {
            starts_on: "01.02.2030".to_owned(),
            ..Default::default()
        };
        let mut records = [Record::Contact(contact), Record::Contract(contract)];
        transforms.put_records(&mut records);
        let [Record::Contact(contact), Record::Contract(contract)] = &records else {
            panic!("{records:?}")
        };
        assert_eq!(
            (contact.phone.as_str(), contact.given_name.as_str()),
            ("+49301234567", "030 1234567")
        );
        assert_eq!(contract.starts_on, "2030-02-01");
    }
}
