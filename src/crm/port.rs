//! The port: what every CRM adapter offers, and the only words adapters and portal share.
//!
//! A CRM is asked for look-ups (registration), a change feed (the mirror follows it) and keyed
//! writes (the outbox delivers them). Every record of a feed carries a version that only grows, so
//! that an older one changes nothing (law 10). Every write carries a key that names the change and
//! not the attempt, so that applying it twice is applying it once (law 4).

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::kernel::Instant;

/// One CRM, behind its adapter.
#[async_trait]
pub trait Crm: Send + Sync {
    /// Writes taken by one call of [`Crm::apply`] at most.
    fn batch_limit(&self) -> usize;

    /// Whether the CRM answers and our rights suffice; the text is for the operator.
    ///
    /// # Errors
    /// Why not.
    async fn check(&self) -> Result<String, CrmError>;

    /// The contract with this number whose account matches `fact` (account number, postcode or VAT
    /// number), with the evidence by which a registration is decided.
    ///
    /// # Errors
    /// [`CrmError::Unreachable`] and its kind mean that the question is kept for later.
    async fn find_contract(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError>;

    /// The next records that changed after `cursor`; an empty cursor starts from the beginning.
    ///
    /// # Errors
    /// See [`CrmError`].
    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError>;

    /// Applies writes; one verdict for each, in the same order.
    ///
    /// # Errors
    /// An error speaks for the whole call: none of its writes is known to be applied.
    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError>;

    /// Proves that a notice comes from the CRM, by the CRM's own way of signing. A notice that is
    /// proven has the change feed read at once: what it says is a hint, what the feed says holds.
    ///
    /// # Errors
    /// [`Forged`] when it proves nothing, which is what an adapter without such notices says.
    async fn hear(&self, notice: &Notice<'_>) -> Result<Reply, Forged> {
        let _ = notice;
        Err(Forged("this kind of CRM sends no notices of its own"))
    }
}

/// A request that claims to come from the CRM.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// The method, as it came.
    pub method: &'a str,
    /// The whole address as the CRM was given it, with the query.
    pub url: &'a str,
    /// The last part of the address, for a CRM that signs nothing: a secret.
    pub secret: &'a str,
    /// Headers by their names in lower case; a header that is not text is left out.
    pub headers: &'a [(String, String)],
    /// The body as it came.
    pub body: &'a [u8],
    /// When it came.
    pub now: Instant,
}

impl Notice<'_> {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What a proven notice is answered with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// Media type; empty without a body.
    pub media_type: &'static str,
    /// Body.
    pub body: String,
}

/// A notice that proves nothing, and why, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forged(pub &'static str);

/// Why a whole call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrmError {
    /// No answer, or one that says to come back later.
    #[error("the CRM cannot be reached: {0}")]
    Unreachable(String),
    /// The CRM asks us to slow down.
    #[error("the CRM asks us to wait")]
    Throttled {
        /// How long, when it said so.
        retry_after: Option<Duration>,
    },
    /// Our credentials or rights are not accepted.
    #[error("the CRM refuses our credentials: {0}")]
    AuthBroken(String),
    /// Something is missing in the CRM or in its settings here: a field, a key, a version.
    #[error("the CRM is not set up for the portal: {0}")]
    Setup(String),
    /// The answer was not understood.
    #[error("the CRM's answer was not understood: {0}")]
    Protocol(String),
}

/// What became of one write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Applied, now or before.
    Done {
        /// The CRM's id of the record that was written, when one was.
        remote_id: Option<String>,
    },
    /// Try again, with growing pauses.
    Retry {
        /// Why.
        reason: String,
        /// The shortest pause, when the CRM said so (a record locked for a minute).
        #[serde(default)]
        after: Option<Duration>,
    },
    /// The CRM asks us to wait before sending it anything.
    Throttled {
        /// How long, when it said so.
        retry_after: Option<Duration>,
    },
    /// Our credentials or rights are not accepted: nothing will get through.
    AuthBroken {
        /// Why.
        reason: String,
    },
    /// More than one record could be meant; a person decides.
    NeedsReview {
        /// Why.
        reason: String,
        /// The CRM's ids of the candidates.
        candidates: Vec<String>,
    },
    /// Refused for good.
    Rejected {
        /// A stable word for grouping: `invalid_field`, `not_found`, `forbidden`…
        cause: String,
        /// What the CRM said.
        reason: String,
    },
}

/// What registration asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractQuestion {
    /// The contract number as [`crate::kernel::text::number_key`] gives it.
    pub number_key: String,
    /// The second fact, folded the same way.
    pub fact_key: String,
    /// The applicant's verified address, folded.
    pub email_key: String,
}

/// What registration learns. Shown to staff, never to the applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractEvidence {
    /// The account the contract belongs to.
    pub account: Account,
    /// The contract.
    pub contract: Contract,
    /// Contacts of this account that have the applicant's address.
    pub contacts: Vec<Contact>,
}

/// A page of the change feed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeedPage {
    /// What changed, oldest first.
    pub records: Vec<Record>,
    /// Where the next page begins; stays valid for ever.
    pub cursor: String,
    /// Whether there is more right now.
    pub more: bool,
    /// What the page also held and could not be read, for the operator. It is passed over: one bad
    /// record must not hold up the contracts behind it.
    #[serde(skip)]
    pub skipped: Vec<Skipped>,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Skipped {
    /// What it called itself; shortened.
    pub kind: String,
    /// Its id, when it had one; shortened.
    pub id: String,
    /// What is wrong with it, without its content.
    pub reason: String,
}

/// A record of the CRM as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    /// A company.
    Account(Account),
    /// A human at a company.
    Contact(Contact),
    /// What is agreed with a company.
    Contract(Contract),
    /// A human at a company that is no customer yet.
    Lead(Lead),
    /// Somebody pressed Invite in the CRM.
    InvitationRequest(InvitationRequest),
}

/// A company in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The CRM's id.
    pub id: String,
    /// Grows with each change of the record.
    pub version: i64,
    /// The customer number people know.
    pub number: String,
    /// Name.
    pub name: String,
    /// `customer`, `prospect`, `partner`, `vendor` or `contractor`.
    pub kind: String,
    /// The account above it.
    pub parent_id: Option<String>,
    /// The company's own mail domains.
    pub domains: Vec<String>,
    /// Postcode.
    pub postcode: String,
    /// VAT number.
    pub vat_number: String,
    /// The address of the sales rep who owns the account.
    pub owner_email: String,
}

/// A human in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// The CRM's id.
    pub id: String,
    /// Grows with each change of the record.
    pub version: i64,
    /// The company.
    pub account_id: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// E-mail address; may be empty or malformed, as CRMs hold such.
    pub email: String,
    /// Phone number.
    pub phone: String,
    /// Language, `en` or `de`, empty when not known.
    pub language: String,
    /// Whether this human does not want mail.
    pub opted_out: bool,
    /// Our membership id, once linked.
    pub portal_membership_id: Option<String>,
}

/// A contract in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contract {
    /// The CRM's id.
    pub id: String,
    /// Grows with each change of the record.
    pub version: i64,
    /// The company.
    pub account_id: String,
    /// The number people know.
    pub number: String,
    /// `draft`, `active`, `suspended` or `ended`.
    pub status: String,
    /// First day, `YYYY-MM-DD`, in the connection's time zone.
    pub starts_on: String,
    /// Last day; empty when it does not end.
    pub ends_on: String,
    /// Days of grace after the last day; `None` for the connection's usual.
    pub grace_days: Option<i64>,
    /// People who may have access; `None` for any number.
    pub seats: Option<i64>,
    /// Products it contains.
    pub products: Vec<String>,
    /// When the CRM changed it, for receipts. RFC 3339 in JSON.
    #[serde(with = "crate::kernel::instant::rfc3339_option")]
    pub changed_at: Option<Instant>,
}

/// A lead in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lead {
    /// The CRM's id.
    pub id: String,
    /// Grows with each change of the record.
    pub version: i64,
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
    /// Language, `en` or `de`, empty when not known.
    pub language: String,
    /// Whether this human does not want mail.
    pub opted_out: bool,
    /// The address of the sales rep who owns the lead.
    pub owner_email: String,
}

/// An invitation asked for in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InvitationRequest {
    /// Names this request; the same id again changes nothing.
    pub id: String,
    /// Grows with each change of the record.
    pub version: i64,
    /// The contact to invite.
    pub contact_id: Option<String>,
    /// The lead to invite.
    pub lead_id: Option<String>,
    /// Business roles; empty for the usual ones.
    pub roles: Vec<String>,
    /// The address of the CRM user who asked.
    pub requested_by: String,
}

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
