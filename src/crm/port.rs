//! The port: what every CRM adapter offers, and the only words adapters and portal share.
//!
//! A CRM is asked for look-ups (registration), a change feed (the mirror follows it) and keyed
//! writes (the outbox delivers them). Every record of a feed carries a version that only grows, so
//! that an older one changes nothing (law 10). Every write carries a key that names the change and
//! not the attempt, so that applying it twice is applying it once (law 4).

mod overview;
mod usage;
mod write;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::kernel::Instant;

pub use overview::{
    About, Case, HELD, HandOver, LEAD, LeadStage, Manager, Order, Overview, Part, ROWS, Successor,
};
pub use usage::{Limit, Usage};
pub use write::{ActivityWrite, Author, ContactWrite, LeadWrite, Write};

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

    /// The company at a glance, for a page that has loaded already. An adapter without it offers
    /// nothing.
    ///
    /// # Errors
    /// When nothing at all could be read; what fails alone is said in its part.
    async fn overview(&self, about: &About) -> Result<Overview, CrmError> {
        let _ = about;
        Ok(Overview::nothing())
    }

    /// The open cases for which a contact answers, [`HELD`] at most.
    ///
    /// # Errors
    /// When they could not be read.
    async fn cases_of(&self, contact_id: &str) -> Result<Part<Vec<Case>>, CrmError> {
        let _ = contact_id;
        Ok(Part::NotOffered)
    }

    /// Hands the open cases of a contact over; the numbers of those that were. Again, it finds
    /// nothing left to do.
    ///
    /// # Errors
    /// When some may not be handed over yet.
    async fn hand_over(&self, hand_over: &HandOver) -> Result<Vec<String>, CrmError> {
        let _ = hand_over;
        Ok(Vec::new())
    }

    /// Calls and limits since the last look; `None` where calls are not counted.
    fn usage(&self) -> Option<Usage> {
        None
    }

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
    /// The portal has no credential there until a colleague lends one: nothing is wrong, and later it
    /// can be asked.
    #[error("nobody lends the portal a credential for this CRM")]
    NoCredential,
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
    /// The portal has no credential there until a colleague lends one; this was no attempt.
    Waits,
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
