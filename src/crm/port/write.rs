//! What the portal writes into a CRM: changes, each under a key of its own.

use serde::{Deserialize, Serialize};

use crate::kernel::Instant;

/// One change on its way into the CRM: all its parts are applied together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Names the change: the same key again is answered and not applied.
    pub key: String,
    /// What the change is about; writes of one subject arrive in order.
    pub subject: String,
    /// When it happened in the portal. RFC 3339 in JSON.
    #[serde(with = "crate::kernel::instant::rfc3339")]
    pub at: Instant,
    /// Who did it.
    pub author: Author,
    /// The contact to write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactWrite>,
    /// The lead to write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<LeadWrite>,
    /// The activity to add to the contact, the lead or the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<ActivityWrite>,
}

/// The true author of a change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Author {
    /// `person`, `staff`, `crm`, `system`, `visitor` or `provider`.
    pub kind: String,
    /// The portal's reference: a person's id, a connection, a part of the portal.
    pub reference: String,
    /// Name for people.
    pub name: String,
    /// Address, when the author is a person.
    pub email: String,
}

/// A contact as the portal knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactWrite {
    /// The CRM's id, once linked. Otherwise: find by `membership_id`, then by `email` within the
    /// account; more than one is for review, none is a new record.
    pub id: Option<String>,
    /// A person has looked at the candidates and none is meant: unless a record has our
    /// `membership_id`, a new one is made, whatever its `email`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub create_new: bool,
    /// The account.
    pub account_id: String,
    /// Our id for this contact (external id): a person in this organization.
    pub membership_id: String,
    /// Our id for the human.
    pub person_id: String,
    /// Verified e-mail address.
    pub email: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Phone number; empty leaves the CRM's own.
    pub phone: String,
    /// `active`, `suspended` or `removed`.
    pub portal_status: String,
    /// Business roles held.
    pub portal_roles: Vec<String>,
    /// Last sign-in, RFC 3339; empty when there was none.
    pub last_sign_in: String,
}

/// A lead as the portal knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LeadWrite {
    /// The CRM's id, once known.
    pub id: Option<String>,
    /// A person has looked at the candidates and none is meant: unless a record has our
    /// `portal_key`, a new one is made, whatever its `email`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub create_new: bool,
    /// Our id for this lead (external id).
    pub portal_key: String,
    /// The company's name.
    pub company: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// E-mail address.
    pub email: String,
    /// Phone number.
    pub phone: String,
    /// Language.
    pub language: String,
    /// Points to add to the lead's score.
    pub score_points: i64,
    /// New status, empty to leave it.
    pub status: String,
    /// What was consented to: purpose and version of the text; the same after `withdrawn: ` once it
    /// was taken back; empty for no news.
    pub consent: String,
}

/// Something that happened, for the record's history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityWrite {
    /// The contact it belongs to, when the write has no contact part.
    pub contact_id: Option<String>,
    /// The lead it belongs to, when the write has no lead part.
    pub lead_id: Option<String>,
    /// The account it belongs to, when there is neither.
    pub account_id: Option<String>,
    /// `invitation_sent`, `invitation_opened`, `signed_in`, `roles_changed`…
    pub kind: String,
    /// One sentence for people.
    pub text: String,
    /// The state of an invitation, when this is about one; the CRM shows it on the contact or lead.
    pub invitation_state: String,
}
