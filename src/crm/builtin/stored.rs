//! What every kind of record offers to the one way of writing (see [`super::records`]).

use serde::Serialize;

use super::{
    model::{Account, Contact, Contract, InvitationRequest, Lead, RecordKind},
    store,
};
use crate::kernel::{Instant, ids::CrmRecordId, text};

/// A record with its place in the database.
pub trait Stored: Serialize + Clone + PartialEq + Send + Sync {
    const KIND: RecordKind;
    const PUT: &'static str;
    fn id(&self) -> &CrmRecordId;
    /// Columns computed from others, for searching.
    fn derived(&self) -> Vec<(&'static str, String)>;
    /// What a person edits, as text, for histories and comparisons.
    fn shown_fields(&self) -> Vec<(&'static str, String)>;
    fn version(&self) -> i64;
    fn set_version(&mut self, version: i64, at: Instant);
    /// The account in whose history it appears; empty for none.
    fn account(&self) -> String;
}

/// The folded form by which addresses compare, malformed ones too.
pub(super) fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

fn optional(number: Option<i64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn yes(value: bool) -> String {
    (if value { "yes" } else { "no" }).to_owned()
}

macro_rules! versioned {
    () => {
        fn id(&self) -> &CrmRecordId {
            &self.id
        }
        fn version(&self) -> i64 {
            self.version
        }
        fn set_version(&mut self, version: i64, at: Instant) {
            self.version = version;
            self.updated_at = at;
        }
    };
}

impl Stored for Account {
    const KIND: RecordKind = RecordKind::Account;
    const PUT: &'static str = store::PUT_ACCOUNTS;
    versioned!();

    fn derived(&self) -> Vec<(&'static str, String)> {
        vec![("name_key", text::fold(&self.fields.name))]
    }

    fn shown_fields(&self) -> Vec<(&'static str, String)> {
        let fields = &self.fields;
        let parent = fields.parent_id.as_ref();
        vec![
            ("number", fields.number.clone()),
            ("name", fields.name.clone()),
            ("kind", fields.kind.to_string()),
            (
                "parent_id",
                parent.map(ToString::to_string).unwrap_or_default(),
            ),
            ("domains", fields.domains.shown()),
            ("postcode", fields.postcode.clone()),
            ("vat_number", fields.vat_number.clone()),
            ("owner_email", fields.owner_email.clone()),
        ]
    }

    fn account(&self) -> String {
        self.id.to_string()
    }
}

impl Stored for Contact {
    const KIND: RecordKind = RecordKind::Contact;
    const PUT: &'static str = store::PUT_CONTACTS;
    versioned!();

    fn derived(&self) -> Vec<(&'static str, String)> {
        let fields = &self.fields;
        let name = format!("{} {}", fields.family_name, fields.given_name);
        vec![
            ("name_key", text::fold(&name)),
            ("email_key", email_key(&fields.email)),
        ]
    }

    fn shown_fields(&self) -> Vec<(&'static str, String)> {
        let (fields, portal) = (&self.fields, &self.portal);
        vec![
            ("account_id", fields.account_id.to_string()),
            ("number", fields.number.clone()),
            ("given_name", fields.given_name.clone()),
            ("family_name", fields.family_name.clone()),
            ("email", fields.email.clone()),
            ("phone", fields.phone.clone()),
            ("language", fields.language.clone()),
            ("opted_out", yes(fields.opted_out)),
            ("portal_membership_id", portal.portal_membership_id.clone()),
            ("portal_status", portal.portal_status.clone()),
            ("portal_roles", portal.portal_roles.shown()),
        ]
    }

    fn account(&self) -> String {
        self.fields.account_id.to_string()
    }
}

impl Stored for Contract {
    const KIND: RecordKind = RecordKind::Contract;
    const PUT: &'static str = store::PUT_CONTRACTS;
    versioned!();

    fn derived(&self) -> Vec<(&'static str, String)> {
        vec![("number_key", text::number_key(&self.fields.number))]
    }

    fn shown_fields(&self) -> Vec<(&'static str, String)> {
        let fields = &self.fields;
        vec![
            ("account_id", fields.account_id.to_string()),
            ("number", fields.number.clone()),
            ("status", fields.status.to_string()),
            ("starts_on", fields.starts_on.clone()),
            ("ends_on", fields.ends_on.clone()),
            ("grace_days", optional(fields.grace_days)),
            ("seats", optional(fields.seats)),
            ("products", fields.products.shown()),
        ]
    }

    fn account(&self) -> String {
        self.fields.account_id.to_string()
    }
}

impl Stored for Lead {
    const KIND: RecordKind = RecordKind::Lead;
    const PUT: &'static str = store::PUT_LEADS;
    versioned!();

    fn derived(&self) -> Vec<(&'static str, String)> {
        vec![("email_key", email_key(&self.fields.email))]
    }

    fn shown_fields(&self) -> Vec<(&'static str, String)> {
        let fields = &self.fields;
        vec![
            ("company", fields.company.clone()),
            ("given_name", fields.given_name.clone()),
            ("family_name", fields.family_name.clone()),
            ("email", fields.email.clone()),
            ("phone", fields.phone.clone()),
            ("language", fields.language.clone()),
            ("opted_out", yes(fields.opted_out)),
            ("owner_email", fields.owner_email.clone()),
            ("status", fields.status.clone()),
            ("score", self.score.to_string()),
            ("consent", self.consent.clone()),
            ("portal_key", self.portal_key.clone()),
        ]
    }

    fn account(&self) -> String {
        String::new()
    }
}

impl Stored for InvitationRequest {
    const KIND: RecordKind = RecordKind::InvitationRequest;
    const PUT: &'static str = store::PUT_INVITATION_REQUESTS;
    versioned!();

    fn derived(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn shown_fields(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn account(&self) -> String {
        String::new()
    }
}
