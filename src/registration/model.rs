//! A registration: a request to be let in without an invitation.

use serde::{Deserialize, Serialize};

use crate::kernel::{
    Cx, EmailAddress, Instant,
    ids::{OrganizationId, PersonId, RegistrationId},
};

crate::text_enum! {
    /// What somebody registers with.
    pub enum Kind {
        /// The number of a contract that their company has.
        Contract = "contract",
        /// Nothing yet: the company is new.
        NewCompany = "new_company",
    }
}

crate::text_enum! {
    /// Where a registration stands.
    pub enum State {
        /// The CRM has not been asked yet, or has not answered.
        WaitingCrm = "waiting_crm",
        /// An administrator of the organization decides.
        WaitingOrganization = "waiting_organization",
        /// The portal company's staff decide.
        WaitingStaff = "waiting_staff",
        /// Let in.
        Approved = "approved",
        /// Not let in.
        Declined = "declined",
        /// Taken back by the applicant.
        Withdrawn = "withdrawn",
    }
}

impl State {
    /// Whether somebody or something still has to decide.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::WaitingCrm | Self::WaitingOrganization | Self::WaitingStaff
        )
    }
}

crate::text_enum! {
    /// Why a person decides and not the portal.
    pub enum Why {
        /// Every request of this kind is decided by a person.
        Rule = "rule",
        /// The contract could not be confirmed, and the applicant asked for a look at it.
        NotConfirmed = "not_confirmed",
        /// More than one CRM has a contract with this number.
        Several = "several",
        /// The applicant's address is not that of a contact, nor at the company's domain.
        Stranger = "stranger",
        /// The address is at the company's domain, but not that of a contact.
        DomainOnly = "domain_only",
        /// All seats of the contract are taken.
        NoSeat = "no_seat",
        /// The address belongs to somebody who may not sign in, or who uses another account of the
        /// same provider.
        KnownPerson = "known_person",
        /// The address was not verified.
        NotVerified = "not_verified",
    }
}

/// Who registers: an identity that proved itself at a provider, with its verified address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// The configured provider's key.
    pub provider: String,
    /// The issuer, exactly as in its ID tokens.
    pub issuer: String,
    /// The subject at that issuer.
    pub subject: String,
    /// The address, **verified** by a provider trusted for it (law 6).
    pub email: EmailAddress,
}

/// What the CRMs said, as staff see it beside the request. Never shown to the applicant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// When they were asked last.
    pub asked_at: Option<Instant>,
    /// How often they were asked without an answer.
    pub tries: u32,
    /// One answer for each connection.
    pub answers: Vec<Answer>,
    /// Why a person decides.
    pub why: Option<Why>,
    /// Whether the applicant asked for a person's look: the portal then decides nothing itself.
    pub by_hand: bool,
}

/// What one CRM said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The connection.
    pub connection: String,
    /// Its answer.
    #[serde(flatten)]
    pub said: Said,
}

/// An answer of a CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// There is such a contract, and the company fact fits.
    Found(Found),
    /// There is none, or the company fact does not fit.
    NotFound,
    /// It did not answer in time.
    NoAnswer,
}

/// A contract that a CRM found, as far as a decision needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// The account's name.
    pub account_name: String,
    /// The account's number.
    pub account_number: String,
    /// The address of the sales rep who owns the account.
    pub owner_email: String,
    /// The contract's number.
    pub contract_number: String,
    /// The word for its standing when the CRM was asked (`contracts::Standing::word`).
    pub standing: String,
    /// The CRM's ids of the account's contacts that have the applicant's address.
    pub contact_ids: Vec<String>,
    /// Their names.
    pub contact_names: Vec<String>,
    /// Whether the applicant's address is at one of the account's own domains.
    pub at_company_domain: bool,
}

impl Evidence {
    /// The contract found, when there is exactly one.
    #[must_use]
    pub fn only_found(&self) -> Option<(&str, &Found)> {
        let mut found = self.answers.iter().filter_map(|answer| match &answer.said {
            Said::Found(found) => Some((answer.connection.as_str(), found)),
            Said::NotFound | Said::NoAnswer => None,
        });
        let first = found.next();
        if found.next().is_some() { None } else { first }
    }

    /// The one contact with the applicant's address; `None` when there is none or more than one.
    #[must_use]
    pub fn only_contact(&self) -> Option<&str> {
        match self.only_found()?.1.contact_ids.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl<DB: sqlx::Database> sqlx::Type<DB> for Evidence
where
    String: sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as sqlx::Type<DB>>::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        <String as sqlx::Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Evidence
where
    String: sqlx::Decode<'r, DB>,
{
    fn decode(
        value: <DB as sqlx::Database>::ValueRef<'r>,
    ) -> Result<Self, sqlx::error::BoxDynError> {
        let text = <String as sqlx::Decode<DB>>::decode(value)?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// A request to be let in, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// The number people quote.
    pub reference: String,
    /// What somebody registers with.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// The provider of the applicant's identity.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// The subject there.
    pub subject: String,
    /// The applicant's verified address.
    pub email: EmailAddress,
    /// Given name; may be empty when there is a family name.
    pub given_name: String,
    /// Family name; may be empty when there is a given name.
    pub family_name: String,
    /// Phone number as E.164; may be empty.
    pub phone: String,
    /// `en` or `de`.
    pub language: String,
    /// The contract number as typed.
    pub contract_number: String,
    /// Customer number, postcode or VAT number as typed.
    pub company_fact: String,
    /// The company's name: typed, or the CRM's.
    pub company_name: String,
    /// What the applicant wrote; may be empty.
    pub message: String,
    /// The CRM connection it belongs to; empty while not known.
    pub connection: String,
    /// The organization, once known.
    pub organization_id: Option<OrganizationId>,
    /// What the CRMs said.
    pub evidence: Evidence,
    /// The person, once let in.
    pub person_id: Option<PersonId>,
    /// Who decided: a person's id, `system`, or empty.
    pub decided_by: String,
    /// What the decider wrote to the applicant; may be empty.
    pub decision_note: String,
    /// When it was sent.
    pub created_at: Instant,
    /// When it was decided or withdrawn.
    pub decided_at: Option<Instant>,
    /// When the CRM is asked next.
    pub next_try_at: Option<Instant>,
}

impl Registration {
    /// The applicant's name as people read it.
    #[must_use]
    pub fn applicant_name(&self) -> String {
        let joined = format!("{} {}", self.given_name, self.family_name);
        joined.trim().to_owned()
    }

    /// Who sent it.
    #[must_use]
    pub fn applicant(&self) -> Applicant {
        Applicant {
            provider: self.provider.clone(),
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            email: self.email.clone(),
        }
    }

    /// Whether this identity sent it.
    #[must_use]
    pub fn is_of(&self, issuer: &str, subject: &str) -> bool {
        self.issuer == issuer && self.subject == subject
    }
}

/// A new reference number like `R-4K7D-9QXM`: 40 random bits that can be read aloud. It proves
/// nothing; it only names.
#[must_use]
pub(super) fn new_reference(cx: &Cx) -> String {
    /// Crockford's alphabet, upper case: no I, L, O, U.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut text = String::from("R");
    for (index, byte) in cx.random().bytes::<8>().into_iter().enumerate() {
        if index % 4 == 0 {
            text.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte % 32)).copied();
        text.push(char::from(letter.unwrap_or(b'0')));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Clock, Keyring, Random, World};

    #[test]
    fn a_reference_can_be_read_aloud() {
        let world = World {
            clock: Clock::manual(Instant::from_seconds(0)),
            random: Random::seeded(1),
            keys: Keyring::new([0; 32]),
        };
        let cx = world.system("test");
        let reference = new_reference(&cx);
        assert_eq!(reference.len(), 11);
        assert!(reference.starts_with("R-"));
        assert!(!reference.contains(['I', 'L', 'O', 'U']));
        assert_ne!(reference, new_reference(&cx));
    }

    #[test]
    fn only_one_contact_of_only_one_contract_is_linked() {
        let found = |contacts: &[&str]| {
            Said::Found(Found {
                contact_ids: contacts.iter().map(ToString::to_string).collect(),
                ..Found::default()
            })
        };
        let evidence = |said: Vec<Said>| Evidence {
            answers: said
                .into_iter()
                .map(|said| Answer {
                    connection: "crm".into(),
                    said,
                })
                .collect(),
            ..Evidence::default()
        };
        let one = evidence(vec![Said::NotFound, found(&["c1"])]);
        assert_eq!(one.only_contact(), Some("c1"));
        assert_eq!(evidence(vec![found(&["c1", "c2"])]).only_contact(), None);
        let twice = evidence(vec![found(&["c1"]), found(&["c2"])]);
        assert_eq!(twice.only_contact(), None);
        let text = serde_json::to_string(&twice).unwrap();
        assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), twice);
    }
}
