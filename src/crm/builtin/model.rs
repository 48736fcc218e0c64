//! The records of the built-in CRM as they are stored.
//!
//! What a person edits stands in a `…Fields` struct; the rest belongs to the portal or is counted.
//! A field's name is its column's name, in forms, imports and histories too.

use serde::{Deserialize, Serialize};

use super::list::List;
use crate::{
    crm::port::Author,
    kernel::{Instant, ids::CrmRecordId},
};

crate::text_enum! {
    /// The kinds of record the change feed knows.
    pub enum RecordKind {
        /// A company.
        Account = "account",
        /// A human at a company.
        Contact = "contact",
        /// What is agreed with a company.
        Contract = "contract",
        /// A human at a company that is no customer yet.
        Lead = "lead",
        /// Somebody pressed Invite.
        InvitationRequest = "invitation_request",
    }
}

crate::text_enum! {
    /// What a company is to us.
    pub enum AccountKind {
        /// Buys from us.
        Customer = "customer",
        /// May buy from us.
        Prospect = "prospect",
        /// Sells or serves for us, and may have customers below it.
        Partner = "partner",
        /// We buy from it.
        Vendor = "vendor",
        /// Works for us.
        Contractor = "contractor",
    }
}

crate::text_enum! {
    /// Where a contract stands, as sales sees it; the dates count besides.
    pub enum ContractStatus {
        /// Not agreed yet.
        Draft = "draft",
        /// In force between its dates.
        Active = "active",
        /// Paused by sales.
        Suspended = "suspended",
        /// Over, whatever its dates say.
        Ended = "ended",
    }
}

crate::text_enum! {
    /// How far a lead has come.
    pub enum LeadStatus {
        /// Nobody has spoken with them.
        New = "new",
        /// Somebody works on it.
        Working = "working",
        /// Worth an offer.
        Qualified = "qualified",
        /// Became a customer.
        Converted = "converted",
        /// Will not become one.
        Lost = "lost",
    }
}

/// What a person edits of a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct AccountFields {
    /// The customer number people know; unique.
    pub number: String,
    /// Name.
    pub name: String,
    /// What it is to us.
    pub kind: AccountKind,
    /// The account above it.
    pub parent_id: Option<CrmRecordId>,
    /// Its own mail domains.
    #[sqlx(try_from = "String")]
    pub domains: List,
    /// Postcode.
    pub postcode: String,
    /// VAT number.
    pub vat_number: String,
    /// The address of the sales rep who owns it.
    pub owner_email: String,
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Account {
    /// Which.
    pub id: CrmRecordId,
    /// What a person edits.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub fields: AccountFields,
    /// Grows with each change.
    pub version: i64,
    /// Last change.
    pub updated_at: Instant,
}

/// What a person edits of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ContactFields {
    /// The company.
    pub account_id: CrmRecordId,
    /// The number people know; empty, or unique.
    pub number: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Address as somebody typed it: CRMs hold malformed ones.
    pub email: String,
    /// Phone number.
    pub phone: String,
    /// `en`, `de` or empty.
    pub language: String,
    /// Whether this human does not want mail.
    pub opted_out: bool,
}

/// What the portal writes about a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, sqlx::FromRow)]
pub struct PortalMarks {
    /// The portal's person; empty until linked.
    pub portal_person_id: String,
    /// The portal's membership; empty until linked.
    pub portal_membership_id: String,
    /// `active`, `suspended`, `removed`; empty until linked.
    pub portal_status: String,
    /// Business roles held.
    #[sqlx(try_from = "String")]
    pub portal_roles: List,
    /// The state of the latest invitation; empty when there was none.
    pub invitation_status: String,
    /// Last sign-in, RFC 3339; empty when there was none.
    pub last_sign_in: String,
}

/// A human at a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Contact {
    /// Which.
    pub id: CrmRecordId,
    /// What a person edits.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub fields: ContactFields,
    /// What the portal writes.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub portal: PortalMarks,
    /// Grows with each change.
    pub version: i64,
    /// Last change.
    pub updated_at: Instant,
}

/// What a person edits of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ContractFields {
    /// The company.
    pub account_id: CrmRecordId,
    /// The number people know; unique.
    pub number: String,
    /// Where it stands.
    pub status: ContractStatus,
    /// First day, `YYYY-MM-DD`.
    pub starts_on: String,
    /// Last day, `YYYY-MM-DD`; empty when it does not end.
    pub ends_on: String,
    /// Days of grace after the last day; `None` for the connection's usual.
    pub grace_days: Option<i64>,
    /// People who may have access; `None` for any number.
    pub seats: Option<i64>,
    /// Products it contains.
    #[sqlx(try_from = "String")]
    pub products: List,
}

/// What is agreed with a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Contract {
    /// Which.
    pub id: CrmRecordId,
    /// What a person edits.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub fields: ContractFields,
    /// Grows with each change.
    pub version: i64,
    /// Last change.
    pub updated_at: Instant,
}

/// What a person edits of a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct LeadFields {
    /// The company's name.
    pub company: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Address.
    pub email: String,
    /// Phone number.
    pub phone: String,
    /// `en`, `de` or empty.
    pub language: String,
    /// Whether this human does not want mail.
    pub opted_out: bool,
    /// The address of the sales rep who owns it.
    pub owner_email: String,
    /// How far it has come: one of [`LeadStatus`], or a word of the portal's own.
    pub status: String,
}

/// A human at a company that is no customer yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Lead {
    /// Which.
    pub id: CrmRecordId,
    /// What a person edits.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub fields: LeadFields,
    /// Points.
    pub score: i64,
    /// Purpose and version of the consented text; empty for none.
    pub consent: String,
    /// The portal's id for it; empty until the portal writes it.
    pub portal_key: String,
    /// The state of the latest invitation; empty when there was none.
    pub invitation_status: String,
    /// Grows with each change.
    pub version: i64,
    /// Last change.
    pub updated_at: Instant,
}

/// Somebody asked on the CRM's screen to invite a contact or a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct InvitationRequest {
    /// Which; the same id again changes nothing.
    pub id: CrmRecordId,
    /// The contact to invite.
    pub contact_id: Option<CrmRecordId>,
    /// The lead to invite.
    pub lead_id: Option<CrmRecordId>,
    /// Business roles; empty for the usual ones.
    #[sqlx(try_from = "String")]
    pub roles: List,
    /// The address of the CRM user who asked.
    pub requested_by: String,
    /// Grows with each change.
    pub version: i64,
    /// When it was asked.
    pub updated_at: Instant,
}

/// One field that changed, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name.
    pub field: String,
    /// What stood there.
    pub from: String,
    /// What stands there now.
    pub to: String,
}

/// The fields that changed at once, as one column of text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldChanges(pub Vec<FieldChange>);

impl TryFrom<String> for FieldChanges {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        serde_json::from_str(&text)
    }
}

/// Something that happened, in a record's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Activity {
    /// Which.
    pub id: CrmRecordId,
    /// The record it belongs to.
    pub record_id: String,
    /// The account that record belongs to; empty for leads.
    pub account_id: String,
    /// `created`, `edited`, `imported`, `invitation_requested`, or the portal's own word.
    pub kind: String,
    /// One sentence, when the portal gave one.
    pub text: String,
    /// What changed.
    #[sqlx(try_from = "String")]
    pub changes: FieldChanges,
    /// The true author's kind, as in [`Author`]; `crm` for people who work in the CRM itself.
    pub author_kind: String,
    /// The author's reference.
    pub author_ref: String,
    /// The author's name.
    pub author_name: String,
    /// The author's address.
    pub author_email: String,
    /// When it happened.
    pub at: Instant,
}

/// A person who works on the CRM's own screen.
#[must_use]
pub fn crm_user(reference: &str, name: &str, email: &str) -> Author {
    Author {
        kind: "crm".to_owned(),
        reference: reference.to_owned(),
        name: name.to_owned(),
        email: email.to_owned(),
    }
}

/// What became of an attempt to store a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved<R> {
    /// A new record.
    Created(R),
    /// The record as it stands now.
    Changed(R),
    /// It already stood like that.
    Unchanged(R),
    /// Somebody changed it after the form was made; nothing is stored. This is how it stands now.
    Newer(R),
    /// Another record has this number.
    NumberTaken(CrmRecordId),
    /// The account cannot be above itself.
    Loop,
    /// There is no such record, or no such account to put it under.
    NotFound,
}
