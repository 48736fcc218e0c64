//! What can be told to another system, in the portal's words.

use serde::{Deserialize, Serialize};

use crate::kernel::{
    Instant,
    ids::{InvitationId, MembershipId, OrganizationId, PersonId, RegistrationId},
};

/// A fact. Facts that carry a whole state replace an older waiting one of the same subject and kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A membership as it stands now: came into being, or changed roles, status, name or address.
    MembershipChanged(MembershipFact),
    /// A member signed in (told at most once a day and person).
    SignedIn(MembershipFact),
    /// An invitation moved on.
    InvitationMoved(InvitationFact),
    /// A company without a contract asked to come in.
    LeadRegistered(LeadFact),
    /// Somebody took a consent back.
    ConsentWithdrawn(ConsentFact),
    /// Those who run an organization ask for more seats.
    SeatsAsked(SeatsFact),
    /// How a person stands has changed; what stands now is read when it is delivered.
    PersonStands(PersonFact),
    /// An event of the portal, for those who subscribed to its topic.
    Happened(EventFact),
    /// A mail to send; its content is encrypted at rest.
    Mail(SealedMail),
}

/// What goes first when not everything can go at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Somebody waits for it, or somebody must be kept out: invitations, access that ends or begins
    /// again, roles, a consent taken back, a new lead.
    Urgent = 0,
    /// The rest.
    Usual = 1,
    /// A mere note: a sign-in.
    Note = 2,
}

impl Urgency {
    /// All, the most urgent first.
    pub(super) const ALL: [Self; 3] = [Self::Urgent, Self::Usual, Self::Note];

    /// The stored number.
    pub(super) const fn number(self) -> i64 {
        self as i64
    }
}

impl Fact {
    /// The word stored in the column `kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MembershipChanged(_) => "membership_changed",
            Self::SignedIn(_) => "signed_in",
            Self::InvitationMoved(_) => "invitation_moved",
            Self::LeadRegistered(_) => "lead_registered",
            Self::ConsentWithdrawn(_) => "consent_withdrawn",
            Self::SeatsAsked(_) => "seats_asked",
            Self::PersonStands(_) => "person_stands",
            Self::Happened(_) => "happened",
            Self::Mail(_) => "mail",
        }
    }

    /// How urgent it is.
    #[must_use]
    pub fn urgency(&self) -> Urgency {
        match self {
            Self::SignedIn(_) => Urgency::Note,
            Self::InvitationMoved(_)
            | Self::LeadRegistered(_)
            | Self::ConsentWithdrawn(_)
            | Self::SeatsAsked(_)
            | Self::Happened(_)
            | Self::Mail(_) => Urgency::Urgent,
            Self::MembershipChanged(MembershipFact { because, .. })
            | Self::PersonStands(PersonFact { because }) => changed(because),
        }
    }

    /// Whether something about the same subject may wait before it and be less urgent.
    #[must_use]
    pub(super) fn hurries_others(&self) -> bool {
        let replaces = Self::replaces_older(self.kind());
        replaces && self.urgency() == Urgency::Urgent
    }

    /// Whether a newer fact of this kind says everything an older waiting one does.
    #[must_use]
    pub fn replaces_older(kind: &str) -> bool {
        matches!(kind, "membership_changed" | "person_stands")
    }
}

/// Access that ends or begins, and roles, are waited for.
fn changed(because: &str) -> Urgency {
    match because {
        "membership.suspended"
        | "membership.removed"
        | "membership.restored"
        | "membership.roles_changed"
        | "membership.turned"
        | "person.suspended"
        | "person.restored"
        | "contract.changed"
        | "contract.turned" => Urgency::Urgent,
        _ => Urgency::Usual,
    }
}

/// A membership with what a CRM contact shows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipFact {
    /// Which.
    pub membership_id: MembershipId,
    /// Whose.
    pub person_id: PersonId,
    /// Where.
    pub organization_id: OrganizationId,
    /// The account's id in the CRM.
    pub crm_account_id: String,
    /// The contact's id in the CRM, when linked.
    pub crm_contact_id: Option<String>,
    /// Verified address.
    pub email: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Phone number.
    pub phone: String,
    /// `active`, `suspended`, `removed`.
    pub status: String,
    /// Business roles.
    pub roles: Vec<String>,
    /// Last sign-in.
    pub last_sign_in_at: Option<Instant>,
    /// What happened, as an audit action: `membership.created`.
    pub because: String,
    /// Of somebody who was removed: who was named to take over their open cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<MembershipId>,
}

/// An invitation with what a CRM shows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationFact {
    /// Which.
    pub invitation_id: InvitationId,
    /// Into which organization.
    pub organization_id: OrganizationId,
    /// The account's id in the CRM.
    pub crm_account_id: String,
    /// The contact or lead in the CRM, when known.
    pub crm_contact_id: Option<String>,
    /// Whether it is for a lead.
    pub is_lead: bool,
    /// The invited address.
    pub email: String,
    /// The new state.
    pub state: String,
    /// Business roles offered.
    pub roles: Vec<String>,
    /// Why it stands so, when that is worth a sentence; empty otherwise.
    #[serde(default)]
    pub reason: String,
}

/// A company without a contract that asked to come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadFact {
    /// The registration, which is the lead's external id.
    pub registration_id: RegistrationId,
    /// The person, once there is one.
    pub person_id: Option<PersonId>,
    /// Company name.
    pub company: String,
    /// Verified address.
    pub email: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Phone number.
    pub phone: String,
    /// Language.
    pub language: String,
    /// Purpose and version of the consented text, empty for none.
    pub consent: String,
    /// Points for the lead's score.
    pub score_points: i64,
}

/// A consent that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentFact {
    /// The registration it was given with, which is the lead's external id.
    pub registration_id: RegistrationId,
    /// Whose.
    pub person_id: PersonId,
    /// Verified address.
    pub email: String,
    /// Purpose and version of the text, as in [`LeadFact::consent`].
    pub consent: String,
}

/// A wish for more seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatsFact {
    /// Which organization.
    pub organization_id: OrganizationId,
    /// The account's id in the CRM.
    pub crm_account_id: String,
    /// Seats of its contracts together.
    pub limit: i64,
    /// How many are taken.
    pub taken: i64,
    /// How many more are asked for.
    pub more: i64,
    /// What the administrator adds, on one line; empty for nothing.
    pub message: String,
}

/// A person whom a directory must look at again; the subject of the delivery names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFact {
    /// What happened, as an audit action: `membership.suspended`.
    pub because: String,
}

/// An event as subscribers are told it: names and ids, never addresses or secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFact {
    /// What happened: `membership.suspended`.
    pub event: String,
    /// To whom, by whom, and what it changed.
    pub data: serde_json::Value,
}

/// A mail, encrypted with the purpose `mail` and the place `id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedMail {
    /// Names the mail; the `Message-ID` is made of it.
    pub id: String,
    /// What kind of mail.
    pub template: String,
    /// The invitation whose delivery state follows this mail's.
    pub invitation_id: Option<InvitationId>,
    /// The encrypted content.
    pub sealed: String,
}
