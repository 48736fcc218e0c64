//! Who stands before an invitation, and whether it is meant for them.

use super::model::Invitation;
use crate::{
    db::{Conn, Error},
    kernel::{EmailAddress, ids::PersonId, webmail},
    organizations::InvitePolicy,
    people::{self, PendingIdentity, Person},
};

/// Whoever signed in.
#[derive(Debug, Clone)]
pub enum Account {
    /// A person the portal knows; the address is theirs and verified.
    Person(PersonId),
    /// An identity that belongs to nobody yet.
    Pending(Box<PendingIdentity>),
}

/// An account as far as an invitation goes, read from the database.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    /// The person, when the portal knows one by this session or identity.
    pub(super) person: Option<Person>,
    /// The address given; `None` when the provider gave none.
    pub(super) email: Option<EmailAddress>,
    /// Whether it counts as verified.
    pub(super) verified: bool,
    /// The name.
    pub(super) name: String,
}

/// Whether an invitation is meant for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is the invited address.
    Invited,
    /// It is another one, which the organization's policy allows.
    Allowed,
    /// It is another one.
    Other,
    /// Nobody vouches for the account's address.
    Unverified,
}

impl Account {
    /// Reads what is known. A pending identity that came to belong to somebody meanwhile (a second
    /// tab, an answer that got lost) is that person's.
    pub(super) async fn read(&self, conn: &mut Conn) -> Result<Option<Holder>, Error> {
        let person = match self {
            Self::Person(id) => match people::find(conn, id).await? {
                Some(person) => Some(person),
                None => return Ok(None),
            },
            Self::Pending(pending) => {
                people::find_by_identity(conn, &pending.issuer, &pending.subject).await?
            }
        };
        Ok(Some(match (person, self) {
            (Some(person), _) => Holder {
                email: Some(person.email.clone()),
                verified: true,
                name: person.display_name.clone(),
                person: Some(person),
            },
            (None, Self::Pending(pending)) => Holder {
                person: None,
                email: pending.email.clone(),
                verified: pending.email_verified,
                name: pending.shown_name(),
            },
            (None, Self::Person(_)) => return Ok(None),
        }))
    }
}

impl Holder {
    /// The address, when it counts as verified.
    pub(super) fn verified_email(&self) -> Option<&EmailAddress> {
        self.email.as_ref().filter(|_| self.verified)
    }

    /// Whether the invitation is meant for this account.
    pub(super) fn fit(&self, invitation: &Invitation, policy: InvitePolicy) -> Fit {
        match self.verified_email() {
            Some(email) => fit(&invitation.email, email, policy),
            None => Fit::Unverified,
        }
    }
}

/// Compares the invited address with a verified one. At a public mail service neighbours are
/// strangers, so there a common domain means nothing.
fn fit(invited: &EmailAddress, verified: &EmailAddress, policy: InvitePolicy) -> Fit {
    if invited == verified {
        return Fit::Invited;
    }
    let domain = invited.domain();
    let allowed = match policy {
        InvitePolicy::Strict => false,
        InvitePolicy::SameDomain => verified.domain() == domain && !webmail::is_webmail(domain),
        InvitePolicy::AnyVerified => true,
    };
    if allowed { Fit::Allowed } else { Fit::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(invited: &str, verified: &str, policy: InvitePolicy) -> Fit {
        let address = |text| EmailAddress::parse(text).unwrap();
        fit(&address(invited), &address(verified), policy)
    }

    #[test]
    fn only_the_spelling_of_letters_may_differ() {
        let strict = |verified| of("aino@kuusi.example", verified, InvitePolicy::Strict);
        assert_eq!(strict("AINO@Kuusi.Example"), Fit::Invited);
        for other in [
            "aino+x@kuusi.example",
            "ai.no@kuusi.example",
            "aino@sub.kuusi.example",
            "aino@kuusi.example.evil.example",
            "aino@kuus1.example",
        ] {
            assert_eq!(strict(other), Fit::Other, "{other}");
        }
    }

    #[test]
    fn a_domain_speaks_for_colleagues_but_not_at_public_mail_services() {
        let policy = InvitePolicy::SameDomain;
        assert_eq!(
            of("a@kuusi.example", "b@Kuusi.example", policy),
            Fit::Allowed
        );
        assert_eq!(
            of("a@kuusi.example", "b@sub.kuusi.example", policy),
            Fit::Other
        );
        assert_eq!(of("a@gmail.com", "b@gmail.com", policy), Fit::Other);
        assert_eq!(
            of("a@gmail.com", "b@x.example", InvitePolicy::AnyVerified),
            Fit::Allowed
        );
    }
}
