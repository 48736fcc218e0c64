//! An invitation and its states.

use std::time::Duration;

use crate::{
    kernel::{
        Actor, EmailAddress, Instant, SecretHash,
        ids::{Id, InvitationId, MembershipId, OrganizationId, PersonId},
    },
    organizations::Roles,
};

crate::text_enum! {
    /// What is offered.
    pub enum Kind {
        /// Membership of an organization with a contract.
        Member = "member",
        /// Lead access: no contract is needed.
        Lead = "lead",
    }
}

crate::text_enum! {
    /// Who invites.
    pub enum InviterKind {
        /// An administrator of the organization.
        Person = "person",
        /// Staff of the portal's company.
        Staff = "staff",
        /// A user of the CRM who pressed Invite there.
        Crm = "crm",
        /// A program that calls the API.
        Client = "client",
        /// The portal itself: a rule, the command line.
        System = "system",
    }
}

crate::text_enum! {
    /// How the link reaches the invitee.
    pub enum Way {
        /// The portal mails it.
        Mail = "mail",
        /// The inviter copied it and hands it over.
        Link = "link",
    }
}

crate::text_enum! {
    /// The stored word for a state: what lists filter by and CRMs are told.
    pub enum StateWord {
        /// The mail waits to leave.
        Queued = "queued",
        /// The mail server took it, or the link was handed over.
        Sent = "sent",
        /// A person pressed Continue.
        Opened = "opened",
        /// The mail could not be delivered; the link works all the same.
        Bounced = "bounced",
        /// Accepted.
        Redeemed = "redeemed",
        /// Refused by the invitee.
        Declined = "declined",
        /// Withdrawn by the inviter's side.
        Revoked = "revoked",
        /// Its time ran out.
        Expired = "expired",
        /// Another invitation took its place.
        Superseded = "superseded",
    }
}

/// Where an invitation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Can be accepted, as long as its time lasts.
    Live(Live),
    /// Is over.
    Ended(Ended),
}

/// An invitation that can be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// The mail waits to leave.
    Queued,
    /// It left.
    Sent {
        /// When the mail server took it, or the link was handed over.
        at: Instant,
    },
    /// The mail could not be delivered. A link that reached the invitee otherwise still works.
    Bounced {
        /// When that became known.
        at: Instant,
    },
    /// A person, not a mail scanner, went on from the page of the link.
    Opened {
        /// When it left, if that is known by now.
        sent_at: Option<Instant>,
        /// When a person first went on.
        at: Instant,
    },
}

/// An invitation that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Accepted.
    Redeemed {
        /// When.
        at: Instant,
        /// By whom.
        by: PersonId,
        /// What came of it.
        membership: MembershipId,
    },
    /// Refused by the invitee.
    Declined {
        /// When.
        at: Instant,
    },
    /// Withdrawn.
    Revoked {
        /// When.
        at: Instant,
    },
    /// Its time ran out.
    Expired {
        /// The first moment it no longer counted.
        at: Instant,
    },
    /// Another invitation took its place.
    Superseded {
        /// When.
        at: Instant,
    },
}

impl Live {
    /// The mail server took the mail, or the link was handed over.
    #[must_use]
    pub fn sent(self, at: Instant) -> Self {
        match self {
            Self::Queued | Self::Sent { .. } | Self::Bounced { .. } => Self::Sent { at },
            Self::Opened { at: opened, .. } => Self::Opened {
                sent_at: Some(at),
                at: opened,
            },
        }
    }

    /// The mail cannot be delivered. One that was opened has arrived whatever the mail server says.
    #[must_use]
    pub fn bounced(self, at: Instant) -> Self {
        match self {
            Self::Queued | Self::Sent { .. } | Self::Bounced { .. } => Self::Bounced { at },
            opened @ Self::Opened { .. } => opened,
        }
    }

    /// A person went on from the page of the link. The first time counts.
    #[must_use]
    pub fn opened(self, at: Instant) -> Self {
        match self {
            Self::Queued | Self::Bounced { .. } => Self::Opened { sent_at: None, at },
            Self::Sent { at: sent } => Self::Opened {
                sent_at: Some(sent),
                at,
            },
            opened @ Self::Opened { .. } => opened,
        }
    }

    /// The invitee does not want it.
    #[must_use]
    pub fn declined(self, at: Instant) -> Ended {
        Ended::Declined { at }
    }

    /// The inviter's side takes it back.
    #[must_use]
    pub fn revoked(self, at: Instant) -> Ended {
        Ended::Revoked { at }
    }

    /// Its time ran out at `at`.
    #[must_use]
    pub fn expired(self, at: Instant) -> Ended {
        Ended::Expired { at }
    }

    /// Another invitation takes its place.
    #[must_use]
    pub fn superseded(self, at: Instant) -> Ended {
        Ended::Superseded { at }
    }

    /// The stored word.
    #[must_use]
    pub const fn word(&self) -> StateWord {
        match self {
            Self::Queued => StateWord::Queued,
            Self::Sent { .. } => StateWord::Sent,
            Self::Bounced { .. } => StateWord::Bounced,
            Self::Opened { .. } => StateWord::Opened,
        }
    }
}

impl Ended {
    /// The stored word.
    #[must_use]
    pub const fn word(&self) -> StateWord {
        match self {
            Self::Redeemed { .. } => StateWord::Redeemed,
            Self::Declined { .. } => StateWord::Declined,
            Self::Revoked { .. } => StateWord::Revoked,
            Self::Expired { .. } => StateWord::Expired,
            Self::Superseded { .. } => StateWord::Superseded,
        }
    }

    /// When it ended.
    #[must_use]
    pub const fn at(&self) -> Instant {
        match self {
            Self::Redeemed { at, .. }
            | Self::Declined { at }
            | Self::Revoked { at }
            | Self::Expired { at }
            | Self::Superseded { at } => *at,
        }
    }
}

impl State {
    /// The stored word.
    #[must_use]
    pub const fn word(&self) -> StateWord {
        match self {
            Self::Live(live) => live.word(),
            Self::Ended(ended) => ended.word(),
        }
    }
}

/// Who invites, as the invitee reads it. What counts is [`Inviter::kind`] and
/// [`Inviter::reference`]; names and addresses are copies from the day of inviting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inviter {
    /// What kind of author.
    pub kind: InviterKind,
    /// The person's id, the CRM connection, the program, the part of the portal.
    pub reference: String,
    /// Name.
    pub name: String,
    /// The inviter's company.
    pub company: String,
    /// Address for questions; may be empty.
    pub email: String,
    /// Number for questions; may be empty.
    pub phone: String,
}

impl Inviter {
    /// Kind and reference of whoever acts; names and addresses are the caller's to fill.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        let kind = match actor {
            Actor::Person { .. } => InviterKind::Person,
            Actor::Staff { .. } => InviterKind::Staff,
            Actor::Crm { .. } => InviterKind::Crm,
            Actor::Client { .. } => InviterKind::Client,
            Actor::Visitor | Actor::Provider { .. } | Actor::System { .. } => InviterKind::System,
        };
        Self {
            kind,
            reference: actor.reference().to_owned(),
            name: String::new(),
            company: String::new(),
            email: String::new(),
            phone: String::new(),
        }
    }

    /// The person behind it, when there is one.
    #[must_use]
    pub fn person_id(&self) -> Option<PersonId> {
        match self.kind {
            InviterKind::Person | InviterKind::Staff => PersonId::parse(&self.reference).ok(),
            InviterKind::Crm | InviterKind::Client | InviterKind::System => None,
        }
    }
}

/// What the present link went through, for the timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// When the mail server took the mail, or the link was handed over.
    pub sent_at: Option<Instant>,
    /// When a person went on from the page of the link.
    pub opened_at: Option<Instant>,
    /// When it became known that the mail could not be delivered.
    pub bounced_at: Option<Instant>,
}

/// Somebody with another verified address asked to be let in with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherAddress {
    /// The address, verified by the provider they came through.
    pub email: EmailAddress,
    /// The name they gave there; may be empty.
    pub name: String,
    /// When they asked.
    pub asked_at: Instant,
}

/// An offer of membership to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id, which says nothing about its link.
    pub id: InvitationId,
    /// Into which organization.
    pub organization_id: OrganizationId,
    /// What is offered.
    pub kind: Kind,
    /// To which address.
    pub email: EmailAddress,
    /// The invitee's name as the inviter knows it; may be empty.
    pub invitee_name: String,
    /// The language of its mails: `en`, `de`, or empty for the portal's usual.
    pub language: String,
    /// What the inviter wrote to the invitee.
    pub note: String,
    /// Business roles offered.
    pub roles: Roles,
    /// The stored state; see [`Invitation::state_at`].
    pub state: State,
    /// Who invites.
    pub inviter: Inviter,
    /// The contact or lead in the CRM.
    pub crm_contact_id: Option<String>,
    /// How long a link of it lives.
    pub life: Duration,
    /// How the link reaches the invitee.
    pub way: Way,
    /// What the mail server or the worker said last; empty when there is nothing to say.
    pub delivery_note: String,
    /// When it was made.
    pub created_at: Instant,
    /// When the link that counts was made.
    pub issued_at: Instant,
    /// The first moment it no longer counts.
    pub expires_at: Instant,
    /// What the present link went through.
    pub passed: Passed,
    /// When the invitee last asked for a new one.
    pub asked_again_at: Option<Instant>,
    /// Who asked to be let in with another address.
    pub other: Option<OtherAddress>,
    /// The hash of the secret that counts.
    pub(super) secret_hash: SecretHash,
    /// The mail whose delivery the state follows.
    pub(super) mail_id: String,
}

impl Invitation {
    /// The state at `now`: a stored live state is over once its time has run out, whether or not the
    /// sweeper came by.
    #[must_use]
    pub fn state_at(&self, now: Instant) -> State {
        match &self.state {
            State::Live(live) if self.expires_at <= now => {
                State::Ended(live.clone().expired(self.expires_at))
            }
            state => state.clone(),
        }
    }

    /// The live state at `now`; `None` when it is over.
    #[must_use]
    pub fn live_at(&self, now: Instant) -> Option<Live> {
        match self.state_at(now) {
            State::Live(live) => Some(live),
            State::Ended(_) => None,
        }
    }

    /// The invitee's name, or the address when the inviter gave none.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.invitee_name.is_empty() {
            self.email.shown()
        } else {
            &self.invitee_name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T1: Instant = Instant::from_seconds(1);
    const T2: Instant = Instant::from_seconds(2);

    #[test]
    fn opened_is_what_a_person_did_and_outlasts_the_mail_servers_word() {
        let opened = Live::Queued.opened(T1);
        assert_eq!(opened.clone().opened(T2), opened, "the first time counts");
        assert_eq!(opened.clone().bounced(T2), opened);
        let arrived = Live::Opened {
            sent_at: Some(T2),
            at: T1,
        };
        assert_eq!(opened.sent(T2), arrived);
    }

    #[test]
    fn a_bounce_is_not_the_end() {
        let bounced = Live::Sent { at: T1 }.bounced(T2);
        assert_eq!(bounced, Live::Bounced { at: T2 });
        assert_eq!(bounced.opened(T2).word(), StateWord::Opened);
    }
}
