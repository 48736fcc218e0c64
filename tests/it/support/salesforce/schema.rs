//! The org's objects and their fields, as far as the portal or a client could ask.

use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text(usize),
    Email,
    Picklist,
    Reference(&'static [&'static str], &'static str),
    Date,
    DateTime,
    Flag,
    Number,
    Id,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: &'static str,
    pub kind: Type,
    pub is_key: bool,
    pub is_unique: bool,
    pub is_required: bool,
    pub is_writable: bool,
}

#[derive(Debug, Clone)]
pub struct Object {
    pub name: &'static str,
    pub prefix: &'static str,
    pub fields: Vec<Field>,
    pub is_writable: bool,
}

fn field(name: &'static str, kind: Type) -> Field {
    Field {
        name,
        kind,
        is_key: false,
        is_unique: false,
        is_required: false,
        is_writable: true,
    }
}

fn read_only(name: &'static str, kind: Type) -> Field {
    Field {
        is_writable: false,
        ..field(name, kind)
    }
}

fn required(name: &'static str, kind: Type) -> Field {
    Field {
        is_required: true,
        ..field(name, kind)
    }
}

fn key(name: &'static str, is_unique: bool) -> Field {
    Field {
        is_key: true,
        is_unique,
        ..field(name, Type::Text(255))
    }
}

fn object(name: &'static str, prefix: &'static str, own: Vec<Field>) -> Object {
    let mut fields = vec![
        read_only("Id", Type::Id),
        read_only("IsDeleted", Type::Flag),
        read_only("CreatedDate", Type::DateTime),
        read_only("SystemModstamp", Type::DateTime),
    ];
    fields.extend(own);
    Object {
        name,
        prefix,
        fields,
        is_writable: true,
    }
}

const USER: Type = Type::Reference(&["User"], "Owner");

/// The org as `docs/crm/salesforce.md` sets it up.
pub fn objects() -> Vec<Object> {
    let text = |name| field(name, Type::Text(255));
    let account = Type::Reference(&["Account"], "Account");
    let ours = || {
        vec![
            key("Vestibule_Id__c", true),
            text("Vestibule_Change__c"),
            text("Vestibule_Author__c"),
            text("Vestibule_Invitation__c"),
            field("FirstName", Type::Text(40)),
            required("LastName", Type::Text(80)),
            field("Email", Type::Email),
            field("Phone", Type::Text(40)),
            field("HasOptedOutOfEmail", Type::Flag),
            field("OwnerId", USER),
        ]
    };
    let mut contact = ours();
    contact.extend([
        field("AccountId", account),
        text("Vestibule_Person__c"),
        text("Vestibule_Status__c"),
        text("Vestibule_Roles__c"),
        field("Vestibule_Last_Sign_In__c", Type::DateTime),
    ]);
    let mut lead = ours();
    lead.extend([
        required("Company", Type::Text(255)),
        field("Status", Type::Picklist),
        field("Vestibule_Score__c", Type::Number),
        text("Vestibule_Consent__c"),
        read_only("IsConverted", Type::Flag),
        read_only(
            "ConvertedContactId",
            Type::Reference(&["Contact"], "ConvertedContact"),
        ),
    ]);
    vec![
        object(
            "User",
            "005",
            vec![
                text("Username"),
                text("Name"),
                field("Email", Type::Email),
                text("Phone"),
            ],
        ),
        object(
            "Account",
            "001",
            vec![
                required("Name", Type::Text(255)),
                text("AccountNumber"),
                field("Type", Type::Picklist),
                field("ParentId", Type::Reference(&["Account"], "Parent")),
                text("BillingPostalCode"),
                text("VAT_Number__c"),
                text("Portal_Domains__c"),
                field("OwnerId", USER),
            ],
        ),
        object("Contact", "003", contact),
        object(
            "Contract",
            "800",
            vec![
                Field {
                    is_required: true,
                    ..field("AccountId", account)
                },
                read_only("ContractNumber", Type::Text(30)),
                field("Status", Type::Picklist),
                read_only("StatusCode", Type::Picklist),
                field("StartDate", Type::Date),
                read_only("EndDate", Type::Date),
                text("Portal_Products__c"),
                field("Portal_Seats__c", Type::Number),
                field("Portal_Grace__c", Type::Number),
                field("OwnerId", USER),
            ],
        ),
        object(
            "Order",
            "801",
            vec![
                field("AccountId", account),
                read_only("OrderNumber", Type::Text(30)),
                field("EffectiveDate", Type::Date),
                read_only("TotalAmount", Type::Number),
                field("Status", Type::Picklist),
                field("OwnerId", USER),
            ],
        ),
        object(
            "Case",
            "500",
            vec![
                field("AccountId", account),
                field("ContactId", Type::Reference(&["Contact"], "Contact")),
                read_only("CaseNumber", Type::Text(30)),
                text("Subject"),
                field("Status", Type::Picklist),
                read_only("IsClosed", Type::Flag),
                field("OwnerId", USER),
            ],
        ),
        object("Lead", "00Q", lead),
        object(
            "Task",
            "00T",
            vec![
                key("Vestibule_Change__c", false),
                text("Subject"),
                field("Status", Type::Picklist),
                field("ActivityDate", Type::Date),
                field("Description", Type::Text(32_000)),
                field("WhoId", Type::Reference(&["Contact", "Lead"], "Who")),
                field("WhatId", Type::Reference(&["Account", "Contract"], "What")),
            ],
        ),
    ]
}

impl Object {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The reference behind a relation's name.
    pub fn relation(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| {
            matches!(field.kind, Type::Reference(_, relation) if relation.eq_ignore_ascii_case(name))
        })
    }

    pub fn describe(&self) -> Value {
        let fields: Vec<Value> = self.fields.iter().map(|field| {
            let (kind, length, relation) = match field.kind {
                Type::Text(length) => ("string", length, None),
                Type::Email => ("email", 80, None),
                Type::Picklist => ("picklist", 255, None),
                Type::Reference(_, relation) => ("reference", 18, Some(relation)),
                Type::Date => ("date", 0, None),
                Type::DateTime => ("datetime", 0, None),
                Type::Flag => ("boolean", 0, None),
                Type::Number => ("double", 0, None),
                Type::Id => ("id", 18, None),
            };
            json!({"name": field.name, "label": field.name, "type": kind, "length": length,
                "relationshipName": relation, "createable": field.is_writable, "updateable": field.is_writable,
                "externalId": field.is_key, "idLookup": field.is_key, "unique": field.is_unique, "nillable": !field.is_required})
        }).collect();
        json!({"name": self.name, "keyPrefix": self.prefix, "createable": self.is_writable, "updateable": self.is_writable,
            "queryable": true, "fields": fields})
    }
}
